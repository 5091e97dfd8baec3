// {% if test %} … {% elif test %} … {% else %} … {% endif %}

extension Parser {
  func ifTag() throws -> StatementSyntax.Kind {
    try advance()
    var branches: [BranchSyntax] = []
    while true {
      let position = current.position
      let test = try tuple(withCondition: false)
      let body = try statements(until: ["elif", "else", "endif"])
      branches.append(
        BranchSyntax(test: test, position: position, body: body))
      switch try advance().text {
      case "elif": continue
      case "else":
        return .condition(branches, else: try statements(endedBy: "endif"))
      default: return .condition(branches, else: [])
      }
    }
  }
}
