// Python's ast.literal_eval: reads numbers, strings, tuples, lists,
// dictionaries, True, False and None.

/// A reader of Python literals.
public struct PythonLiteral {
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0

  /// The value of a text that is one literal; nil for any other text.
  public static func read(_ text: String) -> Value? {
    // Python skips empty lines and comments, rejects an indented one, and allows blanks
    // behind.
    var text = text[...]
    if text.utf8.contains(0x0D) {
      // Each kind of newline is one to it.
      text =
        Source(String(text), name: nil, keepsTrailingNewline: true).text[
          ...]
    }
    while let end = text.utf8.firstIndex(of: 0x0A),
      text.utf8[..<end].first(where: { ![0x20, 0x09, 0x0C].contains($0) })
        ?? 0x23 == 0x23
    {
      text = text[text.utf8.index(after: end)...]
    }
    guard let first = text.utf8.first, first != 0x20, first != 0x09,
      first != 0x0A, !text.utf8.contains(0)
    else { return nil }
    var reader = PythonLiteral(bytes: Array(text.utf8))
    guard let value = reader.top() else { return nil }
    // A last line of nothing but blanks is an indented one to Python.
    let tail = reader.bytes[reader.at...]
    if let newline = tail.lastIndex(of: 0x0A), newline + 1 < tail.endIndex,
      tail[(newline + 1)...].allSatisfy({ $0 == 0x20 || $0 == 0x09 })
    {
      return nil
    }
    reader.skipSpace()
    reader.skipComment()
    guard reader.at == reader.bytes.count else { return nil }
    var freezing = Freezing(Options())
    do {
      try freezing.close(value)
    } catch {
      return nil
    }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// A value, or several that commas part: a tuple.
  private mutating func top() -> Value? {
    guard let first = value() else { return nil }
    skipBlanks()
    guard peek == UInt8(ascii: ",") else { return first }
    var items = [first]
    while peek == UInt8(ascii: ",") {
      at += 1
      skipBlanks()
      if at == bytes.count || peek == 0x0A { break }
      guard let next = value() else { return nil }
      items.append(next)
      skipBlanks()
    }
    return .tuple(items)
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  /// Skips blanks and newlines, as inside brackets and at the end.
  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) {
      at += 1
    }
  }

