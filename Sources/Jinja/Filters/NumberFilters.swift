// Filters that give numbers, or texts of numbers.

extension BuiltinFilters {
  static let numbers: [Function] = [
    Function("abs", ["x"]) { _, call in
      switch call[0].payload {
      case .float(let number): return Value(number.magnitude)
      case .undefined(let undefined) where undefined.policy == .chainableStrict:
        throw undefined.error
      default:
        guard let whole = call[0].wholeNumber else {
          throw TemplateError(
            .type, "bad operand type for abs(): '\(call[0].typeName)'")
        }
        return Value(BigInteger(magnitude: whole.magnitude, isNegative: false))
      }
    },
    Function(
      "int", ["value", .init("default", 0), .init("base", 10)]
    ) { context, call in
      if call[0].hasUnknownPart { throw UnknownValue() }
      if case .undefined(let undefined) = call[0].payload {
        throw undefined.error
      }
      // A base that is none counts as a text that is no number.
      return try NumberReading.integer(
        call[0], base: call[2].integer ?? 1, context.limits) ?? call[1]
    },
    Function("float", ["value", .init("default", 0.0)]) { _, call in
      if call[0].hasUnknownPart { throw UnknownValue() }
      if case .undefined(let undefined) = call[0].payload {
        throw undefined.error
      }
      if let text = call[0].text ?? NumberReading.text(ofBytes: call[0]) {
        return NumberReading.float(text).map { Value($0) } ?? call[1]
      }
      guard let number = call[0].double else { return call[1] }
      if number.isInfinite, call[0].wholeNumber != nil {
        throw TemplateError(.overflow, "int too large to convert to float")
      }
      return Value(number)
    },
    Function(
      "round", ["value", .init("precision", 0), .init("method", "common")]
    ) { context, call in
      _ = try Hash.of(call[2])
      let method = call[2].text ?? ""
      switch method {
      case "common":
        if call[1].isNone { return try rounded(call[0]) }
        let isUndefined = call[0].isUndefined
        let precision = isUndefined ? 0 : try Methods.integer(call[1]) ?? 0
        return try rounded(call[0], precision)
      case "ceil", "floor":
        let power = try Operators.apply(.power, 10, call[1], context.limits)
        let scaled = try Operators.apply(
          .multiply, call[0], power, context.limits)
        let whole: Value
        if case .float(let number) = scaled.payload {
          guard number.isFinite else {
            throw number.isNaN
              ? TemplateError(.value, "cannot convert float NaN to integer")
              : TemplateError(
                .overflow, "cannot convert float infinity to integer")
          }
          whole = Value(
            BigInteger(
              method == "ceil"
                ? FloatMath.ceil(number) : FloatMath.floor(number)))
        } else {
          guard scaled.isNumber else {
            throw TemplateError(
              .type, "must be real number, not \(scaled.typeName)")
          }
          whole = scaled
        }
        return try Operators.apply(.divide, whole, power, context.limits)
      default:
        throw TemplateError(
          .filterArgument, "method must be common, ceil or floor")
      }
    },
    Function("filesizeformat", ["value", .init("binary", false)]) { _, call in
      let size: Double
      if let text = call[0].text ?? NumberReading.text(ofBytes: call[0]) {
        guard let number = NumberReading.float(text) else {
          throw TemplateError(
            .value,
            "could not convert string to float: \(Quoted.repr(text))")
        }
        size = number
      } else if let number = call[0].double {
        if number.isInfinite, call[0].wholeNumber != nil {
          throw TemplateError(
            .overflow, "int too large to convert to float")
        }
        size = number
      } else if case .undefined(let undefined) = call[0].payload {
        throw undefined.error
      } else {
        throw TemplateError(
          .type,
          "float() argument must be a string or a real number, not"
            + " '\(call[0].typeName)'")
      }
      let isBinary = try call[1].truth()
      let base: Double = isBinary ? 1024 : 1000
      if size == 1 { return "1 Byte" }
      if size == -.infinity {
        throw TemplateError(
          .overflow, "cannot convert float infinity to integer")
      }
      if size < base { return Value("\(BigInteger(size).text()) Bytes") }
      let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
      var unit = base
      for (place, prefix) in prefixes.enumerated() {
        unit *= base
        if size < unit || place == prefixes.count - 1 {
          let name =
            isBinary ? (prefix == "k" ? "K" : prefix) + "iB" : prefix + "B"
          return Value(
            "\(Decimal.fixed(base * size / unit, digits: 1)) \(name)")
        }
      }
      return .none
    },
  ]
}

