// Python's datetime.date, datetime.datetime and datetime.timedelta, as YAML
// timestamps, `now()` and `to_datetime` make them.

import Jinja

/// A date, or a date and time with or without an offset from UTC.
public final class PythonDateTime: Object, @unchecked Sendable {
  let civil: CivilTime
  /// A `datetime.date` has no time of day.
  let isDate: Bool
  /// Seconds east of UTC; nil for a naive time.
  let offset: Int?

  init(_ civil: CivilTime, isDate: Bool = false, offset: Int? = nil) {
    self.civil = civil
    self.isDate = isDate
    self.offset = offset
    super.init()
  }

  override public var typeName: String { isDate ? "date" : "datetime" }
  override public var qualifiedTypeName: String { "datetime.\(typeName)" }

  override public func string() throws -> String {
    isDate ? civil.isoDate : isoformat(separator: " ")
  }

  /// `YYYY-MM-DDTHH:MM:SS+HH:MM`, as far as there is a time and an offset.
  public func isoformat(separator: String = "T") -> String {
    if isDate { return civil.isoDate }
    return civil.isoDate + separator + civil.isoTime
      + (offset.map { Self.offsetText($0, separator: ":") } ?? "")
  }

  static func offsetText(_ offset: Int, separator: String) -> String {
    let size = abs(offset)
    var text =
      (offset < 0 ? "-" : "+") + CivilTime.padded(size / 3600, 2) + separator
      + CivilTime.padded(size / 60 % 60, 2)
    if size % 60 != 0 { text += separator + CivilTime.padded(size % 60, 2) }
    return text
  }

  override public func repr() throws -> String {
    var fields = [civil.year, civil.month, civil.day]
    if !isDate {
      fields += [civil.hour, civil.minute]
      if civil.second != 0 || civil.microsecond != 0 {
        fields.append(civil.second)
      }
      if civil.microsecond != 0 { fields.append(civil.microsecond) }
    }
    var text = fields.map(String.init).joined(separator: ", ")
    if let offset {
      text += ", tzinfo="
      if offset == 0 {
        text += "datetime.timezone.utc"
      } else {
        let delta = try PythonTimeDelta(microseconds: offset * 1_000_000).repr()
        text += "datetime.timezone(\(delta))"
      }
    }
    return "\(qualifiedTypeName)(\(text))"
  }

  /// Microseconds since 1970 in UTC, naive times taken as they stand.
  private var instant: Int { civil.microseconds - (offset ?? 0) * 1_000_000 }

  /// `strftime` in the C locale.
  func formatted(_ format: String) throws -> String {
    TimeFormat.format(format, civil, offset: offset)
  }

  override public func attribute(_ name: String) throws -> Value? {
    switch name {
    case "year": return Value(civil.year)
    case "month": return Value(civil.month)
    case "day": return Value(civil.day)
    case "hour" where !isDate: return Value(civil.hour)
    case "minute" where !isDate: return Value(civil.minute)
    case "second" where !isDate: return Value(civil.second)
    case "microsecond" where !isDate: return Value(civil.microsecond)
    case "strftime":
      return Value(
        Function("strftime", ["format"]) { [self] _, arguments in
          Value(try formatted(try arguments[0].str()))
        })
    case "isoformat":
      return Value(
        Function("isoformat", [Parameter("sep", "T")]) { [self] _, arguments in
          Value(isoformat(separator: try arguments[0].str()))
        })
    case "timestamp" where !isDate:
      return Value(
        Function("timestamp", []) { [self] _, _ in
          Value(Double(instant) / 1_000_000)
        })
    case "weekday":
      return Value(
        Function("weekday", []) { [self] _, _ in Value(civil.weekday) })
    case "isoweekday":
      return Value(
        Function("isoweekday", []) { [self] _, _ in Value(civil.weekday + 1) })
    case "date" where !isDate:
      return Value(
        Function("date", []) { [self] _, _ in
          var day = CivilTime()
          (day.year, day.month, day.day) = (civil.year, civil.month, civil.day)
          return Value(PythonDateTime(day, isDate: true))
        })
    default: return nil
    }
  }

  private func like(_ other: Value) -> PythonDateTime? {
    guard case .object(let object) = other.payload,
      let other = object as? PythonDateTime, other.isDate == isDate
    else { return nil }
    return other
  }

  override public func isEqual(to other: Value) throws -> Bool {
    guard let other = like(other), (other.offset == nil) == (offset == nil)
    else { return false }
    return instant == other.instant
  }

  override public func isLess(than other: Value) throws -> Bool? {
    guard let other = like(other) else { return nil }
    guard (other.offset == nil) == (offset == nil) else {
      throw TemplateError(
        .type, "can't compare offset-naive and offset-aware datetimes")
    }
    return instant < other.instant
  }

