// All that running a role against a recorder tells.

import Ansible
import Kubernetes

/// What a role's entry point would do, found without doing any of it.
public struct RoleRendering: Sendable {
  /// Every change of the cluster, in the order of the tasks.
  public var writes: [RenderedWrite] = []
  /// Tasks whose `when`, `loop` or `until` only the run can decide.
  public var decidedDuringRun: [DecidedDuringRun] = []
  /// Commands and file writes on this machine, listed and not run.
  public var localActions: [LocalAction] = []
  /// What the engine does not support; with any of these nothing is applied.
  public var refusals: [Refusal] = []
  /// Sentences for the operator, secrets masked.
  public var warnings: [String] = []
  /// Tasks that end the role: a failed assert, an undefined variable.
  public var failures: [TaskFailure] = []
  /// How many tasks ran.
  public var taskCount = 0

  public init() {}

  /// Whether the role can be deployed as rendered.
  public var isComplete: Bool { refusals.isEmpty && failures.isEmpty }
}

/// A task that the run itself will decide about.
public struct DecidedDuringRun: Sendable, Hashable {
  public var task: TaskReference
  /// What is unknown, a sentence without a full stop: "when: job.result is
  /// not known before the run".
  public var reason: String

  public init(task: TaskReference, reason: String) {
    self.task = task
    self.reason = reason
  }
}
