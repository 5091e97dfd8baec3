// Writes JSON: members in order of their names, so that equal values have
// equal text.

extension JSON: CustomStringConvertible {
  /// The value on one line, members sorted by name.
  public var description: String { text() }

  /// The value as text: on one line, or indented by two spaces.
  public func text(indented: Bool = false) -> String {
    String(decoding: bytes(indented: indented), as: UTF8.self)
  }

  /// The value as UTF-8: on one line, or indented by two spaces.
  public func bytes(indented: Bool = false) -> [UInt8] {
    var writer = JSONWriter(indented: indented)
    writer.write(self, depth: 0)
    return writer.output
  }
}

private struct JSONWriter {
  let indented: Bool
  var output: [UInt8] = []

  init(indented: Bool) { self.indented = indented }

  mutating func write(_ value: JSON, depth: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .number(let value):
      // JSON knows neither infinity nor NaN; the parser never makes them.
      output.append(
        contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
    case .string(let value): write(value)
    case .array(let elements):
      if elements.isEmpty { return append("[]") }
      append("[")
      for (index, element) in elements.enumerated() {
        separate(index, depth + 1)
        write(element, depth: depth + 1)
      }
      newline(depth)
      append("]")
    case .object(let members):
      if members.isEmpty { return append("{}") }
      append("{")
      let sorted = members.sorted { $0.key < $1.key }
      for (index, member) in sorted.enumerated() {
        separate(index, depth + 1)
        write(member.key)
        append(indented ? ": " : ":")
        write(member.value, depth: depth + 1)
      }
      newline(depth)
      append("}")
    }
  }

  mutating func append(_ text: StaticString) {
    output.append(
      contentsOf: UnsafeBufferPointer(
        start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func separate(_ index: Int, _ depth: Int) {
    if index > 0 { append(",") }
    newline(depth)
  }

  mutating func newline(_ depth: Int) {
    guard indented else { return }
    append("\n")
    for _ in 0..<depth { append("  ") }
  }

  mutating func write(_ string: String) {
    output.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20, 0x7F:
        append("\\u00")
        output.append(Self.hex(byte >> 4))
        output.append(Self.hex(byte & 0x0F))
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  static func hex(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
