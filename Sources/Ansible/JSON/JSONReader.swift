// JSON texts as Python's json module reads them: NaN and Infinity are numbers,
// whole numbers have any size, the last of duplicate keys wins.

import Jinja

/// Reads JSON into values.
struct JSONReader {
  /// What objects with Ansible's own keys become.
  enum Profile {
    /// Nothing special: the `from_json` filter.
    case plain
    /// `__ansible_vault` and `__ansible_unsafe` are known: variable files.
    case legacy(Vault)
  }

  /// Why a text is not JSON, in Python's words.
  struct Failure: Error {
    var problem: String
    /// Byte in the text.
    var offset: Int
    var line: Int
    var column: Int

    /// The message as Python gives it.
    var message: String {
      "\(problem): line \(line) column \(column) (char \(offset))"
    }
  }

  private let bytes: [UInt8]
  private var at = 0
  private let marks: Marks
  private let profile: Profile
  private let file: String?
  private var depth = 0

  /// Whether a text may be JSON, by its first character: most YAML is not.
  static func mayBegin(_ bytes: [UInt8]) -> Bool {
    for byte in bytes {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: continue
      case 0x7B, 0x5B, 0x22, 0x2D, 0x30...0x39, 0x74, 0x66, 0x6E, 0x4E, 0x49:
        return true
      default: return false
      }
    }
    return false
  }

  /// The value of a whole text; every string gets `marks`, and values have
  /// `file` as their origin where it is set.
  static func value(
    of bytes: [UInt8], marks: Marks = [], profile: Profile = .plain,
    file: String? = nil
  ) throws(Failure) -> Value {
    var reader = JSONReader(
      bytes: bytes, marks: marks, profile: profile, file: file)
    reader.skipSpace()
    let value = try reader.value()
    reader.skipSpace()
    guard reader.at == bytes.count else { throw reader.failure("Extra data") }
    return value
  }

  private init(
    bytes: [UInt8], marks: Marks, profile: Profile, file: String?
  ) {
    self.bytes = bytes
    self.marks = marks
    self.profile = profile
    self.file = file
  }

  private func failure(_ problem: String, at place: Int? = nil) -> Failure {
    let place = min(place ?? at, bytes.count)
    var line = 1
    var column = 1
    var offset = 0
    for byte in bytes[..<place] where byte & 0xC0 != 0x80 {
      offset += 1
      column += 1
      if byte == 0x0A {
        line += 1
        column = 1
      }
    }
    return Failure(
      problem: problem, offset: offset, line: line, column: column)
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = next,
      byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    {
      at += 1
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard at + length <= bytes.count else { return false }
    for index in 0..<length where bytes[at + index] != word.utf8Start[index] {
      return false
    }
    at += length
    return true
  }

  private func placed(_ value: Value) -> Value {
    guard let file else { return value }
    return value.with(origin: Origin(file: file))
  }

  private mutating func value() throws(Failure) -> Value {
    guard let first = next else { throw failure("Expecting value") }
    switch first {
    case UInt8(ascii: "{"): return placed(try object())
    case UInt8(ascii: "["): return placed(try array())
    case UInt8(ascii: "\""): return placed(string(try text()))
    case UInt8(ascii: "t") where take("true"): return placed(.true)
    case UInt8(ascii: "f") where take("false"): return placed(.false)
    case UInt8(ascii: "n") where take("null"): return placed(.none)
    case UInt8(ascii: "N") where take("NaN"): return Value(Double.nan)
    case UInt8(ascii: "I") where take("Infinity"):
      return Value(Double.infinity)
    case UInt8(ascii: "-") where take("-Infinity"):
      return Value(-Double.infinity)
    case UInt8(ascii: "-"), 0x30...0x39: return placed(try number())
    default: throw failure("Expecting value")
    }
  }

  private func string(_ text: String) -> Value {
    marks.isEmpty ? Value(text) : Value(text).marked(marks)
  }

  private mutating func number() throws(Failure) -> Value {
    let start = at
    if next == UInt8(ascii: "-") { at += 1 }
    guard let first = next, (0x30...0x39).contains(first) else {
      throw failure("Expecting value", at: start)
    }
    at += 1
    if first != 0x30 { skipDigits() }
    var isWhole = true
    if next == UInt8(ascii: "."), at + 1 < bytes.count,
      (0x30...0x39).contains(bytes[at + 1])
    {
      isWhole = false
      at += 1
      skipDigits()
    }
    if let mark = next, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      var look = at + 1
      if look < bytes.count,
        bytes[look] == UInt8(ascii: "+") || bytes[look] == UInt8(ascii: "-")
      {
        look += 1
      }
      if look < bytes.count, (0x30...0x39).contains(bytes[look]) {
        isWhole = false
        at = look
        skipDigits()
      }
    }
    let digits = String(decoding: bytes[start..<at], as: UTF8.self)
    if isWhole {
      if let small = Int(digits) { return Value(small) }
      let isNegative = digits.hasPrefix("-")
      let count = digits.utf8.count - (isNegative ? 1 : 0)
      guard count <= BigInteger.mostDigits else {
        throw failure(BigInteger.tooManyDigits(count).message, at: start)
      }
      guard
        let big = BigInteger(
          digits: digits.utf8.dropFirst(isNegative ? 1 : 0), radix: 10)
      else { throw failure("Expecting value", at: start) }
      return Value(isNegative ? -big : big)
    }
    return Value(Double(digits) ?? 0)
  }

  private mutating func skipDigits() {
    while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
  }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= 500 else { throw failure("nested too deeply") }
  }

  private mutating func array() throws(Failure) -> Value {
    try enter()
    at += 1
    var items: [Value] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      at += 1
    } else {
      while true {
        skipSpace()
        items.append(try value())
        skipSpace()
        guard let byte = next,
          byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]")
        else { throw failure("Expecting ',' delimiter") }
        at += 1
        if byte == UInt8(ascii: "]") { break }
      }
    }
    depth -= 1
    return Value(items)
  }

  private mutating func object() throws(Failure) -> Value {
    try enter()
    at += 1
    var entries: [(String, Value)] = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      at += 1
      depth -= 1
      return .dictionary([])
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else {
        throw failure(
          "Expecting property name enclosed in double quotes")
      }
      let key = try text()
      skipSpace()
      guard next == UInt8(ascii: ":") else {
        throw failure("Expecting ':' delimiter")
      }
      at += 1
      skipSpace()
      entries.append((key, try value()))
      skipSpace()
      guard let byte = next,
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
      else { throw failure("Expecting ',' delimiter") }
      at += 1
      if byte == UInt8(ascii: "}") { break }
    }
    depth -= 1
    return special(entries) ?? .dictionary(entries)
  }

  /// What an object with one of Ansible's own keys stands for.
  private func special(_ entries: [(String, Value)]) -> Value? {
    guard case .legacy(let vault) = profile, entries.count == 1,
      let (key, value) = entries.first, let text = value.text
    else { return nil }
    switch key {
    case "__ansible_unsafe": return Value(text).marked(.unsafe)
    case "__ansible_vault":
      let vaulted = VaultedText(
        ciphertext: text, vault: vault, origin: Origin(file: file ?? ""))
      return VaultedText.opened(Value(vaulted).marked(.secret))
    default: return nil
    }
  }

  private mutating func text() throws(Failure) -> String {
    let start = at
    at += 1
    let plain = at
    while let byte = next, byte != 0x22, byte != 0x5C, byte >= 0x20 { at += 1 }
    if next == 0x22 {
      at += 1
      return String(decoding: bytes[plain..<(at - 1)], as: UTF8.self)
    }
    var result = Array(bytes[plain..<at])
    while true {
      guard let byte = next else {
        throw failure("Unterminated string starting at", at: start)
      }
      if byte == 0x22 {
        at += 1
        return String(decoding: result, as: UTF8.self)
      }
      guard byte >= 0x20 else {
        throw failure("Invalid control character at")
      }
      at += 1
      guard byte == 0x5C else {
        result.append(byte)
        continue
      }
      try escape(into: &result, start)
    }
  }

  private mutating func escape(
    into result: inout [UInt8], _ start: Int
  ) throws(Failure) {
    guard let escaped = next else {
      throw failure("Unterminated string starting at", at: start)
    }
    at += 1
    switch escaped {
    case 0x22, 0x5C, 0x2F: result.append(escaped)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "u"):
      var code = try unit()
      if (0xD800..<0xDC00).contains(code), at + 1 < bytes.count,
        bytes[at] == 0x5C, bytes[at + 1] == UInt8(ascii: "u")
      {
        let back = at
        at += 2
        let low = try unit()
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          at = back
        }
      }
      result += String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8
    default: throw failure("Invalid \\escape", at: at - 2)
    }
  }

  private mutating func unit() throws(Failure) -> UInt32 {
    guard at + 4 <= bytes.count,
      let code = UInt32(
        String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16)
    else { throw failure("Invalid \\uXXXX escape", at: at - 1) }
    at += 4
    return code
  }
}
