// {% filter name | name %} … {% endfilter %}

extension Parser {
  func filterTag() throws -> StatementSyntax.Kind {
    try advance()
    guard let filter = try blockFilters(startsInline: true) else {
      throw failure("a filter is expected")
    }
    return .filterBlock(filter, body: try statements(endedBy: "endfilter"))
  }
}
