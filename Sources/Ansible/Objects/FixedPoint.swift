// Python's `%.nf` of a float, exactly rounded: the decimal expansion of a
// binary number is finite, so it is computed in full.

import Jinja

enum FixedPoint {
  /// `number` with `digits` places after the point.
  static func text(_ number: Double, digits: Int) -> String {
    guard number.isFinite else {
      return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
    }
    // Large numbers have no places after the point worth rounding.
    let scale = power(of: 10, digits)
    let scaled = number.magnitude * scale
    guard scaled < 0x1p53 else {
      let whole = BigInteger(number.magnitude).text()
      return (number < 0 ? "-" : "") + whole + "."
        + String(repeating: "0", count: digits)
    }
    var rounded = scaled.rounded(.toNearestOrEven)
    // `scaled` itself is rounded: the error tells on which side of a half the
    // true product stands.
    let error = number.magnitude.addingProductError(scale, scaled)
    let fraction = scaled - scaled.rounded(.down)
    if fraction == 0.5 {
      if error > 0 { rounded = scaled.rounded(.up) }
      if error < 0 { rounded = scaled.rounded(.down) }
    }
    let whole = String(Int(rounded))
    let padded =
      String(repeating: "0", count: max(0, digits + 1 - whole.utf8.count))
      + whole
    let sign = number.sign == .minus ? "-" : ""
    guard digits > 0 else { return sign + padded }
    return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }

  private static func power(of base: Double, _ exponent: Int) -> Double {
    (0..<max(0, exponent)).reduce(1) { power, _ in power * base }
  }
}

extension Double {
  /// What `self * other` has beyond `product`, its rounded value.
  fileprivate func addingProductError(_ other: Double, _ product: Double)
    -> Double
  {
    (-product).addingProduct(self, other)
  }
}
