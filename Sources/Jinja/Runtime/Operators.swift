// Python's arithmetic operators.

enum Operators {
  /// The result of an operator, with the marks of both sides.
  static func apply(
    _ symbol: ArithmeticOperator, _ left: Value, _ right: Value,
    _ limits: Limits
  ) throws -> Value {
    if left.annotation == nil && right.annotation == nil {
      return try plain(symbol, left, right, limits)
    }
    if symbol == .add, left.isString, right.isString {
      return try joined(left, right, limits)
    }
    if symbol == .modulo, left.isString {
      return try PercentFormat.format(left, right, limits)
    }
    let result = try plain(symbol, left, right, limits)
    return result.marked(left.marks.union(right.marks))
  }

  /// Two strings in one, with the marks where they stand.
  static func joined(
    _ left: Value, _ right: Value, _ limits: Limits
  ) throws -> Value {
    var builder = TextBuilder()
    let isMarkup = left.isMarkup || right.isMarkup
    if isMarkup {
      try builder.append(try Escaping.escaped(left))
      try builder.append(try Escaping.escaped(right))
    } else {
      try builder.append(left)
      try builder.append(right)
    }
    try limits.check(text: builder.count)
    return isMarkup ? builder.markup : builder.value
  }

  private static func plain(
    _ symbol: ArithmeticOperator, _ left: Value, _ right: Value,
    _ limits: Limits
  ) throws -> Value {
    if case .integer(let a) = left.payload,
      case .integer(let b) = right.payload,
      let result = small(symbol, a, b)
    {
      return result
    }
    switch (left.payload, right.payload) {
    case (.unknown, _), (_, .unknown): return .unknown
    // Markup takes whatever can be markup too.
    case (.markup, _) where symbol == .add && right.hasHTML:
      return try joined(left, right, limits)
    case (.undefined(let undefined), _): throw undefined.error
    case (.object(let object), _):
      if let result = try object.operate(
        symbol.rawValue, right, isReversed: false)
      {
        return result
      }
    default: break
    }
    if case .undefined(let undefined) = right.payload,
      !left.isString || symbol != .modulo
    {
      throw undefined.error
    }
    if case .object(let object) = right.payload,
      let result = try object.operate(symbol.rawValue, left, isReversed: true)
    {
      return result
    }
    if symbol == .add || symbol == .multiply {
      let (plainLeft, plainRight) = (left.plainTuple, right.plainTuple)
      if plainLeft.isObject != left.isObject
        || plainRight.isObject != right.isObject
      {
        return try plain(symbol, plainLeft, plainRight, limits)
      }
    }
    if let result = try numeric(symbol, left, right, limits) { return result }
    switch symbol {
    case .add:
      if let result = try add(left, right, limits) { return result }
    case .multiply:
      if let result = try times(left, right, limits) { return result }
    case .modulo where left.isString:
      return try PercentFormat.format(left, right, limits)
    default: break
    }
    return try unsupported(symbol, left, right)
  }

  private static func unsupported(
    _ symbol: ArithmeticOperator, _ left: Value, _ right: Value
  ) throws -> Value {
    if symbol == .add {
      if left.isString {
        throw TemplateError(
          .type,
          "can only concatenate str (not \"\(right.typeName)\") to str")
      }
      switch left.payload {
      case .list, .tuple:
        throw TemplateError(
          .type,
          "can only concatenate \(left.typeName) (not"
            + " \"\(right.typeName)\") to \(left.typeName)")
      default: break
      }
    }
    if symbol == .multiply {
      for (one, other) in [(left, right), (right, left)] {
        switch one.payload {
        case .string, .markup, .list, .tuple:
          throw TemplateError(
            .type,
            "can't multiply sequence by non-int of type '\(other.typeName)'")
        default: break
        }
      }
    }
    let name = symbol == .power ? "** or pow()" : symbol.rawValue
    throw TemplateError(
      .type,
      "unsupported operand type(s) for \(name): '\(left.typeName)' and"
        + " '\(right.typeName)'")
  }

  // MARK: Numbers

