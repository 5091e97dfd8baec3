// Base 64 (RFC 4648), read as leniently as Python's `base64` module does.

/// Base 64 of bytes.
enum Base64 {
  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlSafe = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Text with padding.
  static func encoded(
    _ bytes: some Collection<UInt8>, isURLSafe: Bool = false
  ) -> [UInt8] {
    let alphabet = isURLSafe ? urlSafe : standard
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var rest = bytes[...]
    while let first = rest.popFirst() {
      let second = rest.popFirst()
      let third = rest.popFirst()
      let group =
        Int(first) << 16 | Int(second ?? 0) << 8 | Int(third ?? 0)
      text.append(alphabet[group >> 18])
      text.append(alphabet[group >> 12 & 63])
      text.append(
        second == nil ? UInt8(ascii: "=") : alphabet[group >> 6 & 63])
      text.append(third == nil ? UInt8(ascii: "=") : alphabet[group & 63])
    }
    return text
  }

  /// The bytes, other characters skipped; nil where the padding is wrong.
  static func decoded(
    _ text: [UInt8], isURLSafe: Bool = false
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var group = 0
    var width = 0
    var padding = 0
    for character in text {
      let digit: Int
      switch character {
      case 0x41...0x5A: digit = Int(character) - 0x41
      case 0x61...0x7A: digit = Int(character) - 0x61 + 26
      case 0x30...0x39: digit = Int(character) - 0x30 + 52
      case UInt8(ascii: "+") where !isURLSafe,
        UInt8(ascii: "-") where isURLSafe:
        digit = 62
      case UInt8(ascii: "/") where !isURLSafe,
        UInt8(ascii: "_") where isURLSafe:
        digit = 63
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      case UInt8(ascii: "="):
        if width >= 2 { padding += 1 }
        if width >= 2, width + padding >= 4 { return bytes }
        continue
      default: continue
      }
      padding = 0
      group = group << 6 | digit
      width += 1
      switch width {
      case 2: bytes.append(UInt8(truncatingIfNeeded: group >> 4))
      case 3: bytes.append(UInt8(truncatingIfNeeded: group >> 2))
      case 4:
        bytes.append(UInt8(truncatingIfNeeded: group))
        group = 0
        width = 0
      default: break
      }
    }
    return width == 0 ? bytes : nil
  }
}
