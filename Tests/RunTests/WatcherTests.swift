// Watches that break are begun anew, and the picture says that it is stale.

import Kubernetes
import Platform
import Synchronization
import Testing

@testable import Run

@Suite struct WatcherTests {
  /// A reader that plays answers one after the other; the last one stays.
  private final class ScriptedReader: ClusterReader {
    enum Step: Sendable {
      case list([KubernetesObject], then: [WatchEvent], ending: ClusterError?)
      case failure(ClusterError)
    }

    let isRehearsal = true
    private let steps: Mutex<[Step]>
    private let asked = Mutex(0)

    init(_ steps: [Step]) { self.steps = Mutex(steps) }

    var lists: Int { asked.withLock { $0 } }

    func list(_ query: ListQuery) async throws -> ObjectList {
      asked.withLock { $0 += 1 }
      switch steps.withLock({ $0[0] }) {
      case .list(let items, _, _):
        return ObjectList(items: items, resourceVersion: "1")
      case .failure(let error):
        steps.withLock { _ = $0.removeFirst() }
        throw error
      }
    }

    func watch(
      _ query: ListQuery, from resourceVersion: String
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
      AsyncThrowingStream { continuation in
        let step = steps.withLock { steps in
          steps.count > 1 ? steps.removeFirst() : steps[0]
        }
        let isLast = steps.withLock { $0.count == 1 }
        guard case .list(_, let events, let ending) = step else { return }
        for event in events { continuation.yield(event) }
        if let ending {
          continuation.finish(throwing: ending)
        } else if !isLast {
          continuation.finish()
        }
      }
    }

    func version() async throws -> ClusterVersion {
      ClusterVersion(major: 1, minor: 31, gitVersion: "v1.31.0")
    }
    func resources(refresh: Bool) async throws -> Discovery { Discovery([]) }
    func get(_ reference: ObjectReference) async throws -> KubernetesObject {
      throw ClusterError(code: 404, reason: "NotFound", message: "none")
    }
    func canI(_ access: AccessQuery) async throws -> AccessReview {
      AccessReview(isAllowed: true)
    }
    func serverTime() async throws -> Instant { Instant(seconds: 0) }
  }

  private func configMap(_ name: String) -> KubernetesObject {
    KubernetesObject([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": [
        "name": .string(name), "namespace": "a", "uid": .string(name),
      ],
    ])
  }

  private let resource = APIResource(
    group: "", version: "v1", kind: "ConfigMap", plural: "configmaps",
    isNamespaced: true)

  /// Watches until the condition holds.
  private func watch(
    _ reader: ScriptedReader, time: any TimeSource,
    until isMet: @escaping @Sendable (ClusterSnapshot) -> Bool,
    meanwhile turn: @Sendable () -> Void = {}
  ) async -> ClusterSnapshot {
    let watcher = ClusterWatcher(
      reader, resources: [resource], namespaces: ["a"], time: time)
    let task = Task { await watcher.run() }
    defer { task.cancel() }
    for _ in 0..<5000 {
      if isMet(watcher.current.snapshot) { break }
      turn()
      try? await Task.sleep(for: .milliseconds(1))
    }
    return watcher.current.snapshot
  }

  private func names(_ snapshot: ClusterSnapshot) -> [String] {
    snapshot.objects.keys.map(\.name).sorted()
  }

  @Test func eventsFollowTheList() async {
    let reader = ScriptedReader([
      .list(
        [configMap("a"), configMap("b")],
        then: [.added(configMap("c")), .deleted(configMap("a"))], ending: nil)
    ])
    let snapshot = await watch(reader, time: SystemTime()) {
      $0.objects.count == 2 && $0.objects.keys.contains { $0.name == "c" }
    }
    #expect(names(snapshot) == ["b", "c"])
    #expect(snapshot.staleSince == nil)
    #expect(reader.lists == 1)
  }

  @Test func anExpiredWatchListsAgain() async {
    let gone = ClusterError(code: 410, reason: "Expired", message: "too old")
    let reader = ScriptedReader([
      .list([configMap("a")], then: [], ending: gone),
      .list([configMap("b")], then: [], ending: nil),
    ])
    let snapshot = await watch(reader, time: SystemTime()) {
      $0.objects.keys.contains { $0.name == "b" }
    }
    #expect(names(snapshot) == ["b"])
    #expect(snapshot.staleSince == nil)
  }

  @Test func aBrokenWatchIsStaleUntilItComesBack() async {
    let down = ClusterError(.unreachable, "connection refused")
    let reader = ScriptedReader([
      .list([configMap("a")], then: [], ending: down), .failure(down),
      .failure(down), .list([configMap("b")], then: [], ending: nil),
    ])
    let time = HandTurnedTime()
    let stale = await watch(reader, time: time) { $0.staleSince != nil }
    #expect(names(stale) == ["a"])
    #expect(stale.staleSince == Instant(seconds: 1_767_225_600))
    let again = ScriptedReader([
      .list([configMap("a")], then: [], ending: down), .failure(down),
      .failure(down), .list([configMap("b")], then: [], ending: nil),
    ])
    let snapshot = await watch(
      again, time: time,
      until: { $0.objects.keys.contains { $0.name == "b" } },
      meanwhile: { time.advance(by: .seconds(1)) })
    #expect(names(snapshot) == ["b"])
    #expect(snapshot.staleSince == nil)
    #expect(again.lists == 4)
  }

  /// A watch that the server ends goes on where it was; no list is needed.
  @Test func anEndedWatchGoesOn() async {
    let reader = ScriptedReader([
      .list([configMap("a")], then: [.added(configMap("b"))], ending: nil),
      .list([], then: [.deleted(configMap("a"))], ending: nil),
      .list([], then: [], ending: nil),
    ])
    let snapshot = await watch(reader, time: SystemTime()) {
      !$0.objects.isEmpty && $0.objects.keys.allSatisfy { $0.name == "b" }
    }
    #expect(names(snapshot) == ["b"])
    #expect(reader.lists == 1)
  }

  /// A server for which every version is too old is not asked for whole lists
  /// without end.
  @Test func listsAfterAnExpiredWatchAreSpacedOut() async {
    let gone = ClusterError(code: 410, reason: "Expired", message: "too old")
    let reader = ScriptedReader([
      .list([configMap("a")], then: [], ending: gone)
    ])
    let time = HandTurnedTime()
    _ = await watch(reader, time: time) { $0.objects.count == 1 }
    let watcher = ClusterWatcher(
      reader, resources: [resource], namespaces: ["a"], time: time)
    let before = reader.lists
    let task = Task { await watcher.run() }
    defer { task.cancel() }
    for _ in 0..<200 { try? await Task.sleep(for: .milliseconds(1)) }
    #expect(reader.lists - before <= 1)
  }
}
