// Python's arithmetic on floats where it differs from C's.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum FloatMath {
  /// Quotient rounded down and the remainder with the divisor's sign.
  static func floorDivided(
    _ a: Double, _ b: Double
  ) -> (quotient: Double, rest: Double) {
    var rest = fmod(a, b)
    var quotient = (a - rest) / b
    if rest != 0 {
      if (b < 0) != (rest < 0) {
        rest += b
        quotient -= 1
      }
    } else {
      rest = copysign(0, b)
    }
    if quotient != 0 {
      let whole = quotient.rounded(.down)
      quotient = quotient - whole > 0.5 ? whole + 1 : whole
    } else {
      quotient = copysign(0, a / b)
    }
    return (quotient, rest)
  }

  /// Python's `**` of floats.
  ///
  /// A negative base with a fractional exponent would be a complex number
  /// there.
  static func power(_ a: Double, _ b: Double) throws -> Value {
    if a == 0 && b < 0 {
      throw TemplateError(
        .zeroDivision, "0.0 cannot be raised to a negative power")
    }
    if a < 0 && a.isFinite && b.isFinite && b != b.rounded() {
      throw TemplateError(
        .value, "the power of \(Float.repr(a)) and \(Float.repr(b)) is complex")
    }
    let result = pow(a, b)
    if result.isInfinite && a.isFinite && b.isFinite {
      throw TemplateError(.overflow, "(34, 'Numerical result out of range')")
    }
    return Value(result)
  }

  /// The true quotient of two whole numbers, rounded once; nil for a divisor
  /// of zero.
  static func divided(_ a: BigInteger, _ b: BigInteger) -> Double? {
    guard !b.isZero else { return nil }
    if a.isZero { return b.isNegative ? -0.0 : 0 }
    if a.bitWidth <= 53 && b.bitWidth <= 53 { return a.asDouble / b.asDouble }
    // Scale so that the quotient has 66 bits, then round that once.
    let shift = 66 - (a.bitWidth - b.bitWidth)
    var top = BigInteger(magnitude: a.magnitude, isNegative: false)
    var bottom = BigInteger(magnitude: b.magnitude, isNegative: false)
    if shift > 0 { top = top.shifted(left: shift) }
    if shift < 0 { bottom = bottom.shifted(left: -shift) }
    guard let (whole, rest) = top.dividedDown(by: bottom) else { return nil }
    var quotient = whole
    if !rest.isZero && quotient.magnitude[0] & 1 == 0 {
      quotient = quotient + BigInteger(1)
    }
    let value = scalbn(quotient.asDouble, Int32(clamping: -shift))
    return a.isNegative != b.isNegative ? -value : value
  }

  /// Python's `round` of a float to digits behind the point: exact halves go
  /// to the even neighbour.
  static func rounded(_ value: Double, digits: Int) -> Double {
    guard value.isFinite, digits < 324 else { return value }
    if digits < -308 { return copysign(0, value) }
    if digits >= 0 {
      let text = Decimal.fixed(value, digits: digits)
      return Double(text) ?? value
    }
    let power = pow(10, Double(-digits))
    return (value / power).rounded(.toNearestOrEven) * power
  }

  static func ceil(_ value: Double) -> Double { value.rounded(.up) }
  static func floor(_ value: Double) -> Double { value.rounded(.down) }
}
