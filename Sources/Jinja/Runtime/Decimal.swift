// Floats in decimal with a given number of digits, exactly rounded (ties to
// even), as C's and Python's formats e, f and g write them.

enum Decimal {
  /// A number with a decimal point, behind its digits where it has none.
  static func pointed(_ text: String) -> String {
    guard !text.contains(".") else { return text }
    let digits = text.prefix { $0.isWholeNumber }
    return digits + "." + text.dropFirst(digits.count)
  }

  /// The decimal digits of a positive finite float, all of them, and the power
  /// of ten of the first one.
  private static func exact(_ value: Double) -> (digits: [UInt8], exponent: Int)
  {
    if value == 0 { return ([0x30], 0) }
    let exponent = value.exponentBitPattern == 0 ? -1022 : Int(value.exponent)
    let significand =
      value.exponentBitPattern == 0
      ? value.significandBitPattern : value.significandBitPattern | 1 << 52
    var number = BigInteger(Int(significand))
    let shift = exponent - 52
    var scale = 0
    if shift >= 0 {
      number = number.shifted(left: shift)
    } else {
      // value = significand / 2^n = significand * 5^n / 10^n
      scale = -shift
      var five = BigInteger(5)
      var rest = scale
      while rest > 0 {
        if rest & 1 == 1 { number = number * five }
        rest >>= 1
        if rest > 0 { five = five * five }
      }
    }
    let digits = Array(number.text().utf8)
    return (digits, digits.count - 1 - scale)
  }

  /// Digits cut to a count and rounded; the exponent grows where a 9 rolls
  /// over.
  private static func cut(
    _ digits: [UInt8], _ exponent: Int, to count: Int
  ) -> (digits: [UInt8], exponent: Int) {
    guard count < digits.count else {
      return (
        digits + [UInt8](repeating: 0x30, count: count - digits.count), exponent
      )
    }
    if count < 0 { return ([], exponent) }
    let next = digits[count]
    let isHalf =
      next == 0x35 && digits[(count + 1)...].allSatisfy { $0 == 0x30 }
    let isOdd = count > 0 && digits[count - 1] & 1 == 1
    var result = Array(digits[0..<count])
    guard next > 0x35 || (next == 0x35 && (!isHalf || isOdd)) else {
      return (result, exponent)
    }
    var at = count - 1
    while at >= 0 {
      if result[at] == 0x39 {
        result[at] = 0x30
        at -= 1
      } else {
        result[at] += 1
        return (result, exponent)
      }
    }
    result.insert(0x31, at: 0)
    if count > 0 { result.removeLast() }
    return (result, exponent + 1)
  }

  /// As C's `%.<digits>f`.
  static func fixed(_ value: Double, digits count: Int) -> String {
    guard value.isFinite else {
      return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
    }
    let sign = value.sign == .minus ? "-" : ""
    let (digits, exponent) = exact(value.magnitude)
    let keep = exponent + 1 + count
    var shown: [UInt8]
    var first = exponent
    if keep < 0 {
      shown = []
    } else {
      (shown, first) = cut(digits, exponent, to: keep)
      // A carry into a new place keeps one digit more.
      if first > exponent { shown.append(0x30) }
    }
    var text: [UInt8] = []
    if first < 0 || shown.isEmpty {
      let zeros = shown.isEmpty ? count : min(count, -first - 1)
      text = [UInt8](repeating: 0x30, count: zeros) + shown
      return sign + "0"
        + point(String(decoding: text.prefix(count), as: UTF8.self))
    }
    text = shown
    let whole = String(decoding: text[0...first], as: UTF8.self)
    return sign + whole
      + point(
        String(decoding: text[(first + 1)...].prefix(count), as: UTF8.self))
  }

  private static func point(_ digits: String) -> String {
    digits.isEmpty ? "" : "." + digits
  }

  /// As C's `%.<digits>e`.
  static func scientific(_ value: Double, digits count: Int) -> String {
    let sign = value.sign == .minus ? "-" : ""
    let (all, first) = exact(value.magnitude)
    let (digits, exponent) = cut(all, first, to: count + 1)
    return sign + String(decoding: digits.prefix(1), as: UTF8.self)
      + point(String(decoding: digits[1..<(count + 1)], as: UTF8.self))
      + power(value == 0 ? 0 : exponent)
  }

  private static func power(_ exponent: Int) -> String {
    let size = String(exponent.magnitude)
    return "e" + (exponent < 0 ? "-" : "+") + (size.utf8.count < 2 ? "0" : "")
      + size
  }

  /// As C's `%.<digits>g`, with trailing zeros where `keepsZeros`.
  static func general(
    _ value: Double, digits count: Int, keepsZeros: Bool = false
  ) -> String {
    let precision = max(1, count)
    let (all, first) = exact(value.magnitude)
    let (_, exponent) = cut(all, first, to: precision)
    if value != 0, exponent < -4 || exponent >= precision {
      let text = scientific(value, digits: precision - 1)
      return keepsZeros ? text : trimmed(text)
    }
    let text = fixed(
      value, digits: precision - 1 - (value == 0 ? 0 : exponent))
    return keepsZeros ? text : trimmed(text)
  }

  /// Trailing zeros of the fraction taken away.
  private static func trimmed(_ text: String) -> String {
    let parts = text.split(separator: "e", omittingEmptySubsequences: false)
    var number = parts[0]
    guard number.utf8.contains(UInt8(ascii: ".")) else { return text }
    while number.last == "0" { number.removeLast() }
    if number.last == "." { number.removeLast() }
    return String(number) + (parts.count > 1 ? "e" + parts[1] : "")
  }
}
