// Python's sorting: stable, by a key, with errors for what has no order.

enum Sorting {
  /// The values in the order of their keys.
  static func sorted(
    _ items: [Value], reversed: Bool = false, key: (Value) throws -> Value
  ) throws -> [Value] {
    var keyed = try items.map { (key: try key($0), value: $0) }
    if reversed { keyed.reverse() }
    try merge(&keyed) { try $0.key.isLess(than: $1.key) }
    if reversed { keyed.reverse() }
    return keyed.map(\.value)
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
