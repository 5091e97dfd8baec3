// Splits a command line into words as a POSIX shell quotes them (Python's
// shlex.split): what `command` and `k8s_exec` hand to the program.

/// A command line taken apart.
public enum ShellWords {
  /// Text that ends inside a quotation or after a backslash.
  public struct Unfinished: Error, Sendable, CustomStringConvertible {
    /// What is missing, in Python's words.
    public var description: String
  }

  /// The words of `text`, quotes and backslashes resolved.
  ///
  /// Throws ``Unfinished``.
  public static func split(_ text: String) throws(Unfinished) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = text[...]
    while let character = rest.popFirst() {
      if let open = quote {
        if character == open {
          quote = nil
        } else if character == "\\" && open == "\"" {
          guard let next = rest.popFirst() else {
            throw Unfinished(description: "No closing quotation")
          }
          // In double quotes a backslash escapes itself and the quote only.
          if next != "\"" && next != "\\" { word?.append("\\") }
          word?.append(next)
        } else {
          word?.append(character)
        }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character == "\\" {
        guard let next = rest.popFirst() else {
          throw Unfinished(description: "No escaped character")
        }
        word = (word ?? "") + String(next)
      } else if character.isWhitespace {
        if let whole = word { words.append(whole) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else {
      throw Unfinished(description: "No closing quotation")
    }
    if let whole = word { words.append(whole) }
    return words
  }
}
