// strftime and strptime of the C locale: the directives that Python documents
// (https://docs.python.org/3/library/datetime.html#format-codes).

/// Formats and reads times by a pattern.
enum TimeFormat {
  static let weekdays = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    "Sunday",
  ]
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
  ]

  /// `strftime`; `offset` in seconds east of UTC, nil for a naive time.
  static func format(
    _ pattern: String, _ time: CivilTime, offset: Int?,
    zone: String? = nil
  ) -> String {
    var result = ""
    var rest = Substring(pattern)
    while let character = rest.popFirst() {
      guard character == "%", let directive = rest.popFirst() else {
        result.append(character)
        continue
      }
      if directive == "-", let plain = rest.popFirst() {
        // glibc: no padding.
        let padded = field(plain, time, offset, zone)
        let trimmed = padded.drop { $0 == "0" || $0 == " " }
        result += trimmed.isEmpty ? "0" : String(trimmed)
      } else {
        result += field(directive, time, offset, zone)
      }
    }
    return result
  }

  private static func field(
    _ directive: Character, _ time: CivilTime, _ offset: Int?, _ zone: String?
  ) -> String {
    func two(_ value: Int) -> String { CivilTime.padded(value, 2) }
    func nested(_ pattern: String) -> String {
      format(pattern, time, offset: offset, zone: zone)
    }
    let hour12 = time.hour % 12 == 0 ? 12 : time.hour % 12
    switch directive {
    case "a": return String(weekdays[time.weekday].prefix(3))
    case "A": return weekdays[time.weekday]
    case "b", "h": return String(months[time.month - 1].prefix(3))
    case "B": return months[time.month - 1]
    case "c": return nested("%a %b %e %H:%M:%S %Y")
    case "C": return two(time.year / 100)
    case "d": return two(time.day)
    case "D", "x": return nested("%m/%d/%y")
    case "e": return CivilTime.padded(time.day, 2, with: " ")
    case "F": return nested("%Y-%m-%d")
    case "f": return CivilTime.padded(time.microsecond, 6)
    case "g": return two(isoWeek(time).year % 100)
    case "G": return String(isoWeek(time).year)
    case "H": return two(time.hour)
    case "I": return two(hour12)
    case "j": return CivilTime.padded(time.dayOfYear, 3)
    case "k": return CivilTime.padded(time.hour, 2, with: " ")
    case "l": return CivilTime.padded(hour12, 2, with: " ")
    case "m": return two(time.month)
    case "M": return two(time.minute)
    case "n": return "\n"
    case "p": return time.hour < 12 ? "AM" : "PM"
    case "P": return time.hour < 12 ? "am" : "pm"
    case "r": return nested("%I:%M:%S %p")
    case "R": return nested("%H:%M")
    case "s":
      return String(
        (time.microseconds / 1_000_000) - (offset ?? 0))
    case "S": return two(time.second)
    case "t": return "\t"
    case "T", "X": return nested("%H:%M:%S")
    case "u": return String(time.weekday + 1)
    case "U":
      return two((time.dayOfYear + 6 - (time.weekday + 1) % 7) / 7)
    case "V": return two(isoWeek(time).week)
    case "w": return String((time.weekday + 1) % 7)
    case "W": return two((time.dayOfYear + 6 - time.weekday) / 7)
    case "y": return two(time.year % 100)
    case "Y": return String(time.year)
    case "z":
      return offset.map { PythonDateTime.offsetText($0, separator: "") } ?? ""
    case "Z":
      guard let offset else { return "" }
      if let zone { return zone }
      return offset == 0
        ? "UTC" : "UTC" + PythonDateTime.offsetText(offset, separator: ":")
    case "%": return "%"
    default: return "%" + String(directive)
    }
  }

  /// Year and number of the ISO 8601 week.
  private static func isoWeek(_ time: CivilTime) -> (year: Int, week: Int) {
    let thursday = time.days - time.weekday + 3
    let year = CivilTime.date(days: thursday).year
    let first = CivilTime.days(year: year, month: 1, day: 1)
    return (year, (thursday - first) / 7 + 1)
  }

  /// Why a text does not fit a pattern, in Python's words.
  struct Mismatch: Error {
    var message: String
  }

  /// `strptime`: the time and, where the text names one, its offset.
  static func parse(
    _ text: String, _ pattern: String
  ) throws(Mismatch) -> (CivilTime, offset: Int?) {
    var reader = TimeReader(text: text, pattern: pattern)
    try reader.read(Substring(pattern))
    guard reader.rest.isEmpty else {
      throw Mismatch(
        message: "unconverted data remains: \(String(reader.rest))")
    }
    return try reader.result()
  }
}

/// Reads one text by a pattern.
private struct TimeReader {
  let text: String
  let pattern: String
  var rest: Substring
  private var time: CivilTime
  private var offset: Int?
  private var isAfternoon: Bool?
  private var hour12: Int?
  private var dayOfYear: Int?

  init(text: String, pattern: String) {
    self.text = text
    self.pattern = pattern
    rest = Substring(text)
    time = CivilTime()
    time.year = 1900
  }

