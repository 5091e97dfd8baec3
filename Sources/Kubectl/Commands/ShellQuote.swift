// Words as a shell reads them back.

extension String {
  /// The text as one word for a POSIX shell: as it is, or in single quotes.
  var shellQuoted: String {
    let plain = utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "@%_-+=:,./".utf8.contains(byte)
      }
    }
    if plain && !isEmpty { return self }
    var quoted = "'"
    for character in self {
      if character == "'" {
        quoted += "'\\''"
      } else {
        quoted.append(character)
      }
    }
    return quoted + "'"
  }
}
