// One watch per kind and namespace, put together to one picture of the cluster.

import Kubernetes
import Platform
import Synchronization

/// Keeps a picture of some kinds of a cluster up to date.
///
/// A watch that ends or is too old is begun anew with a list; while one is
/// broken the picture says since when it is stale, and trying again takes a
/// second at first and half a minute at most.
public final class ClusterWatcher: Sendable {
  private struct State {
    var snapshot = ClusterSnapshot()
    /// Since when each broken watch is broken.
    var broken: [ListQuery: Instant] = [:]
    /// The watches whose first list has not come yet.
    var missing: Set<ListQuery>
    var version = 0
  }

  private let cluster: any ClusterReader
  private let time: any TimeSource
  private let queries: [ListQuery]
  private let state: Mutex<State>

  /// A watcher of some kinds in some namespaces; cluster-wide kinds are
  /// watched once.
  ///
  /// Events older than `eventsFrom` are of an earlier run.
  public init(
    _ cluster: any ClusterReader, resources: [APIResource],
    namespaces: [String], time: any TimeSource, eventsFrom: Instant? = nil
  ) {
    self.cluster = cluster
    self.time = time
    queries = resources.flatMap { resource in
      resource.isNamespaced
        ? namespaces.map { ListQuery(resource.objectKind, namespace: $0) }
        : [ListQuery(resource.objectKind)]
    }
    var snapshot = ClusterSnapshot()
    snapshot.eventsFrom = eventsFrom
    state = Mutex(State(snapshot: snapshot, missing: Set(queries)))
  }

  /// The picture as it is now, and a number that grows with each change.
  public var current: (snapshot: ClusterSnapshot, version: Int) {
    state.withLock { ($0.snapshot, $0.version) }
  }

  /// Whether every kind has been listed once.
  public var isComplete: Bool { state.withLock { $0.missing.isEmpty } }

  /// Watches until the task is cancelled.
  public func run() async {
    await withTaskGroup(of: Void.self) { group in
      for query in queries {
        group.addTask { await self.keep(query) }
      }
    }
  }

  private func keep(_ query: ListQuery) async {
    var pause = Duration.seconds(1)
    while !Task.isCancelled {
      do {
        let list = try await cluster.listAll(query)
        take(query, list)
        pause = .seconds(1)
        for try await event in cluster.watch(
          query, from: list.resourceVersion)
        {
          apply(event)
        }
        // The server closed the watch: list again, but not in a busy loop.
        try await time.sleep(for: .milliseconds(100))
      } catch let error as ClusterError where error.isGone {
        continue
      } catch let error as ClusterError
        where error.isNotFound || error.isForbidden
      {
        // The namespace does not exist yet, or this kind is not for us: both
        // may change.
        take(query, ObjectList(items: [], resourceVersion: "0"))
        guard await rest(.seconds(2)) else { return }
      } catch {
        if Task.isCancelled { return }
        fail(query)
        guard await rest(pause) else { return }
        pause = min(pause * 2, .seconds(30))
      }
    }
  }

  private func rest(_ pause: Duration) async -> Bool {
    (try? await time.sleep(for: pause)) != nil
  }

  private func take(_ query: ListQuery, _ list: ObjectList) {
    state.withLock { state in
      state.snapshot.replace(
        query.kind, namespace: query.namespace, with: list.items)
      state.missing.remove(query)
      state.broken[query] = nil
      state.snapshot.staleSince = state.broken.values.min()
      state.version += 1
    }
  }

  private func apply(_ event: WatchEvent) {
    if case .bookmark = event { return }
    state.withLock { state in
      state.snapshot.apply(event)
      state.version += 1
    }
  }

  private func fail(_ query: ListQuery) {
    let now = Instant(microseconds: time.wallTime.microseconds)
    state.withLock { state in
      state.broken[query] = state.broken[query] ?? now
      state.snapshot.staleSince = state.broken.values.min()
      state.version += 1
    }
  }
}

extension ClusterWatcher {
  /// The kinds that say how workloads are doing.
  static let workloadKinds: [ObjectKind] = [
    .pod, .replicaSet, .deployment, .statefulSet, .daemonSet, .job, .event,
    .persistentVolumeClaim, .service, .endpoints,
  ]
}
