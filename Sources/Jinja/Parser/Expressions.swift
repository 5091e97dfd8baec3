// Expressions, by Python's precedence.

extension Parser {
  /// Reads an expression; without a condition where `if` follows it otherwise.
  func expression(
    withCondition: Bool = true
  ) throws -> ExpressionSyntax {
    try nested { withCondition ? try conditional() : try or() }
  }

  private func conditional() throws -> ExpressionSyntax {
    var position = current.position
    var result = try or()
    var count = 0
    while try skip(name: "if") {
      count += 1
      if count > chainLimit { throw tooDeep() }
      let test = try or()
      let otherwise =
        try skip(name: "else") ? try nested { try conditional() } : nil
      result = ExpressionSyntax(
        kind: .conditional(test: test, then: result, else: otherwise),
        position: position)
      position = current.position
    }
    return result
  }

  private func or() throws -> ExpressionSyntax {
    var position = current.position
    var next = position
    let first = try and()
    guard current.isName("or") else { return first }
    var parts = [first]
    while try skip(name: "or") {
      parts.append(try and())
      position = next
      next = current.position
    }
    return ExpressionSyntax(kind: .or(parts), position: position)
  }

  private func and() throws -> ExpressionSyntax {
    var position = current.position
    var next = position
    let first = try not()
    guard current.isName("and") else { return first }
    var parts = [first]
    while try skip(name: "and") {
      parts.append(try not())
      position = next
      next = current.position
    }
    return ExpressionSyntax(kind: .and(parts), position: position)
  }

  private func not() throws -> ExpressionSyntax {
    guard current.isName("not") else { return try comparison() }
    let position = try advance().position
    return ExpressionSyntax(
      kind: .not(try nested { try not() }), position: position)
  }

  private func comparison() throws -> ExpressionSyntax {
    var position = current.position
    let first = try sum()
    var parts: [(symbol: ComparisonOperator, operand: ExpressionSyntax)] = []
    loop: while true {
      let found: ComparisonOperator
      switch current.kind {
      case .equal: found = .equal
      case .notEqual: found = .notEqual
      case .less: found = .less
      case .lessOrEqual: found = .lessOrEqual
      case .greater: found = .greater
      case .greaterOrEqual: found = .greaterOrEqual
      case .name where current.text == "in": found = .isIn
      case .name where current.text == "not":
        guard try look().isName("in") else { break loop }
        try advance()
        found = .isNotIn
      default: break loop
      }
      try advance()
      parts.append((found, try sum()))
      position = current.position
    }
    guard !parts.isEmpty else { return first }
    return ExpressionSyntax(
      kind: .comparison(first, parts),
      // Jinja2 takes the line of what follows.
      position: source.line(at: position) == source.line(at: first.position)
        ? first.position : position)
  }

  private func sum() throws -> ExpressionSyntax {
    try leftToRight([.add: .add, .subtract: .subtract], concatenation)
  }

  private func concatenation() throws -> ExpressionSyntax {
    let position = current.position
    let first = try product()
    guard current.kind == .tilde else { return first }
    var parts = [first]
    while try skip(.tilde) { parts.append(try product()) }
    return ExpressionSyntax(kind: .concatenation(parts), position: position)
  }

  private func product() throws -> ExpressionSyntax {
    try leftToRight(
      [
        .multiply: .multiply, .divide: .divide, .floorDivide: .floorDivide,
        .modulo: .modulo,
      ], power)
  }

  // Jinja2's power binds from left to right, unlike Python's.
  private func power() throws -> ExpressionSyntax {
    try leftToRight([.power: .power]) { try unary() }
  }

  private func leftToRight(
    _ symbols: KeyValuePairs<Token.Kind, ArithmeticOperator>,
    _ next: () throws -> ExpressionSyntax
  ) throws -> ExpressionSyntax {
    var position = current.position
    var result = try next()
    var count = 0
    while let (_, found) = symbols.first(where: { $0.key == current.kind }) {
      count += 1
      if count > chainLimit { throw tooDeep() }
      try advance()
      let right = try next()
      result = ExpressionSyntax(
        kind: .arithmetic(found, result, right), position: position)
      position = current.position
    }
    return result
  }

