// What follows a value: members, calls, filters and tests.

extension Parser {
  func postfix(_ value: ExpressionSyntax) throws -> ExpressionSyntax {
    var result = value
    var count = 0
    while true {
      count += 1
      if count > chainLimit { throw tooDeep() }
      switch current.kind {
      case .dot, .leftBracket: result = try member(of: result)
      case .leftParenthesis: result = try call(result)
      default: return result
      }
    }
  }

  func filters(_ value: ExpressionSyntax) throws -> ExpressionSyntax {
    var result = value
    var count = 0
    while true {
      count += 1
      if count > chainLimit { throw tooDeep() }
      switch current.kind {
      case .pipe:
        try advance()
        result = try filter(result)
      case .name where current.text == "is": result = try test(result)
      case .leftParenthesis: result = try call(result)
      default: return result
      }
    }
  }

  private func member(of value: ExpressionSyntax) throws -> ExpressionSyntax {
    let token = try advance()
    if token.kind == .dot {
      let name = try advance()
      if name.kind == .name {
        return ExpressionSyntax(
          kind: .attribute(value, name.text), position: token.position)
      }
      guard name.kind == .integer else {
        throw failure("expected name or number", at: name.position)
      }
      let index = ExpressionSyntax(
        kind: .constant(name.number), position: name.position)
      return ExpressionSyntax(
        kind: .item(value, index), position: token.position)
    }
    var keys: [ExpressionSyntax] = []
    while current.kind != .rightBracket {
      if !keys.isEmpty { try expect(.comma) }
      keys.append(try subscripted())
    }
    try expect(.rightBracket)
    let key =
      keys.count == 1
      ? keys[0]
      : ExpressionSyntax(kind: .tuple(keys), position: token.position)
    return ExpressionSyntax(kind: .item(value, key), position: token.position)
  }

  private func subscripted() throws -> ExpressionSyntax {
    let position = current.position
    var start: ExpressionSyntax?
    if current.kind != .colon {
      let first = try expression()
      guard current.kind == .colon else { return first }
      start = first
    }
    try advance()
    func part() throws -> ExpressionSyntax? {
      switch current.kind {
      case .colon, .rightBracket, .comma: nil
      default: try expression()
      }
    }
    let stop = try part()
    var step: ExpressionSyntax?
    if try skip(.colon) {
      switch current.kind {
      case .rightBracket, .comma: break
      default: step = try expression()
      }
    }
    return ExpressionSyntax(
      kind: .slice(start: start, stop: stop, step: step), position: position)
  }

  private func call(_ value: ExpressionSyntax) throws -> ExpressionSyntax {
    let position = current.position
    return ExpressionSyntax(
      kind: .call(value, try arguments()), position: position)
  }

  /// Reads arguments in parentheses.
  func arguments() throws -> CallSyntax {
    let position = try expect(.leftParenthesis).position
    var result = CallSyntax()
    var needsComma = false
    func ensure(_ condition: Bool) throws {
      guard condition else {
        throw failure(
          "invalid syntax for function call expression", at: position)
      }
    }
    while current.kind != .rightParenthesis {
      if needsComma {
        try expect(.comma)
        if current.kind == .rightParenthesis { break }
      }
      if current.kind == .multiply {
        try ensure(result.starred == nil && result.doubleStarred == nil)
        try advance()
        result.starred = try expression()
      } else if current.kind == .power {
        try ensure(result.doubleStarred == nil)
        try advance()
        result.doubleStarred = try expression()
      } else if current.kind == .name, try look().kind == .assign {
        try ensure(result.doubleStarred == nil)
        let name = try advance().text
        try advance()
        result.keywords.append((name, try expression()))
      } else {
        try ensure(
          result.starred == nil && result.doubleStarred == nil
            && result.keywords.isEmpty)
        result.positional.append(try expression())
      }
      needsComma = true
    }
    try expect(.rightParenthesis)
    return result
  }

  private func dottedName() throws -> (name: String, position: Position) {
    let token = try expect(.name)
    var name = token.text
    while try skip(.dot) { name += "." + (try expect(.name).text) }
    return (name, token.position)
  }

  /// Reads a filter's name and arguments, behind the pipe.
  func filter(_ value: ExpressionSyntax?) throws -> ExpressionSyntax {
    let (name, position) = try dottedName()
    let arguments =
      current.kind == .leftParenthesis ? try arguments() : CallSyntax()
    return ExpressionSyntax(
      kind: .filter(value, name, arguments), position: position)
  }

  /// Reads filters that are applied to a block.
  func blockFilters(startsInline: Bool) throws -> ExpressionSyntax? {
    var result: ExpressionSyntax?
    if startsInline { result = try filter(nil) }
    while try skip(.pipe) { result = try filter(result) }
    return result
  }

  private func test(_ value: ExpressionSyntax) throws -> ExpressionSyntax {
    let position = try advance().position
    let isNegated = try skip(name: "not")
    let (name, _) = try dottedName()
    var call = CallSyntax()
    switch current.kind {
    case .leftParenthesis: call = try arguments()
    case .name, .string, .integer, .float, .leftBracket, .leftBrace:
      if ["else", "or", "and"].contains(current.text) && current.kind == .name {
        break
      }
      if current.isName("is") {
        throw failure("You cannot chain multiple tests with is")
      }
      call.positional = [try nested { try postfix(try primary()) }]
    default: break
    }
    let result = ExpressionSyntax(
      kind: .test(value, name, call), position: position)
    return isNegated
      ? ExpressionSyntax(kind: .not(result), position: position) : result
  }
}
