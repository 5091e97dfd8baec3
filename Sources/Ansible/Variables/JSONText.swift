// Values as JSON text: results for events, dictionaries that a task writes to
// a file.

import Jinja

/// Writes values as JSON.
public enum JSONText {
  /// How secrets are written.
  public enum Secrets: Sendable {
    case shown
    case masked
  }

  /// JSON as Python's `json.dumps` writes it: `, ` and `: ` between, other
  /// characters than ASCII escaped.
  static func python(_ value: Value) throws -> String {
    var text = ""
    try write(value, into: &text, comma: ", ", colon: ": ", .shown, true)
    return text
  }

  /// JSON on one line without blanks.
  public static func compact(_ value: Value, _ secrets: Secrets) throws
    -> String
  {
    var text = ""
    try write(value, into: &text, comma: ",", colon: ":", secrets, false)
    return text
  }

  private static func write(
    _ value: Value, into text: inout String, comma: String, colon: String,
    _ secrets: Secrets, _ escapes: Bool
  ) throws {
    if secrets == .masked, value.marks.contains(.secret), !value.isNone {
      quote(PlainText.masked(value), into: &text, escapes)
      return
    }
    switch value.payload {
    case .none: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .integer, .bigInteger: text += try value.str()
    case .float(let number):
      if number.isNaN {
        text += "NaN"
      } else if number.isInfinite {
        text += number < 0 ? "-Infinity" : "Infinity"
      } else {
        text += try value.repr()
      }
    case .string(let string), .markup(let string):
      quote(string, into: &text, escapes)
    case .list, .tuple:
      text += "["
      for (index, item) in (try value.sequence() ?? []).enumerated() {
        if index > 0 { text += comma }
        try write(
          item, into: &text, comma: comma, colon: colon, secrets, escapes)
      }
      text += "]"
    case .dictionary(let dictionary):
      text += "{"
      for (index, entry) in try dictionary.entries().enumerated() {
        if index > 0 { text += comma }
        quote(try key(entry.key), into: &text, escapes)
        text += colon
        try write(
          entry.value, into: &text, comma: comma, colon: colon, secrets,
          escapes)
      }
      text += "}"
    case .unknown: quote(Value.unknownPlaceholder, into: &text, escapes)
    case .undefined(let undefined): throw undefined.error
    case .object, .function: quote(PlainText.of(value), into: &text, escapes)
    }
  }

  /// A key as Python's json writes it: text stays, others by their JSON.
  private static func key(_ key: Value) throws -> String {
    switch key.payload {
    case .none: "null"
    case .bool(let flag): flag ? "true" : "false"
    default: try key.str()
    }
  }

  private static func quote(
    _ string: String, into text: inout String, _ escapes: Bool
  ) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      default:
        if scalar.value < 0x20 || (escapes && scalar.value > 0x7E) {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            text +=
              "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }
}
