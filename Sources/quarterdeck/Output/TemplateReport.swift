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
    guard let excerpt = error.excerpt() else { return error.description }
    let lines = excerpt.split(
      separator: "\n", omittingEmptySubsequences: false)
    return ([error.description] + lines.map { "  \($0)" })
      .joined(separator: "\n")
  }
}
