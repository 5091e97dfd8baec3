// A moment on the wall clock, as Kubernetes writes it (RFC 3339), without
// Foundation's calendars.

/// A moment in UTC, to the microsecond.
public struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

  public static func < (left: Instant, right: Instant) -> Bool {
    left.microseconds < right.microseconds
  }

  public static func + (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: left.microseconds + right.microseconds)
  }

  public static func - (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: left.microseconds - right.microseconds)
  }

  public static func - (left: Instant, right: Instant) -> Duration {
    .microseconds(left.microseconds - right.microseconds)
  }
}

extension Duration {
  /// Whole microseconds of the duration.
  public var microseconds: Int64 {
    components.seconds * 1_000_000
      + components.attoseconds / 1_000_000_000_000
  }
}

extension Instant {
  /// Reads an RFC 3339 time such as `2025-11-02T10:00:00.5+01:00`.
  public init?(_ text: String) {
    var bytes = Array(text.utf8)[...]
    func number(_ digits: Int) -> Int64? {
      guard bytes.count >= digits else { return nil }
      var value: Int64 = 0
      for byte in bytes.prefix(digits) {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      bytes.removeFirst(digits)
      return value
    }
    func take(_ characters: String) -> UInt8? {
      guard let first = bytes.first, characters.utf8.contains(first)
      else { return nil }
      bytes.removeFirst()
      return first
    }
    guard let year = number(4), take("-") != nil,
      let month = number(2), (1...12).contains(month), take("-") != nil,
      let day = number(2), (1...31).contains(day), take("Tt ") != nil,
      let hour = number(2), hour < 24, take(":") != nil,
      let minute = number(2), minute < 60, take(":") != nil,
      let second = number(2), second <= 60
    else { return nil }
    var micros: Int64 = 0
    if take(".") != nil {
      var scale: Int64 = 100_000
      var any = false
      while let digit = take("0123456789") {
        any = true
        micros += Int64(digit - 0x30) * scale
        scale /= 10
      }
      guard any else { return nil }
    }
    var offset: Int64 = 0
    switch take("Zz+-") {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): break
    case .some(let sign):
      guard let hours = number(2), take(":") != nil, let minutes = number(2)
      else { return nil }
      offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 60 : -60)
    case nil: return nil
    }
    guard bytes.isEmpty else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
    self.init(microseconds: seconds * 1_000_000 + micros)
  }

  /// The time to the second, as in `creationTimestamp`.
  public var timestamp: String { text(fraction: false) }

  /// The time to the microsecond, as in a Lease's `renewTime`.
  public var microTimestamp: String { text(fraction: true) }

  private func text(fraction: Bool) -> String {
    let seconds = microseconds.flooredQuotient(by: 1_000_000)
    let day = seconds.flooredQuotient(by: 86_400)
    let rest = seconds - day * 86_400
    let (year, month, date) = Self.date(day: day)
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count))
        + digits
    }
    let micros = microseconds - seconds * 1_000_000
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(date, 2)
      + "T" + padded(rest / 3_600, 2) + ":" + padded(rest / 60 % 60, 2) + ":"
      + padded(rest % 60, 2) + (fraction ? "." + padded(micros, 6) : "") + "Z"
  }

  // Civil dates by eras of 400 years; years begin in March so that the leap
  // day comes last (howardhinnant.github.io/date_algorithms.html).

  static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = year.flooredQuotient(by: 400)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra =
      yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func date(day: Int64) -> (Int64, Int64, Int64) {
    let shifted = day + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096)
      / 365
    let dayOfYear =
      dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let date = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, date)
  }
}

extension Int64 {
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
