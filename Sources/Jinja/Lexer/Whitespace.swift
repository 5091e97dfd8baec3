// What Python takes for whitespace and for letters of names.

enum Whitespace {
  /// Python's `str.isspace` of one character.
  static func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0: return true
    case 0..<0x1680: return false
    case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
      return true
    default: return false
    }
  }

  /// How many bytes the whitespace character at an offset takes; 0 where there
  /// is none.
  static func length(in bytes: [UInt8], at offset: Int) -> Int {
    guard offset < bytes.count else { return 0 }
    let first = bytes[offset]
    if first < 0x80 {
      return (first >= 0x09 && first <= 0x0D)
        || (first >= 0x1C && first <= 0x20)
        ? 1 : 0
    }
    guard first == 0xC2 || (first >= 0xE1 && first <= 0xE3),
      let (scalar, size) = Scalars.decode(bytes, at: offset), contains(scalar)
    else { return 0 }
    return size
  }

  /// The end of a slice without the whitespace that it ends in.
  static func trimmedEnd(in bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start {
      if bytes[end - 1] < 0x80 {
        guard length(in: bytes, at: end - 1) == 1 else { return end }
        end -= 1
      } else {
        var at = end - 1
        while at > start && bytes[at] & 0xC0 == 0x80 { at -= 1 }
        guard length(in: bytes, at: at) == end - at else { return end }
        end = at
      }
    }
    return end
  }
}

enum Scalars {
  /// The character at an offset and how many bytes it takes.
  static func decode(
    _ bytes: [UInt8], at offset: Int
  ) -> (Unicode.Scalar, Int)? {
    let first = bytes[offset]
    let size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard offset + size <= bytes.count else { return nil }
    var value = UInt32(
      size == 1 ? first : first & (size == 2 ? 0x1F : size == 3 ? 0x0F : 0x07))
    for at in (offset + 1)..<max(offset + 1, offset + size) {
      value = value << 6 | UInt32(bytes[at] & 0x3F)
    }
    return Unicode.Scalar(value).map { ($0, size) }
  }
}
