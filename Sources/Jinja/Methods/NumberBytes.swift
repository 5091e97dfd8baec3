// Whole numbers as bytes and floats as hexadecimal text.

extension Methods {
  static let numberBytes: [Function] = [
    Function("to_bytes", ["self"], isVariadic: true) { context, call in
      let given = try options(
        call, ["length", "byteorder"], "to_bytes", required: 0)
      let length = try given.values["length"].map(size) ?? 1
      let isLittle = try isLittle(given.values["byteorder"], "to_bytes")
      if length < 0 {
        throw TemplateError(.value, "length argument must be non-negative")
      }
      try context.limits.check(text: length)
      return Value(
        BytesObject(
          try bytes(
            of: call[0].wholeNumber ?? BigInteger(0), length,
            isLittle: isLittle, isSigned: given.isSigned)))
    },
    Function("from_bytes", ["self"], isVariadic: true) { context, call in
      let given = try options(
        call, ["bytes", "byteorder"], "from_bytes", required: 1)
      let isLittle = try isLittle(given.values["byteorder"], "from_bytes")
      var bytes = try byteList(given.values["bytes"] ?? .none)
      if !isLittle { bytes.reverse() }
      try context.limits.check(bits: bytes.count * 8)
      let isNegative = given.isSigned && (bytes.last ?? 0) >= 0x80
      var limbs: [UInt32] = []
      for (place, byte) in bytes.enumerated() {
        if place % 4 == 0 { limbs.append(0) }
        let part = UInt32(isNegative ? ~byte : byte)
        limbs[place / 4] |= part << UInt32(place % 4 * 8)
      }
      var number = BigInteger(magnitude: limbs, isNegative: false)
      if isNegative { number = -(number + BigInteger(1)) }
      if case .bool = call[0].payload { return Value(!number.isZero) }
      return Value(number)
    },
  ]

  private static func notInteger(_ value: Value) -> TemplateError {
    TemplateError(
      .type, "'\(value.typeName)' object cannot be interpreted as an integer")
  }

  /// The arguments of a method that also takes `signed`, by name only.
  private static func options(
    _ call: Arguments, _ names: [String], _ method: String, required: Int
  ) throws -> (values: [String: Value], isSigned: Bool) {
    let given = call.positional.dropFirst()
    guard given.count <= names.count else {
      throw TemplateError(
        .type,
        "\(method)() takes at most \(names.count) positional arguments"
          + " (\(given.count) given)")
    }
    var values: [String: Value] = [:]
    for (name, value) in zip(names, given) { values[name] = value }
    var isSigned = false
    for (name, value) in call.keywords {
      if name == "signed" {
        isSigned = try value.truth()
      } else if names.contains(name), values[name] == nil {
        values[name] = value
      } else {
        throw TemplateError(
          .type, "'\(name)' is an invalid keyword argument for \(method)()")
      }
    }
    for name in names.prefix(required) where values[name] == nil {
      throw TemplateError(
        .type, "\(method)() missing required argument '\(name)' (pos 1)")
    }
    return (values, isSigned)
  }

  private static func isLittle(
    _ order: Value?, _ method: String
  ) throws -> Bool {
    guard let order else { return false }
    switch try text(order, "\(method)() argument 'byteorder'") {
    case "little": return true
    case "big": return false
    default:
      throw TemplateError(
        .value, "byteorder must be either 'little' or 'big'")
    }
  }

  private static func bytes(
    of number: BigInteger, _ length: Int, isLittle: Bool, isSigned: Bool
  ) throws -> [UInt8] {
    if number.isNegative && !isSigned {
      throw TemplateError(
        .overflow, "can't convert negative int to unsigned")
    }
    // A negative number is written as what is left to minus one, inverted.
    let plain = number.isNegative ? -(number + BigInteger(1)) : number
    guard plain.bitWidth + (isSigned ? 1 : 0) <= length * 8 || number.isZero
    else { throw TemplateError(.overflow, "int too big to convert") }
    var result: [UInt8] = []
    result.reserveCapacity(length)
    for limb in plain.magnitude {
      for shift in [UInt32(0), 8, 16, 24] where result.count < length {
        result.append(UInt8(truncatingIfNeeded: limb >> shift))
      }
    }
    while result.count < length { result.append(0) }
    if number.isNegative { result = result.map { ~$0 } }
    return isLittle ? result : result.reversed()
  }

  /// What Python's `bytes()` makes of an object.
  private static func byteList(_ value: Value) throws -> [UInt8] {
    if case .object(let object) = value.payload,
      let bytes = object as? BytesObject
    {
      return bytes.bytes
    }
    if value.isUnknown { throw UnknownValue() }
    guard value.isIterable, !value.isString else {
      throw TemplateError(
        .type, "cannot convert '\(value.typeName)' object to bytes")
    }
    return try value.members().map { item in
      guard !item.isNone, let number = try integer(item) else {
        throw notInteger(item)
      }
      guard let byte = UInt8(exactly: number) else {
        throw TemplateError(.value, "bytes must be in range(0, 256)")
      }
      return byte
    }
  }

  // MARK: Floats

  static let fromHexadecimal = Function("fromhex", ["self", "string"]) {
    _, call in
    guard let text = call[1].text else {
      if call[1].isUnknown { throw UnknownValue() }
      throw TemplateError(
        .type, "bad argument type for built-in operation")
    }
    return Value(try float(hexadecimal: text))
  }

  /// Python's `float.fromhex`.
  private static func float(hexadecimal text: String) throws -> Double {
    func invalid() -> TemplateError {
      TemplateError(.value, "invalid hexadecimal floating-point string")
    }
    let stripped = PythonText.strip(text)
    guard stripped.utf8.allSatisfy({ $0 < 0x80 }) else { throw invalid() }
    var rest = Array(stripped.lowercased().utf8)[...]
    var sign = 1.0
    if let first = rest.first, first == 0x2B || first == 0x2D {
      sign = first == 0x2D ? -1 : 1
      rest = rest.dropFirst()
    }
    switch String(decoding: rest, as: UTF8.self) {
    case "inf", "infinity": return sign * .infinity
    case "nan": return sign * .nan
    default: break
    }
    if rest.starts(with: [0x30, 0x78]) { rest = rest.dropFirst(2) }
    func take(_ isFit: (UInt8) -> Bool) -> String {
      let part = rest.prefix(while: isFit)
      rest = rest.dropFirst(part.count)
      return String(decoding: part, as: UTF8.self)
    }
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    func isHex(_ byte: UInt8) -> Bool {
      isDigit(byte) || (0x61...0x66).contains(byte)
    }
    let whole = take(isHex)
    var fraction = ""
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = take(isHex)
    }
    if whole.isEmpty && fraction.isEmpty { throw invalid() }
    var exponent = "0"
    if rest.first == UInt8(ascii: "p") {
      rest = rest.dropFirst()
      var mark = ""
      if let first = rest.first, first == 0x2B || first == 0x2D {
        if first == 0x2D { mark = "-" }
        rest = rest.dropFirst()
      }
      let digits = take(isDigit)
      if digits.isEmpty { throw invalid() }
      exponent = mark + digits
    }
    guard rest.isEmpty else { throw invalid() }
    if (whole + fraction).utf8.allSatisfy({ $0 == 0x30 }) { return sign * 0 }
    let number =
      Double("0x\(whole.isEmpty ? "0" : whole).\(fraction)0p\(exponent)")
      ?? (exponent.hasPrefix("-") ? 0 : .infinity)
    if number.isInfinite {
      throw TemplateError(
        .overflow, "hexadecimal value too large to represent as a float")
    }
    return sign * number
  }
}
