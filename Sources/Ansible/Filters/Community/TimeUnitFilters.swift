// `to_seconds`, `to_minutes` and the like of community.general: a length of
// time that people write, such as `1h 30m`, as a number of some unit.

import Jinja

enum TimeUnitFilters {
  static let all: [Function] =
    [toUnit]
    + [
      ("to_milliseconds", "ms"), ("to_seconds", "s"), ("to_minutes", "m"),
      ("to_hours", "h"), ("to_days", "d"), ("to_weeks", "w"),
      ("to_months", "mo"), ("to_years", "y"),
    ].map { name, unit in
      Plugin.make(name, ["human_time"], isVariadic: true) { _, arguments in
        try convert(arguments[0], to: unit, arguments)
      }
    }

  private static let toUnit = Plugin.make(
    "to_time_unit", ["human_time", Parameter("unit", "ms")], isVariadic: true
  ) { _, arguments in
    try convert(arguments[0], to: try arguments[1].str(), arguments)
  }

  private static let words = [
    ("millisecond", "ms"), ("msec", "ms"), ("msecond", "ms"), ("sec", "s"),
    ("second", "s"), ("hour", "h"), ("min", "m"), ("minute", "m"),
    ("day", "d"), ("week", "w"), ("month", "mo"), ("year", "y"),
  ]
  private static let units = ["ms", "s", "m", "h", "d", "w", "mo", "y"]

  /// The short name of a unit, singular or plural.
  private static func short(_ unit: String) -> String {
    var singular = unit[...]
    while singular.last == "s" { singular.removeLast() }
    return words.first { $0.0 == singular }?.1 ?? unit
  }

  private static func convert(
    _ written: Value, to unit: String, _ arguments: Arguments
  ) throws -> Value {
    let text = try written.requireText(
      "'\(written.typeName)' object has no attribute 'split'")
    if text == "0" { return 0 }
    let wanted = short(unit)
    let factors = try self.factors(arguments)
    guard let divisor = factors[wanted] else {
      throw TemplateError.plugin(
        "to_time_unit() can not convert to the following unit: \(wanted). "
          + "Available units (singular or plural): "
          + words.map(\.0).joined(separator: ", ")
          + ". Available short units: " + units.joined(separator: ", "))
    }
    var milliseconds = 0.0
    for part in text.split(whereSeparator: \.isWhitespace) {
      let digits = part.drop { $0 == "-" }.prefix { $0.isWholeNumber }
      let number = part.hasPrefix("-") ? "-" + digits : String(digits)
      let name = part.dropFirst(number.count)
        .prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      guard let amount = Double(number), !name.isEmpty,
        let factor = factors[short(String(name))]
      else {
        throw TemplateError.plugin(
          "to_time_unit() can not interpret following string: \(text)")
      }
      milliseconds += amount * factor
    }
    guard divisor != 0 else {
      throw TemplateError(.zeroDivision, "float division by zero")
    }
    let result = milliseconds / divisor
    // Twelve places; a larger number has no more than that.
    return Value(
      result.magnitude < 4096
        ? (result * 1e12).rounded(.toNearestOrEven) / 1e12 : result)
  }

  /// Milliseconds of every unit; a year and a month as long as is said.
  private static func factors(_ arguments: Arguments) throws
    -> [String: Double]
  {
    func days(_ name: String, _ usual: Double) throws -> Double {
      try arguments[name].map {
        try TypeCheck.convert($0, to: "float").double ?? usual
      } ?? usual
    }
    for keyword in arguments.keywords
    where !["year", "month"].contains(keyword.name) {
      throw TemplateError.plugin(
        "to_time_unit() got unknown keyword arguments: \(keyword.name)")
    }
    let day = 86_400_000.0
    return [
      "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": day, "w": 7 * day,
      "mo": try days("month", 30) * day, "y": try days("year", 365) * day,
    ]
  }
}
