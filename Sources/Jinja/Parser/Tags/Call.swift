// {% call(parameters) macro(arguments) %} … {% endcall %}

extension Parser {
  func callTag() throws -> StatementSyntax.Kind {
    let position = try advance().position
    let signature =
      current.kind == .leftParenthesis ? try signature() : SignatureSyntax()
    let call = try expression()
    guard case .call = call.kind else {
      throw failure("expected call", at: position)
    }
    return .callBlock(
      signature, call: call, body: try statements(endedBy: "endcall"))
  }
}
