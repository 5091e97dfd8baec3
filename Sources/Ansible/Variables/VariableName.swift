// Which names a variable may have.

/// The rule for names of variables: Python's identifiers in ASCII that are no
/// words of Python's own.
enum VariableName {
  private static let reserved: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break",
    "class", "continue", "def", "del", "elif", "else", "except", "finally",
    "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    "true", "false", "none",
  ]

  static func isValid(_ name: String) -> Bool {
    guard let first = name.utf8.first else { return false }
    func isLetter(_ byte: UInt8) -> Bool {
      (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
        || byte == 0x5F
    }
    guard isLetter(first) else { return false }
    return name.utf8.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0)
    } && !reserved.contains(name)
  }
}
