// Python's pprint.pformat with its defaults: 80 columns, sorted keys.

struct PrettyPrinter {
  private var out = TextBuilder()
  private let limits: Limits
  private static let width = 80

  static func text(_ value: Value, _ limits: Limits) throws -> Value {
    var printer = PrettyPrinter(limits: limits)
    try printer.write(value, indent: 0, allowance: 0, level: 1)
    printer.out.mark(from: 0, value.isString ? [] : value.marks)
    return printer.out.value
  }

  private init(limits: Limits) { self.limits = limits }

  private mutating func write(
    _ value: Value, indent: Int, allowance: Int, level: Int
  ) throws {
    if level > 100 {
      throw TemplateError(.recursion, "maximum recursion depth exceeded")
    }
    try limits.check(text: out.count)
    let width = Self.width - indent - allowance
    let line = try Self.line(value, within: max(width, 0))
    if let line, try line.length() ?? 0 <= width { return try out.append(line) }
    switch value.payload {
    case .dictionary(let dictionary):
      out.append("{")
      let entries = try Self.sorted(dictionary)
      for (place, entry) in entries.enumerated() {
        let isLast = place == entries.count - 1
        let start = out.count
        try writeLine(entry.key)
        let key = String(decoding: out.bytes[start...], as: UTF8.self)
        out.append(": ")
        try write(
          entry.value, indent: indent + 1 + key.unicodeScalars.count + 2,
          allowance: isLast ? allowance + 1 : 1, level: level + 1)
        if !isLast {
          out.append(",\n")
          out.append(String(repeating: " ", count: indent + 1))
        }
      }
      out.append("}")
    case .list(let list):
      out.append("[")
      try write(
        items: try list.elements(), indent: indent + 1,
        allowance: allowance + 1, level)
      out.append("]")
    case .tuple(let items):
      out.append("(")
      let end = items.count == 1 ? ",)" : ")"
      try write(
        items: items, indent: indent + 1,
        allowance: allowance + end.count, level)
      out.append(end)
    case .string(let text):
      try write(text: text, value, indent, allowance, level)
    default: try writeLine(value)
    }
  }

  /// Writes a value on one line, however long that is.
  private mutating func writeLine(_ value: Value) throws {
    do {
      try Self.write(value, &out, depth: 0, limits.textSize)
    } catch is TooLong {
      throw Limits.reached("a text of more than \(limits.textSize) bytes")
    }
  }

  private mutating func write(
    items: [Value], indent: Int, allowance: Int, _ level: Int
  ) throws {
    for (place, item) in items.enumerated() {
      if place > 0 {
        out.append(",\n")
        out.append(String(repeating: " ", count: indent))
      }
      try write(
        item, indent: indent,
        allowance: place == items.count - 1 ? allowance : 1, level: level + 1)
    }
  }

  /// A long text in several literals, broken at blanks.
  private mutating func write(
    text: String, _ value: Value, _ indent: Int, _ allowance: Int, _ level: Int
  ) throws {
    var indent = indent
    var allowance = allowance
    let start = out.count
    if level == 1 {
      indent += 1
      allowance += 1
    }
    var chunks: [String] = []
    let lines = PythonText.lines(text, keepEnds: true)
    let source = Value(text)
    for (place, range) in lines.enumerated() {
      let line = source.slice(range).text ?? ""
      let isLast = place == lines.count - 1
      var width = Self.width - indent
      let literal = Quoted.repr(line)
      if literal.unicodeScalars.count <= (isLast ? width - allowance : width) {
        chunks.append(literal)
        continue
      }
      let parts = Self.words(line)
      var current = ""
      for (at, part) in parts.enumerated() {
        let candidate = current + part
        if at == parts.count - 1 && isLast { width -= allowance }
        if Quoted.repr(candidate).unicodeScalars.count > width {
          if !current.isEmpty { chunks.append(Quoted.repr(current)) }
          current = part
        } else {
          current = candidate
        }
      }
      if !current.isEmpty { chunks.append(Quoted.repr(current)) }
    }
    if chunks.count == 1 {
      out.append(chunks[0])
    } else {
      if level == 1 { out.append("(") }
      for (place, chunk) in chunks.enumerated() {
        if place > 0 {
          out.append("\n")
          out.append(String(repeating: " ", count: indent))
        }
        out.append(chunk)
      }
      if level == 1 { out.append(")") }
    }
    out.mark(from: start, value.marks)
  }

  /// Words with the blanks behind them.
  private static func words(_ line: String) -> [String] {
    var result: [String] = []
    var word = String.UnicodeScalarView()
    var wasBlank = false
    for scalar in line.unicodeScalars {
      let isBlank = Whitespace.contains(scalar)
      if !isBlank && wasBlank && !word.isEmpty {
        result.append(String(word))
        word = String.UnicodeScalarView()
      }
      word.append(scalar)
      wasBlank = isBlank
    }
    if !word.isEmpty { result.append(String(word)) }
    return result
  }

  /// The value's repr on one line, with sorted keys; nil where that takes more
  /// than so many characters, which may be far more than it holds.
  private static func line(
    _ value: Value, within width: Int
  ) throws -> Value? {
    var builder = TextBuilder()
    do {
      // No character takes more than four bytes.
      try write(value, &builder, depth: 0, width * 4)
    } catch is TooLong {
      return nil
    }
    return builder.value
  }

  private struct TooLong: Error {}

  /// Writes a value's repr on one line, and stops somewhere behind `limit`.
  private static func write(
    _ value: Value, _ builder: inout TextBuilder, depth: Int, _ limit: Int
  ) throws {
    if depth > 100 {
      throw TemplateError(.recursion, "maximum recursion depth exceeded")
    }
    if builder.count > limit { throw TooLong() }
    let start = builder.count
    switch value.payload {
    case .dictionary(let dictionary):
      builder.append("{")
      for (place, entry) in try sorted(dictionary).enumerated() {
        if place > 0 { builder.append(", ") }
        try write(entry.key, &builder, depth: depth + 1, limit)
        builder.append(": ")
        try write(entry.value, &builder, depth: depth + 1, limit)
      }
      builder.append("}")
    case .list, .tuple:
      guard let items = try value.sequence() else { return }
      let isTuple = if case .tuple = value.payload { true } else { false }
      builder.append(isTuple ? "(" : "[")
      for (place, item) in items.enumerated() {
        if place > 0 { builder.append(", ") }
        try write(item, &builder, depth: depth + 1, limit)
      }
      builder.append(isTuple ? (items.count == 1 ? ",)" : ")") : "]")
    default: try value.writeRepr(into: &builder)
    }
    if value.isMarked { builder.mark(from: start, value.marks) }
  }

  /// Entries by key; keys that have no order by their type's name first.
  private static func sorted(
    _ dictionary: ValueDictionary
  ) throws -> [(key: Value, value: Value)] {
    var entries = try dictionary.entries()
    try Sorting.merge(&entries) { left, right in
      if let answer = try? left.key.isLess(than: right.key) { return answer }
      return left.key.typeName < right.key.typeName
    }
    return entries
  }
}
