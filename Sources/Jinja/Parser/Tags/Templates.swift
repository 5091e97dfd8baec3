// {% extends %}, {% include %}, {% import %} and {% from … import %}: the tags
// that name other templates.

extension Parser {
  func extendsTag() throws -> StatementSyntax.Kind {
    try advance()
    return .extends(try expression())
  }

  func includeTag() throws -> StatementSyntax.Kind {
    try advance()
    let template = try expression()
    var ignoresMissing = false
    if current.isName("ignore"), try look().isName("missing") {
      try advance()
      try advance()
      ignoresMissing = true
    }
    return .include(
      template, ignoresMissing: ignoresMissing,
      withContext: try contextClause() ?? true)
  }

  func importTag() throws -> StatementSyntax.Kind {
    try advance()
    let template = try expression()
    try expect(name: "as")
    let target = try targetName().name
    return .importModule(
      template, target: target, withContext: try contextClause() ?? false)
  }

  func fromTag() throws -> StatementSyntax.Kind {
    try advance()
    let template = try expression()
    try expect(name: "import")
    var names: [(name: String, alias: String)] = []
    var withContext: Bool?
    while true {
      if !names.isEmpty { try expect(.comma) }
      guard current.kind == .name else {
        try expect(.name)
        break
      }
      withContext = try contextClause()
      if withContext != nil { break }
      let (name, position) = try targetName()
      if name.hasPrefix("_") {
        throw failure(
          "names starting with an underline can not be imported", at: position,
          .assertion)
      }
      let alias = try skip(name: "as") ? try targetName().name : name
      names.append((name, alias))
      withContext = try contextClause()
      if withContext != nil || current.kind != .comma { break }
    }
    return .importNames(template, names, withContext: withContext ?? false)
  }

  /// Reads `with context` or `without context`; nil where neither stands here.
  private func contextClause() throws -> Bool? {
    guard current.isName("with") || current.isName("without"),
      try look().isName("context")
    else { return nil }
    let withContext = try advance().text == "with"
    try advance()
    return withContext
  }
}
