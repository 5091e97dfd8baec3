// The judgement of one object, as a value.

/// What an object is up to, why, and in one sentence for people.
public struct Verdict: Hashable, Sendable {
  /// The words are kstatus's (github.com/kubernetes-sigs/cli-utils).
  public enum State: String, Hashable, Sendable, CaseIterable {
    case inProgress = "InProgress"
    case current = "Current"
    case failed = "Failed"
    case terminating = "Terminating"
    case notFound = "NotFound"
    case unknown = "Unknown"

    /// The order in which people want to see states: failed first.
    var urgency: Int {
      switch self {
      case .failed: 0
      case .notFound, .unknown, .inProgress: 1
      case .terminating: 2
      case .current: 3
      }
    }
  }

  public var state: State
  /// One CamelCase word for machines and table cells, such as `ImagePull`.
  public var reason: String
  /// One sentence, free of control characters.
  public var sentence: String

  public init(_ state: State, _ reason: String, _ sentence: String) {
    self.state = state
    self.reason = reason.printable
    self.sentence = sentence.printable
  }
}
