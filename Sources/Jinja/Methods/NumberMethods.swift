// Methods of whole numbers and floats.

extension Methods {
  static let ofInteger: [String: Function] = methods(
    [
      Function("bit_length", ["self"]) { _, call in
        Value(call[0].wholeNumber?.bitWidth ?? 0)
      },
      Function("bit_count", ["self"]) { _, call in
        Value(
          call[0].wholeNumber?.magnitude.reduce(0) { $0 + $1.nonzeroBitCount }
            ?? 0)
      },
      Function("conjugate", ["self"]) { _, call in
        try Operators.positive(call[0])
      },
      Function("as_integer_ratio", ["self"]) { _, call in
        .tuple([try Operators.positive(call[0]), 1])
      },
      Function("is_integer", ["self"]) { _, _ in .true },
    ] + numberBytes)

  static let ofFloat: [String: Function] = methods([
    Function("is_integer", ["self"]) { _, call in
      guard let number = call[0].double else { return .false }
      return Value(number.isFinite && number == number.rounded())
    },
    Function("conjugate", ["self"]) { _, call in call[0] },
    fromHexadecimal,
    Function("hex", ["self"]) { _, call in Value(hex(call[0].double ?? 0)) },
    Function("as_integer_ratio", ["self"]) { _, call in
      guard let number = call[0].double else { return .none }
      if number.isNaN {
        throw TemplateError(
          .value, "cannot convert NaN to integer ratio")
      }
      if number.isInfinite {
        throw TemplateError(
          .overflow, "cannot convert Infinity to integer ratio")
      }
      var scaled = number
      var shift = 0
      while scaled != scaled.rounded() {
        scaled *= 2
        shift += 1
      }
      return .tuple([
        Value(BigInteger(scaled)), Value(BigInteger(1).shifted(left: shift)),
      ])
    },
  ])

  private static func hex(_ number: Double) -> String {
    if number.isNaN { return "nan" }
    let sign = number.sign == .minus ? "-" : ""
    if number.isInfinite { return sign + "inf" }
    if number == 0 { return sign + "0x0.0p+0" }
    let isNormal = number.exponentBitPattern != 0
    let exponent = isNormal ? Int(number.exponent) : -1022
    let digits = String(number.significandBitPattern, radix: 16)
    return sign + (isNormal ? "0x1." : "0x0.")
      + String(repeating: "0", count: 13 - digits.count) + digits + "p"
      + (exponent < 0 ? "-" : "+") + String(exponent.magnitude)
  }
}
