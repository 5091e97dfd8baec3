// Numbers as they are written in templates.

enum NumberLiteral {
  /// Reads the number that starts at an offset with a digit.
  ///
  /// - Throws: ``TemplateError`` of kind `ValueError` for more decimal digits
  ///   than Python reads, and of the limit's for more bits than `limits` allow.
  static func read(
    _ bytes: [UInt8], at start: Int, _ limits: Limits
  ) throws -> (end: Int, value: Value) {
    if start == 0 || bytes[start - 1] != UInt8(ascii: "."),
      let end = floatEnd(bytes, start)
    {
      let text = bytes[start..<end].filter { $0 != UInt8(ascii: "_") }
      let value = Double(String(decoding: text, as: UTF8.self)) ?? 0
      return (end, Value(value))
    }
    if bytes[start] == UInt8(ascii: "0"), start + 1 < bytes.count {
      let bases: [UInt8: Int] = [0x62: 2, 0x6F: 8, 0x78: 16]
      if let radix = bases[bytes[start + 1] | 0x20],
        let end = digitsEnd(bytes, start + 2, radix: radix, leading: true)
      {
        return (end, try whole(bytes[(start + 2)..<end], radix: radix, limits))
      }
      var end = start + 1
      while end < bytes.count {
        let next = bytes[end] == UInt8(ascii: "_") ? end + 1 : end
        guard next < bytes.count, bytes[next] == UInt8(ascii: "0") else {
          break
        }
        end = next + 1
      }
      return (end, 0)
    }
    let end = digitsEnd(bytes, start, radix: 10, leading: false) ?? start + 1
    return (end, try whole(bytes[start..<end], radix: 10, limits))
  }

  private static func whole(
    _ bytes: ArraySlice<UInt8>, radix: Int, _ limits: Limits
  ) throws -> Value {
    let digits = bytes.filter { $0 != UInt8(ascii: "_") }
    if radix == 10, digits.count > BigInteger.mostDigits {
      throw BigInteger.tooManyDigits(digits.count)
    }
    try limits.check(bits: digits.count)
    if let small = Int(String(decoding: digits, as: UTF8.self), radix: radix) {
      return Value(small)
    }
    return Value(BigInteger(digits: digits, radix: radix) ?? BigInteger(0))
  }

  /// The end of digits with single underscores between them.
  private static func digitsEnd(
    _ bytes: [UInt8], _ start: Int, radix: Int, leading: Bool
  ) -> Int? {
    var at = start
    var end: Int?
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "_") {
        guard leading || end != nil, at + 1 < bytes.count,
          isDigit(bytes[at + 1], radix)
        else { break }
        at += 1
      }
      guard isDigit(bytes[at], radix) else { break }
      at += 1
      end = at
    }
    return end
  }

  private static func isDigit(_ byte: UInt8, _ radix: Int) -> Bool {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30 < radix
    case 0x41...0x46, 0x61...0x66: radix == 16
    default: false
    }
  }

  private static func floatEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard let whole = digitsEnd(bytes, start, radix: 10, leading: false) else {
      return nil
    }
    var end = whole
    var isFloat = false
    if end < bytes.count, bytes[end] == UInt8(ascii: "."),
      let fraction = digitsEnd(bytes, end + 1, radix: 10, leading: false)
    {
      end = fraction
      isFloat = true
    }
    if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
      var digits = end + 1
      if digits < bytes.count, bytes[digits] == 0x2B || bytes[digits] == 0x2D {
        digits += 1
      }
      if let power = digitsEnd(bytes, digits, radix: 10, leading: false) {
        return power
      }
    }
    return isFloat ? end : nil
  }
}
