// {% macro name(parameters) %} … {% endmacro %}

extension Parser {
  func macroTag() throws -> StatementSyntax.Kind {
    try advance()
    let name = try targetName().name
    let signature = try signature()
    return .macro(
      name: name, signature, body: try statements(endedBy: "endmacro"))
  }
}
