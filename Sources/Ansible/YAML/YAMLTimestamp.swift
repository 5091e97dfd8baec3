// YAML 1.1 timestamps as PyYAML reads them: a date alone is a date, anything
// longer a datetime, with an offset where the text has one.

/// A timestamp taken apart.
struct YAMLTimestamp {
  var time = CivilTime()
  var isDate = false
  /// Seconds east of UTC, nil where the text names no zone.
  var offset: Int?

  /// Reads a whole text; nil where it is none.
  ///
  /// An implicit date alone must
  /// have two digits for month and day, one with the tag need not.
  init?(_ text: UnsafeBufferPointer<UInt8>, isImplicit: Bool) {
    var reader = Reader(text: text)
    guard let year = reader.digits(4...4), reader.take("-"),
      let (month, monthWidth) = reader.counted(1...2), reader.take("-"),
      let (day, dayWidth) = reader.counted(1...2)
    else { return nil }
    (time.year, time.month, time.day) = (year, month, day)
    if reader.isAtEnd {
      guard !isImplicit || (monthWidth == 2 && dayWidth == 2) else {
        return nil
      }
      isDate = true
      return
    }
    if !(reader.take("T") || reader.take("t")) {
      guard reader.blanks() > 0 else { return nil }
    }
    guard let hour = reader.digits(1...2), reader.take(":"),
      let minute = reader.digits(2...2), reader.take(":"),
      let second = reader.digits(2...2)
    else { return nil }
    (time.hour, time.minute, time.second) = (hour, minute, second)
    if reader.take(".") { time.microsecond = reader.fraction() }
    guard !reader.isAtEnd else { return }
    _ = reader.blanks()
    if reader.take("Z") {
      offset = 0
    } else {
      let isWest = reader.take("-")
      guard isWest || reader.take("+"), let hours = reader.digits(1...2) else {
        return nil
      }
      var seconds = hours * 3600
      if reader.take(":") {
        guard let minutes = reader.digits(2...2) else { return nil }
        seconds += minutes * 60
      }
      offset = isWest ? -seconds : seconds
    }
    guard reader.isAtEnd else { return nil }
  }

  private struct Reader {
    let text: UnsafeBufferPointer<UInt8>
    var at = 0

    init(text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { at == text.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard at < text.count, text[at] == UInt8(ascii: character) else {
        return false
      }
      at += 1
      return true
    }

    mutating func blanks() -> Int {
      let start = at
      while at < text.count, text[at] == 0x20 || text[at] == 0x09 { at += 1 }
      return at - start
    }

    mutating func counted(_ widths: ClosedRange<Int>) -> (Int, Int)? {
      let start = at
      var value = 0
      while at < text.count, at - start < widths.upperBound,
        (0x30...0x39).contains(text[at])
      {
        value = value * 10 + Int(text[at] - 0x30)
        at += 1
      }
      return widths.contains(at - start) ? (value, at - start) : nil
    }

    mutating func digits(_ widths: ClosedRange<Int>) -> Int? {
      counted(widths)?.0
    }

    /// Digits after the point as microseconds; more than six are dropped.
    mutating func fraction() -> Int {
      var value = 0
      var width = 0
      while at < text.count, (0x30...0x39).contains(text[at]) {
        if width < 6 {
          value = value * 10 + Int(text[at] - 0x30)
          width += 1
        }
        at += 1
      }
      while width < 6 {
        value *= 10
        width += 1
      }
      return value
    }
  }
}
