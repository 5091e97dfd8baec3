// Python's stable sort of values.

import Jinja

enum PythonOrder {
  /// `items` sorted by the order of their keys; nil where two keys have no
  /// order, as of a number and a string.
  static func sorted<Item>(
    _ items: [Item], key: (Item) -> Value
  ) -> [Item]? {
    let keys = items.map { key($0) }
    if keys.allSatisfy(\.isString) {
      let texts = keys.map { $0.text ?? "" }
      return items.indices.sorted { left, right in
        texts[left].utf8.lexicographicallyPrecedes(texts[right].utf8)
      }.map { items[$0] }
    }
    var hasOrder = true
    let order = keys.indices.sorted { left, right in
      do {
        return try keys[left].isLess(than: keys[right])
      } catch {
        hasOrder = false
        return false
      }
    }
    return hasOrder ? order.map { items[$0] } : nil
  }
}
