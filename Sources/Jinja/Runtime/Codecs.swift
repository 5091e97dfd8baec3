// Python's codecs as far as templates meet them: str.encode and bytes.decode.

/// A way to write text as bytes.
enum Codec {
  case utf8(hasMark: Bool)
  case utf16(ByteOrder?)
  case utf32(ByteOrder?)
  /// A byte for each character, up to a limit.
  case single(name: String, limit: UInt32)

  enum ByteOrder { case little, big }

  /// The codec of one of Python's names.
  ///
  /// - Throws: ``TemplateError`` of kind `LookupError` where there is none.
  init(_ name: String) throws {
    let plain = name.lowercased().split {
      !($0.isASCII && ($0.isLetter || $0.isNumber))
    }.joined(separator: "_")
    switch plain {
    case "utf_8", "utf8", "u8", "utf", "cp65001": self = .utf8(hasMark: false)
    case "utf_8_sig": self = .utf8(hasMark: true)
    case "ascii", "us_ascii", "646", "us":
      self = .single(name: "ascii", limit: 128)
    case "latin_1", "latin1", "latin", "l1", "iso_8859_1", "iso8859_1", "8859",
      "iso8859", "cp819":
      self = .single(name: "latin-1", limit: 256)
    case "utf_16", "utf16", "u16": self = .utf16(nil)
    case "utf_16_le", "utf_16le": self = .utf16(.little)
    case "utf_16_be", "utf_16be": self = .utf16(.big)
    case "utf_32", "utf32", "u32": self = .utf32(nil)
    case "utf_32_le", "utf_32le": self = .utf32(.little)
    case "utf_32_be", "utf_32be": self = .utf32(.big)
    default: throw TemplateError(.lookup, "unknown encoding: \(name)")
    }
  }

  private static func units<Unit: FixedWidthInteger>(
    _ units: some Sequence<Unit>, _ order: ByteOrder?, mark: Unit
  ) -> [UInt8] {
    var result: [UInt8] = []
    func append(_ unit: Unit) {
      let ordered = order == .big ? unit.bigEndian : unit.littleEndian
      withUnsafeBytes(of: ordered) { result += $0 }
    }
    if order == nil { append(mark) }
    for unit in units { append(unit) }
    return result
  }

  /// The bytes of a text; `errors` says what becomes of a character that the
  /// codec has no bytes for.
  func encode(_ text: String, errors: String) throws -> [UInt8] {
    switch self {
    case .utf8(let hasMark):
      return (hasMark ? [0xEF, 0xBB, 0xBF] : []) + Array(text.utf8)
    case .utf16(let order):
      return Self.units(text.utf16, order, mark: 0xFEFF)
    case .utf32(let order):
      return Self.units(
        text.unicodeScalars.map(\.value), order, mark: 0xFEFF)
    case .single(let name, let limit):
      var bytes: [UInt8] = []
      for (place, scalar) in text.unicodeScalars.enumerated() {
        if scalar.value < limit {
          bytes.append(UInt8(scalar.value))
          continue
        }
        switch errors {
        case "ignore": continue
        case "replace": bytes.append(UInt8(ascii: "?"))
        case "xmlcharrefreplace": bytes += Array("&#\(scalar.value);".utf8)
        case "backslashreplace": bytes += Array(Quoted.escape(scalar).utf8)
        case "strict", "surrogateescape", "surrogatepass":
          throw TemplateError(
            .encoding,
            "'\(name)' codec can't encode character"
              + " '\(Quoted.escape(scalar))' in position \(place): ordinal"
              + " not in range(\(limit))")
        default: throw Self.unknownHandler(errors)
        }
      }
      return bytes
    }
  }

