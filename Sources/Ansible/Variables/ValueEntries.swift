// Reading dictionaries whose keys are text: the shape of nearly everything in
// a playbook.

import Jinja

extension ValueDictionary {
  /// An entry whose key is text, with the place of the key.
  struct Entry {
    var key: String
    var value: Value
    var origin: Origin?

    /// Where the key stands, or the value where the key does not know.
    func place(in file: String) -> SourcePlace {
      SourcePlace(origin ?? value.origin, file: file)
    }
  }

  /// The entries in order.
  ///
  /// A key that is no text stands as Python prints it.
  func pairs() throws -> [Entry] {
    try entries().map {
      Entry(
        key: $0.key.text ?? PlainText.of($0.key), value: $0.value,
        origin: $0.key.origin)
    }
  }
}

extension ValueDictionary {
  /// The entries with their values as written: what a vault hides stays
  /// closed.
  func rawPairs() -> [Entry] {
    zip(orderedKeys, rawElements).map {
      Entry(
        key: $0.text ?? PlainText.of($0), value: $1, origin: $0.origin)
    }
  }
}

extension Value {
  /// A dictionary made of a Swift dictionary, in the order of the keys.
  static func sorted(_ values: [String: Value]) -> Value {
    .dictionary(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }
}
