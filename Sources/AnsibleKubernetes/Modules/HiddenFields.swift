// `hidden_fields`: parts of an object that a result leaves out.

import Jinja

enum HiddenFields {
  /// The object without the named fields, each a path such as
  /// `metadata.annotations[example.org/x]` or `spec.containers[0].env`.
  static func hide(_ fields: [String], in object: Value) -> Value {
    fields.reduce(object) { hide(parts($1)[...], in: $0) ?? .dictionary([]) }
  }

  /// The object without what the path leads to; nil where nothing is left.
  private static func hide(
    _ path: ArraySlice<String>, in value: Value
  ) -> Value? {
    guard let key = path.first else { return nil }
    if let dictionary = value.dictionary,
      let entries = try? dictionary.entries()
    {
      let kept: [(String, Value)] = entries.compactMap { entry in
        guard let name = entry.key.text else { return nil }
        if name != key { return (name, entry.value) }
        guard let rest = hide(path.dropFirst(), in: entry.value) else {
          return nil
        }
        return isEmpty(rest) ? nil : (name, rest)
      }
      return .dictionary(kept)
    }
    if let items = try? value.sequence(), let index = Int(key),
      items.indices.contains(index)
    {
      var items = items
      if let rest = hide(path.dropFirst(), in: items[index]), !isEmpty(rest) {
        items[index] = rest
      } else {
        items.remove(at: index)
      }
      return .list(items)
    }
    return value
  }

  private static func isEmpty(_ value: Value) -> Bool {
    value.dictionary?.isEmpty ?? value.list?.isEmpty ?? false
  }

  /// The keys of a path: dots part them, brackets hold any text.
  static func parts(_ field: String) -> [String] {
    var parts: [String] = []
    var part = ""
    var isBracketed = false
    for character in field {
      switch character {
      case "[" where !isBracketed:
        if !part.isEmpty { parts.append(part) }
        part = ""
        isBracketed = true
      case "]" where isBracketed:
        parts.append(part)
        part = ""
        isBracketed = false
      case "." where !isBracketed:
        if !part.isEmpty { parts.append(part) }
        part = ""
      default: part.append(character)
      }
    }
    if !part.isEmpty { parts.append(part) }
    return parts
  }
}
