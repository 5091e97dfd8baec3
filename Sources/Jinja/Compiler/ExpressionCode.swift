// Compiled expressions: small objects that evaluate themselves in a frame.

/// A compiled expression.
///
/// Each kind of expression is a final subclass.
class ExpressionCode {
  let position: Position

  init(_ position: Position) { self.position = position }

  func evaluate(_ frame: Frame) throws -> Value {
    preconditionFailure("a subclass evaluates")
  }

  /// The value; nil instead of an undefined one.
  func lookup(_ frame: Frame) throws -> Value? {
    let value = try evaluate(frame)
    return value.isUndefined ? nil : value
  }

  /// The value; nil instead of that of a variable that holds none.
  func stored(_ frame: Frame) throws -> Value? { try evaluate(frame) }

  /// The truth of the value, without making one where that is quicker.
  func truth(_ frame: Frame) throws -> Bool {
    let value = try evaluate(frame)
    do {
      return try value.truth()
    } catch {
      throw locate(error, frame)
    }
  }

  /// Writes the value where nothing is escaped or finalized.
  func write(_ frame: Frame, _ out: inout Output) throws {
    try out.write(try evaluate(frame))
  }

  /// What a loop over the value goes through: the value, or the members of a
  /// list that nothing else will ever see.
  func loopMembers(_ frame: Frame) throws -> LoopMembers {
    .of(try evaluate(frame))
  }

  /// The value where it is known before any render.
  var constant: Value? { nil }

  /// The error with its place in the template, where it has none yet.
  @inline(never)
  final func locate(_ error: any Error, _ frame: Frame) -> any Error {
    guard let error = error as? TemplateError else { return error }
    return frame.template.source.locate(error, at: position)
  }
}

/// What a loop goes through.
enum LoopMembers {
  case of(Value)
  case fresh([Value])
}

/// Expressions in order, reached without counting references, which would take
/// longer than to evaluate many of them.
final class ExpressionCodes {
  private let codes: [ExpressionCode]
  private let first: UnsafeMutablePointer<Unmanaged<ExpressionCode>>
  let count: Int

  init(_ codes: [ExpressionCode]) {
    self.codes = codes
    count = codes.count
    first = .allocate(capacity: count)
    for (place, code) in codes.enumerated() {
      (first + place).initialize(to: .passUnretained(code))
    }
  }

  deinit { first.deallocate() }

  @inline(__always)
  func evaluate(_ place: Int, _ frame: Frame) throws -> Value {
    try first[place]._withUnsafeGuaranteedRef { try $0.evaluate(frame) }
  }

  @inline(__always)
  func truth(_ place: Int, _ frame: Frame) throws -> Bool {
    try first[place]._withUnsafeGuaranteedRef { try $0.truth(frame) }
  }

  /// The values of all.
  func values(_ frame: Frame) throws -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for place in 0..<count { values.append(try evaluate(place, frame)) }
    return values
  }

  subscript(place: Int) -> ExpressionCode { codes[place] }
}

final class ConstantCode: ExpressionCode {
  private let value: Value

  init(_ value: Value, _ position: Position) {
    self.value = value
    super.init(position)
  }

  override func evaluate(_ frame: Frame) -> Value { value }
  override var constant: Value? { value }
}

// MARK: - Names

/// A variable of the running function.
final class LocalNameCode: ExpressionCode {
  private let name: String
  let slot: Int
  /// Whether the variable of the context stands in while none is assigned.
  private let resolves: Bool

  init(_ name: String, _ slot: Int, resolves: Bool, _ position: Position) {
    self.name = name
    self.slot = slot
    self.resolves = resolves
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    if let value = frame.slots[slot] {
      return frame.state.hasThawed ? try frame.state.current(value) : value
    }
    return try missing(frame)
  }

  override func write(_ frame: Frame, _ out: inout Output) throws {
    if !frame.state.hasThawed, out.takesText, let value = frame.slots[slot],
      out.text.append(plain: value)
    {
      return
    }
    try out.write(try evaluate(frame))
  }

  override func truth(_ frame: Frame) throws -> Bool {
    if let value = frame.slots[slot], case .bool(let flag) = value.payload {
      return flag
    }
    return try super.truth(frame)
  }

  override func stored(_ frame: Frame) throws -> Value? {
    if let value = frame.slots[slot] { return try frame.state.current(value) }
    return try resolved(frame)
  }

  @inline(never)
  private func missing(_ frame: Frame) throws -> Value {
    try resolved(frame) ?? frame.undefined(name: name)
  }

  private func resolved(_ frame: Frame) throws -> Value? {
    guard resolves else { return nil }
    do {
      guard let value = try frame.context.value(of: name) else { return nil }
      frame.slots[slot] = value
      return try frame.state.current(value)
    } catch {
      throw locate(error, frame)
    }
  }
}

/// A variable of a function around the running one.
final class OuterNameCode: ExpressionCode {
  private let name: String
  private let slot: Int
  private let steps: Int
  private let resolves: Bool

  init(
    _ name: String, _ slot: Int, steps: Int, resolves: Bool,
    _ position: Position
  ) {
    self.name = name
    self.slot = slot
    self.steps = steps
    self.resolves = resolves
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    try stored(frame) ?? frame.undefined(name: name)
  }

