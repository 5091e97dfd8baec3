// What happens while a play runs, told as it happens.

/// One thing that happened in a running play.
public struct RunEvent: Sendable {
  /// What happened.
  public enum Kind: Sendable, Hashable {
    case playStarted
    case taskStarted
    /// One element of a loop ended.
    case item(Outcome, label: String)
    /// A task ended.
    case taskEnded(Outcome)
    /// A task is tried again.
    case retry(attempt: Int, of: Int)
    /// A handler will run because a task changed something.
    case notified(handler: String)
    case playEnded
  }

  /// How a task or one element of its loop ended.
  public enum Outcome: String, Sendable, Hashable {
    case ok
    case changed
    case skipped
    case failed
    /// Failed, and `ignore_errors` let it pass.
    case ignored
    /// Failed inside a block whose rescue runs now.
    case rescued
  }

  public var kind: Kind
  /// The play's name, or the task; nil for plays.
  public var play: String
  public var task: TaskReference?
  /// A message of the task, secrets masked; empty where it has none.
  public var message: String
  /// How long the task took, once it ended.
  public var elapsed: Duration?
  /// The whole result as JSON text with secrets masked; nil with `no_log`.
  public var result: String?
  /// What changed in files, as Ansible's default callback prints it, secrets
  /// masked; empty where nobody asked (`--diff`) or nothing did.
  public var diff = ""

  public init(
    _ kind: Kind, play: String, task: TaskReference? = nil,
    message: String = "", elapsed: Duration? = nil, result: String? = nil
  ) {
    self.kind = kind
    self.play = play
    self.task = task
    self.message = message
    self.elapsed = elapsed
    self.result = result
  }
}
