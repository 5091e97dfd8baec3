// Effects in background tasks: order of writes, superseded questions, errors.

import Foundation
import Kubernetes
import Run
import Stack
import Synchronization
import Terminal
import Testing

@testable import Console

struct EffectRunnerTests {
  /// Answers as they are posted, waited for without a clock.
  private final class Inbox: Sendable {
    private let stream: AsyncStream<Void>
    let waker: Waker

    init() {
      let (stream, signal) = AsyncStream.makeStream(of: Void.self)
      self.stream = stream
      waker = Waker { signal.yield() }
    }

    func next() async {
      for await _ in stream { return }
    }
  }

  private func names(_ actions: [Action]) -> [String] {
    actions.map { action in
      guard case .answer(let slot, let id, let result) = action else {
        return "other"
      }
      switch result {
      case .success: return "\(slot) \(id)"
      case .failure(let failure): return "\(slot) \(id) \(failure.sentence)"
      }
    }
  }

  @Test func writesHappenInOrder() async {
    let inbox = Inbox()
    let queue = ActionQueue<Action>(waker: inbox.waker)
    let backend = ScriptedBackend()
    let runner = EffectRunner(backend: backend, queue: queue)
    for number in 1...20 {
      runner.start(
        Effect(
          slot: .stack, id: number,
          request: .set("keystone_replicas", .integer(number))))
    }
    for write in runner.writes.values { await write.value }
    #expect(
      backend.calls == (1...20).map { "set keystone_replicas \($0)" })
    #expect(names(queue.takeAll()) == (1...20).map { "stack \($0)" })
  }

  @Test func errorsBecomeSentences() async {
    let inbox = Inbox()
    let queue = ActionQueue<Action>(waker: inbox.waker)
    let runner = EffectRunner(
      backend: ScriptedBackend {
        $0.plan = .failure(Failure(sentence: "no route to the cluster"))
      }, queue: queue)
    runner.start(Effect(slot: .plan, id: 3, request: .plan(PlanRequest())))
    await inbox.next()
    #expect(names(queue.takeAll()) == ["plan 3 no route to the cluster"])
  }

  @Test func aCancelledQuestionHasNoAnswer() async {
    let inbox = Inbox()
    let queue = ActionQueue<Action>(waker: inbox.waker)
    let runner = EffectRunner(backend: ScriptedBackend(), queue: queue)
    let query = LogQuery(namespace: "openstack", pod: "x")
    runner.start(Effect(slot: .logs, id: 1, request: .logs(query)))
    runner.start(Effect(slot: .logs, id: 2, request: .cancel))
    runner.start(Effect(slot: .runs, id: 1, request: .runs))
    var seen: [String] = []
    while !seen.contains("runs 1") {
      await inbox.next()
      seen += names(queue.takeAll())
    }
    // What was posted before the cancelling is dropped by its number.
    var state = ConsoleState(
      size: Size(columns: 80, rows: 24), now: Fixture.now)
    let first = state.effect(.logs, .logs(query))
    let second = state.effect(.logs, .cancel)
    #expect(!state.isNewest(.logs, first.id))
    #expect(state.isNewest(.logs, second.id))
  }

  /// An answer to a superseded question changes nothing.
  @Test func oldAnswersAreDropped() async {
    let session = await Session()
    await session.press("4")
    let before = session.text
    await session.receive(
      .answer(.plan, id: 0, .failure(Failure(sentence: "too late"))))
    #expect(session.text == before)
  }

  /// The whole program on a screen in memory, with the real runner.
  @Test func wholeProgram() async {
    let configuration = ConsoleConfiguration(
      now: { Fixture.now }, saveSettings: { _ in }, edit: { _ in nil })
    let text = await withCheckedContinuation { done in
      // A thread of its own: the console blocks the one that it is on.
      Thread.detachNewThread {
        let screen = MemoryScreen(
          size: Size(columns: 80, rows: 24),
          script: [.input(.key("7")), .input(.key("q"))])
        runConsole(
          on: screen, backend: ScriptedBackend(), configuration: configuration)
        done.resume(returning: screen.text)
      }
    }
    #expect(text.contains("Theme"))
  }

  @Test func aWriteThatFailsIsTakenBack() async {
    let session = await Session()
    var state = session.state
    _ = state.choose(["mariadb"])
    #expect(state.stack?.chosen == ["mariadb"])
    let effect = state.effect(.stack, .choose(["mariadb"]))
    _ = reduce(
      &state,
      .answer(
        .stack, id: effect.id,
        .failure(Failure(sentence: "services.yml changed on disk"))))
    #expect(state.stack?.chosen == ["mariadb", "memcached", "keystone"])
    #expect(state.notice?.text == "services.yml changed on disk")
    // The files are read anew, once.
    #expect(state.isWaiting(for: .stack))
  }

  @Test func blindKeysDoNothing() async {
    let session = await Session()
    await session.send(.resize(Size(columns: 40, rows: 10)))
    await session.press(" 4g")
    #expect(session.backend.calls.isEmpty)
    #expect(session.state.screen == .services)
    await session.press("q")
    #expect(session.state.isDone)
  }
}
