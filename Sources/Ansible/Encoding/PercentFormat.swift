// Python's `%` formatting of one whole number, for sequences.

enum PercentFormat {
  /// `format` with its one `%…d`, `x`, `X`, `o`, `s` or `i` filled in; nil where
  /// it is not understood.
  static func text(_ format: String, _ number: Int) -> String? {
    guard let mark = format.firstIndex(of: "%") else { return nil }
    var rest = format[format.index(after: mark)...]
    let flags = rest.prefix { "#0- +".contains($0) }
    rest = rest.dropFirst(flags.count)
    let width = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(width.count)
    var precision = 0
    if rest.first == "." {
      let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      precision = Int(digits) ?? 0
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let kind = rest.popFirst() else { return nil }
    var digits: String
    var prefix = ""
    switch kind {
    case "d", "i", "u", "s": digits = String(number.magnitude)
    case "x":
      digits = String(number.magnitude, radix: 16)
      prefix = "0x"
    case "X":
      digits = String(number.magnitude, radix: 16, uppercase: true)
      prefix = "0X"
    case "o":
      digits = String(number.magnitude, radix: 8)
      prefix = "0o"
    default: return nil
    }
    if kind != "s" {
      digits =
        String(repeating: "0", count: max(0, precision - digits.count))
        + digits
    }
    var sign = number < 0 ? "-" : ""
    if number >= 0, kind != "s" {
      if flags.contains("+") {
        sign = "+"
      } else if flags.contains(" ") {
        sign = " "
      }
    }
    if flags.contains("#") { sign += prefix }
    let missing = max(0, (Int(width) ?? 0) - sign.count - digits.count)
    let body: String
    if flags.contains("-") {
      body = sign + digits + String(repeating: " ", count: missing)
    } else if flags.contains("0"), kind != "s" {
      body = sign + String(repeating: "0", count: missing) + digits
    } else {
      body = String(repeating: " ", count: missing) + sign + digits
    }
    return format[..<mark] + body + rest
  }
}
