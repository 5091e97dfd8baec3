// Filters and globals on times.

import Jinja

enum TimeFilters {
  /// The filters, with the time and zone of `world`.
  static func all(_ world: PluginWorld) -> [Function] {
    [toDateTime, strftime(world)]
  }

  private static let toDateTime = Plugin.make(
    "to_datetime", ["string", Parameter("format", "%Y-%m-%d %H:%M:%S")]
  ) { _, arguments in
    let text = try arguments[0].requireText(
      "strptime() argument 1 must be str, not \(arguments[0].typeName)")
    let (time, offset) = try TimeFormat.parse(text, try arguments[1].str())
    return Value(PythonDateTime(time, offset: offset))
  }

  private static func strftime(_ world: PluginWorld) -> Function {
    Plugin.make(
      "strftime",
      [
        "string_format", Parameter("second", Value.none),
        Parameter("utc", false),
      ]
    ) { _, arguments in
      let format = try arguments[0].str()
      var instant: Double
      if arguments[1].isNone {
        guard let now = world.now?() else { return .unknown }
        instant = now
      } else {
        let given =
          arguments[1].double
          ?? arguments[1].text.flatMap { Double($0.filter { $0 != " " }) }
        guard let given else {
          throw TemplateError.plugin(
            "Invalid value for epoch value (\(try arguments[1].str()))")
        }
        instant = given
      }
      instant = instant.rounded(.down)
      // Beyond this a calendar counted in microseconds ends.
      guard instant.magnitude < 9e12 else {
        throw TemplateError(
          .overflow, "timestamp out of range for platform time_t")
      }
      let offset = try arguments[2].isOn ? 0 : world.zoneOffset(instant)
      let time = CivilTime(
        microseconds: (Int(instant) + offset) * 1_000_000)
      return Value(
        TimeFormat.format(
          format, time, offset: offset,
          zone: try arguments[2].isOn ? "GMT" : nil))
    }
  }

  /// `now()`.
  static func now(_ world: PluginWorld) -> Function {
    Plugin.make("now", [Parameter("utc", false), Parameter("fmt", Value.none)])
    { _, arguments in
      guard let instant = world.now?() else { return .unknown }
      let offset = try arguments[0].isOn ? 0 : world.zoneOffset(instant)
      let time = PythonDateTime(
        CivilTime(
          microseconds: Int(instant * 1_000_000) + offset * 1_000_000))
      guard try arguments[1].isOn else { return Value(time) }
      return Value(try time.formatted(try arguments[1].str()))
    }
  }
}
