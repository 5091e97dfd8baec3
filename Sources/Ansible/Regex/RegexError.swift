// What is wrong with a regular expression, or with a match that took too long.

/// An expression that Python's `re` would refuse, or a match that passed the
/// limit.
public struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Python's words for the problem where it has any.
  public var problem: String
  /// Character of the pattern, from 0, nil where no place is to blame.
  public var position: Int?

  init(_ problem: String, at position: Int? = nil) {
    self.problem = problem
    self.position = position
  }

  public var description: String {
    guard let position else { return problem }
    return "\(problem) at position \(position)"
  }
}
