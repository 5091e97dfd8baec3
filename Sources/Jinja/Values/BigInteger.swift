// Whole numbers of any size, as Python's int: division rounds down and the
// remainder takes the divisor's sign.

/// A whole number of any size.
public struct BigInteger: Sendable, Hashable {
  /// Base 2^32 digits, least significant first, without leading zeros.
  var magnitude: [UInt32]
  var isNegative: Bool

  init(magnitude: [UInt32], isNegative: Bool) {
    var digits = magnitude
    while digits.last == 0 { digits.removeLast() }
    self.magnitude = digits
    self.isNegative = isNegative && !digits.isEmpty
  }

  public init(_ value: Int) {
    let size = value.magnitude
    self.init(
      magnitude: [
        UInt32(truncatingIfNeeded: size),
        UInt32(truncatingIfNeeded: size >> 32),
      ], isNegative: value < 0)
  }

  /// The whole part of a finite float.
  public init(_ value: Double) {
    guard value.isFinite, value.magnitude >= 1 else {
      self.init(0)
      return
    }
    let whole = value.rounded(.towardZero)
    let shift = Int(whole.exponent) - 52
    let significand = BigInteger(
      Int(whole.significandBitPattern | (1 << 52)))
    let size =
      shift >= 0
      ? significand.shifted(left: shift)
      : significand.shifted(right: -shift)
    self.init(magnitude: size.magnitude, isNegative: value < 0)
  }

  /// Reads digits of a base from 2 to 36; nil where one is not a digit.
  public init?(digits: some Sequence<UInt8>, radix: Int) {
    var result: [UInt32] = []
    var any = false
    for byte in digits {
      let digit: UInt32
      switch byte {
      case 0x30...0x39: digit = UInt32(byte) - 0x30
      case 0x41...0x5A: digit = UInt32(byte) - 0x41 + 10
      case 0x61...0x7A: digit = UInt32(byte) - 0x61 + 10
      default: return nil
      }
      guard digit < radix else { return nil }
      any = true
      var carry = UInt64(digit)
      for index in result.indices {
        let value = UInt64(result[index]) * UInt64(radix) + carry
        result[index] = UInt32(truncatingIfNeeded: value)
        carry = value >> 32
      }
      if carry > 0 { result.append(UInt32(carry)) }
    }
    guard any else { return nil }
    self.init(magnitude: result, isNegative: false)
  }

  /// The number where it fits in 64 bits.
  public var asInt: Int? {
    guard magnitude.count <= 2 else { return nil }
    var size: UInt = 0
    for digit in magnitude.reversed() { size = size << 32 | UInt(digit) }
    if isNegative {
      return size <= UInt(Int.max) + 1
        ? Int(truncatingIfNeeded: 0 &- size) : nil
    }
    return Int(exactly: size)
  }

  public var isZero: Bool { magnitude.isEmpty }

  var bitWidth: Int {
    guard let last = magnitude.last else { return 0 }
    return magnitude.count * 32 - last.leadingZeroBitCount
  }

  /// The nearest float, ties to even; infinite where it is too large.
  public var asDouble: Double {
    let width = bitWidth
    guard width > 64 else {
      var size: UInt64 = 0
      for digit in magnitude.reversed() { size = size << 32 | UInt64(digit) }
      return isNegative ? -Double(size) : Double(size)
    }
    guard width <= 1024 else { return isNegative ? -.infinity : .infinity }
    // Keep 64 bits; the lowest remembers whether anything was cut off.
    let shift = width - 64
    let top = BigInteger(magnitude: magnitude, isNegative: false)
      .shifted(right: shift)
    var size = UInt64(top.magnitude[0]) | UInt64(top.magnitude[1]) << 32
    if top.shifted(left: shift).magnitude != magnitude { size |= 1 }
    let value =
      Double(size) * Double(sign: .plus, exponent: shift, significand: 1)
    return isNegative ? -value : value
  }

  // MARK: Arithmetic

  public static prefix func - (value: BigInteger) -> BigInteger {
    BigInteger(magnitude: value.magnitude, isNegative: !value.isNegative)
  }

