// The lines of what a program wrote, as results tell them beside the text.

import Jinja

enum OutputLines {
  /// The lines of a text, by the rules of Python's splitlines.
  static func of(_ text: String) -> Value {
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    if lines.last == "" { lines.removeLast() }
    return .list(lines.map { Value(String($0)).unsafe })
  }
}
