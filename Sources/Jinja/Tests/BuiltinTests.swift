// The tests of Jinja2, by name.

enum BuiltinTests {
  static let defined = Function(
    "defined", ["value"], acceptsUndefined: true, handlesMarks: true
  ) { _, call in Value(!call[0].isUndefined) }

  static let all: [String: Function] = {
    var result = Methods.table(kinds + comparisons + [defined])
    for (alias, name) in [
      ("==", "eq"), ("equalto", "eq"), ("!=", "ne"), (">", "gt"),
      ("greaterthan", "gt"), (">=", "ge"), ("<", "lt"), ("lessthan", "lt"),
      ("<=", "le"),
    ] {
      result[alias] = result[name]
    }
    return result
  }()

  private static func test(
    _ name: String, _ decide: @escaping @Sendable (Value) throws -> Bool
  ) -> Function {
    Function(test: name, decide)
  }

  private static let kinds: [Function] = [
    Function("undefined", ["value"], acceptsUndefined: true, handlesMarks: true)
    { _, call in Value(call[0].isUndefined) },
    Function("filter", ["value"]) { context, call in
      Value(
        try key(call[0]).map { context.environment.filters[$0] != nil } ?? false
      )
    },
    Function("test", ["value"]) { context, call in
      Value(
        try key(call[0]).map { context.environment.tests[$0] != nil } ?? false)
    },
    test("none") { $0.isNone },
    test("boolean") { $0.boolean != nil },
    test("false") { $0.boolean == false },
    test("true") { $0.boolean == true },
    test("integer") { $0.wholeNumber != nil && $0.boolean == nil },
    test("float") { if case .float = $0.payload { true } else { false } },
    test("number") { $0.isNumber },
    test("string") { $0.isString },
    test("mapping") {
      switch $0.payload {
      case .dictionary: true
      case .object(let object): object.isMapping
      default: false
      }
    },
    test("sequence") {
      switch $0.payload {
      case .string, .markup, .list, .tuple, .dictionary: true
      case .undefined(let undefined): !undefined.isStrict
      case .object(let object): object.isSequence || object.isMapping
      default: false
      }
    },
    test("iterable") {
      if case .undefined(let undefined) = $0.payload {
        try undefined.requireDefault()
      }
      return $0.isIterable
    },
    test("callable") {
      switch $0.payload {
      case .function, .undefined: true
      case .object(let object): object.isCallable
      default: false
      }
    },
    test("escaped") { $0.hasHTML },
    test("lower") { PythonText.isLower(try $0.str()) },
    test("upper") { PythonText.isUpper(try $0.str()) },
  ]

  private static func key(_ value: Value) throws -> String? {
    _ = try Hash.of(value)
    return value.text
  }

  private static func compare(
    _ name: String, _ symbol: ComparisonOperator
  ) -> Function {
    Function(name, ["a", "b"], acceptsUndefined: true) { _, call in
      Value(try ComparisonCode.compare(symbol, call[0], call[1]))
    }
  }

  private static let comparisons: [Function] = [
    compare("eq", .equal), compare("ne", .notEqual), compare("lt", .less),
    compare("le", .lessOrEqual), compare("gt", .greater),
    compare("ge", .greaterOrEqual),
    Function("in", ["value", "seq"], acceptsUndefined: true) { _, call in
      Value(try call[1].contains(call[0]))
    },
    Function("sameas", ["value", "other"], acceptsUndefined: true) { _, call in
      Value(try isSame(call[0], call[1]))
    },
    Function("odd", ["value"]) { context, call in
      let rest = try Operators.apply(.modulo, call[0], 2, context.limits)
      return Value(try rest.isEqual(to: 1))
    },
    Function("even", ["value"]) { context, call in
      let rest = try Operators.apply(.modulo, call[0], 2, context.limits)
      return Value(try rest.isEqual(to: 0))
    },
    Function("divisibleby", ["value", "num"]) { context, call in
      let rest = try Operators.apply(.modulo, call[0], call[1], context.limits)
      return Value(try rest.isEqual(to: 0))
    },
  ]

  private static func isSame(_ left: Value, _ right: Value) throws -> Bool {
    switch (left.payload, right.payload) {
    case (.list(let a), .list(let b)): return a === b
    case (.dictionary(let a), .dictionary(let b)): return a === b
    case (.object(let a), .object(let b)): return a === b
    case (.function(let a), .function(let b)): return a === b
    case (.undefined(let a), .undefined(let b)): return a === b
    case (.none, .none): return true
    case (.bool(let a), .bool(let b)): return a == b
    default:
      return left.typeName == right.typeName && !left.isUndefined
        && !right.isUndefined ? try left.isEqual(to: right) : false
    }
  }
}