  /// Skips what may stand between the parts inside brackets.
  private mutating func skipInside() {
    skipSpace()
    skipComment()
  }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0C {
      at += 1
    }
  }

  private mutating func skipComment() {
    while peek == UInt8(ascii: "#") {
      while let byte = peek, byte != 0x0A {
        _ = byte
        at += 1
      }
      skipSpace()
    }
  }

  private mutating func value() -> Value? {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100, let byte = peek else { return nil }
    switch byte {
    case UInt8(ascii: "["):
      return items(closedBy: UInt8(ascii: "]")).map { Value.fresh($0.items) }
    case UInt8(ascii: "("):
      guard let (items, hasComma) = items(closedBy: UInt8(ascii: ")")) else {
        return nil
      }
      return items.count == 1 && !hasComma ? items[0] : .tuple(items)
    case UInt8(ascii: "{"): return dictionary()
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      at += 1
      skipBlanks()
      guard let next = peek,
        (0x30...0x39).contains(next) || next == UInt8(ascii: ".")
          || next == UInt8(ascii: "+") || next == UInt8(ascii: "-"),
        let number = value(), number.isNumber, number.boolean == nil
      else { return nil }
      return byte == UInt8(ascii: "-")
        ? try? Operators.negative(number) : number
    case 0x30...0x39, UInt8(ascii: "."): return number()
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return strings(prefix: "")
    default: return word()
    }
  }

  private mutating func items(
    closedBy end: UInt8
  ) -> (items: [Value], hasComma: Bool)? {
    at += 1
    var items: [Value] = []
    var hasComma = false
    while true {
      skipInside()
      if peek == end {
        at += 1
        return (items, hasComma)
      }
      if !items.isEmpty && !hasComma { return nil }
      guard let next = value() else { return nil }
      items.append(next)
      skipInside()
      if peek == UInt8(ascii: ",") {
        at += 1
        hasComma = true
        skipInside()
        if peek == end { continue }
        guard let more = peek, more != UInt8(ascii: ",") else { return nil }
      } else if peek != end {
        return nil
      } else if items.count == 1 {
        hasComma = false
      }
    }
  }

  private mutating func dictionary() -> Value? {
    at += 1
    let result = ValueDictionary(mutable: ())
    while true {
      skipInside()
      if peek == UInt8(ascii: "}") {
        at += 1
        return Value(.dictionary(result))
      }
      guard let key = value() else { return nil }
      skipInside()
      guard peek == UInt8(ascii: ":") else { return nil }
      at += 1
      skipInside()
      guard let item = value() else { return nil }
      guard (try? result.insert(key, item)) != nil else { return nil }
      skipInside()
      if peek == UInt8(ascii: ",") {
        at += 1
      } else if peek != UInt8(ascii: "}") {
        return nil
      }
    }
  }

  private mutating func number() -> Value? {
    var source = bytes
    let start = at
    // A float may start or end with its point.
    if bytes[at] == UInt8(ascii: ".") {
      guard at + 1 < bytes.count, (0x30...0x39).contains(bytes[at + 1]) else {
        return nil
      }
      source = [UInt8(ascii: "0")] + bytes[start...]
      guard let (end, value) = try? NumberLiteral.read(source, at: 0, Limits())
      else { return nil }
      at = start + end - 1
      return notAWord(value)
    }
    guard let (end, value) = try? NumberLiteral.read(source, at: at, Limits())
    else { return nil }
    at = end
    if case .integer(let whole) = value.payload, peek == UInt8(ascii: ".") {
      at += 1
      return notAWord(Value(Double(whole)))
    }
    // Python has no decimal numbers with leading zeros.
    if value.integer == 0, let next = peek, (0x30...0x39).contains(next) {
      return nil
    }
    return notAWord(value)
  }

  /// The value, unless a letter follows right behind it.
  private func notAWord(_ value: Value) -> Value? {
    guard let next = peek else { return value }
    let isLetter = (next | 0x20) >= 0x61 && (next | 0x20) <= 0x7A
    return isLetter || next == UInt8(ascii: "_") || next >= 0x80 ? nil : value
  }

  private mutating func word() -> Value? {
    let start = at
    while let byte = peek,
      (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F
        || (0x30...0x39).contains(byte) || byte >= 0x80
    { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    switch text {
    case "True": return .true
    case "False": return .false
    case "None": return Value.none
    case "b", "B":
      guard peek == UInt8(ascii: "'") || peek == UInt8(ascii: "\""),
        let text = string(isRaw: false),
        text.unicodeScalars.allSatisfy({ $0.value < 256 })
      else { return nil }
      return Value(BytesObject(text.unicodeScalars.map { UInt8($0.value) }))
    case "r", "R", "u", "U":
      guard peek == UInt8(ascii: "'") || peek == UInt8(ascii: "\"") else {
        return nil
      }
      return strings(prefix: text)
    default: return nil
    }
  }

  /// One string, or several next to each other.
  private mutating func strings(prefix: String) -> Value? {
    guard var text = string(isRaw: prefix == "r" || prefix == "R") else {
      return nil
    }
    while true {
      let before = at
      if depth == 1 { skipBlanks() } else { skipSpace() }
      guard peek == UInt8(ascii: "'") || peek == UInt8(ascii: "\"") else {
        at = before
        return Value(text)
      }
      guard let more = string(isRaw: false) else { return nil }
      text += more
    }
  }

  private mutating func string(isRaw: Bool) -> String? {
    let quote = bytes[at]
    let triple =
      at + 2 < bytes.count && bytes[at + 1] == quote && bytes[at + 2] == quote
    at += triple ? 3 : 1
    let start = at
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "\\") {
        at += 2
        continue
      }
      if bytes[at] == quote {
        if !triple { break }
        if at + 2 < bytes.count, bytes[at + 1] == quote, bytes[at + 2] == quote
        {
          break
        }
      } else if bytes[at] == 0x0A && !triple {
        return nil
      }
      at += 1
    }
    guard at < bytes.count else { return nil }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    at += triple ? 3 : 1
    return isRaw ? text : try? Escapes.decoded(text)
  }
}
