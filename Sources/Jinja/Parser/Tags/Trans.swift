// {% trans name = value %} … {% pluralize %} … {% endtrans %}, without
// translations: the texts stay as they are.

extension Parser {
  func transTag() throws -> StatementSyntax.Kind {
    let position = try advance().position
    var variables: [(name: String, value: ExpressionSyntax)] = []
    var isTrimmed = false
    while current.kind != .blockEnd {
      if !variables.isEmpty { try expect(.comma) }
      if try skip(.colon) { break }
      let token = try expect(.name)
      if variables.contains(where: { $0.name == token.text }) {
        throw failure(
          "translatable variable \(Quoted.repr(token.text)) defined twice.",
          at: token.position, .assertion)
      }
      if try skip(.assign) {
        variables.append((token.text, try expression()))
      } else if token.text == "trimmed" || token.text == "notrimmed" {
        isTrimmed = token.text == "trimmed"
      } else {
        variables.append((token.text, Self.name(token)))
      }
    }
    try expect(.blockEnd)
    var names: [String] = []
    var singular = try translated(allowsPlural: true, &names)
    var count = variables.first?.value
    if count == nil, let first = names.first {
      count = ExpressionSyntax(kind: .name(first), position: position)
    }
    var plural: String?
    if try skip(name: "pluralize") {
      if current.kind != .blockEnd {
        let token = try expect(.name)
        guard let known = variables.first(where: { $0.name == token.text })
        else {
          throw source.error(
            .assertion,
            "unknown variable \(Quoted.repr(token.text)) for pluralization",
            at: token.position)
        }
        count = known.value
      }
      try expect(.blockEnd)
      plural = try translated(allowsPlural: false, &names)
    }
    try expect(name: "endtrans")
    for name in names where !variables.contains(where: { $0.name == name }) {
      variables.append(
        (name, ExpressionSyntax(kind: .name(name), position: position)))
    }
    if isTrimmed {
      singular = Self.trimmed(singular)
      plural = plural.map(Self.trimmed)
    }
    if plural != nil && count == nil {
      throw failure("pluralize without variables", at: position)
    }
    return .translate(
      TranslateSyntax(
        variables: variables, singular: singular, plural: plural,
        count: plural == nil ? nil : count))
  }

  private static func name(_ token: Token) -> ExpressionSyntax {
    ExpressionSyntax(kind: .name(token.text), position: token.position)
  }

  private func translated(
    allowsPlural: Bool, _ names: inout [String]
  ) throws -> String {
    var text = ""
    while true {
      switch current.kind {
      case .data:
        text += try advance().text.percentsDoubled
      case .variableBegin:
        try advance()
        let name = try expect(.name).text
        names.append(name)
        text += "%(\(name))s"
        try expect(.variableEnd)
      case .blockBegin:
        try advance()
        if current.isName("endtrans") { return text }
        if current.isName("pluralize") {
          if allowsPlural { return text }
          throw failure(
            "a translatable section can have only one pluralize section")
        }
        if current.isName("trans") {
          throw failure(
            "trans blocks can't be nested; did you mean `endtrans`?")
        }
        throw failure(
          "control structures in translatable sections are not allowed; saw"
            + " `\(current.text)`")
      default: throw failure("unclosed translation block")
      }
    }
  }

  /// Lines without indent and joined by single blanks.
  private static func trimmed(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { PythonText.strip(String($0)) }
    return PythonText.strip(lines.joined(separator: " "))
  }
}

extension String {
  fileprivate var percentsDoubled: String {
    var result = ""
    for character in unicodeScalars {
      result.unicodeScalars.append(character)
      if character == "%" { result.unicodeScalars.append(character) }
    }
    return result
  }
}
