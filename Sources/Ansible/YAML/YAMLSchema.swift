// What a plain scalar means: PyYAML's implicit resolvers, that is YAML 1.1's
// types (https://yaml.org/type/) with PyYAML's limits: `1e3` and `0o17` are
// strings, `y` and `n` too.

/// The type of a plain scalar.
enum YAMLPlainType {
  case null
  case bool
  case int
  case float
  case timestamp
  case merge
  case value
  case string

  /// The type of the text of a plain scalar.
  static func of(_ text: String) -> YAMLPlainType {
    var copy = text
    return copy.withUTF8 { bytes in
      guard let first = bytes.first else { return .null }
      switch first {
      case UInt8(ascii: "~"): return bytes.count == 1 ? .null : .string
      case UInt8(ascii: "="): return bytes.count == 1 ? .value : .string
      case UInt8(ascii: "<"):
        return bytes.count == 2 && bytes[1] == first ? .merge : .string
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"),
        UInt8(ascii: "-"), UInt8(ascii: "."):
        return number(bytes)
      default: return word(bytes)
      }
    }
  }

  private static func word(_ bytes: UnsafeBufferPointer<UInt8>)
    -> YAMLPlainType
  {
    guard (2...5).contains(bytes.count) else { return .string }
    switch String(decoding: bytes, as: UTF8.self) {
    case "null", "Null", "NULL": return .null
    case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE",
      "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF":
      return .bool
    default: return .string
    }
  }

  // MARK: Numbers

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte)
  }

  private static func number(_ bytes: UnsafeBufferPointer<UInt8>)
    -> YAMLPlainType
  {
    if isFloat(bytes) { return .float }
    if isInt(bytes) { return .int }
    if isTimestamp(bytes) { return .timestamp }
    return .string
  }

  /// After an optional sign.
  private static func unsigned(_ bytes: UnsafeBufferPointer<UInt8>)
    -> Slice<UnsafeBufferPointer<UInt8>>
  {
    let signed =
      bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-")
    return bytes[(signed ? 1 : 0)...]
  }

  private static func isInt(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let rest = unsigned(bytes)
    guard let first = rest.first, isDigit(first) else { return false }
    if rest.count == 1 { return true }
    let second = rest[rest.startIndex + 1]
    if first == UInt8(ascii: "0") {
      let tail = rest.dropFirst(2)
      switch second {
      case UInt8(ascii: "b"):
        return !tail.isEmpty
          && tail.allSatisfy { $0 == 0x30 || $0 == 0x31 || $0 == 0x5F }
      case UInt8(ascii: "x"):
        return !tail.isEmpty && tail.allSatisfy { isHex($0) || $0 == 0x5F }
      default:
        return rest.dropFirst().allSatisfy {
          (0x30...0x37).contains($0) || $0 == 0x5F
        }
      }
    }
    let head = rest.prefix { isDigit($0) || $0 == 0x5F }
    let tail = rest.dropFirst(head.count)
    return tail.isEmpty || isSexagesimal(tail)
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x66).contains(byte)
      || (0x41...0x46).contains(byte)
  }

  // `(:[0-5]?[0-9])+`
  private static func isSexagesimal(
    _ bytes: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Bool {
    let parts = bytes.split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count > 1, parts[0].isEmpty else { return false }
    return parts.dropFirst().allSatisfy { part in
      switch part.count {
      case 1: part.allSatisfy(isDigit)
      case 2:
        part.allSatisfy(isDigit) && (part.first.map { $0 <= 0x35 } ?? false)
      default: false
      }
    }
  }

  private static func isFloat(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.contains(UInt8(ascii: ".")) else { return false }
    let rest = unsigned(bytes)
    guard let first = rest.first else { return false }
    if first == UInt8(ascii: ".") {
      let tail = String(decoding: rest.dropFirst(), as: UTF8.self)
      if ["inf", "Inf", "INF"].contains(tail) { return true }
      guard rest.count == bytes.count else { return false }
      if ["nan", "NaN", "NAN"].contains(tail) { return true }
      guard let digit = rest.dropFirst().first, isDigit(digit) else {
        return false
      }
      return isFraction(rest.dropFirst())
    }
    guard isDigit(first) else { return false }
    let head = rest.prefix { isDigit($0) || $0 == 0x5F }
    var tail = rest.dropFirst(head.count)
    if tail.first == UInt8(ascii: ":") {
      let clock = tail.prefix { isDigit($0) || $0 == UInt8(ascii: ":") }
      tail = tail.dropFirst(clock.count)
      return isSexagesimal(clock) && tail.first == UInt8(ascii: ".")
        && tail.dropFirst().allSatisfy { isDigit($0) || $0 == 0x5F }
    }
    guard tail.first == UInt8(ascii: ".") else { return false }
    return isFraction(tail.dropFirst())
  }

  // `[0-9_]*(?:[eE][-+][0-9]+)?`
  private static func isFraction(
    _ bytes: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Bool {
    let digits = bytes.prefix { isDigit($0) || $0 == 0x5F }
    let tail = bytes.dropFirst(digits.count)
    guard let mark = tail.first else { return true }
    guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E"),
      let sign = tail.dropFirst().first,
      sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
    else { return false }
    let exponent = tail.dropFirst(2)
    return !exponent.isEmpty && exponent.allSatisfy(isDigit)
  }

  // MARK: Timestamps

  private static func isTimestamp(_ bytes: UnsafeBufferPointer<UInt8>)
    -> Bool
  {
    guard bytes.count >= 8, isDigit(bytes[0]), bytes[4] == UInt8(ascii: "-")
    else { return false }
    return YAMLTimestamp(bytes, isImplicit: true) != nil
  }
}
