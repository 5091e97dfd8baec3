// {% set target = value %} and {% set target | filter %} … {% endset %}

extension Parser {
  func setTag() throws -> StatementSyntax.Kind {
    try advance()
    let target = try target(withNamespace: true)
    if try skip(.assign) {
      return .set(target: target, value: try tuple())
    }
    let filter = try blockFilters(startsInline: false)
    let body = try statements(endedBy: "endset")
    return .setBlock(target: target, filter: filter, body: body)
  }
}
