// Cuts a template into tokens, by the rules of Jinja2's lexer.

/// Yields the tokens of a template one by one, so that an error in its syntax
/// comes before one in the text that follows.
struct Lexer {
  let source: Source
  private let options: Options
  private let delimiters: [Delimiter]
  /// For each byte whether a delimiter may start with it.
  private let starters: [Bool]
  private let bytes: [UInt8]
  private var at = 0
  private var state = State.text
  /// Closing brackets that are still to come.
  private var brackets: [UInt8] = []
  private var startsLine = true
  private var lastPosition: Position = 0
  /// A tag that was found behind text.
  private var waiting: Found?

  private enum State { case text, block, variable, lineStatement }

  enum Tag { case comment, block, variable, lineStatement, lineComment, raw }

  struct Delimiter {
    var tag: Tag
    var text: [UInt8]
  }

  private struct Found {
    var tag: Tag
    var start: Int
    var end: Int
    var sign: UInt8
  }

  init(_ source: Source, _ options: Options) {
    self.source = source
    self.options = options
    bytes = source.bytes
    // Longer delimiters win; among equals the order of Jinja2's names.
    var list = [
      Delimiter(tag: .variable, text: Array(options.variableStart.utf8))
    ]
    if let prefix = options.lineStatementPrefix {
      list.append(Delimiter(tag: .lineStatement, text: Array(prefix.utf8)))
    }
    if let prefix = options.lineCommentPrefix {
      list.append(Delimiter(tag: .lineComment, text: Array(prefix.utf8)))
    }
    list.append(
      Delimiter(tag: .comment, text: Array(options.commentStart.utf8)))
    list.append(Delimiter(tag: .block, text: Array(options.blockStart.utf8)))
    delimiters = list.enumerated().sorted {
      ($1.element.text.count, $0.offset) < ($0.element.text.count, $1.offset)
    }.map(\.element)
    var starters = [Bool](repeating: false, count: 256)
    for delimiter in list {
      starters[Int(delimiter.text[0])] = true
      if delimiter.tag == .lineStatement || delimiter.tag == .lineComment {
        for blank in [0x09, 0x0B, 0x0C, 0x20] { starters[blank] = true }
      }
    }
    self.starters = starters
  }

  /// A lexer that starts inside an expression.
  init(expression source: Source, _ options: Options) {
    // Ansible's conditions are expressions, and escape as Jinja2's do.
    var options = options
    options.keepsBackslashes = false
    self.init(source, options)
    state = .variable
  }

  // MARK: Tokens

  mutating func next() throws -> Token {
    while true {
      let token: Token?
      switch state {
      case .text: token = try nextInText()
      case .block, .variable, .lineStatement: token = try nextInTag()
      }
      if let token {
        lastPosition = token.position
        return token
      }
    }
  }

  private func end() -> Token { Token(kind: .end, position: lastPosition) }

  private func data(_ start: Int, _ end: Int) -> Token {
    var text = String(decoding: bytes[start..<end], as: UTF8.self)
    if options.newlineSequence != "\n" {
      text = Newlines.replaced(in: text, by: options.newlineSequence)
    }
    return Token(kind: .data, position: Position(start), text: text)
  }

  private mutating func nextInText() throws -> Token? {
    if let tag = waiting {
      waiting = nil
      return try open(tag)
    }
    guard at < bytes.count else { return end() }
    let start = at
    guard let tag = findTag() else {
      at = bytes.count
      return data(start, at)
    }
    let end = textEnd(start, tag)
    waiting = tag
    return end > start ? data(start, end) : nil
  }

  /// The end of the text before a tag, with what the tag strips taken away.
  private func textEnd(_ start: Int, _ tag: Found) -> Int {
    if tag.sign == UInt8(ascii: "-") {
      return Whitespace.trimmedEnd(in: bytes, start, tag.start)
    }
    guard tag.sign != UInt8(ascii: "+"), options.stripsBlockIndent,
      tag.tag != .variable
    else { return tag.start }
    var line = tag.start
    while line > start && bytes[line - 1] != 0x0A { line -= 1 }
    guard line > start || startsLine,
      Whitespace.trimmedEnd(in: bytes, line, tag.start) == line
    else { return tag.start }
    return line
  }

  /// The next tag at or behind the place reached.
  private func findTag() -> Found? {
    var offset = at
    while offset < bytes.count {
      if starters[Int(bytes[offset])], let found = tag(at: offset) {
        return found
      }
      offset += 1
    }
    return nil
  }

