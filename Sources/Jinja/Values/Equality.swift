// Python's equality and order.

/// How far a comparison of containers has gone: they may hold themselves, or
/// each other over and over again.
struct Comparison {
  private var depth = 0
  private var left = 10_000_000

  /// Goes into two containers of so many members.
  mutating func enter(_ count: Int) throws {
    depth += 1
    left -= count + 1
    if depth > 200 {
      throw TemplateError(
        .recursion, "maximum recursion depth exceeded in comparison")
    }
    if left < 0 {
      throw Limits.reached("a comparison of too many members")
    }
  }

  mutating func leave() { depth -= 1 }
}

extension Value {
  /// Python's `==`.
  ///
  /// - Throws: ``UnknownValue`` where it hangs on an unknown value, and the
  ///   error of an undefined value whose policy forbids to compare it.
  public func isEqual(to other: Value) throws -> Bool {
    var comparison = Comparison()
    return try isEqual(to: other, &comparison)
  }

  private func isEqual(
    to other: Value, _ comparison: inout Comparison
  ) throws -> Bool {
    switch (payload, other.payload) {
    case (.unknown, _), (_, .unknown): throw UnknownValue()
    case (.integer(let left), .integer(let right)): return left == right
    case (.undefined(let left), .undefined(let right)):
      try left.requireDefault()
      try right.requireDefault()
      return left.policy == right.policy
    case (.undefined(let undefined), _), (_, .undefined(let undefined)):
      try undefined.requireDefault()
      return false
    case (.object(let object), _): return try object.isEqual(to: other)
    case (_, .object(let object)): return try object.isEqual(to: self)
    case (.none, .none): return true
    case (.list(let left), .list(let right)):
      if left === right { return true }
      return try Self.areEqual(
        try left.elements(), try right.elements(), &comparison)
    case (.tuple(let left), .tuple(let right)):
      return try Self.areEqual(left, right, &comparison)
    case (.dictionary(let left), .dictionary(let right)):
      if left === right { return true }
      guard left.count == right.count else { return false }
      try comparison.enter(left.count)
      defer { comparison.leave() }
      for at in left.positions {
        guard let value = try right.value(forKey: left.keys[at]),
          try left.element(at: at).isSameOrEqual(to: value, &comparison)
        else { return false }
      }
      return true
    case (.function(let left), .function(let right)):
      return left.isEqual(to: right)
    default: break
    }
    if let left = text {
      guard let right = other.text else { return false }
      if hasUnknownPart || other.hasUnknownPart { throw UnknownValue() }
      return left.isIdentical(right)
    }
    if let order = Number.compare(self, other) { return order == .equal }
    return false
  }

  private static func areEqual(
    _ left: [Value], _ right: [Value], _ comparison: inout Comparison
  ) throws -> Bool {
    guard left.count == right.count else { return false }
    try comparison.enter(left.count)
    defer { comparison.leave() }
    for (left, right) in zip(left, right) {
      guard try left.isSameOrEqual(to: right, &comparison) else { return false }
    }
    return true
  }

  /// Equality of members, among which Python takes one and the same object for
  /// equal without asking it.
  func isSameOrEqual(to other: Value) throws -> Bool {
    var comparison = Comparison()
    return try isSameOrEqual(to: other, &comparison)
  }

  private func isSameOrEqual(
    to other: Value, _ comparison: inout Comparison
  ) throws -> Bool {
    if case .undefined(let left) = payload,
      case .undefined(let right) = other.payload, left === right
    {
      return true
    }
    return try isEqual(to: other, &comparison)
  }

  /// Equality of dictionary keys, which unknown text does not stop.
  func isKeyEqual(_ other: Value) throws -> Bool {
    if let left = text, let right = other.text {
      return left.isIdentical(right)
    }
    return try isEqual(to: other)
  }

  /// Whether some of a text is unknown.
  var hasUnknownPart: Bool {
    guard let annotation else { return false }
    return annotation.marks.contains(.unknown)
  }

  /// Python's order of two values, for `symbol` in messages.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` where the two have no
  ///   order, and ``UnknownValue``.
  public func isLess(
    than other: Value, symbol: String = "<", swapped: Bool = false
  ) throws -> Bool {
    var comparison = Comparison()
    return try isLess(
      than: other, symbol: symbol, swapped: swapped, &comparison)
  }

