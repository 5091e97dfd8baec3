// Python's format specification mini-language, as str.format and format() use
// it: [[fill]align][sign][z][#][0][width][grouping][.precision][type]

struct FormatSpec {
  private var fill: Unicode.Scalar = " "
  private var align: Unicode.Scalar?
  private var sign: Unicode.Scalar?
  /// Whether what rounds to a negative zero loses its sign.
  private var positiveZero = false
  private var alternate = false
  private var zero = false
  private var width = 0
  private var grouping: Unicode.Scalar?
  private var precision: Int?
  private var type: Unicode.Scalar?

  init(_ text: String, for value: Value) throws {
    let scalars = Array(text.unicodeScalars)
    let aligns: Set<Unicode.Scalar> = ["<", ">", "=", "^"]
    var at = 0
    var hasFill = false
    if scalars.count > 1, aligns.contains(scalars[1]) {
      fill = scalars[0]
      align = scalars[1]
      hasFill = true
      at = 2
    } else if let first = scalars.first, aligns.contains(first) {
      align = first
      at = 1
    }
    func peek() -> Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }
    if let mark = peek(), ["+", "-", " "].contains(mark) {
      sign = mark
      at += 1
    }
    if peek() == "z" {
      positiveZero = true
      at += 1
    }
    if peek() == "#" {
      alternate = true
      at += 1
    }
    if peek() == "0" {
      zero = true
      if !hasFill { fill = "0" }
      at += 1
    }
    func number() -> Int? {
      var result: Int?
      while let digit = peek(), ("0"..."9").contains(digit) {
        result = min((result ?? 0) * 10 + Int(digit.value) - 48, 1 << 40)
        at += 1
      }
      return result
    }
    width = number() ?? 0
    if let mark = peek(), mark == "," || mark == "_" {
      grouping = mark
      at += 1
    }
    if peek() == "." {
      at += 1
      guard let digits = number() else {
        throw TemplateError(.value, "Format specifier missing precision")
      }
      precision = digits
    }
    if let last = peek() {
      type = last
      at += 1
    }
    if at < scalars.count {
      throw TemplateError(
        .value,
        "Invalid format specifier '\(text)' for object of type"
          + " '\(value.typeName)'")
    }
    if let grouping, let type {
      let fits: Set<Unicode.Scalar> =
        grouping == ","
        ? ["d", "e", "E", "f", "F", "g", "G", "%"]
        : ["d", "e", "E", "f", "F", "g", "G", "%", "b", "o", "x", "X"]
      if !fits.contains(type) {
        throw TemplateError(
          .value, "Cannot specify '\(grouping)' with '\(type)'.")
      }
    }
  }

  /// The value formatted, with its marks.
  static func format(_ value: Value, _ spec: String, _ limits: Limits) throws
    -> Value
  {
    if value.isUnknown { return .unknown }
    if spec.isEmpty { return try value.string() }
    if !value.isString, !value.isNumber {
      throw TemplateError(
        .type,
        "unsupported format string passed to \(value.typeName).__format__")
    }
    let parsed = try FormatSpec(spec, for: value)
    try limits.check(text: max(parsed.width, parsed.precision ?? 0))
    switch value.payload {
    case .string, .markup: return try parsed.string(value)
    case .integer, .bigInteger, .bool:
      return Value(try parsed.whole(value)).marked(value.marks)
    case .float(let number):
      return Value(try parsed.float(number)).marked(value.marks)
    default: return try value.string()
    }
  }

  private func unknownCode(_ name: String) -> TemplateError {
    TemplateError(
      .value,
      "Unknown format code '\(type.map { String($0) } ?? "")' for object of type '\(name)'"
    )
  }

  private func string(_ value: Value) throws -> Value {
    guard type == nil || type == "s" else { throw unknownCode("str") }
    if sign != nil {
      throw TemplateError(
        .value, "Sign not allowed in string format specifier")
    }
    if alternate {
      throw TemplateError(
        .value, "Alternate form (#) not allowed in string format specifier")
    }
    if positiveZero {
      throw TemplateError(
        .value,
        "Negative zero coercion (z) not allowed in string format specifier")
    }
    if align == "=" {
      throw TemplateError(
        .value, "'=' alignment not allowed in string format specifier")
    }
    if let grouping {
      throw TemplateError(.value, "Cannot specify '\(grouping)' with 's'.")
    }
    var text = value
    if let precision {
      text = try value.sliced(.none, Value(precision), .none)
    }
    let count = text.text?.unicodeScalars.count ?? 0
    let missing = max(0, width - count)
    let left: Int
    switch align ?? "<" {
    case ">": left = missing
    case "^": left = missing / 2
    default: left = 0
    }
    var builder = TextBuilder()
    builder.append(String(repeating: String(fill), count: left))
    try builder.append(text)
    builder.append(String(repeating: String(fill), count: missing - left))
    return builder.value
  }

  private func whole(_ value: Value) throws -> String {
    guard var number = value.wholeNumber else { return "" }
    if let type, ["e", "E", "f", "F", "g", "G", "%"].contains(type) {
      let float = number.asDouble
      if float.isInfinite {
        throw TemplateError(.overflow, "int too large to convert to float")
      }
      return try self.float(float)
    }
    if positiveZero {
      throw TemplateError(
        .value,
        "Negative zero coercion (z) not allowed in format specifier with"
          + " integer format code '\(type.map { String($0) } ?? "d")'")
    }
    if precision != nil {
      throw TemplateError(
        .value, "Precision not allowed in integer format specifier")
    }
    let isNegative = number.isNegative
    number.isNegative = false
    var digits: String
    var prefix = ""
    switch type ?? "d" {
    case "d", "n": digits = try number.decimal()
    case "b":
      digits = number.text(radix: 2)
      prefix = alternate ? "0b" : ""
    case "o":
      digits = number.text(radix: 8)
      prefix = alternate ? "0o" : ""
    case "x":
      digits = number.text(radix: 16)
      prefix = alternate ? "0x" : ""
    case "X":
      digits = number.text(radix: 16).uppercased()
      prefix = alternate ? "0X" : ""
    case "c":
      if sign != nil || alternate {
        throw TemplateError(
          .value,
          (sign != nil ? "Sign" : "Alternate form (#)")
            + " not allowed with integer format specifier 'c'")
      }
      guard !isNegative, let code = number.asInt, code <= 0x10FFFF,
        let scalar = Unicode.Scalar(UInt32(code))
      else {
        throw TemplateError(.overflow, "%c arg not in range(0x110000)")
      }
      return pad(sign: "", String(scalar), defaultAlign: "<")
    default: throw unknownCode("int")
    }
    let size = (type ?? "d") == "d" || type == "n" ? 3 : 4
    return pad(
      sign: signText(isNegative) + prefix, digits, group: size)
  }

  private func signText(_ isNegative: Bool) -> String {
    isNegative ? "-" : sign == "+" ? "+" : sign == " " ? " " : ""
  }

  private func float(_ number: Double) throws -> String {
    let size = number.magnitude
    var text: String
    let known: Set<Unicode.Scalar> = ["e", "E", "f", "F", "g", "G", "n", "%"]
    if let type, !known.contains(type) { throw unknownCode("float") }
    if number.isNaN {
      text = "nan"
    } else if number.isInfinite {
      text = "inf"
    } else {
      switch type {
      case "e", "E":
        text = Decimal.scientific(size, digits: precision ?? 6)
      case "f", "F": text = Decimal.fixed(size, digits: precision ?? 6)
      case "%":
        text = Decimal.fixed(size * 100, digits: precision ?? 6) + "%"
      case "g", "G", "n":
        text = Decimal.general(
          size, digits: precision ?? 6, keepsZeros: alternate)
      case nil:
        if let precision {
          text = Self.short(size, precision, keepsZeros: alternate)
        } else {
          text = Float.repr(size)
        }
      default: throw unknownCode("float")
      }
    }
    if alternate && number.isFinite { text = Decimal.pointed(text) }
    if type == "%" && !number.isFinite { text += "%" }
    if let type, ["E", "F", "G"].contains(type) { text = text.uppercased() }
    let whole = text.prefix { ("0"..."9").contains($0) }
    let isZero =
      positiveZero && number.isFinite
      && text.prefix { $0 != "e" && $0 != "E" }.utf8.allSatisfy {
        !(0x31...0x39).contains($0)
      }
    return pad(
      sign: signText(number.sign == .minus && !number.isNaN && !isZero),
      String(whole),
      rest: String(text.dropFirst(whole.count)), group: 3)
  }

  /// No type letter with a precision: as `g`, but a whole number keeps `.0`.
  private static func short(
    _ size: Double, _ precision: Int, keepsZeros: Bool
  ) -> String {
    let digits = max(1, precision)
    let text = Decimal.general(size, digits: digits)
    let full =
      keepsZeros
      ? Decimal.general(size, digits: digits, keepsZeros: true) : text
    guard !text.contains("e"), !text.contains(".") else { return full }
    // Python switches to an exponent one digit earlier here.
    guard text.count >= digits && (size >= 1 || size == 0) else {
      return keepsZeros ? full : text + ".0"
    }
    let exact = Decimal.scientific(size, digits: digits - 1)
    if keepsZeros { return exact }
    var parts = exact.split(separator: "e").map(String.init)
    if parts[0].contains(".") {
      while parts[0].last == "0" { parts[0].removeLast() }
      if parts[0].last == "." { parts[0].removeLast() }
    }
    return parts.joined(separator: "e")
  }

  private func pad(
    sign: String, _ digits: String, rest: String = "", group: Int = 3,
    defaultAlign: Unicode.Scalar = ">"
  ) -> String {
    let alignment = align ?? (zero ? "=" : defaultAlign)
    var digits = digits
    let tail = rest
    if let grouping, !digits.isEmpty, digits.utf8.allSatisfy({ $0 < 0x80 }) {
      var wanted = 0
      if alignment == "=" && fill == "0" {
        wanted = width - sign.utf8.count - tail.unicodeScalars.count
      }
      digits = Self.grouped(digits, String(grouping), group, width: wanted)
    }
    let body = digits + tail
    let missing = max(
      0, width - sign.unicodeScalars.count - body.unicodeScalars.count)
    let filler = { (count: Int) in
      String(repeating: String(self.fill), count: count)
    }
    switch alignment {
    case "<": return sign + body + filler(missing)
    case "^":
      return filler(missing / 2) + sign + body + filler(missing - missing / 2)
    case "=": return sign + filler(missing) + body
    default: return filler(missing) + sign + body
    }
  }

  private static func grouped(
    _ digits: String, _ separator: String, _ size: Int, width: Int
  ) -> String {
    // As many zeros in front as fill the width with separators between them.
    let needed = width - (width + size) / (size + 1) + 1
    var digits =
      String(repeating: "0", count: max(0, needed - digits.count - size))
      + digits
    while true {
      var parts: [String] = []
      var rest = Substring(digits)
      while rest.count > size {
        parts.append(String(rest.suffix(size)))
        rest = rest.dropLast(size)
      }
      parts.append(String(rest))
      let result = parts.reversed().joined(separator: separator)
      if result.count >= width { return result }
      digits = "0" + digits
    }
  }
}
