// Python's repr of a string, for messages.

import Jinja

enum PythonQuote {
  /// `'text'` with Python's escapes.
  static func repr(_ text: String) -> String {
    (try? Value(text).repr()) ?? "'\(text)'"
  }
}
