// Python's str() and repr().

extension Value {
  /// Python's `str()` with the marks of the parts.
  public func string() throws -> Value {
    switch payload {
    case .string: return self
    case .markup(let text): return Value(.string(text), annotation)
    default:
      var builder = TextBuilder()
      try builder.append(self)
      return builder.value
    }
  }

  /// Python's `str()`, without marks.
  public func str() throws -> String {
    if let text { return text }
    var builder = TextBuilder()
    try builder.append(self)
    return builder.text
  }

  /// Python's `repr()`, without marks.
  public func repr() throws -> String {
    var builder = TextBuilder()
    try writeRepr(into: &builder)
    return builder.text
  }

  /// Writes Python's `str()`; marks of the value itself are the caller's.
  func write(into builder: inout TextBuilder) throws {
    switch payload {
    case .string(let text), .markup(let text): builder.append(text)
    case .undefined(let undefined): builder.append(try undefined.output())
    case .object(let object): builder.append(try object.string())
    default: try writeRepr(into: &builder)
    }
  }

  /// Writes Python's `repr()` with the marks of the members.
  func writeRepr(into builder: inout TextBuilder, depth: Int = 0) throws {
    let start = builder.count
    if start > builder.limit {
      throw Limits.reached("a text of more than \(builder.limit) bytes")
    }
    switch payload {
    case .none: builder.append("None")
    case .bool(let value): builder.append(value ? "True" : "False")
    case .integer(let value): builder.append(integer: value)
    case .bigInteger(let value): builder.append(try value.decimal())
    case .float(let value): builder.append(Float.repr(value))
    case .string(let text): builder.append(Quoted.repr(text))
    case .markup(let text):
      builder.append("Markup(")
      builder.append(Quoted.repr(text))
      builder.append(")")
    case .list(let list):
      guard depth < Self.reprDepth else { throw Self.tooDeep }
      guard builder.enter(list) else { return builder.append("[...]") }
      defer { builder.leave() }
      builder.append("[")
      try Self.write(
        Self.kept(try list.elements(), builder), into: &builder, depth)
      builder.append("]")
    case .tuple(let items):
      guard depth < Self.reprDepth else { throw Self.tooDeep }
      if builder.finalizes {
        builder.append("[")
        try Self.write(Self.kept(items, builder), into: &builder, depth)
        return builder.append("]")
      }
      builder.append("(")
      try Self.write(items, into: &builder, depth)
      builder.append(items.count == 1 ? ",)" : ")")
    case .dictionary(let dictionary):
      guard depth < Self.reprDepth else { throw Self.tooDeep }
      guard builder.enter(dictionary) else { return builder.append("{...}") }
      defer { builder.leave() }
      builder.append("{")
      var isFirst = true
      for entry in try dictionary.entries() {
        if builder.finalizes, entry.value.isOmitted { continue }
        if !isFirst { builder.append(", ") }
        isFirst = false
        try entry.key.writeMember(into: &builder, depth)
        builder.append(": ")
        try entry.value.writeMember(into: &builder, depth)
      }
      builder.append("}")
    case .function(let function): builder.append(function.repr())
    case .object(let object):
      guard depth < Self.reprDepth else { throw Self.tooDeep }
      try object.writeRepr(into: &builder, depth: depth)
    case .undefined(let undefined):
      if undefined.policy == .chainableStrict { throw undefined.error }
      builder.append("Undefined")
    case .unknown: builder.append(Self.unknownPlaceholder)
    }
    if depth > 0, isMarked { builder.mark(from: start, marks) }
  }

  private func writeMember(
    into builder: inout TextBuilder, _ depth: Int
  ) throws {
    try writeRepr(into: &builder, depth: depth + 1)
  }

  private static func write(
    _ items: [Value], into builder: inout TextBuilder, _ depth: Int
  ) throws {
    for (at, item) in items.enumerated() {
      if at > 0 { builder.append(", ") }
      try item.writeMember(into: &builder, depth)
    }
  }

