// JSON as Python's json module writes it, with the marks of every part.

import Jinja

/// Writes values as JSON.
struct JSONWriter {
  /// One level of indentation; nil for a single line.
  var indent: String?
  var itemSeparator = ", "
  var keySeparator = ": "
  var sortsKeys = false
  var isASCII = true
  /// How long the text may be.
  var limits = Limits()

  /// The text of a value.
  ///
  /// - Throws: `TemplateError` for an undefined value or what JSON cannot hold.
  func text(of value: Value) throws -> Value {
    var builder = TextBuilder()
    try write(value, into: &builder, depth: 0)
    return builder.value
  }

  private func write(
    _ value: Value, into builder: inout TextBuilder, depth: Int
  ) throws {
    guard depth < 300 else {
      throw TemplateError(.value, "Circular reference detected")
    }
    let start = builder.count
    // What holds one list many times writes far more than it holds.
    try limits.check(text: start)
    switch value.payload {
    case .none: builder.append("null")
    case .bool(let flag): builder.append(flag ? "true" : "false")
    case .integer, .bigInteger: builder.append(try value.repr())
    case .float(let number): builder.append(try Self.text(of: number, value))
    case .string, .markup:
      try write(text: value, into: &builder)
      return
    case .unknown:
      builder.append("\"\(Value.unknownPlaceholder)\"", marks: .unknown)
    case .list, .tuple:
      try write(
        items: try value.sequence() ?? [], into: &builder, depth: depth)
    case .dictionary(let dictionary):
      try write(dictionary, into: &builder, depth: depth)
    case .object(let object):
      try write(object, into: &builder, depth: depth)
    case .undefined(let undefined): throw undefined.error
    case .function:
      throw TemplateError(
        .type, "Object of type function is not JSON serializable")
    }
    if !value.marks.isEmpty { builder.mark(from: start, value.marks) }
  }

  private static func text(of number: Double, _ value: Value) throws -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return try value.repr()
  }

  private func write(text value: Value, into builder: inout TextBuilder) throws
  {
    let spans = value.spans
    if var text = value.text, needsNoEscape(&text) {
      builder.append("\"")
      builder.append(text, spans: spans)
      builder.append("\"")
      return
    }
    let quoted = try MarkedText.mapping(value, prefix: "\"", suffix: "\"") {
      escape($0)
    }
    builder.append(quoted.text ?? "", spans: quoted.spans)
  }

  /// Whether a text stands in JSON as it is.
  private func needsNoEscape(_ text: inout String) -> Bool {
    text.withUTF8 { bytes in
      bytes.allSatisfy {
        $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && (!isASCII || $0 < 0x80)
      }
    }
  }

  private func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{8}": return "\\b"
    case "\u{C}": return "\\f"
    default:
      guard scalar.value < 0x20 || (isASCII && scalar.value > 0x7E) else {
        return String(Character(scalar))
      }
      if scalar.value == 0x7F { return "\u{7F}" }
      return String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }

  private func newline(_ builder: inout TextBuilder, _ depth: Int) {
    guard let indent else { return }
    builder.append("\n" + String(repeating: indent, count: depth))
  }

  private func write(
    items: [Value], into builder: inout TextBuilder, depth: Int
  ) throws {
    guard !items.isEmpty else { return builder.append("[]") }
    builder.append("[")
    for (index, item) in items.enumerated() {
      if index > 0 { builder.append(itemSeparator) }
      newline(&builder, depth + 1)
      try write(item, into: &builder, depth: depth + 1)
    }
    newline(&builder, depth)
    builder.append("]")
  }

  private func write(
    _ dictionary: ValueDictionary, into builder: inout TextBuilder, depth: Int
  ) throws {
    var entries = try dictionary.entries().map { ($0.key, $0.value) }
    guard !entries.isEmpty else { return builder.append("{}") }
    if sortsKeys {
      // Keys are made texts first, so that any two have an order.
      let keyed = try entries.map { (try key($0.0), $0.1) }
      entries = PythonOrder.sorted(keyed) { $0.0 } ?? keyed
    }
    builder.append("{")
    for (index, entry) in entries.enumerated() {
      if index > 0 { builder.append(itemSeparator) }
      newline(&builder, depth + 1)
      try write(text: try key(entry.0), into: &builder)
      builder.append(keySeparator)
      try write(entry.1, into: &builder, depth: depth + 1)
    }
    newline(&builder, depth)
    builder.append("}")
  }

  /// A key as JSON has it: a text.
  private func key(_ key: Value) throws -> Value {
    switch key.payload {
    case .string, .markup: return key
    case .none: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .integer, .bigInteger: return Value(try key.repr())
    case .float(let number): return Value(try Self.text(of: number, key))
    case .object(let object):
      if let time = object as? PythonDateTime { return Value(time.isoformat()) }
      fallthrough
    default:
      throw TemplateError(
        .type,
        "keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private func write(
    _ object: Object, into builder: inout TextBuilder, depth: Int
  ) throws {
    switch object {
    case let time as PythonDateTime:
      builder.append("\"\(time.isoformat())\"")
    case let bytes as PythonBytes:
      try write(
        text: Value(try TextEncoding.text(of: bytes.bytes, "utf-8")),
        into: &builder)
    default:
      guard let next = try object.iterate() else {
        throw TemplateError(
          .type,
          "Object of type \(object.typeName) is not JSON serializable")
      }
      var items: [Value] = []
      while let item = try next() { items.append(item) }
      try write(items: items, into: &builder, depth: depth)
    }
  }
}
