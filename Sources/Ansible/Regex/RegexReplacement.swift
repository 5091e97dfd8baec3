// The template of `re.sub`: literal text, group references and escapes.

/// A parsed replacement.
struct RegexReplacement {
  private enum Part {
    case literal([UInt8])
    case group(Int)
  }

  private var parts: [Part] = []

  /// Parses `template` against the groups of `regex`, in Python's words where
  /// it is wrong.
  init(_ template: String, for regex: PythonRegex) throws(RegexError) {
    let source = Array(template.unicodeScalars)
    var literal = ""
    var at = 0

    func digit(_ index: Int) -> Int? {
      guard index < source.count, ("0"..."9").contains(source[index]) else {
        return nil
      }
      return Int(source[index].value - 0x30)
    }

    func octal(_ index: Int) -> Bool {
      digit(index).map { $0 < 8 } ?? false
    }

    func flush(_ parts: inout [Part]) {
      if !literal.isEmpty { parts.append(.literal(Array(literal.utf8))) }
      literal = ""
    }

    while at < source.count {
      let scalar = source[at]
      guard scalar == "\\" else {
        literal.unicodeScalars.append(scalar)
        at += 1
        continue
      }
      guard at + 1 < source.count else {
        throw RegexError("bad escape (end of pattern)", at: at)
      }
      let escaped = source[at + 1]
      if escaped == "g" {
        let (number, end) = try Self.reference(source, at, regex)
        flush(&parts)
        parts.append(.group(number))
        at = end
      } else if escaped == "0" {
        var value: UInt32 = 0
        var end = at + 1
        while end < at + 4, octal(end), let next = digit(end) {
          value = value * 8 + UInt32(next)
          end += 1
        }
        if let made = Unicode.Scalar(value) {
          literal.unicodeScalars.append(made)
        }
        at = end
      } else if let first = digit(at + 1) {
        if octal(at + 1), octal(at + 2), octal(at + 3),
          let second = digit(at + 2), let third = digit(at + 3)
        {
          let value = first * 64 + second * 8 + third
          guard value <= 0o377, let made = Unicode.Scalar(UInt32(value)) else {
            throw RegexError(
              "octal escape value \\\(first)\(second)\(third) outside of "
                + "range 0-0o377", at: at)
          }
          literal.unicodeScalars.append(made)
          at += 4
          continue
        }
        var number = first
        var end = at + 2
        if let second = digit(end) {
          number = number * 10 + second
          end += 1
        }
        guard number <= regex.groupCount else {
          throw RegexError("invalid group reference \(number)", at: at + 1)
        }
        flush(&parts)
        parts.append(.group(number))
        at = end
      } else {
        literal += try Self.escape(escaped, at: at)
        at += 2
      }
    }
    flush(&parts)
  }

  /// How many bytes the template makes of `match`.
  func size(of match: PythonRegex.Match) -> Int {
    parts.reduce(0) { size, part in
      switch part {
      case .literal(let bytes): size + bytes.count
      case .group(let number): size + (match.spans[number]?.count ?? 0)
      }
    }
  }

  /// Appends what the template makes of `match`.
  func append(_ match: PythonRegex.Match, to result: inout [UInt8]) {
    for part in parts {
      switch part {
      case .literal(let bytes): result += bytes
      case .group(let number):
        if let span = match.spans[number] { result += match.subject[span] }
      }
    }
  }

  private static func escape(
    _ scalar: Unicode.Scalar, at position: Int
  ) throws(RegexError) -> String {
    switch scalar {
    case "a": return "\u{07}"
    case "b": return "\u{08}"
    case "f": return "\u{0C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{0B}"
    case "\\": return "\\"
    default:
      if scalar.isASCII, scalar.properties.isAlphabetic {
        throw RegexError("bad escape \\\(Character(scalar))", at: position)
      }
      return "\\" + String(Character(scalar))
    }
  }

  /// `\g<name>` or `\g<number>`: the group and the place after it.
  private static func reference(
    _ source: [Unicode.Scalar], _ at: Int, _ regex: PythonRegex
  ) throws(RegexError) -> (Int, Int) {
    guard at + 2 < source.count, source[at + 2] == "<" else {
      throw RegexError("missing <", at: at + 2)
    }
    var end = at + 3
    var name = ""
    while end < source.count, source[end] != ">" {
      name.unicodeScalars.append(source[end])
      end += 1
    }
    guard end < source.count else {
      throw RegexError(
        name.isEmpty ? "missing group name" : "missing >, unterminated name",
        at: at + 3)
    }
    guard !name.isEmpty else {
      throw RegexError("missing group name", at: at + 3)
    }
    if name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      guard let number = Int(name), number <= regex.groupCount else {
        throw RegexError("invalid group reference \(name)", at: at + 3)
      }
      return (number, end + 1)
    }
    guard let number = regex.groupNames[name] else {
      throw RegexError("unknown group name '\(name)'")
    }
    return (number, end + 1)
  }
}
