// Python's textwrap.wrap, with its defaults as Jinja2 sets them.

enum TextWrap {
  typealias Word = ArraySlice<Unicode.Scalar>

  static func wrap(
    _ text: String, width: Int, breaksWords: Bool, breaksHyphens: Bool
  ) throws -> [String] {
    if width <= 0 {
      throw TemplateError(.value, "invalid width \(width) (must be > 0)")
    }
    var chunks = Array(
      chunks(of: Array(text.unicodeScalars), breaksHyphens).reversed())
    var lines: [String] = []
    while !chunks.isEmpty {
      var line: [Word] = []
      var length = 0
      if !lines.isEmpty, let next = chunks.last, next.allSatisfy(isBlank) {
        chunks.removeLast()
      }
      while let next = chunks.last, length + next.count <= width {
        line.append(chunks.removeLast())
        length += next.count
      }
      if let next = chunks.last, next.count > width {
        let space = width < 1 ? 1 : width - length
        if breaksWords {
          var end = space
          if breaksHyphens, next.count > space,
            let hyphen = next.prefix(space).lastIndex(of: "-"),
            next[..<hyphen].contains(where: { $0 != "-" })
          {
            end = hyphen - next.startIndex + 1
          }
          line.append(next.prefix(end))
          chunks[chunks.count - 1] = next.dropFirst(end)
        } else if line.isEmpty {
          line.append(chunks.removeLast())
        }
      }
      if let last = line.last, last.allSatisfy(isBlank) { line.removeLast() }
      if !line.isEmpty {
        var view = String.UnicodeScalarView()
        for word in line { view.append(contentsOf: word) }
        lines.append(String(view))
      }
    }
    return lines
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    Whitespace.contains(scalar)
  }

  /// Only these part words.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    (0x09...0x0D).contains(scalar.value) || scalar == " "
  }

  private static func isPunctuated(_ scalar: Unicode.Scalar) -> Bool {
    TextRules.isWord(scalar)
      || ["!", "\"", "'", "&", ".", ",", "?"].contains(scalar)
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    TextRules.isWord(scalar) && scalar.properties.numericType == nil
  }

  /// Words and the blanks between them.
  private static func chunks(
    of text: [Unicode.Scalar], _ breaksHyphens: Bool
  ) -> [Word] {
    var result: [Word] = []
    var at = 0
    while at < text.count {
      var end = at
      if breaksHyphens ? isSpace(text[at]) : isBlank(text[at]) {
        while end < text.count,
          breaksHyphens ? isSpace(text[end]) : isBlank(text[end])
        { end += 1 }
      } else if breaksHyphens {
        end = wordEnd(text, at)
      } else {
        while end < text.count, !isBlank(text[end]) { end += 1 }
      }
      result.append(text[at..<end])
      at = end
    }
    return result
  }

  private static func wordEnd(_ text: [Unicode.Scalar], _ start: Int) -> Int {
    func scalar(_ at: Int) -> Unicode.Scalar? {
      at >= 0 && at < text.count ? text[at] : nil
    }
    func dashes(_ at: Int) -> Int {
      var end = at
      while scalar(end) == "-" { end += 1 }
      return end - at
    }
    // An em-dash between words is a chunk of its own.
    let run = dashes(start)
    if run >= 2, let before = scalar(start - 1), isPunctuated(before),
      let after = scalar(start + run), TextRules.isWord(after)
    {
      return start + run
    }
    var at = start + 1
    while true {
      guard let next = scalar(at) else { return text.count }
      if isSpace(next) { return at }
      if next == "-" {
        // Behind a hyphen inside a word.
        let one = scalar(at - 1)
        let two = scalar(at - 2)
        let isBehindLetters =
          (one.map(isLetter) ?? false) && (two.map(isLetter) ?? false)
        let isBehindPart =
          (one.map(isPunctuated) ?? false) && two == "-"
          && (scalar(at - 3).map(isLetter) ?? false)
        if isBehindLetters || isBehindPart, let first = scalar(at + 1),
          isLetter(first)
        {
          let second = scalar(at + 2)
          if second.map(isLetter) ?? false
            || (second == "-" && (scalar(at + 3).map(isLetter) ?? false))
          {
            return at + 1
          }
        }
        if let before = scalar(at - 1), isPunctuated(before) {
          let run = dashes(at)
          if run >= 2, let after = scalar(at + run), TextRules.isWord(after) {
            return at
          }
        }
      }
      at += 1
    }
  }
}
