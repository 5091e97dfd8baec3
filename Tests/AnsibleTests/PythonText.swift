// Python's repr of a string, written again for the tests: what they compare
// with must not come from the code under test.

enum PythonText {
  static func repr(_ text: String) -> String {
    let quote: Character =
      text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "'" where quote == "'": result += "\\'"
      case "\u{2028}": result += "\\u2028"
      case "\u{FEFF}": result += "\\ufeff"
      default:
        if scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value) {
          let digits = String(scalar.value, radix: 16)
          result += "\\x" + (digits.count < 2 ? "0" : "") + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + String(quote)
  }
}
