// Backslash escapes in string literals, as Python's unicode-escape reads them.

enum Escapes {
  struct Failure: Error {
    var message: String
  }

  /// The text with its escapes replaced; unknown escapes stay.
  static func decoded(_ text: String) throws -> String {
    var result = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    var at = 0
    while at < scalars.count {
      guard scalars[at] == "\\", at + 1 < scalars.count else {
        if scalars[at] == "\\" { throw Failure(message: "\\ at end of string") }
        result.append(scalars[at])
        at += 1
        continue
      }
      let mark = scalars[at + 1]
      at += 2
      switch mark {
      case "\n": break
      case "\\", "'", "\"": result.append(mark)
      case "a": result.append("\u{07}")
      case "b": result.append("\u{08}")
      case "f": result.append("\u{0C}")
      case "n": result.append("\n")
      case "r": result.append("\r")
      case "t": result.append("\t")
      case "v": result.append("\u{0B}")
      case "0"..."7":
        var value = mark.value - 48
        var count = 1
        while count < 3, at < scalars.count, ("0"..."7").contains(scalars[at]) {
          value = value * 8 + scalars[at].value - 48
          at += 1
          count += 1
        }
        result.append(Unicode.Scalar(value) ?? "\u{FFFD}")
      case "x":
        result.append(try hex(scalars, &at, 2, "truncated \\xXX escape"))
      case "u":
        result.append(try hex(scalars, &at, 4, "truncated \\uXXXX escape"))
      case "U":
        result.append(
          try hex(scalars, &at, 8, "truncated \\UXXXXXXXX escape"))
      case "N": result.append(try named(scalars, &at))
      default:
        result.append("\\")
        result.append(mark)
      }
    }
    return String(result)
  }

  private static func hex(
    _ scalars: [Unicode.Scalar], _ at: inout Int, _ count: Int,
    _ message: String
  ) throws -> Unicode.Scalar {
    guard at + count <= scalars.count,
      scalars[at..<(at + count)].allSatisfy({
        $0.isASCII && $0.properties.isHexDigit
      }),
      let value = UInt32(
        String(String.UnicodeScalarView(scalars[at..<(at + count)])), radix: 16)
    else { throw Failure(message: message) }
    at += count
    guard value <= 0x10FFFF else {
      throw Failure(message: "illegal Unicode character")
    }
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  private static func named(
    _ scalars: [Unicode.Scalar], _ at: inout Int
  ) throws -> Unicode.Scalar {
    guard at < scalars.count, scalars[at] == "{",
      let end = scalars[at...].firstIndex(of: "}")
    else { throw Failure(message: "malformed \\N character escape") }
    let name = String(String.UnicodeScalarView(scalars[(at + 1)..<end]))
      .uppercased()
    at = end + 1
    let ranges: [ClosedRange<UInt32>] = [0x20...0xD7FF, 0xE000...0x1FFFF]
    for value in ranges.joined() {
      if let scalar = Unicode.Scalar(value),
        scalar.properties.name == name || scalar.properties.nameAlias == name
      {
        return scalar
      }
    }
    throw Failure(message: "unknown Unicode character name")
  }
}