  /// The text of bytes; `errors` says what becomes of those that are none.
  func decode(_ bytes: [UInt8], errors: String) throws -> String {
    var text = String.UnicodeScalarView()
    func fail(_ name: String, _ bad: ArraySlice<UInt8>) throws {
      switch errors {
      case "ignore": break
      case "replace": text.append("\u{FFFD}")
      case "backslashreplace":
        for byte in bad {
          let digits = String(byte, radix: 16)
          text.append(
            contentsOf: "\\x\(byte < 16 ? "0" : "")\(digits)".unicodeScalars)
        }
      case "strict", "surrogatepass", "surrogateescape":
        throw TemplateError(
          .decoding,
          "'\(name)' codec can't decode bytes at position \(bad.startIndex)")
      default: throw Self.unknownHandler(errors)
      }
    }
    switch self {
    case .single(let name, let limit):
      for (place, byte) in bytes.enumerated() {
        if UInt32(byte) < limit {
          text.append(Unicode.Scalar(byte))
        } else {
          try fail(name, bytes[place...place])
        }
      }
    case .utf8(let hasMark):
      var rest = bytes[...]
      if hasMark, rest.starts(with: [0xEF, 0xBB, 0xBF]) {
        rest = rest.dropFirst(3)
      }
      var start = rest.startIndex
      var iterator = rest.makeIterator()
      var parser = Unicode.UTF8.ForwardParser()
      reading: while true {
        switch parser.parseScalar(from: &iterator) {
        case .valid(let units):
          text.append(Unicode.UTF8.decode(units))
          start += units.count
        case .error(let length):
          try fail("utf-8", bytes[start..<(start + length)])
          start += length
        case .emptyInput: break reading
        }
      }
    case .utf16(let given):
      var order = given
      var at = 0
      if order == nil, bytes.count >= 2 {
        if bytes[0] == 0xFF && bytes[1] == 0xFE { (order, at) = (.little, 2) }
        if bytes[0] == 0xFE && bytes[1] == 0xFF { (order, at) = (.big, 2) }
      }
      func unit(_ at: Int) -> UInt32? {
        guard at + 1 < bytes.count else { return nil }
        let (low, high) =
          order == .big
          ? (bytes[at + 1], bytes[at]) : (bytes[at], bytes[at + 1])
        return UInt32(high) << 8 | UInt32(low)
      }
      while at < bytes.count {
        guard let first = unit(at) else {
          try fail("utf-16", bytes[at...])
          break
        }
        if let scalar = Unicode.Scalar(first) {
          text.append(scalar)
          at += 2
        } else if first < 0xDC00, at + 2 >= bytes.count {
          try fail("utf-16", bytes[at...])
          break
        } else if first < 0xDC00, let second = unit(at + 2),
          (0xDC00..<0xE000).contains(second),
          let scalar = Unicode.Scalar(
            0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
          text.append(scalar)
          at += 4
        } else if first < 0xDC00, unit(at + 2) == nil {
          try fail("utf-16", bytes[at...])
          break
        } else {
          try fail("utf-16", bytes[at..<(at + 2)])
          at += 2
        }
      }
    case .utf32(let given):
      var order = given
      var at = 0
      if order == nil, bytes.count >= 4 {
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) {
          (order, at) = (.little, 4)
        }
        if bytes.starts(with: [0, 0, 0xFE, 0xFF]) { (order, at) = (.big, 4) }
      }
      while at < bytes.count {
        let part = bytes[at..<min(at + 4, bytes.count)]
        let ordered = order == .big ? Array(part) : part.reversed()
        let code = ordered.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        if part.count == 4, let scalar = Unicode.Scalar(code) {
          text.append(scalar)
        } else {
          try fail("utf-32", part)
        }
        at += 4
      }
    }
    return String(text)
  }

  /// A name given as an argument.
  static func name(_ value: Value, _ place: String) throws -> String {
    let name = try Methods.text(value, place)
    if name.utf8.contains(0) {
      throw TemplateError(.value, "embedded null character")
    }
    return name
  }

  private static func unknownHandler(_ name: String) -> TemplateError {
    TemplateError(.lookup, "unknown error handler name '\(name)'")
  }
}