  static func + (left: BigInteger, right: BigInteger) -> BigInteger {
    if left.isNegative == right.isNegative {
      return BigInteger(
        magnitude: Magnitude.sum(left.magnitude, right.magnitude),
        isNegative: left.isNegative)
    }
    if Magnitude.isLess(left.magnitude, right.magnitude) {
      return BigInteger(
        magnitude: Magnitude.difference(right.magnitude, left.magnitude),
        isNegative: right.isNegative)
    }
    return BigInteger(
      magnitude: Magnitude.difference(left.magnitude, right.magnitude),
      isNegative: left.isNegative)
  }

  static func - (left: BigInteger, right: BigInteger) -> BigInteger {
    left + -right
  }

  static func * (left: BigInteger, right: BigInteger) -> BigInteger {
    BigInteger(
      magnitude: Magnitude.product(left.magnitude, right.magnitude),
      isNegative: left.isNegative != right.isNegative)
  }

  /// Quotient rounded down and the remainder with the divisor's sign; nil for
  /// a divisor of zero.
  func dividedDown(by divisor: BigInteger) -> (BigInteger, BigInteger)? {
    guard !divisor.isZero else { return nil }
    let (quotient, rest) = Magnitude.divided(magnitude, by: divisor.magnitude)
    let whole = BigInteger(
      magnitude: quotient, isNegative: isNegative != divisor.isNegative)
    let remainder = BigInteger(magnitude: rest, isNegative: isNegative)
    if !remainder.isZero && isNegative != divisor.isNegative {
      return (whole - BigInteger(1), remainder + divisor)
    }
    return (whole, remainder)
  }

  func shifted(left count: Int) -> BigInteger {
    let words = count / 32
    let bits = UInt32(count % 32)
    var result = [UInt32](repeating: 0, count: words)
    var carry: UInt32 = 0
    for digit in magnitude {
      result.append(bits == 0 ? digit : digit << bits | carry)
      carry = bits == 0 ? 0 : digit >> (32 - bits)
    }
    result.append(carry)
    return BigInteger(magnitude: result, isNegative: isNegative)
  }

  /// Bits cut off, rounding toward zero.
  func shifted(right count: Int) -> BigInteger {
    let words = count / 32
    let bits = UInt32(count % 32)
    guard words < magnitude.count else { return BigInteger(0) }
    var result: [UInt32] = []
    for index in words..<magnitude.count {
      let high = index + 1 < magnitude.count ? magnitude[index + 1] : 0
      result.append(
        bits == 0
          ? magnitude[index] : magnitude[index] >> bits | high << (32 - bits))
    }
    return BigInteger(magnitude: result, isNegative: isNegative)
  }

  /// The digits in a base from 2 to 36, with a minus sign where needed.
  public func text(radix: Int = 10) -> String {
    if magnitude.isEmpty { return "0" }
    // As many digits at a time as fit in 32 bits.
    var chunk: UInt32 = UInt32(radix)
    var width = 1
    while UInt64(chunk) * UInt64(radix) <= UInt64(UInt32.max) {
      chunk *= UInt32(radix)
      width += 1
    }
    var parts: [String] = []
    var rest = magnitude
    while !rest.isEmpty {
      let remainder = Magnitude.divide(&rest, by: chunk)
      let digits = String(remainder, radix: radix)
      parts.append(
        rest.isEmpty
          ? digits
          : String(repeating: "0", count: width - digits.utf8.count) + digits)
    }
    return (isNegative ? "-" : "") + parts.reversed().joined()
  }
}

extension BigInteger: Comparable {
  public static func < (left: BigInteger, right: BigInteger) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    return left.isNegative
      ? Magnitude.isLess(right.magnitude, left.magnitude)
      : Magnitude.isLess(left.magnitude, right.magnitude)
  }
}

/// Arithmetic on base 2^32 digits, least significant first.
private enum Magnitude {
  static func isLess(_ left: [UInt32], _ right: [UInt32]) -> Bool {
    if left.count != right.count { return left.count < right.count }
    for index in left.indices.reversed() where left[index] != right[index] {
      return left[index] < right[index]
    }
    return false
  }

