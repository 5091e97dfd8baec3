// {% block name scoped required %} … {% endblock name %}

extension Parser {
  func blockTag() throws -> StatementSyntax.Kind {
    try advance()
    let name = try expect(.name).text
    let isScoped = try skip(name: "scoped")
    let isRequired = try skip(name: "required")
    if current.kind == .subtract {
      throw failure(
        "Block names in Jinja have to be valid Python identifiers and may not"
          + " contain hyphens, use an underscore instead.")
    }
    let body = try statements(endedBy: "endblock")
    if isRequired, !body.allSatisfy(Self.isBlank) {
      throw failure(
        "Required blocks can only contain comments or whitespace")
    }
    _ = try skip(name: name)
    return .block(
      BlockSyntax(
        name: name, isScoped: isScoped, isRequired: isRequired, body: body))
  }

  private static func isBlank(_ statement: StatementSyntax) -> Bool {
    guard case .output(let pieces) = statement.kind else { return false }
    return pieces.allSatisfy { piece in
      guard case .text(let text, _) = piece else { return false }
      return text.unicodeScalars.allSatisfy(Whitespace.contains)
    }
  }
}
