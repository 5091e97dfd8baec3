// {% with target = value, … %} … {% endwith %}

extension Parser {
  func withTag() throws -> StatementSyntax.Kind {
    try advance()
    var items: [(target: ExpressionSyntax, value: ExpressionSyntax)] = []
    while current.kind != .blockEnd {
      if !items.isEmpty { try expect(.comma) }
      let target = try target()
      try expect(.assign)
      items.append((target, try expression()))
    }
    return .with(items, body: try statements(endedBy: "endwith"))
  }
}