  private func isLess(
    than other: Value, symbol: String, swapped: Bool,
    _ comparison: inout Comparison
  ) throws -> Bool {
    switch (payload, other.payload) {
    case (.unknown, _), (_, .unknown): throw UnknownValue()
    case (.integer(let left), .integer(let right)): return left < right
    case (.undefined(let undefined), _), (_, .undefined(let undefined)):
      throw undefined.error
    case (.list(let left), .list(let right)):
      return try Self.isLess(
        try left.elements(), try right.elements(), symbol, swapped, &comparison)
    case (.tuple(let left), .tuple(let right)):
      return try Self.isLess(left, right, symbol, swapped, &comparison)
    case (.object(let object), _):
      if let answer = try object.isLess(than: other) { return answer }
    case (.tuple, .object):
      if case .tuple = other.plainTuple.payload {
        return try isLess(
          than: other.plainTuple, symbol: symbol, swapped: swapped, &comparison)
      }
    default: break
    }
    if let left = text, let right = other.text {
      if hasUnknownPart || other.hasUnknownPart { throw UnknownValue() }
      return left.isBefore(right)
    }
    if let order = Number.compare(self, other) { return order == .less }
    let (first, second) = swapped ? (other, self) : (self, other)
    throw TemplateError(
      .type,
      "'\(symbol)' not supported between instances of '\(first.typeName)'"
        + " and '\(second.typeName)'")
  }

  /// Python's `<=`.
  func isAtMost(
    _ other: Value, symbol: String = "<=", swapped: Bool = false
  ) throws -> Bool {
    if isNumber, other.isNumber, let order = Number.compare(self, other) {
      return order == .less || order == .equal
    }
    if try isLess(than: other, symbol: symbol, swapped: swapped) { return true }
    return try isEqual(to: other)
  }

  private static func isLess(
    _ left: [Value], _ right: [Value], _ symbol: String, _ swapped: Bool,
    _ comparison: inout Comparison
  ) throws -> Bool {
    try comparison.enter(min(left.count, right.count))
    defer { comparison.leave() }
    for (left, right) in zip(left, right)
    where try !left.isSameOrEqual(to: right, &comparison) {
      return try left.isLess(
        than: right, symbol: symbol, swapped: swapped, &comparison)
    }
    return left.count < right.count
  }
}

/// Comparison of numbers of different types.
enum Number {
  enum Order { case less, equal, greater, unordered }

  /// How two numbers compare; nil where one is not a number.
  static func compare(_ left: Value, _ right: Value) -> Order? {
    if let left = left.integer, let right = right.integer {
      return order(left, right)
    }
    if let left = left.wholeNumber, let right = right.wholeNumber {
      return order(left, right)
    }
    switch (left.payload, right.payload) {
    case (.float(let left), .float(let right)): return order(left, right)
    case (.float(let left), _):
      guard let right = right.wholeNumber else { return nil }
      return order(left, right)
    case (_, .float(let right)):
      guard let left = left.wholeNumber else { return nil }
      switch order(right, left) {
      case .less: return .greater
      case .greater: return .less
      case let same: return same
      }
    default: return nil
    }
  }

  private static func order<T: Comparable>(_ left: T, _ right: T) -> Order {
    left < right
      ? .less
      : left == right
        ? .equal
        : left > right ? .greater : .unordered
  }

  /// Compares exactly: not every whole number is a float.
  private static func order(_ left: Double, _ right: BigInteger) -> Order {
    if left.isNaN { return .unordered }
    if left.isInfinite { return left < 0 ? .less : .greater }
    let whole = left.rounded(.down)
    let exact = BigInteger(whole)
    if exact == right { return whole == left ? .equal : .greater }
    return exact < right ? .less : .greater
  }
}

extension Value {
  /// A whole number of any size; nil for anything else.
  ///
  /// A boolean counts as 0 or 1.
  public var wholeNumber: BigInteger? {
    switch payload {
    case .integer(let value): BigInteger(value)
    case .bool(let value): BigInteger(value ? 1 : 0)
    case .bigInteger(let value): value
    default: nil
    }
  }
}

extension Value: Equatable {
  /// Python's equality; values that cannot be compared differ.
  public static func == (left: Value, right: Value) -> Bool {
    (try? left.isEqual(to: right)) ?? false
  }
}

extension Value: Hashable {
  /// Agrees with `==`; values that Python cannot hash share one hash.
  public func hash(into hasher: inout Hasher) {
    hasher.combine((try? Hash.of(self)) ?? 0)
  }
}
