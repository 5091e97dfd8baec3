// The functions of JMESPath.

import Jinja

enum JMESFunctions {
  /// Calls a function on what its arguments evaluate to.
  static func call(
    _ name: String, _ arguments: [JMESPath.Node], _ value: Value
  ) throws -> Value {
    guard let count = arities[name] else {
      throw JMESPath.Failure(message: "Unknown function: \(name)()")
    }
    guard count.contains(arguments.count) else {
      let expected =
        count.upperBound == .max
        ? "at least \(count.lowerBound)" : "\(count.lowerBound)"
      throw JMESPath.Failure(
        message:
          "Expected \(expected) argument\(count.lowerBound == 1 ? "" : "s") for function "
          + "\(name)(), received \(arguments.count)")
    }
    var values: [Value] = []
    var references: [JMESPath.Node] = []
    for argument in arguments {
      if case .reference(let inner) = argument {
        references.append(inner)
      } else {
        values.append(try JMESEvaluator.evaluate(argument, value))
      }
    }
    if ["sort_by", "min_by", "max_by", "map"].contains(name) {
      guard let reference = references.first, let list = values.first else {
        throw wrongType(name, "an expression reference and a list")
      }
      return try byReference(name, try items(list, name), reference)
    }
    guard references.isEmpty else { throw wrongType(name, "values") }
    return try plain(name, values)
  }

  private static let arities: [String: ClosedRange<Int>] = [
    "abs": 1...1, "avg": 1...1, "ceil": 1...1, "contains": 2...2,
    "ends_with": 2...2, "floor": 1...1, "join": 2...2, "keys": 1...1,
    "length": 1...1, "map": 2...2, "max": 1...1, "max_by": 2...2,
    "merge": 1...Int.max, "min": 1...1, "min_by": 2...2,
    "not_null": 1...Int.max, "reverse": 1...1, "sort": 1...1,
    "sort_by": 2...2, "starts_with": 2...2, "sum": 1...1, "to_array": 1...1,
    "to_number": 1...1, "to_string": 1...1, "type": 1...1, "values": 1...1,
  ]

  private static func wrongType(_ name: String, _ expected: String)
    -> JMESPath.Failure
  {
    JMESPath.Failure(
      message: "In function \(name)(), invalid type for value, expected "
        + expected)
  }

  private static func items(_ value: Value, _ name: String) throws -> [Value] {
    guard let items = try value.sequence() else {
      throw wrongType(name, "an array")
    }
    return items
  }

  private static func text(_ value: Value, _ name: String) throws -> String {
    guard let text = value.text else { throw wrongType(name, "a string") }
    return text
  }

  private static func number(_ value: Value, _ name: String) throws -> Double {
    guard JMESEvaluator.isNumber(value), let number = value.double else {
      throw wrongType(name, "a number")
    }
    return number
  }

  private static func dictionary(_ value: Value, _ name: String) throws
    -> ValueDictionary
  {
    guard let dictionary = value.dictionary else {
      throw wrongType(name, "an object")
    }
    return dictionary
  }

  /// The items, all texts or all numbers, in order.
  private static func sorted<Item>(
    _ items: [Item], _ name: String, key: (Item) throws -> Value
  ) throws -> [Item] {
    let keyed = try items.map { ($0, try key($0)) }
    guard
      keyed.allSatisfy({ $0.1.isString })
        || keyed.allSatisfy({ JMESEvaluator.isNumber($0.1) }),
      let sorted = PythonOrder.sorted(keyed, key: { $0.1 })
    else { throw wrongType(name, "all strings or all numbers") }
    return sorted.map(\.0)
  }

  private static func byReference(
    _ name: String, _ items: [Value], _ reference: JMESPath.Node
  ) throws -> Value {
    if name == "map" {
      return Value(
        try items.map { try JMESEvaluator.evaluate(reference, $0) })
    }
    let ordered = try sorted(items, name) {
      try JMESEvaluator.evaluate(reference, $0)
    }
    switch name {
    case "sort_by": return Value(ordered)
    case "min_by": return ordered.first ?? .none
    default:
      // Of equal ones the first.
      guard let last = ordered.last else { return .none }
      let key = try JMESEvaluator.evaluate(reference, last)
      return try ordered.first {
        try JMESEvaluator.evaluate(reference, $0).isEqual(to: key)
      } ?? last
    }
  }

  private static func plain(_ name: String, _ values: [Value]) throws -> Value {
    let first = values[0]
    switch name {
    case "abs":
      _ = try number(first, name)
      if let whole = first.integer { return Value(abs(whole)) }
      return Value(abs(try number(first, name)))
    case "ceil", "floor":
      let rounded = try number(first, name).rounded(
        name == "ceil" ? .up : .down)
      return Value(BigInteger(rounded))
    case "avg":
      let all = try items(first, name)
      guard !all.isEmpty else { return .none }
      let sum = try all.reduce(0) { $0 + (try number($1, name)) }
      return Value(sum / Double(all.count))
    case "sum":
      let all = try items(first, name)
      for item in all { _ = try number(item, name) }
      let whole = all.compactMap(\.integer)
      if whole.count == all.count { return Value(whole.reduce(0, &+)) }
      return Value(try all.reduce(0) { $0 + (try number($1, name)) })
    case "contains":
      if let text = first.text {
        return Value(
          values[1].text.map { $0.isEmpty || text.firstRange(of: $0) != nil }
            ?? false)
      }
      return Value(
        try CollectionFilters.contains(try items(first, name), values[1]))
    case "starts_with":
      return Value(
        try text(first, name).hasPrefix(try text(values[1], name)))
    case "ends_with":
      return Value(
        try text(first, name).hasSuffix(try text(values[1], name)))
    case "join":
      let parts = try items(values[1], name).map { try text($0, name) }
      return Value(parts.joined(separator: try text(first, name)))
    case "keys": return Value(try dictionary(first, name).orderedKeys)
    case "values": return Value(try dictionary(first, name).elements())
    case "length":
      guard let length = try first.length() else {
        throw wrongType(name, "a string, an array or an object")
      }
      return Value(length)
    case "max":
      return try sorted(try items(first, name), name) { $0 }.last ?? .none
    case "min":
      return try sorted(try items(first, name), name) { $0 }.first ?? .none
    case "sort": return Value(try sorted(try items(first, name), name) { $0 })
    case "merge":
      var pairs: [(Value, Value)] = []
      for value in values {
        pairs += try dictionary(value, name).entries()
          .map { ($0.key, $0.value) }
      }
      return Value(.dictionary(try ValueDictionary(pairs: pairs)))
    case "not_null": return values.first { !$0.isNone } ?? .none
    case "reverse":
      if let text = first.text {
        return Value(
          String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
      }
      return Value(try items(first, name).reversed())
    case "to_array": return first.isSequence ? first : [first]
    case "to_number": return toNumber(first)
    case "to_string":
      if first.isString { return first }
      var writer = JSONWriter()
      writer.itemSeparator = ","
      writer.keySeparator = ":"
      return try writer.text(of: first)
    default: return Value(type(of: first))
    }
  }

  private static func toNumber(_ value: Value) -> Value {
    if JMESEvaluator.isNumber(value) { return value }
    guard let text = value.text else { return .none }
    if let whole = Int(text) { return Value(whole) }
    return Double(text).map { Value($0) } ?? .none
  }

  private static func type(of value: Value) -> String {
    switch value.payload {
    case .none: "null"
    case .bool: "boolean"
    case .integer, .bigInteger, .float: "number"
    case .string, .markup: "string"
    case .list, .tuple: "array"
    default: "object"
    }
  }
}
