// The mode of a file as tasks write it: octal, or in the letters of chmod.

import Jinja

/// Reads modes by the rules of ansible-core's basic.py.
enum FileRights {
  /// What a mode is counted from.
  struct Base {
    var mode: UInt32
    var isDirectory: Bool
    /// The rights that new files of the process do not get.
    var mask: UInt32
  }

  /// Why a text is no mode.
  struct Problem: Error {
    var message: String
    var details: Value
  }

  /// The mode that an argument means.
  ///
  /// Throws ``Problem``.
  static func mode(
    _ value: Value, from base: Base
  ) throws(Problem) -> UInt32 {
    if let number = value.integer {
      guard let mode = UInt32(exactly: number), mode <= 0o7777 else {
        throw Problem(
          message: "mode must be in octal or symbolic form",
          details: Value(number))
      }
      return mode
    }
    let text = PlainText.of(value)
    guard let number = octal(text) else { return try letters(text, base) }
    guard number <= 0o7777 else {
      throw Problem(
        message: "Invalid mode supplied, only permission info is allowed",
        details: Value(Int(number)))
    }
    return number
  }

  /// A mode as most results tell it: a zero and at least three digits.
  static func text(_ mode: UInt32) -> String { "0" + digits(mode, 3) }

  /// A mode with so many digits or more.
  static func digits(_ mode: UInt32, _ count: Int) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(count - digits.count, 0)) + digits
  }

  private static func octal(_ text: String) -> UInt32? {
    var digits = text.stripped[...]
    if digits.hasPrefix("0o") || digits.hasPrefix("0O") {
      digits = digits.dropFirst(2)
    }
    return UInt32(digits, radix: 8)
  }

  /// `u=rw,g=r,o=` and the like.
  private static func letters(
    _ text: String, _ base: Base
  ) throws(Problem) -> UInt32 {
    var mode = base.mode
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let first = part.firstIndex { "=+-".contains($0) } ?? part.endIndex
      let written = part[..<first]
      let users = written.isEmpty || written == "a" ? "ugo" : written
      let obeysMask = written.isEmpty
      guard users.allSatisfy({ "ugo".contains($0) }) else {
        throw bad(part)
      }
      var rest = part[first...]
      while let sign = rest.popFirst() {
        let rights = rest.prefix { !"=+-".contains($0) }
        rest = rest[rights.endIndex...]
        guard rights.allSatisfy({ "rwxXstugo".contains($0) }) else {
          throw bad(part)
        }
        for user in users {
          let bits = rights.reduce(UInt32(0)) {
            $0
              | Self.bits(
                $1, of: user, mode, base, mask: obeysMask ? base.mask : 0)
          }
          switch sign {
          case "+": mode |= bits
          case "-": mode &= ~bits
          default: mode = mode & ~own(user) | bits
          }
        }
      }
    }
    return mode
  }

  private static func bad(_ part: Substring) -> Problem {
    Problem(
      message: "mode must be in octal or symbolic form",
      details: Value("bad symbolic permission for mode: \(part)"))
  }

  /// How far a user's three bits stand from the right.
  private static func shift(_ user: Character) -> UInt32 {
    user == "u" ? 6 : user == "g" ? 3 : 0
  }

  /// All that `=` sets for a user.
  private static func own(_ user: Character) -> UInt32 {
    switch user {
    case "u": 0o4700
    case "g": 0o2070
    default: 0o1007
    }
  }

  /// What one letter means for one user.
  private static func bits(
    _ letter: Character, of user: Character, _ mode: UInt32, _ base: Base,
    mask: UInt32
  ) -> UInt32 {
    let shift = shift(user)
    switch letter {
    case "r": return 4 << shift & ~mask
    case "w": return 2 << shift & ~mask
    case "x": return 1 << shift & ~mask
    case "X": return base.isDirectory || mode & 0o111 != 0 ? 1 << shift : 0
    case "s": return user == "u" ? 0o4000 : user == "g" ? 0o2000 : 0
    case "t": return user == "o" ? 0o1000 : 0
    default: return (mode >> Self.shift(letter) & 7) << shift
    }
  }
}
