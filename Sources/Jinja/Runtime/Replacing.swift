// Python's str.replace with marks that stay where they are.

enum Replacing {
  /// The string with occurrences of one text replaced by another; all of them
  /// for a negative count.
  static func replace(
    _ value: Value, _ old: Value, _ new: Value, count: Int, _ limits: Limits
  ) throws -> Value {
    if [value, old, new].contains(where: \.isUnknown) || old.hasUnknownPart {
      return .unknown
    }
    guard let source = value.text, let part = old.text else { return value }
    let inserted = value.isMarkup ? try Escaping.escaped(new) : new
    var builder = TextBuilder()
    var left = count < 0 ? Int.max : count
    var at = 0
    let size = source.utf8.count
    if part.isEmpty {
      // Between all characters.
      var offset = 0
      for scalar in source.unicodeScalars {
        if left > 0 {
          try builder.append(inserted)
          left -= 1
        }
        try builder.append(value.slice(offset..<(offset + scalar.utf8Width)))
        offset += scalar.utf8Width
        try limits.check(text: builder.count)
      }
      if left > 0 { try builder.append(inserted) }
      return value.withText(builder.value)
    }
    var found = PythonText.find(part, in: source)
    if found == nil || left == 0 { return value }
    while left > 0, let next = found {
      try builder.append(value.slice(at..<next))
      try builder.append(inserted)
      try limits.check(text: builder.count)
      at = next + part.utf8.count
      left -= 1
      found = PythonText.find(part, in: source, from: at)
    }
    try builder.append(value.slice(at..<size))
    return value.withText(builder.value)
  }
}