  override func stored(_ frame: Frame) throws -> Value? {
    let owner = frame.ancestor(steps)
    if let value = owner.slots[slot] { return try frame.state.current(value) }
    guard resolves else { return nil }
    do {
      guard let value = try owner.context.value(of: name) else { return nil }
      owner.slots[slot] = value
      return try frame.state.current(value)
    } catch {
      throw locate(error, frame)
    }
  }
}

extension Frame {
  func undefined(name: String) -> Value {
    Value(
      .undefined(
        Undefined(
          name: Value(name), policy: context.environment.options.undefined)))
  }
}

// MARK: - Literals

final class TupleCode: ExpressionCode {
  private let items: ExpressionCodes

  init(_ items: [ExpressionCode], _ position: Position) {
    self.items = ExpressionCodes(items)
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    .tuple(try Nesting.checked(try items.values(frame)))
  }
}

final class ListCode: ExpressionCode {
  private let items: ExpressionCodes

  init(_ items: [ExpressionCode], _ position: Position) {
    self.items = ExpressionCodes(items)
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    .fresh(try items.values(frame))
  }

  override func loopMembers(_ frame: Frame) throws -> LoopMembers {
    .fresh(try items.values(frame))
  }
}

final class DictionaryCode: ExpressionCode {
  private let items: [(key: ExpressionCode, value: ExpressionCode)]
  /// The keys where all are different constants, with the values that are
  /// constants too.
  private let shape: ValueDictionary?
  private let values: ExpressionCodes
  /// The places of the values that are no constants.
  private let open: [Int]

  init(
    _ items: [(key: ExpressionCode, value: ExpressionCode)],
    _ position: Position
  ) {
    self.items = items
    let shape = ValueDictionary(mutable: ())
    for (key, _) in items {
      guard let name = key.constant, name.isString else { break }
      shape.set(name, .none)
    }
    if shape.count == items.count {
      for (place, item) in items.enumerated() {
        shape.values[place] = item.value.constant ?? .none
      }
      self.shape = shape
    } else {
      self.shape = nil
    }
    values = ExpressionCodes(items.map(\.value))
    open = items.indices.filter { items[$0].value.constant == nil }
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    if let shape {
      var made = shape.values
      for place in open { made[place] = try values.evaluate(place, frame) }
      return Value(.dictionary(ValueDictionary(keysOf: shape, values: made)))
    }
    let result = ValueDictionary(mutable: ())
    for (key, value) in items {
      let key = try key.evaluate(frame)
      do {
        try result.insert(key, try value.evaluate(frame))
      } catch is UnknownValue {
        return .unknown
      } catch {
        throw locate(error, frame)
      }
    }
    return Value(.dictionary(result))
  }
}

// MARK: - Logic

/// Evaluates `a and b` and `a or b`.
final class LogicCode: ExpressionCode {
  private let parts: ExpressionCodes
  /// The truth of a part that decides the whole: false for `and`.
  private let decisive: Bool

  init(_ parts: [ExpressionCode], decisive: Bool, _ position: Position) {
    self.parts = ExpressionCodes(parts)
    self.decisive = decisive
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    var value = Value(!decisive)
    for place in 0..<parts.count {
      value = try parts.evaluate(place, frame)
      // As in Python nobody asks whether the last one is true.
      if place + 1 == parts.count { break }
      do {
        if try value.truth() == decisive { return value }
      } catch is UnknownValue {
        return .unknown
      } catch {
        throw parts[place].locate(error, frame)
      }
    }
    return value
  }

  override func truth(_ frame: Frame) throws -> Bool {
    for place in 0..<parts.count
    where try parts.truth(place, frame) == decisive {
      return decisive
    }
    return !decisive
  }
}

final class NotCode: ExpressionCode {
  private let operand: ExpressionCode

  init(_ operand: ExpressionCode, _ position: Position) {
    self.operand = operand
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try operand.evaluate(frame)
    do {
      return Value(try !value.truth()).marked(value.marks)
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }

  override func truth(_ frame: Frame) throws -> Bool {
    try !operand.truth(frame)
  }
}

final class ConditionalCode: ExpressionCode {
  private let test: ExpressionCode
  private let then: ExpressionCode
  private let otherwise: ExpressionCode?
  private let hint: String

  init(
    _ test: ExpressionCode, _ then: ExpressionCode,
    _ otherwise: ExpressionCode?, hint: String, _ position: Position
  ) {
    self.test = test
    self.then = then
    self.otherwise = otherwise
    self.hint = hint
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    do {
      if try test.truth(frame) { return try then.evaluate(frame) }
    } catch is UnknownValue {
      return .unknown
    }
    if let otherwise { return try otherwise.evaluate(frame) }
    // Always of the default policy, as in Jinja2.
    return Value(.undefined(Undefined(hint: hint)))
  }

  override func loopMembers(_ frame: Frame) throws -> LoopMembers {
    do {
      if try test.truth(frame) { return try then.loopMembers(frame) }
    } catch is UnknownValue {
      return .of(.unknown)
    }
    return try otherwise?.loopMembers(frame)
      ?? .of(Value(.undefined(Undefined(hint: hint))))
  }

