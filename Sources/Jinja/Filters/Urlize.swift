// Finds links in text, by the rules of Jinja2's urlize.

enum Urlize {
  /// The escaped text with its links as HTML anchors.
  static func linked(
    _ text: String, limit: Value, rel: String, target: String?,
    schemes: [String]
  ) throws -> String {
    let relation = rel.isEmpty ? "" : " rel=\"\(rel)\""
    let aim = target.map { " target=\"\(escape($0))\"" } ?? ""
    func shortened(_ text: String) throws -> String {
      // A limit that is none is minded only where there is a link.
      let count = Value(text.unicodeScalars.count)
      guard !limit.isNone,
        try limit.isLess(than: count, symbol: ">", swapped: true)
      else { return text }
      let kept = try Value(text).sliced(.none, limit, .none)
      return (kept.text ?? "") + "..."
    }
    return try words(text).map { word in
      let (head, core, end) = trimmed(word)
      var middle = core
      var tail = end
      balance(&middle, &tail)
      if isWebAddress(middle) {
        let hasScheme =
          middle.hasPrefix("https://") || middle.hasPrefix("http://")
        middle =
          "<a href=\"\(hasScheme ? "" : "https://")\(middle)\"\(relation)\(aim)>"
          + "\(try shortened(middle))</a>"
      } else if middle.hasPrefix("mailto:"),
        isMailAddress(String(middle.dropFirst(7)))
      {
        middle = "<a href=\"\(middle)\">\(middle.dropFirst(7))</a>"
      } else if middle.contains("@"), !middle.hasPrefix("www."),
        !middle.hasPrefix("@"), !middle.contains(":"), isMailAddress(middle)
      {
        middle = "<a href=\"mailto:\(middle)\">\(middle)</a>"
      } else {
        for scheme in schemes where middle != scheme && middle.hasPrefix(scheme)
        {
          middle = "<a href=\"\(middle)\"\(relation)\(aim)>\(middle)</a>"
        }
      }
      return head + middle + tail
    }.joined()
  }

  static func isScheme(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":") else { return false }
    let name = text[..<colon]
    guard name.unicodeScalars.count >= 2,
      name.unicodeScalars.allSatisfy({
        TextRules.isWord($0) || [".", "+", "-"].contains($0)
      })
    else { return false }
    return ["", "/", "//"].contains(text[text.index(after: colon)...])
  }

  private static func escape(_ text: String) -> String {
    (try? Escaping.escaped(Value(text)).text) ?? text
  }

  /// Words and the blanks between them.
  private static func words(_ text: String) -> [String] {
    var result: [String] = []
    var word = String.UnicodeScalarView()
    var wasBlank = false
    for scalar in text.unicodeScalars {
      let isBlank = Whitespace.contains(scalar)
      if isBlank != wasBlank, !word.isEmpty {
        result.append(String(word))
        word = String.UnicodeScalarView()
      }
      word.append(scalar)
      wasBlank = isBlank
    }
    if !word.isEmpty { result.append(String(word)) }
    return result
  }

  private static func trimmed(_ word: String) -> (String, String, String) {
    var head = ""
    var middle = word
    var tail = ""
    loop: while true {
      for mark in ["(", "<", "&lt;"] where middle.hasPrefix(mark) {
        head += mark
        middle.removeFirst(mark.count)
        continue loop
      }
      break
    }
    loop: while true {
      for mark in [")", ">", ".", ",", "\n", "&gt;"]
      where middle.hasSuffix(mark) {
        tail = mark + tail
        middle.removeLast(mark.count)
        continue loop
      }
      break
    }
    return (head, middle, tail)
  }

  /// Closing brackets that the link itself opened come back from the tail.
  private static func balance(_ middle: inout String, _ tail: inout String) {
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
      let opened = count(open, middle)
      guard opened > count(close, middle) else { continue }
      for _ in 0..<min(opened, count(close, tail)) {
        guard let at = PythonText.find(close, in: tail) else { break }
        let end = tail.utf8.index(
          tail.startIndex, offsetBy: at + close.utf8.count)
        middle += tail[..<end]
        tail = String(tail[end...])
      }
    }
  }

  private static func count(_ part: String, _ text: String) -> Int {
    var count = 0
    var at = 0
    while let found = PythonText.find(part, in: text, from: at) {
      count += 1
      at = found + part.utf8.count
    }
    return count
  }

  private static func isMailAddress(_ text: String) -> Bool {
    guard let at = text.lastIndex(of: "@"), at > text.startIndex else {
      return false
    }
    let domain = text[text.index(after: at)...].unicodeScalars
    guard let first = domain.first, TextRules.isWord(first),
      let dot = domain.lastIndex(of: "."), dot > domain.startIndex
    else { return false }
    let last = domain[domain.index(after: dot)...]
    return !last.isEmpty && last.allSatisfy(TextRules.isWord)
      && domain[..<dot].allSatisfy {
        TextRules.isWord($0) || $0 == "." || $0 == "-"
      }
  }

  private static let topDomains = [
    "com", "net", "int", "edu", "gov", "org", "info", "mil",
  ]

  private static func isWebAddress(_ text: String) -> Bool {
    let lower = PythonText.lower(text)
    var rest = Substring(lower)
    var hasScheme = false
    var hasPrefix = false
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
      rest = rest.dropFirst(scheme.count)
      hasScheme = true
      hasPrefix = true
      break
    }
    if !hasScheme, rest.hasPrefix("www.") {
      rest = rest.dropFirst(4)
      hasPrefix = true
    }
    // Host, then an optional port, path, query and fragment.
    if hasScheme, rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { return false }
      let address = rest[rest.index(after: rest.startIndex)..<end]
      let groups = address.split(
        separator: ":", omittingEmptySubsequences: false)
      guard groups.count >= 3, groups.count <= 9,
        groups.allSatisfy({ $0.count <= 4 && $0.allSatisfy(\.isHexDigit) })
      else { return false }
      return isTail(rest[rest.index(after: end)...])
    }
    let host = rest.prefix { !"/?#:".contains($0) }
    guard isTail(rest.dropFirst(host.count)) else { return false }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = labels.last, !labels.contains(where: \.isEmpty) else {
      return false
    }
    func isLabel(_ label: Substring) -> Bool {
      label.unicodeScalars.allSatisfy {
        TextRules.isWord($0) || $0 == "%" || $0 == "-"
      }
    }
    if hasPrefix, labels.dropLast().allSatisfy(isLabel) {
      let letters = last.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A }
      if letters && (2...63).contains(last.count) { return true }
      if last.hasPrefix("xn--"), (6...63).contains(last.count) { return true }
    }
    if hasScheme, labels.count == 4,
      labels.allSatisfy({
        (1...3).contains($0.count)
          && $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
      })
    {
      return true
    }
    return !hasScheme && labels.count >= 2
      && labels.dropLast().allSatisfy {
        isLabel($0) && (2...63).contains($0.count)
      } && topDomains.contains(String(last))
  }

  private static func isTail(_ text: Substring) -> Bool {
    var rest = text
    if rest.hasPrefix(":") {
      let digits = rest.dropFirst().prefix { ("0"..."9").contains($0) }
      guard (1...5).contains(digits.count) else { return false }
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let first = rest.first else { return true }
    return "/?#".contains(first)
      && !rest.unicodeScalars.contains(where: Whitespace.contains)
  }
}
