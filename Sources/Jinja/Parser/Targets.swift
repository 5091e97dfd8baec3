// What can be assigned to: names, tuples of them, members of a namespace.

extension Parser {
  /// Reads a name that is assigned to.
  func targetName() throws -> (name: String, position: Position) {
    let token = try expect(.name)
    try checkName(token.text, token.position)
    return (token.text, token.position)
  }

  /// Reads a target; up to a name that ends it.
  func target(
    endedBy end: String? = nil, withNamespace: Bool = false
  ) throws -> ExpressionSyntax {
    let result = try tuple(endedBy: end) {
      try self.nested { try self.primary(withNamespace: withNamespace) }
    }
    try check(result)
    return result
  }

  private func check(_ target: ExpressionSyntax) throws {
    switch target.kind {
    case .name(let name): try checkName(name, target.position)
    case .namespaceTarget: break
    case .tuple(let items):
      for item in items where !isTarget(item) {
        throw failure("can't assign to 'tuple'", at: target.position)
      }
    default:
      throw failure(
        "can't assign to '\(Self.className(target))'", at: target.position)
    }
  }

  private func isTarget(_ target: ExpressionSyntax) -> Bool {
    switch target.kind {
    case .name(let name): !Self.reserved.contains(name)
    case .namespaceTarget: true
    case .tuple(let items): items.allSatisfy(isTarget)
    default: false
    }
  }

  private func checkName(_ name: String, _ position: Position) throws {
    if Self.reserved.contains(name) {
      throw failure("can't assign to 'name'", at: position)
    }
  }

  private static let reserved: Set<String> = [
    "true", "false", "none", "True", "False", "None",
  ]

  /// What Jinja2 calls the node in this message.
  private static func className(_ target: ExpressionSyntax) -> String {
    switch target.kind {
    case .constant: "const"
    case .list: "list"
    case .dictionary: "dict"
    default: "expr"
    }
  }

  /// Reads the parameters of a macro or of a call block.
  func signature() throws -> SignatureSyntax {
    var result = SignatureSyntax()
    try expect(.leftParenthesis)
    while current.kind != .rightParenthesis {
      if !result.names.isEmpty { try expect(.comma) }
      let parameter = try targetName()
      if try skip(.assign) {
        result.defaults.append(try expression())
      } else if !result.defaults.isEmpty {
        throw failure("non-default argument follows default argument")
      }
      result.names.append(parameter)
    }
    try expect(.rightParenthesis)
    return result
  }
}
