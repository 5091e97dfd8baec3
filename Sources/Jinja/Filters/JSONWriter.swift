// Python's json.dumps, with the marks of what is written.

/// Writes values as JSON, as Python's `json.dumps` does.
public struct JSONWriter {
  public private(set) var out = TextBuilder()
  /// What each level is indented by; nil for one line.
  public var indent: String?
  public var sortsKeys = false
  /// Whether `<`, `>`, `&` and `'` are written as escapes.
  public var escapesHTML = false
  /// Whether all but ASCII is written as escapes.
  public var escapesUnicode = true
  public var itemSeparator: String?
  public var keySeparator = ": "
  private let limits: Limits
  private var depth = 0

  public init(_ limits: Limits = Limits()) { self.limits = limits }

  fileprivate static let hex = Array("0123456789abcdef".utf8)

  /// Writes a value.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` for what JSON cannot
  ///   hold.
  public mutating func write(_ value: Value) throws {
    let start = out.count
    switch value.payload {
    case .none: out.append("null")
    case .bool(let flag): out.append(flag ? "true" : "false")
    case .integer(let number): out.append(integer: number)
    case .bigInteger(let number): out.append(try number.decimal())
    case .float(let number): out.append(Self.text(number))
    case .string(let text), .markup(let text): write(text: text, value)
    case .list(let list): try write(items: try list.elements())
    case .tuple(let items): try write(items: items)
    case .dictionary(let dictionary): try write(dictionary)
    case .unknown:
      write(text: Value.unknownPlaceholder, value)
    case .undefined(let undefined):
      if undefined.policy == .chainableStrict { throw undefined.error }
      throw unsupported(value)
    case .object(let object):
      if object.isSequence, !(object is BytesObject), !(object is RangeObject) {
        try write(items: try value.members())
      } else {
        throw unsupported(value)
      }
    case .function: throw unsupported(value)
    }
    if value.isMarked && !value.isString { out.mark(from: start, value.marks) }
    try limits.check(text: out.count)
  }

  private func unsupported(_ value: Value) -> TemplateError {
    TemplateError(
      .type, "Object of type \(value.typeName) is not JSON serializable")
  }

  private static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return Float.repr(number)
  }

  private mutating func newline() {
    guard let indent else { return }
    out.append("\n")
    for _ in 0..<depth { out.append(indent) }
  }

  private mutating func separate() {
    out.append(itemSeparator ?? (indent == nil ? ", " : ","))
  }

  private mutating func nest(_ body: (inout JSONWriter) throws -> Void) throws {
    depth += 1
    if depth > 500 {
      throw TemplateError(.recursion, "maximum recursion depth exceeded")
    }
    try body(&self)
    depth -= 1
  }

  private mutating func write(items: [Value]) throws {
    if items.isEmpty { return out.append("[]") }
    out.append("[")
    try nest { writer in
      for (place, item) in items.enumerated() {
        if place > 0 { writer.separate() }
        writer.newline()
        try writer.write(item)
      }
    }
    newline()
    out.append("]")
  }

  private mutating func write(_ dictionary: ValueDictionary) throws {
    if dictionary.isEmpty { return out.append("{}") }
    out.append("{")
    var entries = try dictionary.entries()
    if sortsKeys {
      try Sorting.merge(&entries) { try $0.key.isLess(than: $1.key) }
    }
    try nest { writer in
      for (place, entry) in entries.enumerated() {
        if place > 0 { writer.separate() }
        writer.newline()
        let key = try writer.key(entry.key)
        writer.write(text: key.text ?? "", key)
        writer.out.append(writer.keySeparator)
        try writer.write(entry.value)
      }
    }
    newline()
    out.append("}")
  }

  private func key(_ key: Value) throws -> Value {
    switch key.payload {
    case .string, .markup: key
    case .none: "null"
    case .bool(let flag): Value(flag ? "true" : "false")
    case .integer, .bigInteger: Value(try key.repr())
    case .float(let number): Value(Self.text(number))
    default:
      throw TemplateError(
        .type,
        "keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private mutating func write(text: String, _ value: Value) {
    let escapes = StringEscapes(html: escapesHTML, unicode: escapesUnicode)
    out.append("\"")
    if value.isMarked {
      let escaped = Rewriting.scalars(of: value, text) { scalar, builder in
        escapes.write(scalar, &builder)
      }
      out.append(escaped.text ?? "", spans: escaped.spans)
    } else {
      for scalar in text.unicodeScalars { escapes.write(scalar, &out) }
    }
    out.append("\"")
  }
}

/// Which characters of a string JSON shows as escapes.
private struct StringEscapes {
  let html: Bool
  let unicode: Bool

  func write(_ scalar: Unicode.Scalar, _ out: inout TextBuilder) {
    switch scalar {
    case "\"": out.append("\\\"")
    case "\\": out.append("\\\\")
    case "\n": out.append("\\n")
    case "\r": out.append("\\r")
    case "\t": out.append("\\t")
    case "\u{08}": out.append("\\b")
    case "\u{0C}": out.append("\\f")
    case "<", ">", "&", "'":
      if html {
        escape(UInt16(scalar.value), &out)
      } else {
        out.append(byte: UInt8(scalar.value))
      }
    default:
      if scalar.value >= 0x20 && scalar.value < 0x7F {
        out.append(byte: UInt8(scalar.value))
      } else if scalar.value < 0x20 || unicode {
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          escape(unit, &out)
        }
      } else {
        out.append(String(scalar))
      }
    }
  }

  private func escape(_ unit: UInt16, _ out: inout TextBuilder) {
    out.append("\\u")
    for shift in [12, 8, 4, 0] {
      out.append(byte: JSONWriter.hex[Int(unit >> UInt16(shift)) & 15])
    }
  }
}
