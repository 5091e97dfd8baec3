// What a JMESPath query finds.

import Jinja

enum JMESEvaluator {
  static func evaluate(_ node: JMESPath.Node, _ value: Value) throws -> Value {
    if value.isUnknown { throw UnknownValue() }
    switch node {
    case .current: return value
    case .literal(let literal): return literal
    case .field(let name): return try value.member(name) ?? .none
    case .index(let index):
      guard let items = try value.sequence() else { return .none }
      let place = index < 0 ? index + items.count : index
      return items.indices.contains(place) ? items[place] : .none
    case .slice(let start, let stop, let step):
      return try slice(value, start, stop, step ?? 1)
    case .chain(let left, let right):
      return try evaluate(right, try evaluate(left, value))
    case .pipe(let left, let right):
      return try evaluate(right, try evaluate(left, value))
    case .listProjection(let left, let right):
      guard let items = try evaluate(left, value).sequence() else {
        return .none
      }
      return try projected(items, right)
    case .valueProjection(let left, let right):
      guard let members = try evaluate(left, value).dictionary else {
        return .none
      }
      return try projected(try members.elements(), right)
    case .filterProjection(let left, let condition, let right):
      guard let items = try evaluate(left, value).sequence() else {
        return .none
      }
      return try projected(
        try items.filter { isTrue(try evaluate(condition, $0)) }, right)
    case .flatten(let left):
      guard let items = try evaluate(left, value).sequence() else {
        return .none
      }
      return Value(
        try items.flatMap { item in try item.sequence() ?? [item] })
    case .or(let left, let right):
      let first = try evaluate(left, value)
      return isTrue(first) ? first : try evaluate(right, value)
    case .and(let left, let right):
      let first = try evaluate(left, value)
      return isTrue(first) ? try evaluate(right, value) : first
    case .not(let inner): return Value(!isTrue(try evaluate(inner, value)))
    case .comparison(let symbol, let left, let right):
      return try compare(
        symbol, try evaluate(left, value), try evaluate(right, value))
    case .multiList(let items):
      if value.isNone { return .none }
      return Value(try items.map { try evaluate($0, value) })
    case .multiHash(let entries):
      if value.isNone { return .none }
      return .dictionary(
        try entries.map { ($0.0, try evaluate($0.1, value)) })
    case .call(let name, let arguments):
      return try JMESFunctions.call(name, arguments, value)
    case .reference:
      throw JMESPath.Failure(
        message: "an expression reference stands outside a function")
    }
  }

  private static func projected(
    _ items: [Value], _ right: JMESPath.Node
  ) throws -> Value {
    Value(
      try items.compactMap { item -> Value? in
        let found = try evaluate(right, item)
        // A bare nil would be a value here: it is Python's None.
        if found.isNone { return Value?.none }
        return found
      })
  }

  /// Empty texts, lists and dictionaries, false and null are false; 0 is true.
  static func isTrue(_ value: Value) -> Bool {
    switch value.payload {
    case .none: false
    case .bool(let flag): flag
    case .string(let text), .markup(let text): !text.isEmpty
    case .list(let list): !list.isEmpty
    case .tuple(let items): !items.isEmpty
    case .dictionary(let dictionary): !dictionary.isEmpty
    default: true
    }
  }

  static func isNumber(_ value: Value) -> Bool {
    value.boolean == nil && value.double != nil
  }

  private static func compare(
    _ symbol: String, _ left: Value, _ right: Value
  ) throws -> Value {
    switch symbol {
    case "==", "!=":
      // true is not 1 there.
      let areAlike = (left.boolean == nil) == (right.boolean == nil)
      let isSame = try left.isEqual(to: right) && areAlike
      return Value(isSame == (symbol == "=="))
    default:
      let areTexts = left.isString && right.isString
      guard areTexts || (isNumber(left) && isNumber(right)) else {
        return .none
      }
      switch symbol {
      case "<": return Value(try left.isLess(than: right))
      case ">": return Value(try right.isLess(than: left))
      case "<=": return Value(try !right.isLess(than: left))
      default: return Value(try !left.isLess(than: right))
      }
    }
  }

  private static func slice(
    _ value: Value, _ start: Int?, _ stop: Int?, _ step: Int
  ) throws -> Value {
    guard let items = try value.sequence() else { return .none }
    guard step != 0 else {
      throw JMESPath.Failure(message: "slice step cannot be zero")
    }
    func clamp(_ index: Int, _ low: Int, _ high: Int) -> Int {
      min(max(index < 0 ? index + items.count : index, low), high)
    }
    if step > 0 {
      let first = start.map { clamp($0, 0, items.count) } ?? 0
      let last = stop.map { clamp($0, 0, items.count) } ?? items.count
      return Value(
        stride(from: first, to: last, by: step).map { items[$0] })
    }
    let first = start.map { clamp($0, -1, items.count - 1) } ?? items.count - 1
    let last = stop.map { clamp($0, -1, items.count - 1) } ?? -1
    return Value(stride(from: first, to: last, by: step).map { items[$0] })
  }
}
