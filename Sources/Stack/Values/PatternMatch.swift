// Patterns of meta/service.yml, in Python's dialect.

import Ansible

/// Matches texts against patterns.
enum PatternMatch {
  /// Whether a pattern matches the whole text.
  ///
  /// A pattern that is no regular expression matches everything: that is the
  /// role's fault and reported with the role, not with each value.
  static func whole(_ text: String, _ pattern: String) -> Bool {
    guard let expression = try? PythonRegex(pattern) else {
      return true
    }
    return ((try? expression.fullMatch(text)) ?? nil) != nil
  }

  /// Whether a pattern is a regular expression.
  static func isValid(_ pattern: String) -> Bool {
    (try? PythonRegex(pattern)) != nil
  }
}