  override public func hash() throws -> UInt32 {
    UInt32(truncatingIfNeeded: instant.hashValue)
  }

  override public func operate(
    _ symbol: String, _ other: Value, isReversed: Bool
  ) throws -> Value? {
    guard case .object(let object) = other.payload else { return nil }
    if let delta = object as? PythonTimeDelta,
      symbol == "+" || (symbol == "-" && !isReversed)
    {
      let change = symbol == "+" ? delta.microseconds : -delta.microseconds
      var moved = CivilTime(microseconds: civil.microseconds + change)
      if isDate {
        (moved.hour, moved.minute, moved.second) = (0, 0, 0)
        moved.microsecond = 0
      }
      guard moved.problem == nil else {
        throw TemplateError(.overflow, "date value out of range")
      }
      return Value(PythonDateTime(moved, isDate: isDate, offset: offset))
    }
    guard symbol == "-", !isReversed, let other = like(other) else {
      return nil
    }
    guard (other.offset == nil) == (offset == nil) else {
      throw TemplateError(
        .type, "can't subtract offset-naive and offset-aware datetimes")
    }
    return Value(PythonTimeDelta(microseconds: instant - other.instant))
  }
}

/// A span of time.
public final class PythonTimeDelta: Object, @unchecked Sendable {
  let microseconds: Int

  init(microseconds: Int) {
    self.microseconds = microseconds
    super.init()
  }

  override public var typeName: String { "timedelta" }
  override public var qualifiedTypeName: String { "datetime.timedelta" }

  private var days: Int {
    let day = 86_400_000_000
    return microseconds / day - (microseconds % day < 0 ? 1 : 0)
  }
  private var rest: Int { microseconds - days * 86_400_000_000 }

  override public func string() throws -> String {
    let seconds = rest / 1_000_000
    var text = ""
    if days != 0 { text = "\(days) day\(abs(days) == 1 ? "" : "s"), " }
    text +=
      "\(seconds / 3600):\(CivilTime.padded(seconds / 60 % 60, 2)):"
      + CivilTime.padded(seconds % 60, 2)
    if rest % 1_000_000 != 0 {
      text += "." + CivilTime.padded(rest % 1_000_000, 6)
    }
    return text
  }

  override public func repr() throws -> String {
    var fields: [String] = []
    if days != 0 { fields.append("days=\(days)") }
    if rest / 1_000_000 != 0 { fields.append("seconds=\(rest / 1_000_000)") }
    if rest % 1_000_000 != 0 {
      fields.append("microseconds=\(rest % 1_000_000)")
    }
    let inside = fields.isEmpty ? "0" : fields.joined(separator: ", ")
    return "datetime.timedelta(\(inside))"
  }

  override public func truth() throws -> Bool { microseconds != 0 }

  override public func attribute(_ name: String) throws -> Value? {
    switch name {
    case "days": return Value(days)
    case "seconds": return Value(rest / 1_000_000)
    case "microseconds": return Value(rest % 1_000_000)
    case "total_seconds":
      return Value(
        Function("total_seconds", []) { [microseconds] _, _ in
          Value(Double(microseconds) / 1_000_000)
        })
    default: return nil
    }
  }

  private func like(_ other: Value) -> PythonTimeDelta? {
    guard case .object(let object) = other.payload else { return nil }
    return object as? PythonTimeDelta
  }

  override public func isEqual(to other: Value) throws -> Bool {
    like(other)?.microseconds == microseconds
  }

  override public func isLess(than other: Value) throws -> Bool? {
    like(other).map { microseconds < $0.microseconds }
  }

  override public func hash() throws -> UInt32 {
    UInt32(truncatingIfNeeded: microseconds.hashValue)
  }

  override public func operate(
    _ symbol: String, _ other: Value, isReversed: Bool
  ) throws -> Value? {
    if let other = like(other) {
      switch symbol {
      case "+":
        return Value(
          PythonTimeDelta(microseconds: microseconds + other.microseconds))
      case "-" where !isReversed:
        return Value(
          PythonTimeDelta(microseconds: microseconds - other.microseconds))
      case "/" where !isReversed && other.microseconds != 0:
        return Value(Double(microseconds) / Double(other.microseconds))
      default: return nil
      }
    }
    guard let factor = other.integer else { return nil }
    switch symbol {
    case "*":
      let (product, overflow) = microseconds.multipliedReportingOverflow(
        by: factor)
      guard !overflow else {
        throw TemplateError(.overflow, "timedelta out of range")
      }
      return Value(PythonTimeDelta(microseconds: product))
    default: return nil
    }
  }
}