/// Python's `int()` and `float()` of texts.
enum NumberReading {
  /// Jinja2's `int` filter; nil where its default applies.
  static func integer(
    _ value: Value, base: Int, _ limits: Limits
  ) throws -> Value? {
    switch value.payload {
    case .float(let number):
      if number.isNaN { return nil }
      if number.isInfinite {
        throw TemplateError(
          .overflow, "cannot convert float infinity to integer")
      }
      return Value(BigInteger(number))
    case .string(let text), .markup(let text):
      if let whole = try integer(text, base: base, limits) {
        return Value(whole)
      }
      guard let number = float(text), number.isFinite else { return nil }
      return Value(BigInteger(number))
    default:
      if let text = text(ofBytes: value) {
        return try integer(Value(text), base: 10, limits)
      }
      return value.wholeNumber.map { Value($0) }
    }
  }

  /// The text of bytes that may be a number; nil for anything else.
  static func text(ofBytes value: Value) -> String? {
    guard case .object(let object) = value.payload,
      let bytes = (object as? BytesObject)?.bytes
    else { return nil }
    return bytes.allSatisfy { $0 < 0x80 }
      ? String(decoding: bytes, as: UTF8.self) : ""
  }

  /// Python's `int(text, base)`; nil where that fails.
  static func integer(
    _ text: String, base: Int, _ limits: Limits
  ) throws -> BigInteger? {
    guard base == 0 || (2...36).contains(base) else { return nil }
    var digits = Array(plainDigits(PythonText.strip(text)).utf8)[...]
    var isNegative = false
    if let sign = digits.first, sign == 0x2B || sign == 0x2D {
      isNegative = sign == 0x2D
      digits = digits.dropFirst()
    }
    var radix = base == 0 ? 10 : base
    var hasPrefix = false
    if digits.first == 0x30, let mark = digits.dropFirst().first {
      let prefixes: [UInt8: Int] = [0x78: 16, 0x6F: 8, 0x62: 2]
      if let found = prefixes[mark | 0x20], base == 0 || base == found {
        radix = found
        digits = digits.dropFirst(2)
        hasPrefix = true
      }
    }
    if hasPrefix, digits.first == UInt8(ascii: "_") {
      digits = digits.dropFirst()
    }
    guard let plain = withoutUnderscores(digits) else { return nil }
    if base == 0 && !hasPrefix && plain.first == 0x30
      && plain.contains(where: { $0 != 0x30 })
    {
      return nil
    }
    if radix & (radix - 1) == 0 {
      try limits.check(bits: plain.count)
    } else if plain.count > BigInteger.mostDigits {
      return nil
    }
    guard var result = BigInteger(digits: plain, radix: radix) else {
      return nil
    }
    if isNegative { result = -result }
    return result
  }

  /// Python's `float(text)`; nil where that fails.
  static func float(_ text: String) -> Double? {
    let stripped = PythonText.lower(plainDigits(PythonText.strip(text)))
    guard let plain = withoutUnderscores(Array(stripped.utf8)[...]) else {
      return nil
    }
    var body = plain[...]
    var sign = 1.0
    if let first = body.first, first == 0x2B || first == 0x2D {
      sign = first == 0x2D ? -1 : 1
      body = body.dropFirst()
    }
    let word = String(decoding: body, as: UTF8.self)
    switch word {
    case "inf", "infinity": return sign * .infinity
    case "nan": return .nan
    default: break
    }
    guard let first = body.first,
      first == 0x2E || (0x30...0x39).contains(first),
      body.allSatisfy({
        (0x30...0x39).contains($0) || [0x2E, 0x65, 0x2B, 0x2D].contains($0)
      })
    else { return nil }
    // Swift wants digits on both sides of the point.
    var fixed: [UInt8] = []
    for (place, byte) in body.enumerated() {
      let at = body.startIndex + place
      if byte == 0x2E {
        if fixed.isEmpty { fixed.append(0x30) }
        fixed.append(byte)
        let next = at + 1 < body.endIndex ? body[at + 1] : 0
        if !(0x30...0x39).contains(next) {
          if fixed.count == 2 && place == 0 { return nil }
          fixed.append(0x30)
        }
      } else {
        fixed.append(byte)
      }
    }
    return Double(String(decoding: fixed, as: UTF8.self)).map { sign * $0 }
  }

  /// Digits of other scripts as ASCII digits.
  private static func plainDigits(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if !scalar.isASCII, scalar.properties.numericType == .decimal,
        let value = scalar.properties.numericValue
      {
        result += String(Int(value))
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The digits without single underscores between them; nil where one stands
  /// elsewhere.
  private static func withoutUnderscores(
    _ digits: ArraySlice<UInt8>
  ) -> [UInt8]? {
    guard digits.contains(UInt8(ascii: "_")) else { return Array(digits) }
    var result: [UInt8] = []
    var before: UInt8 = 0x5F
    func isDigit(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte)
        || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
    }
    for byte in digits {
      if byte == 0x5F {
        guard isDigit(before) else { return nil }
      } else {
        if before == 0x5F && !result.isEmpty && !isDigit(byte) { return nil }
        result.append(byte)
      }
      before = byte
    }
    return before == 0x5F ? nil : result
  }
}