  static func sum(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(max(left.count, right.count) + 1)
    var carry: UInt64 = 0
    for index in 0..<max(left.count, right.count) {
      let value =
        carry + UInt64(index < left.count ? left[index] : 0)
        + UInt64(index < right.count ? right[index] : 0)
      result.append(UInt32(truncatingIfNeeded: value))
      carry = value >> 32
    }
    result.append(UInt32(carry))
    return result
  }

  /// The left must not be less than the right.
  static func difference(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(left.count)
    var borrow: Int64 = 0
    for index in left.indices {
      var value =
        Int64(left[index]) - borrow
        - Int64(index < right.count ? right[index] : 0)
      borrow = value < 0 ? 1 : 0
      if value < 0 { value += 1 << 32 }
      result.append(UInt32(value))
    }
    return result
  }

  static func product(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    guard !left.isEmpty, !right.isEmpty else { return [] }
    var result = [UInt32](repeating: 0, count: left.count + right.count)
    for (offset, digit) in left.enumerated() {
      var carry: UInt64 = 0
      for index in right.indices {
        let value =
          UInt64(digit) * UInt64(right[index])
          + UInt64(result[offset + index]) + carry
        result[offset + index] = UInt32(truncatingIfNeeded: value)
        carry = value >> 32
      }
      result[offset + right.count] = UInt32(carry)
    }
    return result
  }

  /// Divides in place by one digit and answers the remainder.
  static func divide(_ digits: inout [UInt32], by divisor: UInt32) -> UInt32 {
    var rest: UInt64 = 0
    for index in digits.indices.reversed() {
      let value = rest << 32 | UInt64(digits[index])
      digits[index] = UInt32(value / UInt64(divisor))
      rest = value % UInt64(divisor)
    }
    while digits.last == 0 { digits.removeLast() }
    return UInt32(rest)
  }

  /// Long division (Knuth, The Art of Computer Programming, 4.3.1, D).
  static func divided(
    _ left: [UInt32], by right: [UInt32]
  ) -> (quotient: [UInt32], remainder: [UInt32]) {
    if isLess(left, right) { return ([], left) }
    if right.count == 1 {
      var quotient = left
      let rest = divide(&quotient, by: right[0])
      return (quotient, [rest])
    }
    let shift = right[right.count - 1].leadingZeroBitCount
    let divisor = BigInteger(magnitude: right, isNegative: false)
      .shifted(left: shift).magnitude
    var rest = BigInteger(magnitude: left, isNegative: false)
      .shifted(left: shift).magnitude
    while rest.count <= left.count { rest.append(0) }
    let size = divisor.count
    let top = UInt64(divisor[size - 1])
    let second = UInt64(divisor[size - 2])
    var quotient = [UInt32](repeating: 0, count: rest.count - size)
    for place in quotient.indices.reversed() {
      let value =
        UInt64(rest[place + size]) << 32 | UInt64(rest[place + size - 1])
      var guess = value / top
      var left = value % top
      while guess >> 32 != 0
        || guess * second > left << 32 | UInt64(rest[place + size - 2])
      {
        guess -= 1
        left += top
        if left >> 32 != 0 { break }
      }
      var borrow: Int64 = 0
      var carry: UInt64 = 0
      for index in 0..<size {
        let product = guess * UInt64(divisor[index]) + carry
        carry = product >> 32
        let value =
          Int64(rest[place + index]) - borrow - Int64(product & 0xffff_ffff)
        rest[place + index] = UInt32(truncatingIfNeeded: value)
        borrow = value < 0 ? 1 : 0
      }
      let last = Int64(rest[place + size]) - borrow - Int64(carry)
      rest[place + size] = UInt32(truncatingIfNeeded: last)
      if last < 0 {
        guess -= 1
        var carry: UInt64 = 0
        for index in 0..<size {
          let value =
            UInt64(rest[place + index]) + UInt64(divisor[index]) + carry
          rest[place + index] = UInt32(truncatingIfNeeded: value)
          carry = value >> 32
        }
        rest[place + size] = UInt32(
          truncatingIfNeeded: UInt64(rest[place + size]) + carry)
      }
      quotient[place] = UInt32(truncatingIfNeeded: guess)
    }
    let remainder = BigInteger(
      magnitude: Array(rest[0..<size]), isNegative: false
    ).shifted(right: shift)
    return (quotient, remainder.magnitude)
  }
}
