// Python's sorting: stable, by a key, with errors for what has no order.

enum Sorting {
  /// The values in the order of their keys.
  ///
  /// With `inLists` keys compare as if each stood in a list: two that are
  /// equal need no order there.
  static func sorted(
    _ items: [Value], reversed: Bool = false, inLists: Bool = false,
    key: (Value) throws -> Value
  ) throws -> [Value] {
    let keys = try items.map(key)
    guard items.count > 1 else { return items }
    // Sorting places instead of values saves counting their references.
    var places = Array(0..<items.count)
    if reversed { places.reverse() }
    if let texts = texts(keys) {
      try merge(&places) { texts[$0].isBefore(texts[$1]) }
    } else {
      try merge(&places) {
        if inLists, !keys[$0].isNumber, !keys[$0].isString,
          try keys[$0].isSameOrEqual(to: keys[$1])
        {
          return false
        }
        return try keys[$0].isLess(than: keys[$1])
      }
    }
    if reversed { places.reverse() }
    return places.map { items[$0] }
  }

  /// The keys as texts where all of them are.
  private static func texts(_ keys: [Value]) -> [String]? {
    var result: [String] = []
    result.reserveCapacity(keys.count)
    for key in keys {
      guard case .string(let text) = key.payload, !key.hasUnknownPart else {
        return nil
      }
      result.append(text)
    }
    return result
  }

  /// A stable merge sort whose comparison may throw.
  static func merge<Element>(
    _ items: inout [Element], isLess: (Element, Element) throws -> Bool
  ) throws {
    guard items.count > 1 else { return }
    var width = 1
    var source = items
    while width < source.count {
      var result: [Element] = []
      result.reserveCapacity(source.count)
      var start = 0
      while start < source.count {
        let middle = min(start + width, source.count)
        let end = min(start + 2 * width, source.count)
        var left = start
        var right = middle
        while left < middle && right < end {
          if try isLess(source[right], source[left]) {
            result.append(source[right])
            right += 1
          } else {
            result.append(source[left])
            left += 1
          }
        }
        result += source[left..<middle]
        result += source[right..<end]
        start = end
      }
      source = result
      width *= 2
    }
    items = source
  }
}
