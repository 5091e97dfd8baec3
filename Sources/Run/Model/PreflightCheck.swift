// One thing looked at before a plan may run.

/// The result of one check, with the sentence that the operator reads.
public struct PreflightCheck: Sendable, Hashable, Codable, Identifiable {
  public enum State: String, Sendable, Hashable, Codable {
    case ok
    case warn
    case fail
  }

  /// What was looked at: "Cluster identity".
  public var title: String
  public var state: State
  /// What was found and, unless all is well, what to do about it.
  public var sentence: String

  public var id: String { title }

  /// The title of the check of the stack's lock: a warning means that a stale
  /// one can be taken over.
  public static let lock = "Lock"
  /// The title of the check whether this is the stack's cluster.
  public static let identity = "Cluster identity"

  public init(_ title: String, _ state: State, _ sentence: String) {
    self.title = title
    self.state = state
    self.sentence = sentence
  }
}