  private var mismatch: TimeFormat.Mismatch {
    TimeFormat.Mismatch(
      message: "time data \((try? textRepr) ?? text) does not match format "
        + patternRepr)
  }
  private var textRepr: String { get throws { PythonQuote.repr(text) } }
  private var patternRepr: String { PythonQuote.repr(pattern) }

  mutating func read(_ pattern: Substring) throws(TimeFormat.Mismatch) {
    var pattern = pattern
    while let character = pattern.popFirst() {
      if character.isWhitespace {
        let before = rest.count
        rest = rest.drop { $0.isWhitespace }
        guard rest.count < before else { throw mismatch }
        pattern = pattern.drop { $0.isWhitespace }
      } else if character == "%" {
        guard let directive = pattern.popFirst() else {
          throw TimeFormat.Mismatch(
            message: "stray %% in format '\(self.pattern)'")
        }
        try field(directive)
      } else {
        guard let actual = rest.popFirst(),
          actual.lowercased() == character.lowercased()
        else { throw mismatch }
      }
    }
  }

  private mutating func number(
    _ most: Int, _ range: ClosedRange<Int>
  ) throws(TimeFormat.Mismatch) -> Int {
    // The longest run of digits whose value is in range, as a regex would.
    var digits = rest.prefix(most).prefix { $0.isASCII && $0.isNumber }
    while let value = Int(digits), !digits.isEmpty {
      if range.contains(value) {
        rest = rest.dropFirst(digits.count)
        return value
      }
      digits = digits.dropLast()
    }
    throw mismatch
  }

  private mutating func name(
    of names: [String], short: Bool
  ) throws(TimeFormat.Mismatch) -> Int {
    for (index, name) in names.enumerated() {
      let wanted = short ? String(name.prefix(3)) : name
      if rest.lowercased().hasPrefix(wanted.lowercased()) {
        rest = rest.dropFirst(wanted.count)
        return index
      }
    }
    throw mismatch
  }

  private mutating func field(
    _ directive: Character
  ) throws(TimeFormat.Mismatch) {
    switch directive {
    case "Y":
      let digits = rest.prefix(4)
      guard digits.count == 4, digits.allSatisfy(\.isNumber),
        let year = Int(digits)
      else { throw mismatch }
      rest = rest.dropFirst(4)
      time.year = year
    case "y":
      let year = try number(2, 0...99)
      time.year = year < 69 ? 2000 + year : 1900 + year
    case "m": time.month = try number(2, 1...12)
    case "d": time.day = try number(2, 1...31)
    case "H": time.hour = try number(2, 0...23)
    case "I": hour12 = try number(2, 1...12)
    case "M": time.minute = try number(2, 0...59)
    case "S": time.second = try number(2, 0...61)
    case "j": dayOfYear = try number(3, 1...366)
    case "f":
      let digits = rest.prefix(6).prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty,
        let value = Int(digits.padding(to: 6))
      else { throw mismatch }
      time.microsecond = value
      rest = rest.dropFirst(digits.count)
    case "b": time.month = try name(of: TimeFormat.months, short: true) + 1
    case "B": time.month = try name(of: TimeFormat.months, short: false) + 1
    case "a": _ = try name(of: TimeFormat.weekdays, short: true)
    case "A": _ = try name(of: TimeFormat.weekdays, short: false)
    case "p":
      let word = rest.prefix(2).lowercased()
      guard word == "am" || word == "pm" else { throw mismatch }
      isAfternoon = word == "pm"
      rest = rest.dropFirst(2)
    case "z": try zone()
    case "Z":
      for word in ["UTC", "GMT"] where rest.uppercased().hasPrefix(word) {
        rest = rest.dropFirst(3)
        return
      }
      throw mismatch
    case "T", "X": try read("%H:%M:%S")
    case "x", "D": try read("%m/%d/%y")
    case "c": try read("%a %b %d %H:%M:%S %Y")
    case "%":
      guard rest.popFirst() == "%" else { throw mismatch }
    default:
      throw TimeFormat.Mismatch(
        message: "'\(directive)' is a bad directive in format '\(pattern)'")
    }
  }

  private mutating func zone() throws(TimeFormat.Mismatch) {
    if rest.first == "Z" {
      rest = rest.dropFirst()
      offset = 0
      return
    }
    guard let sign = rest.popFirst(), sign == "+" || sign == "-" else {
      throw mismatch
    }
    let hours = try number(2, 0...99)
    if rest.first == ":" { rest = rest.dropFirst() }
    let minutes = try number(2, 0...59)
    let size = hours * 3600 + minutes * 60
    offset = sign == "-" ? -size : size
  }

  func result() throws(TimeFormat.Mismatch) -> (CivilTime, offset: Int?) {
    var time = self.time
    if let hour12 {
      time.hour = hour12 % 12 + (isAfternoon == true ? 12 : 0)
    }
    if let dayOfYear {
      let start = CivilTime.days(year: time.year, month: 1, day: 1)
      let date = CivilTime.date(days: start + dayOfYear - 1)
      (time.month, time.day) = (date.month, date.day)
    }
    if let problem = time.problem {
      throw TimeFormat.Mismatch(message: problem)
    }
    return (time, offset)
  }
}

extension Substring {
  fileprivate func padding(to width: Int) -> String {
    String(self) + String(repeating: "0", count: Swift.max(0, width - count))
  }
}
