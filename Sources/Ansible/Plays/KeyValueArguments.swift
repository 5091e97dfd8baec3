// Arguments written as text after a module's name: `src=a dest="b c"`, and the
// free form of command, shell and meta. The rules are those of Ansible's
// parsing/splitter.py.

/// Arguments read from one line of text.
public struct KeyValueArguments: Sendable, Equatable {
  /// `key=value` pairs in order; the last of equal keys wins.
  public var pairs: [(key: String, value: String)] = []
  /// What is no pair, joined again as it stood; nil where there is nothing.
  public var free: String?

  /// Text whose quotes or template braces are not closed.
  public struct Unbalanced: Error, Sendable {}

  /// Reads `text`.
  ///
  /// With `keepsFree` (command, shell and their like) only the
  /// keywords of the command modules are taken as pairs.
  ///
  /// Throws ``Unbalanced``.
  public init(_ text: String, keepsFree: Bool = false) throws(Unbalanced) {
    var rest: [String] = []
    for piece in try Self.split(text) {
      let decoded = Self.decodeEscapes(piece)
      guard decoded.contains("=") else {
        rest.append(piece)
        continue
      }
      guard let equals = Self.unescapedEquals(decoded) else {
        rest.append(Self.replacing(decoded, "\\=", "="))
        continue
      }
      let key = String(decoded[..<equals])
      if keepsFree && !Self.commandKeywords.contains(key) {
        rest.append(piece)
      } else {
        let value = decoded[decoded.index(after: equals)...]
        pairs.append((Self.trim(key[...]), Self.unquote(Self.trim(value))))
      }
    }
    free = rest.isEmpty ? nil : Self.join(rest)
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.free == b.free && a.pairs.elementsEqual(b.pairs, by: ==)
  }

  private static let commandKeywords: Set<String> = [
    "creates", "removes", "chdir", "executable", "warn", "stdin",
    "stdin_add_newline", "strip_empty_ends",
  ]

  /// The first `=` after the first character that no backslash precedes.
  private static func unescapedEquals(_ text: String) -> String.Index? {
    var previous: Character = "\\"
    for index in text.indices {
      let character = text[index]
      if character == "=" && previous != "\\" && index != text.startIndex {
        return index
      }
      previous = character
    }
    return nil
  }

  private static func join(_ pieces: [String]) -> String {
    var result = ""
    for piece in pieces {
      if !result.isEmpty && !result.hasSuffix("\n") { result += " " }
      result += piece
    }
    return result
  }

  private static func trim(_ text: Substring) -> String {
    var rest = text
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  private static func unquote(_ text: String) -> String {
    guard text.count > 1, let first = text.first, first == text.last,
      first == "\"" || first == "'"
    else { return text }
    let inner = text.dropFirst().dropLast()
    if inner.hasSuffix("\\") { return text }
    return String(inner)
  }

  private static func replacing(
    _ text: String, _ old: String, _ new: String
  ) -> String {
    var result = ""
    var rest = text[...]
    while let found = rest.firstRange(of: old) {
      result += rest[..<found.lowerBound] + new
      rest = rest[found.upperBound...]
    }
    return result + rest
  }

  private static func decodeEscapes(_ text: String) -> String {
    guard text.contains("\\") else { return text }
    let simple: [Character: Character] = [
      "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}",
      "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{B}",
    ]
    let widths: [Character: Int] = ["U": 8, "u": 4, "x": 2]
    var result = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == "\\", let next = rest.first else {
        result.append(character)
        continue
      }
      if let plain = simple[next] {
        result.append(plain)
        rest.removeFirst()
      } else if let width = widths[next] {
        let digits = rest.dropFirst().prefix(width)
        if digits.count == width, digits.allSatisfy(\.isHexDigit),
          let number = UInt32(digits, radix: 16),
          let scalar = Unicode.Scalar(number)
        {
          result.unicodeScalars.append(scalar)
          rest = rest.dropFirst(width + 1)
        } else {
          result.append(character)
        }
      } else {
        result.append(character)
      }
    }
    return result
  }
}

extension KeyValueArguments {
  /// Splits on white space, but keeps quoted text and template braces whole.
  ///
  /// Throws ``Unbalanced``.
  public static func split(_ text: String) throws(Unbalanced) -> [String] {
    guard !text.isEmpty else { return [] }
    var pieces: [String] = []
    var quote: Character?
    var depths = [0, 0, 0]
    let marks = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
    func append(_ tail: String) {
      if pieces.isEmpty { pieces.append("") }
      pieces[pieces.count - 1] += tail
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (lineIndex, line) in lines.enumerated() {
      var continues = false
      let tokens = line.split(separator: " ", omittingEmptySubsequences: false)
      for (index, token) in tokens.enumerated() {
        if token.isEmpty && index != 0 {
          append(" ")
          continue
        }
        if token == "\\" && quote == nil {
          continues = true
          continue
        }
        let wasQuoted = quote != nil
        quote = quoteState(token, quote)
        var placed = false
        let inBraces = depths.contains { $0 > 0 }
        if quote != nil && !wasQuoted && !inBraces {
          pieces.append(String(token))
          placed = true
        } else if inBraces || quote != nil || wasQuoted {
          let glue = index == 0 || (index == 0 && wasQuoted) ? "" : " "
          append(glue + token)
          placed = true
        }
        for (kind, mark) in marks.enumerated() {
          let before = depths[kind]
          let opened = token.ranges(of: mark.0).count
          let closed = token.ranges(of: mark.1).count
          depths[kind] = max(before + opened - closed, 0)
          if depths[kind] != before && !placed {
            pieces.append(String(token))
            placed = true
          }
        }
        if !placed && quote == nil && !token.isEmpty
          && depths.allSatisfy({ $0 == 0 })
        {
          pieces.append(String(token))
        }
      }
      if lineIndex != lines.count - 1 && !continues { append("\n") }
    }
    guard quote == nil, depths.allSatisfy({ $0 == 0 }) else {
      throw Unbalanced()
    }
    return pieces
  }

  private static func quoteState(
    _ token: Substring, _ quote: Character?
  ) -> Character? {
    var quote = quote
    var previous: Character?
    for character in token {
      if (character == "\"" || character == "'") && previous != "\\" {
        if quote == nil {
          quote = character
        } else if quote == character {
          quote = nil
        }
      }
      previous = character
    }
    return quote
  }
}