  private func tag(at offset: Int) -> Found? {
    if let raw = rawTag(at: offset) { return raw }
    for delimiter in delimiters {
      let end: Int
      switch delimiter.tag {
      case .lineStatement:
        guard offset == 0 || bytes[offset - 1] == 0x0A else { continue }
        var start = offset
        while start < bytes.count,
          [0x20, 0x09, 0x0B].contains(bytes[start])
        { start += 1 }
        guard matches(delimiter.text, start) else { continue }
        end = start + delimiter.text.count
      case .lineComment:
        guard
          offset == 0 || bytes[offset - 1] == 0x0A
            || !isSpace(before: offset)
        else { continue }
        var start = offset
        while start < bytes.count, bytes[start] != 0x0A {
          let size = Whitespace.length(in: bytes, at: start)
          if size == 0 { break }
          start += size
        }
        guard matches(delimiter.text, start) else { continue }
        end = start + delimiter.text.count
      default:
        guard matches(delimiter.text, offset) else { continue }
        end = offset + delimiter.text.count
      }
      let sign = signAt(end)
      return Found(
        tag: delimiter.tag, start: offset, end: sign == 0 ? end : end + 1,
        sign: sign)
    }
    return nil
  }

  private func rawTag(at offset: Int) -> Found? {
    let start = options.blockStart.utf8
    guard bytes[offset] == start.first, matches(start, offset) else {
      return nil
    }
    var end = offset + start.count
    let sign = signAt(end)
    if sign != 0 { end += 1 }
    end = skipSpace(end)
    guard matches("raw".utf8, end) else { return nil }
    end = skipSpace(end + 3)
    if end < bytes.count, bytes[end] == UInt8(ascii: "-"),
      matches(options.blockEnd.utf8, end + 1)
    {
      end = skipSpace(end + 1 + options.blockEnd.utf8.count)
    } else if matches(options.blockEnd.utf8, end) {
      end += options.blockEnd.utf8.count
    } else {
      return nil
    }
    return Found(tag: .raw, start: offset, end: end, sign: sign)
  }

  /// Enters a tag; nil where it yields no token.
  private mutating func open(_ tag: Found) throws -> Token? {
    at = tag.end
    startsLine = tag.end > 0 && bytes[tag.end - 1] == 0x0A
    lastPosition = Position(tag.start)
    switch tag.tag {
    case .variable:
      state = .variable
      return Token(kind: .variableBegin, position: Position(tag.start))
    case .block:
      state = .block
      return Token(kind: .blockBegin, position: Position(tag.start))
    case .lineStatement:
      state = .lineStatement
      return Token(kind: .blockBegin, position: Position(tag.start))
    case .comment: try skipComment(tag)
    case .lineComment:
      while at < bytes.count, bytes[at] != 0x0A { at += 1 }
      startsLine = false
    case .raw: return try raw(tag)
    }
    return nil
  }

  private mutating func skipComment(_ tag: Found) throws {
    let mark = Array(options.commentEnd.utf8)
    var offset = at
    while offset + mark.count <= bytes.count {
      if matches(mark, offset) {
        let sign = offset > tag.end ? bytes[offset - 1] : 0
        at = close(offset + mark.count, sign)
        return
      }
      offset += 1
    }
    throw source.error(
      .syntax, "Missing end of comment tag", at: Position(tag.start))
  }

  private mutating func raw(_ tag: Found) throws -> Token? {
    let mark = Array(options.blockStart.utf8)
    var offset = at
    while offset < bytes.count {
      if bytes[offset] == mark[0], matches(mark, offset) {
        var end = offset + mark.count
        let sign = signAt(end)
        if sign != 0 { end += 1 }
        end = skipSpace(end)
        if matches("endraw".utf8, end) {
          end = skipSpace(end + 6)
          let closing =
            end < bytes.count && (bytes[end] == 0x2B || bytes[end] == 0x2D)
            ? bytes[end] : 0
          let last = closing == 0 ? end : end + 1
          if matches(options.blockEnd.utf8, last) {
            let found = Found(tag: .raw, start: offset, end: end, sign: sign)
            let start = at
            let stop = textEnd(start, found)
            at = close(last + options.blockEnd.utf8.count, closing)
            return stop > start ? data(start, stop) : nil
          }
        }
      }
      offset += 1
    }
    throw source.error(
      .syntax, "Missing end of raw directive", at: Position(tag.end))
  }