  private func unary(withFilter: Bool = true) throws -> ExpressionSyntax {
    let position = current.position
    var result: ExpressionSyntax
    switch current.kind {
    case .subtract:
      try advance()
      let operand = try nested { try unary(withFilter: false) }
      result = ExpressionSyntax(kind: .negative(operand), position: position)
    case .add:
      try advance()
      let operand = try nested { try unary(withFilter: false) }
      result = ExpressionSyntax(kind: .positive(operand), position: position)
    default: result = try primary()
    }
    result = try postfix(result)
    return withFilter ? try filters(result) : result
  }

  /// Reads a name, a literal or a group.
  func primary(withNamespace: Bool = false) throws -> ExpressionSyntax {
    let token = current
    let kind: ExpressionSyntax.Kind
    switch token.kind {
    case .name:
      try advance()
      switch token.text {
      case "true", "True": kind = .constant(.true)
      case "false", "False": kind = .constant(.false)
      case "none", "None": kind = .constant(.none)
      default:
        if withNamespace, try skip(.dot) {
          kind = .namespaceTarget(
            token.text, attribute: try expect(.name).text)
        } else {
          kind = .name(token.text)
        }
      }
    case .string:
      try advance()
      var text = token.text
      while current.kind == .string { text += try advance().text }
      kind = .constant(Value(text))
    case .integer, .float:
      try advance()
      kind = .constant(token.number)
    case .leftParenthesis:
      try advance()
      let group = try tuple(inParentheses: true)
      try expect(.rightParenthesis)
      return group
    case .leftBracket: return try listLiteral()
    case .leftBrace: return try dictionaryLiteral()
    default:
      throw failure("unexpected \(Quoted.repr(token.description))")
    }
    return ExpressionSyntax(kind: kind, position: token.position)
  }

  /// Reads an expression, or a tuple of those that commas part.
  func tuple(
    withCondition: Bool = true, endedBy end: String? = nil,
    inParentheses: Bool = false
  ) throws -> ExpressionSyntax {
    try tuple(endedBy: end, inParentheses: inParentheses) {
      try self.expression(withCondition: withCondition)
    }
  }

  /// The same with another rule for the members.
  func tuple(
    endedBy end: String? = nil, inParentheses: Bool = false,
    member: () throws -> ExpressionSyntax
  ) throws -> ExpressionSyntax {
    var position = current.position
    var items: [ExpressionSyntax] = []
    var isTuple = false
    while true {
      if !items.isEmpty { try expect(.comma) }
      if isTupleEnd(end) { break }
      items.append(try member())
      guard current.kind == .comma else { break }
      isTuple = true
      position = current.position
    }
    if !isTuple {
      if let only = items.first { return only }
      if !inParentheses {
        throw failure(
          "Expected an expression, got \(Quoted.repr(current.description))")
      }
    }
    return ExpressionSyntax(kind: .tuple(items), position: position)
  }

  private func isTupleEnd(_ end: String?) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .rightParenthesis: true
    case .name: end == current.text
    default: false
    }
  }

  private func listLiteral() throws -> ExpressionSyntax {
    let position = try expect(.leftBracket).position
    var items: [ExpressionSyntax] = []
    while current.kind != .rightBracket {
      if !items.isEmpty { try expect(.comma) }
      if current.kind == .rightBracket { break }
      items.append(try expression())
    }
    try expect(.rightBracket)
    return ExpressionSyntax(kind: .list(items), position: position)
  }

  private func dictionaryLiteral() throws -> ExpressionSyntax {
    let position = try expect(.leftBrace).position
    var items: [(key: ExpressionSyntax, value: ExpressionSyntax)] = []
    while current.kind != .rightBrace {
      if !items.isEmpty { try expect(.comma) }
      if current.kind == .rightBrace { break }
      let key = try expression()
      try expect(.colon)
      items.append((key, try expression()))
    }
    try expect(.rightBrace)
    return ExpressionSyntax(kind: .dictionary(items), position: position)
  }
}
