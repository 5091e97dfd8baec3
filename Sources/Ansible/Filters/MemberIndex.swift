// The members of a list, to be asked many times whether a value is one of them.

import Jinja

/// Members by hash, as far as they have one.
struct MemberIndex {
  private var scalars = Set<Value>()
  private var others: [Value] = []

  init(_ items: [Value] = []) {
    for item in items { insert(item) }
  }

  mutating func insert(_ item: Value) {
    if Self.isScalar(item) { scalars.insert(item) } else { others.append(item) }
  }

  /// Whether a member equals the value, as Python's `in` has it.
  ///
  /// - Throws: what a lazy member throws, and `TemplateError` where the render
  ///   of the context computes for too long.
  func contains(_ value: Value, _ context: Context) throws -> Bool {
    if Self.isScalar(value), scalars.contains(value) { return true }
    if case .object = value.payload,
      try scalars.contains(where: {
        try $0.isEqual(to: value)
      })
    {
      return true
    }
    if others.isEmpty { return false }
    try context.work()
    return try CollectionFilters.contains(others, value)
  }

  /// Whether equality of values of this kind is that of their hashes.
  private static func isScalar(_ value: Value) -> Bool {
    switch value.payload {
    case .string, .markup, .integer, .bigInteger, .float, .bool, .none: true
    default: false
    }
  }
}
