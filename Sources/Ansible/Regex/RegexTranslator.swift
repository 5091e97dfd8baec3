// Python's `re` syntax rewritten for PCRE2. Both share most of Perl's syntax;
// what differs is rewritten here, and what only PCRE2 knows is refused with
// Python's words (https://docs.python.org/3/library/re.html).

/// Flags of `re.compile`.
public struct RegexFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  /// Makes a set from its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let ignoreCase = RegexFlags(rawValue: 1)
  public static let multiline = RegexFlags(rawValue: 2)
  public static let dotAll = RegexFlags(rawValue: 4)
  public static let verbose = RegexFlags(rawValue: 8)
  public static let ascii = RegexFlags(rawValue: 16)
}

/// One pattern on its way from Python's dialect to PCRE2's.
struct RegexTranslator {
  /// What a translation yields.
  struct Result {
    var pattern: String
    var flags: RegexFlags
    var groupCount: Int
    var groupNames: [String: Int]
  }

  private let source: [Unicode.Scalar]
  private var at = 0
  private var output = String.UnicodeScalarView()
  private var flags: RegexFlags
  private var groupCount = 0
  private var names: [String: Int] = [:]
  /// Positions of open parentheses, with the verbosity outside them.
  private var open: [(position: Int, verbose: Bool)] = []
  private var isVerbose: Bool
  /// What a quantifier here would repeat.
  private var repeatable = Repeatable.nothing

  private enum Repeatable { case nothing, item, quantified }

  static func translate(
    _ pattern: String, flags: RegexFlags
  ) throws(RegexError) -> Result {
    var translator = RegexTranslator(pattern: pattern, flags: flags)
    try translator.run()
    return Result(
      pattern: String(translator.output), flags: translator.flags,
      groupCount: translator.groupCount, groupNames: translator.names)
  }

  private init(pattern: String, flags: RegexFlags) {
    source = Array(pattern.unicodeScalars)
    self.flags = flags
    isVerbose = flags.contains(.verbose)
  }

  private var next: Unicode.Scalar? {
    at < source.count ? source[at] : nil
  }

  private func peek(_ offset: Int) -> Unicode.Scalar? {
    at + offset < source.count ? source[at + offset] : nil
  }

  private mutating func put(_ text: String) {
    output.append(contentsOf: text.unicodeScalars)
  }

  /// Writes the one character of `value`, whatever it means to PCRE2.
  private mutating func put(code value: UInt32) {
    put("\\x{" + String(value, radix: 16) + "}")
  }

  private mutating func run() throws(RegexError) {
    while let scalar = next {
      switch scalar {
      case "\\":
        try escape()
        repeatable = .item
      case "[":
        try characterClass()
        repeatable = .item
      case "(":
        try group()
      case ")":
        guard let last = open.popLast() else {
          throw RegexError("unbalanced parenthesis", at: at)
        }
        isVerbose = last.verbose
        put(")")
        at += 1
        repeatable = .item
      case "|":
        put("|")
        at += 1
        repeatable = .nothing
      case "*", "+", "?":
        try quantifier(String(Character(scalar)), length: 1)
      case "{":
        if let (text, length) = bounds() {
          try quantifier(text, length: length)
        } else {
          put("\\{")
          at += 1
          repeatable = .item
        }
      case "^":
        put("^")
        at += 1
        repeatable = .nothing
      case "$":
        put("$")
        at += 1
        repeatable = .item
      case "#" where isVerbose:
        while let skipped = next, skipped != "\n" {
          _ = skipped
          at += 1
        }
      case _ where isVerbose && Self.isVerboseSpace(scalar):
        at += 1
      default:
        if scalar == "#" || Self.isVerboseSpace(scalar) {
          put(code: scalar.value)
        } else {
          output.append(scalar)
        }
        at += 1
        repeatable = .item
      }
    }
    if let last = open.last {
      throw RegexError(
        "missing ), unterminated subpattern", at: last.position)
    }
  }

