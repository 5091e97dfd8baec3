// One line of a run's journal: what the run did, and when.

import Kubernetes
import Platform

/// One entry of the journal `runs/<n>/journal.jsonl`.
///
/// The run's process alone appends; an entry is never changed. No entry holds
/// a secret: objects appear by reference.
public struct JournalEntry: Sendable, Hashable, Codable {
  /// Counts from 1 without a gap: a gap means lost lines.
  public var sequence: Int
  public var time: Instant
  public var event: JournalEvent

  public init(sequence: Int, time: Instant, event: JournalEvent) {
    self.sequence = sequence
    self.time = time
    self.event = event
  }
}

/// What an entry tells.
public enum JournalEvent: Sendable, Hashable, Codable {
  /// The first entry: who runs what.
  case started(RunHeader)
  case stageStarted(stage: String)
  case stageFinished(stage: String)
  case componentStarted(component: String, entryPoint: String)
  /// The entry point is through; `sentence` says why when it failed.
  case componentFinished(
    component: String, entryPoint: String, succeeded: Bool, sentence: String?)
  /// The component does not start; the sentence says because of what.
  case componentHeld(component: String, sentence: String)
  /// A task of a role ended.
  case task(
    component: String, name: String, location: String,
    status: RunStep.Status, message: String?)
  /// An object was written or deleted; `verb` is "create", "apply", "delete".
  case wrote(
    component: String, object: ObjectReference, verb: String, changed: Bool,
    uid: String?)
  /// The run waits for an object to become Current.
  case waiting(component: String, object: ObjectReference)
  /// The run stands still until the operator decides.
  case held(sentence: String)
  case resumed
  /// The release that the run left behind.
  case released(number: Int)
  case closing(ClosingPage)
  /// The last entry.
  case finished(succeeded: Bool, sentence: String?)
}

/// Who runs what.
public struct RunHeader: Sendable, Hashable, Codable {
  public var number: Int
  public var operation: RunOperation
  public var engine: RunEngine
  /// `user@host`.
  public var holder: String
  /// The run's process, told from a later one of the same number.
  public var process: ProcessIdentity
  /// The digest of the plan.
  public var plan: String

  public init(
    number: Int, operation: RunOperation, engine: RunEngine, holder: String,
    process: ProcessIdentity, plan: String
  ) {
    self.number = number
    self.operation = operation
    self.engine = engine
    self.holder = holder
    self.process = process
    self.plan = plan
  }
}
