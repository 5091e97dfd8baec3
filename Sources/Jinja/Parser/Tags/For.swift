// {% for target in sequence if test recursive %} … {% else %} … {% endfor %}

extension Parser {
  func forTag() throws -> StatementSyntax.Kind {
    try advance()
    let target = try target(endedBy: "in")
    try expect(name: "in")
    let sequence = try tuple(withCondition: false, endedBy: "recursive")
    let test = try skip(name: "if") ? try expression() : nil
    let isRecursive = try skip(name: "recursive")
    let body = try statements(until: ["endfor", "else"])
    let otherwise =
      try advance().text == "endfor" ? [] : try statements(endedBy: "endfor")
    return .forLoop(
      ForSyntax(
        target: target, sequence: sequence, test: test,
        isRecursive: isRecursive, body: body, otherwise: otherwise))
  }
}
