// Reads JSON from bytes (RFC 8259), with the offset of what is wrong.

/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  /// Bytes from the beginning of the text.
  public var offset: Int

  public init(_ message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }

  public var description: String {
    "invalid JSON at byte \(offset): \(message)"
  }
}

extension JSON {
  /// Reads one JSON value that fills the whole text.
  ///
  /// Malformed UTF-8 inside strings is repaired with U+FFFD. Of a member that
  /// occurs twice the last one counts.
  /// - Throws: `JSONError`.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws {
    var parser = JSONParser(bytes: bytes)
    parser.skipSpace()
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw JSONError("text after the value", offset: parser.position)
    }
  }

  /// Reads one JSON value that fills the whole text.
  /// - Throws: `JSONError`.
  public init(parsing bytes: some Sequence<UInt8>) throws {
    if let parsed = try bytes.withContiguousStorageIfAvailable({
      try JSON(parsing: $0)
    }) {
      self = parsed
    } else {
      self = try Array(bytes).withUnsafeBufferPointer {
        try JSON(parsing: $0)
      }
    }
  }

  /// Reads one JSON value that fills the whole text.
  /// - Throws: `JSONError`.
  public init(parsing text: String) throws {
    try self.init(parsing: text.utf8)
  }
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0

  /// Deeper nesting than any object of a cluster has; guards the stack.
  static let depthLimit = 512

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  func fail(_ message: String) -> JSONError {
    JSONError(message, offset: position)
  }

  mutating func value(depth: Int) throws -> JSON {
    guard depth < Self.depthLimit else { throw fail("nested too deeply") }
    guard position < bytes.count else { throw fail("the text ends early") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number()
    default: throw fail("a value was expected")
    }
  }

  mutating func word(_ word: StaticString, _ value: JSON) throws -> JSON {
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count else {
      throw fail("a value was expected")
    }
    for index in 0..<count
    where bytes[position + index] != word.utf8Start[index] {
      throw fail("a value was expected")
    }
    position += count
    return value
  }

  mutating func object(depth: Int) throws -> JSON {
    position += 1
    var members: [String: JSON] = [:]
    skipSpace()
    if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"")
      else { throw fail("a member name in double quotes was expected") }
      let key = try string()
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: ":")
      else { throw fail("a colon was expected after a member name") }
      position += 1
      skipSpace()
      members[key] = try value(depth: depth + 1)
      skipSpace()
      guard position < bytes.count else {
        throw fail("the object is not closed")
      }
      if bytes[position] == UInt8(ascii: ",") {
        position += 1
      } else if bytes[position] == UInt8(ascii: "}") {
        position += 1
        return .object(members)
      } else {
        throw fail("a comma or closing brace was expected")
      }
    }
  }

  mutating func array(depth: Int) throws -> JSON {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
      guard position < bytes.count else {
        throw fail("the array is not closed")
      }
      if bytes[position] == UInt8(ascii: ",") {
        position += 1
      } else if bytes[position] == UInt8(ascii: "]") {
        position += 1
        return .array(elements)
      } else {
        throw fail("a comma or closing bracket was expected")
      }
    }
  }

  mutating func string() throws -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = String(
          decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]),
          as: UTF8.self)
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escaped(from: start) }
      guard byte >= 0x20 else { throw fail("a control character in a string") }
      position += 1
    }
    throw JSONError("the string is not closed", offset: start - 1)
  }

  /// The rest of a string that has escapes, with what was read before them.
  mutating func escaped(from start: Int) throws -> String {
    var buffer = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: buffer, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &buffer)
      case 0..<0x20:
        throw fail("a control character in a string")
      default:
        buffer.append(byte)
        position += 1
      }
    }
    throw JSONError("the string is not closed", offset: start - 1)
  }

  mutating func escape(into buffer: inout [UInt8]) throws {
    guard position < bytes.count else { throw fail("the string is not closed") }
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      buffer.append(byte)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      buffer.append(contentsOf: String(try scalar()).utf8)
      return
    default: throw fail("an unknown escape in a string")
    }
    position += 1
  }

  /// The scalar of a `\u` escape, joining surrogates; a lone one is U+FFFD.
  mutating func scalar() throws -> Character {
    let unit = try hexUnit()
    guard (0xD800...0xDFFF).contains(unit) else {
      return Character(Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}")
    }
    guard unit < 0xDC00, position + 1 < bytes.count,
      bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    let back = position
    position += 2
    let low = try hexUnit()
    guard (0xDC00...0xDFFF).contains(low) else {
      position = back
      return "\u{FFFD}"
    }
    let code =
      0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
    return Character(Unicode.Scalar(code) ?? "\u{FFFD}")
  }

  mutating func hexUnit() throws -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count else {
        throw fail("the string is not closed")
      }
      let digit: UInt8
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digit = bytes[position] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        digit = bytes[position] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"):
        digit = bytes[position] - UInt8(ascii: "A") + 10
      default: throw fail("four hexadecimal digits were expected after \\u")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  mutating func digits() throws {
    let start = position
    while position < bytes.count,
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
    guard position > start else { throw fail("a digit was expected") }
  }

  mutating func number() throws -> JSON {
    let start = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let first = position
    try digits()
    if bytes[first] == UInt8(ascii: "0"), position > first + 1 {
      throw JSONError("a number with a leading zero", offset: first)
    }
    var whole = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      whole = false
      position += 1
      try digits()
    }
    if position < bytes.count,
      bytes[position] == UInt8(ascii: "e")
        || bytes[position] == UInt8(ascii: "E")
    {
      whole = false
      position += 1
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+")
          || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      try digits()
    }
    let text = String(
      decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]),
      as: UTF8.self)
    if whole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw JSONError("a number out of range", offset: start)
    }
    return .number(value)
  }
}
