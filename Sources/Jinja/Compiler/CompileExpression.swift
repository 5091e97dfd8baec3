// Compiles expressions.

extension Compiler {
  /// Compiles an expression.
  ///
  /// A filter without a value is applied to `block`, the text of a block.
  func expression(
    _ syntax: ExpressionSyntax, _ scope: Scope, block: HandedCode? = nil
  ) throws -> ExpressionCode {
    let code = try evaluation(syntax, scope, block: block)
    guard case .filter = syntax.kind, scope.escaping != .dynamic,
      syntax.isFoldable(environment)
    else { return code }
    return FoldedCode(code, escapes: scope.escaping == .on, syntax.position)
  }

  private func evaluation(
    _ syntax: ExpressionSyntax, _ scope: Scope, block: HandedCode?
  ) throws -> ExpressionCode {
    let position = syntax.position
    func sub(_ syntax: ExpressionSyntax) throws -> ExpressionCode {
      try expression(syntax, scope, block: block)
    }
    switch syntax.kind {
    case .constant(let value): return ConstantCode(value, position)
    case .name(let name): return self.name(name, scope, position)
    case .namespaceTarget(let name, _):
      return self.name(name, scope, position)
    case .tuple(let items):
      let codes = try items.map(sub)
      let constants = codes.compactMap(\.constant)
      if constants.count == codes.count {
        return ConstantCode(.tuple(constants), position)
      }
      return TupleCode(codes, position)
    case .list(let items): return ListCode(try items.map(sub), position)
    case .dictionary(let items):
      return DictionaryCode(
        try items.map { (try sub($0.key), try sub($0.value)) }, position)
    case .attribute(let value, let name):
      return AttributeCode(try sub(value), name, position)
    case .item(let value, let key):
      if case .slice(let start, let stop, let step) = key.kind {
        return SliceCode(
          try sub(value), try start.map(sub), try stop.map(sub),
          try step.map(sub), position)
      }
      return ItemCode(try sub(value), try sub(key), position)
    case .slice:
      throw source.error(
        .syntax, "a slice stands alone in brackets", at: position)
    case .call(let callee, let call):
      return CallCode(
        try sub(callee), try arguments(call, scope, block), position)
    case .filter(let value, let name, let call):
      return try filter(value, name, call, position, scope, block)
    case .test(let value, let name, let call):
      return try test(value, name, call, position, scope, block)
    case .conditional(let test, let then, let otherwise):
      let soft = scope.soft()
      var place = "line \(source.line(at: position))"
      if let name = source.name { place += " in \(Quoted.repr(name))" }
      return ConditionalCode(
        try expression(test, soft, block: block),
        try expression(then, soft, block: block),
        try otherwise.map { try expression($0, soft, block: block) },
        hint: "the inline if-expression on \(place) evaluated to false and no"
          + " else section was defined.", position)
    case .and(let parts):
      return LogicCode(try parts.map(sub), decisive: false, position)
    case .or(let parts):
      return LogicCode(try parts.map(sub), decisive: true, position)
    case .not(let value):
      return folded(NotCode(try sub(value), position), [try sub(value)])
    case .negative(let value):
      let operand = try sub(value)
      return folded(SignCode(isNegative: true, operand, position), [operand])
    case .positive(let value):
      let operand = try sub(value)
      return folded(SignCode(isNegative: false, operand, position), [operand])
    case .arithmetic(let symbol, let left, let right):
      let a = try sub(left)
      let b = try sub(right)
      if let x = a.constant, let y = b.constant, symbol != .power,
        let value = try? Operators.apply(symbol, x, y, Self.foldLimits)
      {
        return ConstantCode(value, position)
      }
      return ArithmeticCode(symbol, a, b, position)
    case .concatenation(let parts):
      // Where Jinja2 folds it while it compiles, it makes plain text.
      return ConcatenationCode(
        try parts.map(sub),
        makesMarkup: scope.escaping == .on
          && !parts.allSatisfy { $0.isFoldable(environment) }, position)
    case .comparison(let first, let rest):
      return ComparisonCode(
        try sub(first), try rest.map { ($0.symbol, try sub($0.operand)) },
        position)
    }
  }

  /// Constants are folded only as long as they stay small.
  private static let foldLimits: Limits = {
    var limits = Limits()
    limits.textSize = 1 << 12
    limits.listSize = 0
    limits.integerBits = 1 << 10
    return limits
  }()

  private func folded(
    _ code: ExpressionCode, _ operands: [ExpressionCode]
  ) -> ExpressionCode {
    guard case .integer(let number)? = operands.first?.constant?.payload,
      number != Int.min, code is SignCode
    else {
      if case .float(let number)? = operands.first?.constant?.payload,
        let sign = code as? SignCode
      {
        return ConstantCode(
          Value(sign.isNegative ? -number : number), code.position)
      }
      return code
    }
    let isNegative = (code as? SignCode)?.isNegative ?? false
    return ConstantCode(Value(isNegative ? -number : number), code.position)
  }

  func arguments(
    _ call: CallSyntax, _ scope: Scope, _ block: HandedCode?
  ) throws -> ArgumentsCode {
    var names: Set<String> = []
    for (name, value) in call.keywords where !names.insert(name).inserted {
      throw source.error(
        .syntax, "keyword argument repeated: \(name)", at: value.position)
    }
    return ArgumentsCode(
      positional: try call.positional.map {
        try expression($0, scope, block: block)
      },
      keywords: try call.keywords.map {
        ($0.name, try expression($0.value, scope, block: block))
      },
      starred: try call.starred.map { try expression($0, scope, block: block) },
      doubleStarred: try call.doubleStarred.map {
        try expression($0, scope, block: block)
      })
  }

  private func filter(
    _ value: ExpressionSyntax?, _ name: String, _ call: CallSyntax,
    _ position: Position, _ scope: Scope, _ block: HandedCode?
  ) throws -> ExpressionCode {
    let base: ExpressionCode
    if let value {
      base = try expression(value, scope, block: block)
    } else if let block {
      base = block
    } else {
      throw source.error(.syntax, "a filter needs a value", at: position)
    }
    let arguments = try arguments(call, scope, block)
    guard let function = environment.filters[name] else {
      return try missing("filter", name, base, arguments, position, scope)
    }
    if function === BuiltinFilters.all["default"], arguments.isSimple,
      arguments.positional.count == 1
    {
      return DefaultCode(base, arguments.positional[0], position)
    }
    return SingleCode(base, function, arguments, position)
      ?? FilterCode(base, function, arguments, position)
  }

  private func test(
    _ value: ExpressionSyntax, _ name: String, _ call: CallSyntax,
    _ position: Position, _ scope: Scope, _ block: HandedCode?
  ) throws -> ExpressionCode {
    let base = try expression(value, scope, block: block)
    let arguments = try arguments(call, scope, block)
    guard let function = environment.tests[name] else {
      return try missing("test", name, base, arguments, position, scope)
    }
    if name == "defined", call.isEmpty, function === BuiltinTests.defined {
      return DefinedCode(base, position)
    }
    return SingleCode(base, function, arguments, position)
      ?? FilterCode(base, function, arguments, position)
  }

  private func missing(
    _ kind: String, _ name: String, _ base: ExpressionCode,
    _ arguments: ArgumentsCode, _ position: Position, _ scope: Scope
  ) throws -> ExpressionCode {
    guard scope.isSoft else {
      throw source.error(
        .assertion, "No \(kind) named \(Quoted.repr(name)).", at: position)
    }
    return MissingFunctionCode(
      base, arguments, "No \(kind) named \(Quoted.repr(name)) found.", position)
  }
}