  /// The members that Ansible keeps where it finalizes a container.
  private static func kept(_ items: [Value], _ builder: TextBuilder) -> [Value]
  {
    builder.finalizes ? items.filter { !$0.isOmitted } : items
  }

  private static let reprDepth = 200
  private static var tooDeep: TemplateError {
    TemplateError(
      .recursion, "maximum recursion depth exceeded while getting the repr")
  }
}

extension TextBuilder {
  /// Appends a whole number in decimal.
  mutating func append(integer value: Int) {
    if value >= 0 && value < 10 {
      append(byte: 0x30 + UInt8(value))
    } else {
      append(String(value))
    }
  }
}

extension BigInteger {
  /// Decimal digits that Python reads or writes in one number.
  public static let mostDigits = 4300

  /// The error for a number of more digits, of which there are so many.
  public static func tooManyDigits(_ count: Int?) -> TemplateError {
    TemplateError(
      .value,
      "Exceeds the limit (\(mostDigits) digits) for integer string conversion"
        + (count.map { ": value has \($0) digits" } ?? ""))
  }

  /// The number in decimal.
  ///
  /// - Throws: ``TemplateError`` of kind `ValueError` for more digits than
  ///   Python writes.
  func decimal() throws -> String {
    // 10 ** 4300 has 14,285 bits.
    guard bitWidth <= 14_285 else { throw Self.tooManyDigits(nil) }
    let text = text()
    guard text.utf8.count <= Self.mostDigits + (isNegative ? 1 : 0) else {
      throw Self.tooManyDigits(nil)
    }
    return text
  }
}

/// Python's text of floats.
enum Float {
  /// The shortest text that reads back as the same float, in Python's form.
  static func repr(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = shortest(value.magnitude)
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 16 {
      let tail = digits.dropFirst()
      let mark = exponent < 0 ? "-" : "+"
      let size = String(exponent.magnitude)
      return sign + digits.prefix(1) + (tail.isEmpty ? "" : "." + tail) + "e"
        + mark + (size.utf8.count < 2 ? "0" + size : size)
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    if digits.utf8.count <= exponent + 1 {
      let zeros = exponent + 1 - digits.utf8.count
      return sign + digits + String(repeating: "0", count: zeros) + ".0"
    }
    return sign + digits.prefix(exponent + 1) + "."
      + digits.dropFirst(exponent + 1)
  }

  /// The shortest digits that identify a positive float, and the power of ten
  /// of the first one.
  static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
    var digits: [UInt8] = []
    var exponent = 0
    var point: Int?
    let text = Array(value.description.utf8)
    var at = 0
    while at < text.count {
      switch text[at] {
      case 0x30...0x39: digits.append(text[at])
      case UInt8(ascii: "."): point = digits.count
      case UInt8(ascii: "e"):
        exponent = Int(String(decoding: text[(at + 1)...], as: UTF8.self)) ?? 0
        at = text.count
      default: break
      }
      at += 1
    }
    exponent += (point ?? digits.count) - 1
    while digits.count > 1, digits.first == 0x30 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
    return (String(decoding: digits, as: UTF8.self), exponent)
  }
}

/// Python's text of strings inside other values.
enum Quoted {
  static func repr(_ text: String) -> String {
    let hasSingle = text.utf8.contains(0x27)
    let quote: Unicode.Scalar =
      hasSingle && !text.utf8.contains(0x22) ? "\"" : "'"
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\":
        result.append("\\")
        result.append(scalar)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      default:
        if isPrintable(scalar) {
          result.append(scalar)
        } else {
          result.append(contentsOf: escape(scalar).unicodeScalars)
        }
      }
    }
    result.append(quote)
    return String(result)
  }

  static func escape(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16)
    let (mark, width) =
      scalar.value < 0x100
      ? ("\\x", 2) : scalar.value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
    return mark + String(repeating: "0", count: width - hex.utf8.count) + hex
  }

  /// Python's `str.isprintable` of one character.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned,
      .lineSeparator, .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}