  override func write(_ frame: Frame, _ out: inout Output) throws {
    let isTrue: Bool
    do {
      isTrue = try test.truth(frame)
    } catch is UnknownValue {
      return try out.write(.unknown)
    }
    if isTrue { return try then.write(frame, &out) }
    if let otherwise { return try otherwise.write(frame, &out) }
    try out.write(Value(.undefined(Undefined(hint: hint))))
  }
}

// MARK: - Operators

final class ArithmeticCode: ExpressionCode {
  private let symbol: ArithmeticOperator
  private let left: ExpressionCode
  private let right: ExpressionCode

  init(
    _ symbol: ArithmeticOperator, _ left: ExpressionCode,
    _ right: ExpressionCode, _ position: Position
  ) {
    self.symbol = symbol
    self.left = left
    self.right = right
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let a = try left.evaluate(frame)
    let b = try right.evaluate(frame)
    do {
      let result = try Operators.apply(symbol, a, b, frame.state.limits)
      try frame.state.charge(result)
      return result
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }
}

final class SignCode: ExpressionCode {
  let isNegative: Bool
  private let operand: ExpressionCode

  init(isNegative: Bool, _ operand: ExpressionCode, _ position: Position) {
    self.isNegative = isNegative
    self.operand = operand
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try operand.evaluate(frame)
    do {
      return try isNegative
        ? Operators.negative(value) : Operators.positive(value)
    } catch {
      throw locate(error, frame)
    }
  }
}

final class ConcatenationCode: ExpressionCode {
  private let parts: [ExpressionCode]
  /// Whether the whole is markup once one of the parts is.
  private let makesMarkup: Bool

  init(_ parts: [ExpressionCode], makesMarkup: Bool, _ position: Position) {
    self.parts = parts
    self.makesMarkup = makesMarkup
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    var values: [Value] = []
    values.reserveCapacity(parts.count)
    for part in parts { values.append(try part.evaluate(frame)) }
    do {
      let isMarkup = makesMarkup && values.contains { $0.isMarkup }
      var builder = TextBuilder()
      for value in values {
        try builder.append(
          isMarkup
            ? try Escaping.escaped(value.isString ? value : value.string())
            : value)
      }
      try frame.state.limits.check(text: builder.count)
      let result = isMarkup ? builder.markup : builder.value
      try frame.state.charge(result)
      return result
    } catch {
      throw locate(error, frame)
    }
  }

  override func write(_ frame: Frame, _ out: inout Output) throws {
    if out.isNative || makesMarkup {
      return try super.write(frame, &out)
    }
    // All parts are evaluated before any is written, as in Python.
    for value in try parts.map({ try $0.evaluate(frame) }) {
      try out.write(value)
    }
  }
}

extension Value {
  /// Whether Python finds `__html__` on the value.
  var hasHTML: Bool {
    switch payload {
    case .markup: return true
    case .undefined(let undefined): return undefined.policy == .chainable
    case .object(let object): return ((try? object.html()) ?? nil) != nil
    default: return false
    }
  }
}

/// `a == b` and the like, chained or not.
final class ComparisonCode: ExpressionCode {
  private let first: ExpressionCode
  private let rest: [(symbol: ComparisonOperator, operand: ExpressionCode)]

  init(
    _ first: ExpressionCode,
    _ rest: [(symbol: ComparisonOperator, operand: ExpressionCode)],
    _ position: Position
  ) {
    self.first = first
    self.rest = rest
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    var marks = Marks()
    do {
      return Value(try decide(frame, &marks)).marked(marks)
    } catch is UnknownValue {
      return .unknown
    }
  }

  override func truth(_ frame: Frame) throws -> Bool {
    var marks = Marks()
    return try decide(frame, &marks)
  }

  @inline(__always)
  private func decide(_ frame: Frame, _ marks: inout Marks) throws -> Bool {
    var left = try first.evaluate(frame)
    if left.isMarked { marks.formUnion(left.marks) }
    for (symbol, operand) in rest {
      let right = try operand.evaluate(frame)
      if right.isMarked { marks.formUnion(right.marks) }
      do {
        try frame.state.work()
        try frame.state.read(left)
        try frame.state.read(right)
        guard try Self.compare(symbol, left, right) else { return false }
      } catch {
        throw locate(error, frame)
      }
      left = right
    }
    return true
  }

  static func compare(
    _ symbol: ComparisonOperator, _ left: Value, _ right: Value
  ) throws -> Bool {
    switch symbol {
    case .equal: return try left.isEqual(to: right)
    case .notEqual: return try !left.isEqual(to: right)
    case .less: return try left.isLess(than: right)
    case .greater:
      return try right.isLess(than: left, symbol: ">", swapped: true)
    case .lessOrEqual: return try left.isAtMost(right, symbol: "<=")
    case .greaterOrEqual:
      return try right.isAtMost(left, symbol: ">=", swapped: true)
    case .isIn: return try right.contains(left)
    case .isNotIn: return try !right.contains(left)
    }
  }
}
