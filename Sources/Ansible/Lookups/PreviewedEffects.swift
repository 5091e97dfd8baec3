// What lookups would do to this machine: told of in a preview, where they do
// nothing.

import Jinja
import Synchronization

/// The local actions that lookups ask for while one task is previewed.
///
/// A template may be rendered many times for one task; each action is told
/// once.
final class PreviewedEffects: Sendable {
  /// Those of the task that is being previewed.
  @TaskLocal static var current: PreviewedEffects?

  private let told = Mutex<Set<LocalAction.Kind>>([])
  private let tell: @Sendable (LocalAction.Kind) -> Void

  init(tell: @escaping @Sendable (LocalAction.Kind) -> Void) {
    self.tell = tell
  }

  func note(_ kind: LocalAction.Kind) {
    if told.withLock({ $0.insert(kind).inserted }) { tell(kind) }
  }
}

extension LookupCall {
  /// What does things to this machine; in a preview the action is told of, and
  /// the lookup's answer is not known.
  func effects(_ action: LocalAction.Kind) throws -> any PluginEffects {
    if world.isPreview { PreviewedEffects.current?.note(action) }
    return try effects()
  }
}

extension PlayRunner {
  /// Does the work of a task; in a preview, what its lookups would do is told.
  nonisolated(nonsending)
    func tellingEffects<Result>(
      of task: TaskReference,
      _ work: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result
  {
    guard settings.isPreview else { return try await work() }
    let observer = observer
    let effects = PreviewedEffects {
      observer.local(LocalAction($0, task: task))
    }
    return try await PreviewedEffects.$current.withValue(effects) {
      try await work()
    }
  }
}