  private static func isVerboseSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20, 0x09...0x0D: true
    default: false
    }
  }

  // MARK: Quantifiers

  private mutating func quantifier(
    _ text: String, length: Int
  ) throws(RegexError) {
    switch repeatable {
    case .nothing: throw RegexError("nothing to repeat", at: at)
    case .quantified: throw RegexError("multiple repeat", at: at)
    case .item: break
    }
    put(text)
    at += length
    if let mark = next, mark == "?" || mark == "+" {
      output.append(mark)
      at += 1
    }
    repeatable = .quantified
  }

  /// `{n}`, `{n,}`, `{,m}` and `{n,m}`; anything else is a literal brace.
  private func bounds() -> (String, Int)? {
    var end = at + 1
    var text = ""
    while end < source.count, source[end] != "}" {
      text.unicodeScalars.append(source[end])
      end += 1
    }
    guard end < source.count else { return nil }
    let parts = text.split(
      separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= 2,
      parts.allSatisfy({ part in
        part.utf8.allSatisfy { (0x30...0x39).contains($0) }
      })
    else { return nil }
    let length = end - at + 1
    if parts.count == 1 {
      return text.isEmpty ? nil : ("{\(text)}", length)
    }
    let low = parts[0].isEmpty ? "0" : String(parts[0])
    return ("{\(low),\(parts[1])}", length)
  }

  // MARK: Groups

  private mutating func group() throws(RegexError) {
    let start = at
    guard peek(1) == "?" else {
      groupCount += 1
      open.append((start, isVerbose))
      // `(*` would begin a verb of PCRE2.
      if peek(1) == "*" {
        throw RegexError("nothing to repeat", at: start + 1)
      }
      put("(")
      at += 1
      repeatable = .nothing
      return
    }
    guard let kind = peek(2) else {
      throw RegexError("unexpected end of pattern", at: source.count)
    }
    repeatable = .nothing
    switch kind {
    case ":", "=", "!", ">":
      open.append((start, isVerbose))
      put("(?" + String(Character(kind)))
      at += 3
    case "<":
      guard let side = peek(3), side == "=" || side == "!" else {
        guard let odd = peek(3) else {
          throw RegexError("unexpected end of pattern", at: source.count)
        }
        throw RegexError(
          "unknown extension ?<\(Character(odd))", at: start + 1)
      }
      open.append((start, isVerbose))
      put("(?<" + String(Character(side)))
      at += 4
    case "#":
      while let skipped = next, skipped != ")" {
        _ = skipped
        at += 1
      }
      guard next != nil else {
        throw RegexError("missing ), unterminated comment", at: start)
      }
      at += 1
      repeatable = .item
    case "P":
      try namedGroup(start: start)
    case "(":
      try conditional(start: start)
    default:
      try inlineFlags(start: start)
    }
  }

  private mutating func name(
    until end: Unicode.Scalar, from start: Int
  ) throws(RegexError) -> String {
    var name = ""
    at = start
    while let scalar = next, scalar != end {
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard next != nil else {
      throw RegexError(
        name.isEmpty
          ? "missing group name"
          : "missing \(Character(end)), unterminated name",
        at: start)
    }
    at += 1
    guard !name.isEmpty else {
      throw RegexError("missing group name", at: start)
    }
    return name
  }

  private static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first,
      first == "_" || first.properties.isXIDStart
    else { return false }
    return name.unicodeScalars.allSatisfy {
      $0 == "_" || $0.properties.isXIDContinue
    }
  }

  private mutating func namedGroup(start: Int) throws(RegexError) {
    switch peek(3) {
    case "<":
      let name = try name(until: ">", from: start + 4)
      guard Self.isIdentifier(name) else {
        throw RegexError(
          "bad character in group name '\(name)'", at: start + 4)
      }
      guard names[name] == nil else {
        throw RegexError(
          "redefinition of group name '\(name)' as group \(groupCount + 1); "
            + "was group \(names[name] ?? 0)",
          at: start + 4)
      }
      groupCount += 1
      names[name] = groupCount
      open.append((start, isVerbose))
      put("(")
    case "=":
      let name = try name(until: ")", from: start + 4)
      guard Self.isIdentifier(name) else {
        throw RegexError(
          "bad character in group name '\(name)'", at: start + 4)
      }
      guard let number = names[name] else {
        throw RegexError("unknown group name '\(name)'", at: start + 4)
      }
      put("\\g{\(number)}")
      repeatable = .item
    case let odd?:
      throw RegexError("unknown extension ?P\(Character(odd))", at: start + 1)
    case nil:
      throw RegexError("unexpected end of pattern", at: source.count)
    }
  }

  private mutating func conditional(start: Int) throws(RegexError) {
    let name = try name(until: ")", from: start + 3)
    let number: Int
    if let parsed = Int(name), parsed >= 0 {
      number = parsed
      guard number > 0 else {
        throw RegexError("bad group number", at: start + 3)
      }
    } else {
      guard Self.isIdentifier(name) else {
        throw RegexError(
          "bad character in group name '\(name)'", at: start + 3)
      }
      guard let known = names[name] else {
        throw RegexError("unknown group name '\(name)'", at: start + 3)
      }
      number = known
    }
    open.append((start, isVerbose))
    put("(?(\(number))")
  }

  /// `(?aiLmsux)` at the very start, or `(?flags-flags:` anywhere.
  private mutating func inlineFlags(start: Int) throws(RegexError) {
    at = start + 2
    var on = ""
    var off = ""
    var isOff = false
    while let scalar = next, scalar != ")", scalar != ":" {
      if scalar == "-", !isOff {
        isOff = true
      } else if "aiLmsux".unicodeScalars.contains(scalar) {
        if isOff {
          off.unicodeScalars.append(scalar)
        } else {
          on.unicodeScalars.append(scalar)
        }
      } else if on.isEmpty, !isOff {
        throw RegexError(
          "unknown extension ?\(Character(scalar))", at: start + 1)
      } else {
        throw RegexError(
          scalar.properties.isAlphabetic
            ? "unknown flag" : "missing -, : or )",
          at: at)
      }
      at += 1
    }
    guard let end = next else {
      throw RegexError("missing -, : or )", at: source.count)
    }
    if on.contains("L") {
      throw RegexError(
        "bad inline flags: cannot use 'L' flag with a str pattern", at: at)
    }
    at += 1
    if end == ")" {
      guard !isOff else {
        throw RegexError("missing :", at: at - 1)
      }
      guard start == 0 else {
        throw RegexError(
          "global flags not at the start of the expression", at: start)
      }
      if on.contains("i") { flags.insert(.ignoreCase) }
      if on.contains("m") { flags.insert(.multiline) }
      if on.contains("s") { flags.insert(.dotAll) }
      if on.contains("a") { flags.insert(.ascii) }
      if on.contains("x") {
        flags.insert(.verbose)
        isVerbose = true
      }
      return
    }
    open.append((start, isVerbose))
    if on.contains("x") { isVerbose = true }
    if off.contains("x") { isVerbose = false }
    // Verbosity is resolved here; PCRE2 has no switch for `a` and `u`.
    let plainOn = on.filter { "ims".contains($0) }
    let plainOff = off.filter { "ims".contains($0) }
    put("(?" + plainOn + (plainOff.isEmpty ? "" : "-" + plainOff) + ":")
  }

  // MARK: Escapes

  private mutating func escape() throws(RegexError) {
    guard let scalar = peek(1) else {
      throw RegexError("bad escape (end of pattern)", at: at)
    }
    switch scalar {
    case "A", "b", "B", "d", "D", "w", "W":
      put("\\" + String(Character(scalar)))
      at += 2
    case "s":
      put("[\\s\\x1c-\\x1f]")
      at += 2
    case "S":
      put("[^\\s\\x1c-\\x1f]")
      at += 2
    case "Z":
      put("\\z")
      at += 2
    case "0":
      octal(from: at + 1, most: 3)
    case "1"..."9":
      try numbered()
    default:
      try commonEscape(scalar)
    }
  }

  /// Octal digits from `start`, the first included, at most `most`.
  private mutating func octal(from start: Int, most: Int) {
    var value: UInt32 = 0
    var end = start
    while end < source.count, end < start + most,
      ("0"..."7").contains(source[end])
    {
      value = value * 8 + (source[end].value - 0x30)
      end += 1
    }
    put(code: value)
    at = end
  }

  /// `\1` to `\99`, or three octal digits.
  private mutating func numbered() throws(RegexError) {
    let start = at
    let digits = (1...3).map { peek($0) }
    if let first = digits[0], let second = digits[1], let third = digits[2],
      ("0"..."7").contains(second), ("0"..."7").contains(third),
      ("0"..."7").contains(first)
    {
      guard first <= "3" else {
        throw RegexError(
          "octal escape value \\\(Character(first))\(Character(second))"
            + "\(Character(third)) outside of range 0-0o377", at: start)
      }
      octal(from: at + 1, most: 3)
      return
    }
    var number = Int((digits[0]?.value ?? 0x30) - 0x30)
    at += 2
    if let second = digits[1], ("0"..."9").contains(second) {
      number = number * 10 + Int(second.value - 0x30)
      at += 1
    }
    guard number <= groupCount else {
      throw RegexError("invalid group reference \(number)", at: start + 1)
    }
    put("\\g{\(number)}")
  }

  /// Escapes that mean the same in a class and outside.
  private mutating func commonEscape(
    _ scalar: Unicode.Scalar
  ) throws(RegexError) {
    let start = at
    switch scalar {
    case "a": put(code: 7)
    case "f": put(code: 0x0C)
    case "n": put(code: 0x0A)
    case "r": put(code: 0x0D)
    case "t": put(code: 9)
    case "v": put(code: 0x0B)
    case "x": return try hexadecimal(start: start, digits: 2)
    case "u": return try hexadecimal(start: start, digits: 4)
    case "U": return try hexadecimal(start: start, digits: 8)
    default:
      if scalar.isASCII, scalar.properties.isAlphabetic {
        throw RegexError("bad escape \\\(Character(scalar))", at: start)
      }
      put(code: scalar.value)
    }
    at += 2
  }

  private mutating func hexadecimal(
    start: Int, digits: Int
  ) throws(RegexError) {
    var text = ""
    at = start + 2
    while text.count < digits, let digit = next,
      digit.properties.isASCIIHexDigit
    {
      text.unicodeScalars.append(digit)
      at += 1
    }
    let name = Character(source[start + 1])
    guard text.count == digits, let value = UInt32(text, radix: 16) else {
      throw RegexError("incomplete escape \\\(name)\(text)", at: start)
    }
    guard Unicode.Scalar(value) != nil else {
      throw RegexError("bad escape \\\(name)\(text)", at: start)
    }
    put(code: value)
  }

  // MARK: Classes

  private mutating func characterClass() throws(RegexError) {
    let start = at
    put("[")
    at += 1
    if next == "^" {
      put("^")
      at += 1
    }
    var isFirst = true
    /// Where the low end of a range begins, and its character.
    var low: (position: Int, value: UInt32?)?
    var isRange = false
    while true {
      guard let scalar = next else {
        throw RegexError("unterminated character set", at: start)
      }
      if scalar == "]", !isFirst {
        put("]")
        at += 1
        return
      }
      isFirst = false
      if scalar == "-", low != nil, !isRange, let after = peek(1), after != "]"
      {
        put("-")
        at += 1
        isRange = true
        continue
      }
      let position = at
      let value = try classMember(scalar)
      if isRange, let first = low {
        guard let from = first.value, let to = value, from <= to else {
          let text = String(
            String.UnicodeScalarView(source[first.position..<at]))
          throw RegexError("bad character range \(text)", at: first.position)
        }
        low = nil
      } else {
        low = (position, value)
      }
      isRange = false
    }
  }

  /// One member of a class: its character, nil for a set such as `\d`.
  private mutating func classMember(
    _ scalar: Unicode.Scalar
  ) throws(RegexError) -> UInt32? {
    if scalar != "\\" {
      put(code: scalar.value)
      at += 1
      return scalar.value
    }
    let written = output.endIndex
    try classEscape()
    // `\x{…}` is a single character; anything else stands for a set.
    let text = String(String.UnicodeScalarView(output[written...]))
    guard text.hasPrefix("\\x{"), text.hasSuffix("}") else { return nil }
    return UInt32(text.dropFirst(3).dropLast(), radix: 16)
  }

  private mutating func classEscape() throws(RegexError) {
    guard let scalar = peek(1) else {
      throw RegexError("bad escape (end of pattern)", at: at)
    }
    switch scalar {
    case "d", "D", "w", "W", "S":
      put("\\" + String(Character(scalar)))
      at += 2
    case "s":
      put("\\s\\x1c-\\x1f")
      at += 2
    case "b":
      put(code: 8)
      at += 2
    case "0"..."7":
      octal(from: at + 1, most: 3)
    case "8", "9":
      throw RegexError("bad escape \\\(Character(scalar))", at: at)
    default:
      try commonEscape(scalar)
    }
  }
}
