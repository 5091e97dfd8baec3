// A cursor over JSON text that picks a few values out and passes over the rest
// without building anything: watches bring far more text than is kept of it.

import Glibc

/// Walks through one JSON text.
///
/// Each reading call consumes one whole value. What is passed over is only
/// followed by its brackets and strings, so a text that a full parser rejects
/// for another reason may pass here; a text that ends early never does.
struct ByteScanner {
  private let start: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private var at: UnsafePointer<UInt8>

  /// The text must outlive the scanner.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let base = bytes.baseAddress else { return nil }
    start = base
    at = base
    end = base + bytes.count
  }

  func fail(_ message: String) -> JSONError {
    JSONError(message, offset: at - start)
  }

  // MARK: Walking

  /// The name of a member, as it stands in the text.
  struct Name {
    fileprivate let base: UnsafePointer<UInt8>
    fileprivate let count: Int
    /// Set where the name holds escapes.
    fileprivate let decoded: String?

    @inline(__always)
    static func ~= (wanted: StaticString, name: Name) -> Bool {
      if let decoded = name.decoded { return decoded == "\(wanted)" }
      return name.count == wanted.utf8CodeUnitCount
        && memcmp(name.base, wanted.utf8Start, name.count) == 0
    }

    var text: String {
      decoded ?? String(decoding: bytes, as: UTF8.self)
    }

    func text(from pool: TextPool) -> String { decoded ?? pool.text(bytes) }

    private var bytes: UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(start: base, count: count)
    }
  }

  /// Whether the next value is an object; nothing is consumed.
  mutating func startsObject() -> Bool {
    skipSpace()
    return at < end && at.pointee == UInt8(ascii: "{")
  }

  /// The text from where an earlier copy of the scanner stood to here.
  func text(since earlier: ByteScanner) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: earlier.at, count: at - earlier.at)
  }

  /// Steps into an object; a value of another type is passed over.
  @inline(__always)
  mutating func enterObject() throws -> Bool {
    try enter(UInt8(ascii: "{"))
  }

  /// Steps into an array; a value of another type is passed over.
  @inline(__always)
  mutating func enterArray() throws -> Bool {
    try enter(UInt8(ascii: "["))
  }

  @inline(__always)
  private mutating func enter(_ bracket: UInt8) throws -> Bool {
    skipSpace()
    guard at < end else { throw fail("the text ends early") }
    guard at.pointee == bracket else {
      try skip()
      return false
    }
    at += 1
    return true
  }

  /// The next member's name, with the scanner before its value; nil after the
  /// last one.
  @inline(__always)
  mutating func nextMember() throws -> Name? {
    skipSpace()
    if at < end, at.pointee == UInt8(ascii: ",") {
      at += 1
      skipSpace()
    }
    guard at < end else { throw fail("the object is not closed") }
    if at.pointee == UInt8(ascii: "}") {
      at += 1
      return nil
    }
    guard at.pointee == UInt8(ascii: "\"") else {
      throw fail("a member name in double quotes was expected")
    }
    let quote = at
    let isPlain = try skipString()
    let name = Name(
      base: quote + 1, count: at - quote - 2,
      decoded: isPlain ? nil : try decoded(quote))
    skipSpace()
    guard at < end, at.pointee == UInt8(ascii: ":") else {
      throw fail("a colon was expected after a member name")
    }
    at += 1
    return name
  }

  /// Whether the scanner is before another element of an array.
  @inline(__always)
  mutating func nextElement() throws -> Bool {
    skipSpace()
    if at < end, at.pointee == UInt8(ascii: ",") {
      at += 1
      skipSpace()
    }
    guard at < end else { throw fail("the array is not closed") }
    guard at.pointee == UInt8(ascii: "]") else { return true }
    at += 1
    return false
  }

  /// Whether nothing but space is left.
  mutating func isAtEnd() -> Bool {
    skipSpace()
    return at == end
  }

  @inline(__always)
  private mutating func skipSpace() {
    while at < end, at.pointee <= 0x20 { at += 1 }
  }

  /// Passes over a value.
  mutating func skip() throws {
    skipSpace()
    guard at < end else { throw fail("the text ends early") }
    switch at.pointee {
    case UInt8(ascii: "\""): _ = try skipString()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipNest()
    case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","),
      UInt8(ascii: ":"):
      throw fail("a value was expected")
    default: skipWord()
    }
  }

  private mutating func skipWord() {
    while at < end {
      switch at.pointee {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"),
        0...0x20:
        return
      default: at += 1
      }
    }
  }

  private mutating func skipNest() throws {
    var depth = 0
    while at < end {
      switch at.pointee {
      case UInt8(ascii: "\""):
        _ = try skipString()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 {
          at += 1
          return
        }
      default: break
      }
      at += 1
    }
    throw fail("the object is not closed")
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Passes over a string, eight bytes at a time.
  ///
  /// - Returns: Whether it is without escapes.
  @inline(__always)
  private mutating func skipString() throws -> Bool {
    var here = at + 1
    var isPlain = true
    while true {
      while end - here >= 8 {
        let word = UnsafeRawPointer(here).loadUnaligned(as: UInt64.self)
        let quote = word ^ (Self.ones &* 0x22)
        let escape = word ^ (Self.ones &* 0x5C)
        let found =
          ((quote &- Self.ones) & ~quote | (escape &- Self.ones) & ~escape)
          & Self.highs
        if found != 0 {
          here += found.trailingZeroBitCount / 8
          break
        }
        here += 8
      }
      while here < end, here.pointee != UInt8(ascii: "\""),
        here.pointee != UInt8(ascii: "\\")
      { here += 1 }
      guard here < end else { throw fail("the string is not closed") }
      if here.pointee == UInt8(ascii: "\"") {
        at = here + 1
        return isPlain
      }
      isPlain = false
      here += 2
      guard here < end else { throw fail("the string is not closed") }
    }
  }

  // MARK: Values

  /// A string; nil for a value of another type.
  @inline(__always)
  mutating func string() throws -> String? {
    skipSpace()
    guard at < end, at.pointee == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    let quote = at
    guard try skipString() else { return try decoded(quote) }
    return String(
      decoding: UnsafeBufferPointer(start: quote + 1, count: at - quote - 2),
      as: UTF8.self)
  }

  /// A string that many objects have; nil for a value of another type.
  @inline(__always)
  mutating func string(from pool: TextPool) throws -> String? {
    skipSpace()
    guard at < end, at.pointee == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    let quote = at
    guard try skipString() else { return try decoded(quote) }
    return pool.text(
      UnsafeBufferPointer(start: quote + 1, count: at - quote - 2))
  }

  /// A time as Kubernetes writes it; nil for anything else.
  @inline(__always)
  mutating func instant() throws -> Instant? {
    skipSpace()
    guard at < end, at.pointee == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    let quote = at
    guard try skipString() else { return Instant(try decoded(quote)) }
    let text = UnsafeBufferPointer(start: quote + 1, count: at - quote - 2)
    return Instant(utc: text)
      ?? Instant(String(decoding: text, as: UTF8.self))
  }

  /// A whole number; nil for a value of another type.
  mutating func integer() throws -> Int? {
    skipSpace()
    let first = at
    var value = 0
    while at < end, at - first < 18,
      case let digit = at.pointee &- UInt8(ascii: "0"), digit < 10
    {
      value = value * 10 + Int(digit)
      at += 1
    }
    if at > first, at < end, at - first == 1 || first.pointee != 0x30 {
      switch at.pointee {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"):
        return value
      default: break
      }
    }
    at = first
    return try scalar().integer
  }

  /// True or false; nil for a value of another type.
  mutating func flag() throws -> Bool? { try scalar().bool }

  /// A value that is neither object nor array, by the full parser; null in
  /// place of those.
  private mutating func scalar() throws -> JSON {
    skipSpace()
    guard at < end else { throw fail("the text ends early") }
    if at.pointee == UInt8(ascii: "{") || at.pointee == UInt8(ascii: "[") {
      try skip()
      return .null
    }
    return try json()
  }

  /// The whole value, by the full parser.
  mutating func json() throws -> JSON { try JSON(parsing: try span()) }

  /// The text of the value.
  mutating func span() throws -> UnsafeBufferPointer<UInt8> {
    skipSpace()
    let first = at
    try skip()
    return UnsafeBufferPointer(start: first, count: at - first)
  }

  /// A string with escapes that begins at a quote and ends before the scanner.
  private func decoded(_ quote: UnsafePointer<UInt8>) throws -> String {
    let text = UnsafeBufferPointer(start: quote, count: at - quote)
    return try JSON(parsing: text).string ?? ""
  }
}

extension Instant {
  /// Reads a time of the form that API servers write, `2025-11-02T10:00:00Z`;
  /// nil for any other.
  fileprivate init?(utc text: UnsafeBufferPointer<UInt8>) {
    guard text.count == 20, text[4] == 0x2D, text[7] == 0x2D,
      text[10] == 0x54, text[13] == 0x3A, text[16] == 0x3A, text[19] == 0x5A
    else { return nil }
    var isBad = false
    func two(_ index: Int) -> Int64 {
      let tens = text[index] &- 0x30
      let ones = text[index + 1] &- 0x30
      if tens > 9 || ones > 9 { isBad = true }
      return Int64(tens) * 10 + Int64(ones)
    }
    let year = two(0) * 100 + two(2)
    let (month, day) = (two(5), two(8))
    let (hour, minute, second) = (two(11), two(14), two(17))
    guard !isBad, (1...12).contains(month), (1...31).contains(day),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    self.init(
      seconds: Instant.days(year: year, month: month, day: day) * 86_400
        + hour * 3_600 + minute * 60 + second)
  }
}
