// The character encodings that roles name: UTF-8, UTF-16 and Latin-1.

import Jinja

enum TextEncoding {
  /// The bytes of a text.
  ///
  /// - Throws: `TemplateError` of kind `LookupError` or `UnicodeEncodeError`.
  static func bytes(of text: String, _ encoding: String) throws -> [UInt8] {
    switch normalized(encoding) {
    case "utf8": return Array(text.utf8)
    case "utf16": return [0xFF, 0xFE] + units(text, isBigEndian: false)
    case "utf16le": return units(text, isBigEndian: false)
    case "utf16be": return units(text, isBigEndian: true)
    case "latin1", "iso88591", "8859":
      return try narrow(text, below: 0x100, encoding)
    case "ascii", "usascii": return try narrow(text, below: 0x80, encoding)
    default: throw unknown(encoding)
    }
  }

  /// The text of bytes.
  ///
  /// - Throws: `TemplateError` of kind `LookupError` or `UnicodeDecodeError`.
  static func text(of bytes: [UInt8], _ encoding: String) throws -> String {
    switch normalized(encoding) {
    case "utf8", "ascii", "usascii":
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw TemplateError(
          .decoding, "'utf-8' codec can't decode the bytes: they are no text")
      }
      return text
    case "latin1", "iso88591", "8859":
      return String(
        String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    case "utf16":
      let isBig = bytes.starts(with: [0xFE, 0xFF])
      let hasMark = isBig || bytes.starts(with: [0xFF, 0xFE])
      return wide(Array(bytes.dropFirst(hasMark ? 2 : 0)), isBigEndian: isBig)
    case "utf16le": return wide(bytes, isBigEndian: false)
    case "utf16be": return wide(bytes, isBigEndian: true)
    default: throw unknown(encoding)
    }
  }

  private static func normalized(_ encoding: String) -> String {
    encoding.lowercased().filter { $0 != "-" && $0 != "_" }
  }

  private static func unknown(_ encoding: String) -> TemplateError {
    TemplateError(.lookup, "unknown encoding: \(encoding)")
  }

  private static func units(_ text: String, isBigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      return isBigEndian ? pair.reversed() : pair
    }
  }

  private static func wide(_ bytes: [UInt8], isBigEndian: Bool) -> String {
    let units = stride(from: 0, to: bytes.count - 1, by: 2).map { index in
      let low = UInt16(bytes[isBigEndian ? index + 1 : index])
      let high = UInt16(bytes[isBigEndian ? index : index + 1])
      return high << 8 | low
    }
    return String(decoding: units, as: UTF16.self)
  }

  private static func narrow(
    _ text: String, below limit: UInt32, _ encoding: String
  ) throws -> [UInt8] {
    try text.unicodeScalars.map { scalar in
      guard scalar.value < limit else {
        throw TemplateError(
          .encoding,
          "'\(encoding)' codec can't encode character "
            + "'\\u{\(String(scalar.value, radix: 16))}'")
      }
      return UInt8(scalar.value)
    }
  }
}
