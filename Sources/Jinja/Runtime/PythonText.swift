// Python's operations on text that more than one place needs.

enum PythonText {
  /// What `str.isdigit` asks of a character.
  static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.numericType == .decimal
      || scalar.properties.numericType == .digit
  }

  /// How many characters a text has, and whether each is one byte.
  static func measure(_ text: String) -> (count: Int, isASCII: Bool) {
    let bytes = text.utf8.count
    let count = text.unicodeScalars.count
    return (count, bytes == count)
  }

  /// The offset in bytes of the first occurrence at or behind `from`.
  static func find(
    _ part: String, in text: String, from: Int = 0
  ) -> Int? {
    var text = text
    var part = part
    return text.withUTF8 { bytes in
      part.withUTF8 { needle in find(needle, in: bytes, from: from) }
    }
  }

  static func find(
    _ needle: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>,
    from: Int = 0
  ) -> Int? {
    guard let first = needle.first else {
      return from <= bytes.count ? from : nil
    }
    var at = from
    let last = bytes.count - needle.count
    // What is compared in vain may grow with the product of both sizes: then
    // an algorithm takes over that never looks at a byte twice. How much is
    // borne grows with what was passed: many may be found behind each other.
    var vain = 0
    while at <= last {
      if vain > 16 * (at - from + needle.count + 64) {
        return search(needle.count, bytes.count - at) {
          needle[$0]
        } in: {
          bytes[at + $0]
        }.map { $0 + at }
      }
      if bytes[at] == first {
        var same = 1
        while same < needle.count && bytes[at + same] == needle[same] {
          same += 1
        }
        if same == needle.count { return at }
        vain += same
      }
      at += 1
    }
    return nil
  }

  /// The search of Knuth, Morris and Pratt.
  private static func search(
    _ count: Int, _ size: Int, needle: (Int) -> UInt8, in text: (Int) -> UInt8
  ) -> Int? {
    // How much of the needle still fits where its next byte does not.
    var fits = [Int](repeating: 0, count: count)
    var length = 0
    for place in stride(from: 1, to: count, by: 1) {
      while length > 0 && needle(place) != needle(length) {
        length = fits[length - 1]
      }
      if needle(place) == needle(length) { length += 1 }
      fits[place] = length
    }
    length = 0
    for place in 0..<size {
      while length > 0 && text(place) != needle(length) {
        length = fits[length - 1]
      }
      if text(place) == needle(length) { length += 1 }
      if length == count { return place + 1 - count }
    }
    return nil
  }

  /// The offset in bytes of the last occurrence that ends at or before `end`.
  static func findLast(_ part: String, in text: String, before end: Int) -> Int?
  {
    var text = text
    var part = part
    return text.withUTF8 { bytes in
      part.withUTF8 { needle in
        let size = min(end, bytes.count)
        let count = needle.count
        if count == 0 || size < count { return size < count ? nil : size }
        var at = size - count
        // As in `find`.
        var vain = 0
        while at >= 0 {
          if vain > 16 * (size - at + count + 64) {
            return search(count, at + count) {
              needle[count - 1 - $0]
            } in: {
              bytes[at + count - 1 - $0]
            }.map { at - $0 }
          }
          var same = 0
          while same < count && bytes[at + same] == needle[same] { same += 1 }
          if same == count { return at }
          vain += same
          at -= 1
        }
        return nil
      }
    }
  }

  /// Where a string goes on once characters are taken from both ends.
  static func stripped(
    _ text: String, left: Bool = true, right: Bool = true,
    where isStripped: (Unicode.Scalar) -> Bool = Whitespace.contains
  ) -> Range<Int> {
    let scalars = text.unicodeScalars
    var start = scalars.startIndex
    var end = scalars.endIndex
    if left {
      while start < end, isStripped(scalars[start]) {
        start = scalars.index(after: start)
      }
    }
    if right {
      while end > start {
        let before = scalars.index(before: end)
        guard isStripped(scalars[before]) else { break }
        end = before
      }
    }
    let low = text.utf8.distance(from: text.startIndex, to: start)
    return low..<(low + text.utf8.distance(from: start, to: end))
  }

  static func strip(_ text: String) -> String {
    let range = stripped(text)
    guard range.count < text.utf8.count else { return text }
    let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
    return String(text[start..<text.utf8.index(start, offsetBy: range.count)])
  }

  /// The offset in bytes of a character.
  static func offset(ofCharacter index: Int, in text: String) -> Int {
    let scalars = text.unicodeScalars
    let at =
      scalars.index(
        scalars.startIndex, offsetBy: index, limitedBy: scalars.endIndex)
      ?? scalars.endIndex
    return text.utf8.distance(from: text.startIndex, to: at)
  }

  /// Python's `str.splitlines`: ranges in bytes.
  static func lines(_ text: String, keepEnds: Bool = false) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    var offset = 0
    var afterReturn = false
    for scalar in text.unicodeScalars {
      let width = scalar.utf8Width
      if afterReturn {
        afterReturn = false
        if scalar == "\n" {
          if keepEnds, let last = result.popLast() {
            result.append(last.lowerBound..<(last.upperBound + 1))
          }
          offset += 1
          start = offset
          continue
        }
      }
      switch scalar.value {
      case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029:
        result.append(start..<(keepEnds ? offset + width : offset))
        start = offset + width
        afterReturn = scalar == "\r"
      default: break
      }
      offset += width
    }
    if start < offset { result.append(start..<offset) }
    return result
  }

  /// Python's `str.islower`.
  static func isLower(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    return scalars.contains { $0.properties.isLowercase }
      && !scalars.contains {
        $0.properties.isUppercase
          || $0.properties.generalCategory == .titlecaseLetter
      }
  }

  /// Python's `str.isupper`.
  static func isUpper(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    return scalars.contains { $0.properties.isUppercase }
      && !scalars.contains {
        $0.properties.isLowercase
          || $0.properties.generalCategory == .titlecaseLetter
      }
  }

  /// Whether a letter comes in upper and lower case.
  static func isCased(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x80 {
      return (scalar.value | 0x20) >= 0x61 && (scalar.value | 0x20) <= 0x7A
    }
    return scalar.properties.isCased
  }

  static func lower(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    var result = ""
    let scalars = Array(text.unicodeScalars)
    for (at, scalar) in scalars.enumerated() {
      if scalar == "\u{3A3}" {
        // A capital sigma at the end of a word.
        let before = scalars[..<at].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(at + 1)...].first {
          !$0.properties.isCaseIgnorable
        }
        let isFinal =
          (before?.properties.isCased ?? false)
          && !(after?.properties.isCased ?? false)
        result.unicodeScalars.append(isFinal ? "\u{3C2}" : "\u{3C3}")
      } else {
        result += scalar.properties.lowercaseMapping
      }
    }
    return result
  }

  static func upper(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.uppercased() }
    var result = ""
    for scalar in text.unicodeScalars {
      result += scalar.properties.uppercaseMapping
    }
    return result
  }
}