  /// The place behind a closing mark: what it strips is skipped.
  private mutating func close(_ end: Int, _ sign: UInt8) -> Int {
    var end = end
    if sign == UInt8(ascii: "-") {
      end = skipSpace(end)
    } else if sign != UInt8(ascii: "+"), options.trimBlocks, end < bytes.count,
      bytes[end] == 0x0A
    {
      end += 1
    }
    startsLine = bytes[end - 1] == 0x0A
    return end
  }

  // MARK: Inside a tag

  private mutating func nextInTag() throws -> Token? {
    if brackets.isEmpty, let token = closing() { return token }
    guard at < bytes.count else { return end() }
    let space = skipSpace(at)
    if space > at {
      at = space
      return nil
    }
    let start = at
    let byte = bytes[at]
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
      if let name = try name() { return name }
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      if let string = try string() { return string }
    default:
      if let (kind, size) = Self.operators(
        byte, at + 1 < bytes.count ? bytes[at + 1] : 0)
      {
        try balance(byte)
        at += size
        return Token(kind: kind, position: Position(start))
      }
    }
    let scalar = Scalars.decode(bytes, at: at)?.0 ?? "\u{FFFD}"
    let place = String(decoding: bytes[0..<at], as: UTF8.self).unicodeScalars
      .count
    throw source.error(
      .syntax,
      "unexpected char \(Quoted.repr(String(Character(scalar)))) at \(place)",
      at: Position(at))
  }

  /// The end of the tag where it stands here.
  private mutating func closing() -> Token? {
    let start = at
    switch state {
    case .text: return nil
    case .lineStatement:
      var end = at
      var last: Int?
      while end < bytes.count {
        let size = Whitespace.length(in: bytes, at: end)
        if size == 0 { break }
        if bytes[end] == 0x0A { last = end + 1 }
        end += size
      }
      guard let stop = end == bytes.count ? end : last else { return nil }
      at = stop
      startsLine = at > 0 && bytes[at - 1] == 0x0A
      state = .text
      return Token(kind: .blockEnd, position: Position(start))
    case .block, .variable:
      let mark = state == .block ? options.blockEnd : options.variableEnd
      guard at < bytes.count else { return nil }
      var sign: UInt8 = 0
      if bytes[at] == 0x2D || (bytes[at] == 0x2B && state == .block),
        matches(mark.utf8, at + 1)
      {
        sign = bytes[at]
      } else if !matches(mark.utf8, at) {
        return nil
      }
      let end = at + (sign == 0 ? 0 : 1) + mark.utf8.count
      if state == .block {
        at = close(end, sign)
      } else {
        at = sign == 0 ? end : skipSpace(end)
        startsLine = bytes[at - 1] == 0x0A
      }
      let kind: Token.Kind = state == .block ? .blockEnd : .variableEnd
      state = .text
      return Token(kind: kind, position: Position(start))
    }
  }

  private mutating func balance(_ byte: UInt8) throws {
    switch byte {
    case UInt8(ascii: "("): brackets.append(UInt8(ascii: ")"))
    case UInt8(ascii: "["): brackets.append(UInt8(ascii: "]"))
    case UInt8(ascii: "{"): brackets.append(UInt8(ascii: "}"))
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      let found = String(decoding: [byte], as: UTF8.self)
      guard let expected = brackets.popLast() else {
        throw source.error(
          .syntax, "unexpected '\(found)'", at: Position(at))
      }
      if expected != byte {
        let expected = String(decoding: [expected], as: UTF8.self)
        throw source.error(
          .syntax, "unexpected '\(found)', expected '\(expected)'",
          at: Position(at))
      }
    default: break
    }
  }

  private mutating func name() throws -> Token? {
    let start = at
    var end = at
    var isASCII = true
    while end < bytes.count {
      let byte = bytes[end]
      if byte < 0x80 {
        guard
          (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F
            || byte >= 0x30 && byte <= 0x39
        else { break }
        end += 1
      } else {
        guard let (scalar, size) = Scalars.decode(bytes, at: end),
          scalar.properties.isXIDContinue
            || scalar.properties.numericType != nil
        else { break }
        isASCII = false
        end += size
      }
    }
    guard end > start else { return nil }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    if !isASCII {
      let scalars = text.unicodeScalars
      guard let first = scalars.first,
        first.properties.isXIDStart || first == "_",
        scalars.allSatisfy({ $0.properties.isXIDContinue })
      else {
        throw source.error(
          .syntax, "Invalid character in identifier", at: Position(start))
      }
    }
    at = end
    return Token(kind: .name, position: Position(start), text: text)
  }

  private mutating func string() throws -> Token? {
    let quote = bytes[at]
    var end = at + 1
    while end < bytes.count, bytes[end] != quote {
      end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard end < bytes.count else { return nil }
    let start = at
    at = end + 1
    var text = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
    if options.newlineSequence != "\n" {
      text = Newlines.replaced(in: text, by: options.newlineSequence)
    }
    let isKept = options.keepsBackslashes && state == .variable
    if !isKept, text.utf8.contains(UInt8(ascii: "\\")) {
      do {
        text = try Escapes.decoded(text)
      } catch let failure as Escapes.Failure {
        throw source.error(.syntax, failure.message, at: Position(start))
      }
    }
    return Token(kind: .string, position: Position(start), text: text)
  }

  private mutating func number() throws -> Token {
    let start = at
    let end: Int
    let value: Value
    do {
      (end, value) = try NumberLiteral.read(bytes, at: at, options.limits)
    } catch let error as TemplateError {
      throw source.place(error, at: Position(start))
    }
    at = end
    var token = Token(kind: .integer, position: Position(start))
    if case .float = value.payload { token.kind = .float }
    token.number = value
    return token
  }

  private static func operators(
    _ byte: UInt8, _ next: UInt8
  ) -> (Token.Kind, Int)? {
    switch byte {
    case UInt8(ascii: "+"): (.add, 1)
    case UInt8(ascii: "-"): (.subtract, 1)
    case UInt8(ascii: "/"):
      next == byte ? (.floorDivide, 2) : (.divide, 1)
    case UInt8(ascii: "*"): next == byte ? (.power, 2) : (.multiply, 1)
    case UInt8(ascii: "%"): (.modulo, 1)
    case UInt8(ascii: "~"): (.tilde, 1)
    case UInt8(ascii: "["): (.leftBracket, 1)
    case UInt8(ascii: "]"): (.rightBracket, 1)
    case UInt8(ascii: "("): (.leftParenthesis, 1)
    case UInt8(ascii: ")"): (.rightParenthesis, 1)
    case UInt8(ascii: "{"): (.leftBrace, 1)
    case UInt8(ascii: "}"): (.rightBrace, 1)
    case UInt8(ascii: "="):
      next == byte ? (.equal, 2) : (.assign, 1)
    case UInt8(ascii: "!"):
      next == UInt8(ascii: "=") ? (.notEqual, 2) : nil
    case UInt8(ascii: ">"):
      next == UInt8(ascii: "=") ? (.greaterOrEqual, 2) : (.greater, 1)
    case UInt8(ascii: "<"):
      next == UInt8(ascii: "=") ? (.lessOrEqual, 2) : (.less, 1)
    case UInt8(ascii: "."): (.dot, 1)
    case UInt8(ascii: ":"): (.colon, 1)
    case UInt8(ascii: "|"): (.pipe, 1)
    case UInt8(ascii: ","): (.comma, 1)
    case UInt8(ascii: ";"): (.semicolon, 1)
    default: nil
    }
  }

  // MARK: Bytes

  private func matches(_ text: some Sequence<UInt8>, _ offset: Int) -> Bool {
    var offset = offset
    for byte in text {
      guard offset < bytes.count, bytes[offset] == byte else { return false }
      offset += 1
    }
    return true
  }

  private func signAt(_ offset: Int) -> UInt8 {
    guard offset < bytes.count,
      bytes[offset] == UInt8(ascii: "-") || bytes[offset] == UInt8(ascii: "+")
    else { return 0 }
    return bytes[offset]
  }

  private func skipSpace(_ offset: Int) -> Int {
    var offset = offset
    while true {
      let size = Whitespace.length(in: bytes, at: offset)
      if size == 0 { return offset }
      offset += size
    }
  }

  private func isSpace(before offset: Int) -> Bool {
    Whitespace.trimmedEnd(in: bytes, 0, offset) != offset
  }
}

enum Newlines {
  /// The text with every newline replaced.
  static func replaced(in text: String, by sequence: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        result += sequence
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
