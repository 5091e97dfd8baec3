// A template's error for a person: the place, the message, the line.

import Jinja

enum TemplateReport {
  /// `file:line:column: Kind: message`, then the line with a caret.
  static func text(of error: TemplateError) -> String {
    guard !error.isSecret else {
      var hidden = error
      hidden.message = "the message is not shown: it may hold a secret"
      return hidden.description
    }
    guard let line = error.sourceLine, error.column > 0 else {
      return error.description
    }
    let lead = line.prefix(error.column - 1)
      .map { $0 == "\t" ? "\t" : " " }.joined()
    return "\(error.description)\n  \(line)\n  \(lead)^"
  }
}
