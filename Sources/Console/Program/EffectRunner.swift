// Carries effects out in background tasks, and leaves the answers in the
// queue of the main thread.

import Dispatch
import Kubernetes
import Run
import Stack
import Terminal

/// Runs effects against a backend.
///
/// Belongs to the main thread; the tasks that it starts do not.
final class EffectRunner {
  private let backend: any ConsoleBackend
  private let queue: ActionQueue<Action>
  private var running: [Slot: Task<Void, Never>] = [:]

  init(backend: any ConsoleBackend, queue: ActionQueue<Action>) {
    self.backend = backend
    self.queue = queue
  }

  /// Starts an effect; what its slot was doing is cancelled, except writes to
  /// the stack, which happen one after the other.
  func start(_ effect: Effect) {
    let before = running[effect.slot]
    let isOrdered = Self.ordered.contains(effect.slot)
    if !isOrdered { before?.cancel() }
    guard effect.request != .cancel else {
      running[effect.slot] = nil
      return
    }
    let backend = backend
    let queue = queue
    let task = Task.detached { @Sendable in
      if isOrdered { await before?.value }
      let answer: Result<Answer, Failure>
      do {
        answer = .success(
          try await Self.perform(effect.request, backend) { part in
            guard !Task.isCancelled else { return }
            queue.post(.answer(effect.slot, id: effect.id, .success(part)))
          })
      } catch {
        answer = .failure(Failure(error))
      }
      guard !Task.isCancelled else { return }
      queue.post(.answer(effect.slot, id: effect.id, answer))
    }
    running[effect.slot] = task
    if effect.request.isWrite { writes[effect.slot] = task }
  }

  /// Slots whose work happens in the order in which it was asked for.
  private static let ordered: Set<Slot> = [
    .stack, .nodes, .start, .tell, .save,
  ]

  /// Stops all that only reads.
  func cancelReads() {
    for (slot, task) in running where !Self.ordered.contains(slot) {
      task.cancel()
    }
  }

  /// The newest write of each slot; those before it are done before it.
  private(set) var writes: [Slot: Task<Void, Never>] = [:]

  /// Blocks until what was to be written is written, but not for ever: a
  /// cluster that does not answer must not hold a quitting operator.
  func finishWrites(seconds: Int = 5) {
    let writes = Array(writes.values)
    guard !writes.isEmpty else { return }
    let done = DispatchSemaphore(value: 0)
    Task.detached { @Sendable in
      for write in writes { await write.value }
      done.signal()
    }
    _ = done.wait(timeout: .now() + .seconds(seconds))
  }

  static func perform(
    _ request: Request, _ backend: any ConsoleBackend,
    part: @Sendable (Answer) -> Void
  ) async throws -> Answer {
    switch request {
    case .open: return .opening(try await backend.open())
    case .unlock(let password):
      return .opening(try await backend.unlock(password))
    case .clusterChoices:
      return .choices(try await backend.clusterChoices())
    case .create(let stack): return .contents(try await backend.create(stack))
    case .choose(let names): return .contents(try await backend.choose(names))
    case .set(let name, let value):
      return .contents(try await backend.set(name, to: value))
    case .generate(let name):
      return .contents(try await backend.generate(name))
    case .preview(let name, let from, let to):
      return .preview(try await backend.preview(name, from: from, to: to))
    case .overview:
      for try await overview in backend.overviews() {
        part(.overview(overview))
      }
      return .done
    case .nodes: return .nodes(try await backend.nodes())
    case .setLabel(let label, let node, let value):
      return .nodes(try await backend.setLabel(label, of: node, to: value))
    case .plan(let request): return .plan(try await backend.plan(request))
    case .start(let plan, let consent):
      return .started(try await backend.start(plan, consent: consent))
    case .follow(let run):
      for try await snapshot in backend.follow(run) {
        part(.snapshot(snapshot))
      }
      return .done
    case .tell(let run, let order):
      try await backend.tell(run, order)
      return .done
    case .runs: return .runs(try await backend.runs())
    case .saveCloudsFile(let text):
      return .saved(try await backend.saveCloudsFile(text))
    case .details(let object):
      for try await details in backend.details(of: object) {
        part(.details(details))
      }
      return .done
    case .logs(let query):
      try await batches(of: backend.logs(query)) { part(.logLines($0)) }
      return .done
    case .commandLog: return .commands(await backend.commandLog())
    case .edit, .saveSettings, .cancel: return .done
    }
  }

  /// Hands lines over as they come.
  private static func batches(
    of lines: AsyncThrowingStream<String, any Error>,
    _ take: ([String]) -> Void
  ) async throws {
    for try await line in lines { take([line]) }
  }
}
