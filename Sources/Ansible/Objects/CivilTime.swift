// Calendar arithmetic of the proleptic Gregorian calendar, as Python's datetime
// does it; no time zone database and no locale.

/// A date and time of day without a zone.
struct CivilTime: Sendable, Hashable {
  var year = 1970
  var month = 1
  var day = 1
  var hour = 0
  var minute = 0
  var second = 0
  var microsecond = 0

  /// Days from 1970-01-01 to a date.
  static func days(year: Int, month: Int, day: Int) -> Int {
    // Months counted from March put the leap day at the end of the year.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra =
      yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date that is `days` after 1970-01-01.
  static func date(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096)
      / 365
    let dayOfYear =
      dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, day)
  }

  static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  static func daysIn(month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01 to this date.
  var days: Int { Self.days(year: year, month: month, day: day) }
  /// Microseconds since 1970-01-01 00:00.
  var microseconds: Int {
    ((days * 86_400) + hour * 3600 + minute * 60 + second) * 1_000_000
      + microsecond
  }
  /// 0 for Monday.
  var weekday: Int { ((days + 3) % 7 + 7) % 7 }
  /// 1 for the first of January.
  var dayOfYear: Int {
    days - Self.days(year: year, month: 1, day: 1) + 1
  }

  init() {}

  /// The time that is that many microseconds after 1970-01-01 00:00.
  init(microseconds total: Int) {
    let day = 86_400_000_000
    var days = total / day
    var rest = total % day
    if rest < 0 {
      rest += day
      days -= 1
    }
    (year, month, self.day) = Self.date(days: days)
    microsecond = rest % 1_000_000
    let seconds = rest / 1_000_000
    hour = seconds / 3600
    minute = seconds / 60 % 60
    second = seconds % 60
  }

  /// Why the fields name no time, in Python's words; nil where they do.
  var problem: String? {
    guard (1...9999).contains(year) else {
      return "year \(year) is out of range"
    }
    guard (1...12).contains(month) else { return "month must be in 1..12" }
    guard (1...Self.daysIn(month: month, of: year)).contains(day) else {
      return "day is out of range for month"
    }
    guard (0...23).contains(hour) else { return "hour must be in 0..23" }
    guard (0...59).contains(minute) else { return "minute must be in 0..59" }
    guard (0...59).contains(second) else { return "second must be in 0..59" }
    return nil
  }

  /// `YYYY-MM-DD`.
  var isoDate: String {
    "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
  }

  /// `HH:MM:SS` and microseconds where there are any.
  var isoTime: String {
    var text =
      "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):"
      + Self.padded(second, 2)
    if microsecond != 0 { text += "." + Self.padded(microsecond, 6) }
    return text
  }

  static func padded(_ value: Int, _ width: Int, with pad: String = "0")
    -> String
  {
    let text = String(value)
    return String(repeating: pad, count: max(0, width - text.utf8.count)) + text
  }
}