  private static func small(
    _ symbol: ArithmeticOperator, _ a: Int, _ b: Int
  ) -> Value? {
    switch symbol {
    case .add:
      let (sum, overflow) = a.addingReportingOverflow(b)
      return overflow ? nil : Value(sum)
    case .subtract:
      let (difference, overflow) = a.subtractingReportingOverflow(b)
      return overflow ? nil : Value(difference)
    case .multiply:
      let (product, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? nil : Value(product)
    case .floorDivide:
      guard b != 0, b != -1 else { return nil }
      let quotient = a / b
      return Value(
        (a % b != 0) && ((a < 0) != (b < 0)) ? quotient - 1 : quotient)
    case .modulo:
      guard b != 0, b != -1 else { return nil }
      let rest = a % b
      return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
    case .divide:
      let exact = 1 << 53
      guard b != 0, abs(a) <= exact, abs(b) <= exact else { return nil }
      return Value(Double(a) / Double(b))
    case .power: return nil
    }
  }

  private static func numeric(
    _ symbol: ArithmeticOperator, _ left: Value, _ right: Value,
    _ limits: Limits
  ) throws -> Value? {
    if let a = left.wholeNumber, let b = right.wholeNumber {
      return try whole(symbol, a, b, limits)
    }
    guard left.isNumber, right.isNumber, let a = left.double,
      let b = right.double
    else { return nil }
    for (value, original) in [(a, left), (b, right)] where value.isInfinite {
      if original.wholeNumber != nil {
        throw TemplateError(.overflow, "int too large to convert to float")
      }
    }
    switch symbol {
    case .add: return Value(a + b)
    case .subtract: return Value(a - b)
    case .multiply: return Value(a * b)
    case .divide:
      guard b != 0 else {
        throw TemplateError(.zeroDivision, "float division by zero")
      }
      return Value(a / b)
    case .floorDivide:
      guard b != 0 else {
        throw TemplateError(.zeroDivision, "float floor division by zero")
      }
      return Value(FloatMath.floorDivided(a, b).quotient)
    case .modulo:
      guard b != 0 else {
        throw TemplateError(.zeroDivision, "float modulo")
      }
      return Value(FloatMath.floorDivided(a, b).rest)
    case .power: return try FloatMath.power(a, b)
    }
  }

  private static func whole(
    _ symbol: ArithmeticOperator, _ a: BigInteger, _ b: BigInteger,
    _ limits: Limits
  ) throws -> Value {
    switch symbol {
    case .add: return Value(a + b)
    case .subtract: return Value(a - b)
    case .multiply:
      try limits.check(bits: a.bitWidth + b.bitWidth)
      return Value(a * b)
    case .divide:
      guard let quotient = FloatMath.divided(a, b) else {
        throw TemplateError(.zeroDivision, "division by zero")
      }
      if quotient.isInfinite {
        throw TemplateError(
          .overflow, "integer division result too large for a float")
      }
      return Value(quotient)
    case .floorDivide:
      guard let (quotient, _) = a.dividedDown(by: b) else {
        throw TemplateError(
          .zeroDivision, "integer division or modulo by zero")
      }
      return Value(quotient)
    case .modulo:
      guard let (_, rest) = a.dividedDown(by: b) else {
        throw TemplateError(.zeroDivision, "integer modulo by zero")
      }
      return Value(rest)
    case .power:
      if b.isNegative {
        if a.isZero {
          throw TemplateError(
            .zeroDivision, "0.0 cannot be raised to a negative power")
        }
        return try FloatMath.power(a.asDouble, b.asDouble)
      }
      return Value(try power(a, b, limits))
    }
  }

  private static func power(
    _ base: BigInteger, _ exponent: BigInteger, _ limits: Limits
  ) throws -> BigInteger {
    if exponent.isZero { return BigInteger(1) }
    if base.isZero || base == BigInteger(1) { return base }
    if base == BigInteger(-1) {
      return exponent.magnitude[0] & 1 == 0 ? BigInteger(1) : base
    }
    guard let count = exponent.asInt else {
      throw Limits.reached(
        "a whole number of more than \(limits.integerBits) bits")
    }
    let (bits, overflow) = max(1, base.bitWidth - 1)
      .multipliedReportingOverflow(by: count)
    try limits.check(bits: overflow ? Int.max : bits)
    var result = BigInteger(1)
    var factor = base
    var rest = count
    while rest > 0 {
      if rest & 1 == 1 { result = result * factor }
      rest >>= 1
      if rest > 0 { factor = factor * factor }
    }
    return result
  }

  // MARK: Sequences

  private static func add(
    _ left: Value, _ right: Value, _ limits: Limits
  ) throws -> Value? {
    switch (left.payload, right.payload) {
    case (.string(let a), .string(let b)):
      try limits.check(text: a.utf8.count + b.utf8.count)
      return Value(a + b)
    case (.markup, _) where right.isString, (_, .markup) where left.isString:
      return try joined(left, right, limits)
    case (.list(let a), .list(let b)):
      try limits.check(list: a.count + b.count)
      return Value.fresh(try a.elements() + b.elements())
    case (.tuple(let a), .tuple(let b)):
      try limits.check(list: a.count + b.count)
      return .tuple(a + b)
    default: return nil
    }
  }

  private static func times(
    _ left: Value, _ right: Value, _ limits: Limits
  ) throws -> Value? {
    let (sequence, number) =
      left.wholeNumber == nil ? (left, right) : (right, left)
    guard let count = number.wholeNumber else { return nil }
    switch sequence.payload {
    case .string, .markup, .list, .tuple:
      if count.asInt == nil {
        throw TemplateError(
          .overflow, "cannot fit 'int' into an index-sized integer")
      }
    default: return nil
    }
    switch sequence.payload {
    case .string(let text), .markup(let text):
      let times = count.isNegative ? 0 : (count.asInt ?? Int.max)
      let (size, overflow) = text.utf8.count.multipliedReportingOverflow(
        by: times)
      try limits.check(text: overflow ? Int.max : size)
      let result = size == 0 ? "" : String(repeating: text, count: times)
      return sequence.isMarkup ? .markup(result) : Value(result)
    case .list(let list):
      return Value.fresh(
        try repeated(try list.elements(), count, limits))
    case .tuple(let items): return .tuple(try repeated(items, count, limits))
    default: return nil
    }
  }

  private static func repeated(
    _ items: [Value], _ count: BigInteger, _ limits: Limits
  ) throws -> [Value] {
    if count.isNegative || items.isEmpty { return [] }
    let times = count.asInt ?? Int.max
    let (size, overflow) = items.count.multipliedReportingOverflow(by: times)
    try limits.check(list: overflow ? Int.max : size)
    var result: [Value] = []
    result.reserveCapacity(size)
    for _ in 0..<times { result += items }
    return result
  }

  // MARK: Signs

  static func negative(_ value: Value) throws -> Value {
    let result: Value
    switch value.payload {
    case .integer(let number) where number != Int.min: result = Value(-number)
    case .float(let number): result = Value(-number)
    case .unknown: return .unknown
    case .undefined(let undefined): throw undefined.error
    default:
      guard let whole = value.wholeNumber else {
        throw TemplateError(
          .type, "bad operand type for unary -: '\(value.typeName)'")
      }
      result = Value(-whole)
    }
    return result.marked(value.marks)
  }

  static func positive(_ value: Value) throws -> Value {
    switch value.payload {
    case .integer, .bigInteger, .float, .unknown: return value
    case .bool(let flag): return Value(flag ? 1 : 0).marked(value.marks)
    case .undefined(let undefined): throw undefined.error
    default:
      throw TemplateError(
        .type, "bad operand type for unary +: '\(value.typeName)'")
    }
  }
}

extension Value {
  var isNumber: Bool {
    switch payload {
    case .integer, .bigInteger, .float, .bool: true
    default: false
    }
  }

  var isMarkup: Bool {
    if case .markup = payload { true } else { false }
  }

  var isObject: Bool {
    if case .object = payload { true } else { false }
  }

  /// A list that the running render made and may change.
  static func fresh(_ items: [Value]) -> Value {
    Value(.list(ValueList(mutable: items)))
  }
}

extension Limits {
  /// Throws ``TemplateError`` for a text of more bytes than there may be.
  public func check(text size: Int) throws {
    if size > textSize {
      throw Limits.reached("a text of more than \(textSize) bytes")
    }
  }

  func check(list size: Int) throws {
    if size > listSize {
      throw Limits.reached("a list of more than \(listSize) members")
    }
  }

  func check(bits: Int) throws {
    if bits > integerBits {
      throw Limits.reached("a whole number of more than \(integerBits) bits")
    }
  }
}
