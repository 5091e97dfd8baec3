// {% print a, b %}, {% do expression %} and {% autoescape on %}: tags of one
// line each.

extension Parser {
  func printTag() throws -> StatementSyntax.Kind {
    try advance()
    var pieces: [OutputSyntax] = []
    while current.kind != .blockEnd {
      if !pieces.isEmpty { try expect(.comma) }
      pieces.append(.expression(try expression()))
    }
    return .output(pieces)
  }

  func doTag() throws -> StatementSyntax.Kind {
    try advance()
    return .evaluate(try tuple())
  }

  func autoescapeTag() throws -> StatementSyntax.Kind {
    try advance()
    let flag = try expression()
    return .autoescape(flag, body: try statements(endedBy: "endautoescape"))
  }
}
