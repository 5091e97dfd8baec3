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
    guard left > 0 else { return value }
    // Texts without marks are copied as bytes: slices cost more than the search.
    let isPlain = value.annotation == nil
    var text = source
    var needle = part
    try text.withUTF8 { bytes in
      try needle.withUTF8 { needle in
        while left > 0,
          let next = PythonText.find(needle, in: bytes, from: at)
        {
          if isPlain {
            builder.append(bytes: bytes[at..<next])
          } else {
            try builder.append(value.slice(at..<next))
          }
          try builder.append(inserted)
          try limits.check(text: builder.count)
          at = next + needle.count
          left -= 1
        }
      }
    }
    if at == 0 { return value }
    try builder.append(value.slice(at..<size))
    return value.withText(builder.value)
  }
}
