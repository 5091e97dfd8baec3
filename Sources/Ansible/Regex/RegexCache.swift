// Compiled expressions, since a filter in a loop asks for the same one again
// and again.

import Synchronization

/// Keeps the last few hundred compiled expressions.
final class RegexCache: Sendable {
  private struct Key: Hashable {
    var pattern: String
    var flags: RegexFlags
  }

  private let known = Mutex<[Key: PythonRegex]>([:])

  /// The compiled `pattern`.
  func regex(
    _ pattern: String, _ flags: RegexFlags = []
  ) throws(RegexError) -> PythonRegex {
    let key = Key(pattern: pattern, flags: flags)
    if let found = known.withLock({ $0[key] }) { return found }
    let made = try PythonRegex(pattern, flags: flags)
    known.withLock {
      if $0.count > 400 { $0.removeAll(keepingCapacity: true) }
      $0[key] = made
    }
    return made
  }
}
