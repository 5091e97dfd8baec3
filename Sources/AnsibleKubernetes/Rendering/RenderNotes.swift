// Collects what a rendering tells while it runs.

import Ansible
import Kubernetes
import Synchronization

/// The observer of a rendering.
final class RenderNotes: RunObserver {
  let wantsResults = false
  private let state = Mutex(RoleRendering())

  var rendering: RoleRendering { state.withLock { $0 } }

  func add(_ write: RenderedWrite) {
    state.withLock { $0.writes.append(write) }
  }

  func add(_ refusals: [Refusal]) {
    state.withLock { $0.refusals += refusals }
  }

  /// Takes in an error that ended the rendering.
  func add(_ error: any Error, _ job: RoleJob) {
    let place: SourcePlace
    switch error {
    case let refusal as Refusal:
      add([refusal])
      return
    case let failure as AnsibleFailure:
      place = failure.place ?? SourcePlace(file: job.project.directory)
      fail(failure.message, place)
    default:
      fail("\(error)", SourcePlace(file: job.project.directory))
    }
  }

  private func fail(_ message: String, _ place: SourcePlace) {
    state.withLock {
      $0.failures.append(
        TaskFailure(
          task: TaskReference(name: "load", action: "", place: place),
          message: message))
    }
  }

  func finish(_ summary: AnsibleRun.Summary) {
    state.withLock {
      $0.taskCount = summary.taskCount
      if let failure = summary.failure { $0.failures.append(failure) }
    }
  }

  func happened(_ event: RunEvent) async {}

  func decidedDuringRun(_ task: TaskReference, _ reason: String) {
    state.withLock {
      let decided = DecidedDuringRun(task: task, reason: reason)
      if !$0.decidedDuringRun.contains(decided) {
        $0.decidedDuringRun.append(decided)
      }
    }
  }

  func local(_ action: LocalAction) {
    state.withLock { $0.localActions.append(action) }
  }

  func warned(_ sentence: String) {
    state.withLock {
      if !$0.warnings.contains(sentence) { $0.warnings.append(sentence) }
    }
  }
}

/// The observer of a run: hands events on.
final class RunTeller: RunObserver {
  private let tell: @Sendable (RunEvent) async -> Void
  private let warnings = Mutex<[String]>([])

  init(_ tell: @escaping @Sendable (RunEvent) async -> Void) {
    self.tell = tell
  }

  func happened(_ event: RunEvent) async { await tell(event) }
  func decidedDuringRun(_ task: TaskReference, _ reason: String) {}
  func local(_ action: LocalAction) {}
  func warned(_ sentence: String) {
    warnings.withLock { if !$0.contains(sentence) { $0.append(sentence) } }
  }

  func outcome(_ summary: AnsibleRun.Summary) -> RunOutcome {
    RunOutcome(
      failure: summary.failure, counts: summary.counts,
      warnings: warnings.withLock { $0 })
  }
}
