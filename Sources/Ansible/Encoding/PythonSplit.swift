// Python's `str.split`.

enum PythonSplit {
  /// The ranges of the pieces of a UTF-8 text.
  ///
  /// Without a separator runs of white space separate, and none stands at the
  /// ends. `most` below 0 splits everywhere.
  static func ranges(
    of text: [UInt8], separator: [UInt8]?, most: Int
  ) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    guard let separator else {
      let string = String(decoding: text, as: UTF8.self)
      var offset = 0
      var start: Int?
      for scalar in string.unicodeScalars {
        let width = UTF8.width(scalar)
        if isSpace(scalar) {
          if let begun = start {
            if most >= 0, pieces.count == most { break }
            pieces.append(begun..<offset)
            start = nil
          }
        } else if start == nil {
          start = offset
          if most >= 0, pieces.count == most { break }
        }
        offset += width
      }
      if let start {
        pieces.append(start..<text.count)
      }
      return pieces
    }
    var start = 0
    var at = 0
    while at + separator.count <= text.count {
      if most >= 0, pieces.count == most { break }
      if text[at..<(at + separator.count)].elementsEqual(separator) {
        pieces.append(start..<at)
        at += separator.count
        start = at
      } else {
        at += 1
      }
    }
    pieces.append(start..<text.count)
    return pieces
  }

  /// Python's `str.isspace` of one character.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x1F, 0x20, 0x85: true
    default: scalar.value >= 0xA0 && scalar.properties.isWhitespace
    }
  }
}
