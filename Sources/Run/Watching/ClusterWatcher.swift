// One watch per kind and namespace, put together to one picture of the cluster.

import Kubernetes
import Platform
import Synchronization

/// Keeps a picture of some kinds of a cluster up to date.
///
/// A watch that the server ends goes on from the version that it had come to,
/// which bookmarks keep young; one that is too old for that begins anew with a
/// list. While one is broken the picture says since when it is stale, and
/// trying again takes a second at first and half a minute at most.
public final class ClusterWatcher: Sendable {
  private struct State {
    var snapshot = ClusterSnapshot()
    /// Since when each broken watch is broken.
    var broken: [ListQuery: Instant] = [:]
    /// The watches whose first list has not come yet.
    var missing: Set<ListQuery>
    /// The kinds that may not be listed: nothing is known of their objects.
    var forbidden: Set<ObjectKind> = []
    var version = 0

    /// Notes that a watch works.
    ///
    /// - Returns: Whether it did not before.
    @discardableResult
    mutating func mend(_ query: ListQuery) -> Bool {
      guard broken.removeValue(forKey: query) != nil else { return false }
      snapshot.staleSince = broken.values.min()
      return true
    }
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

  /// The kinds that may not be listed: that an object of theirs is not in the
  /// picture says nothing.
  public var forbidden: Set<ObjectKind> { state.withLock { $0.forbidden } }

  /// Watches until the task is cancelled.
  public func run() async {
    await withTaskGroup(of: Void.self) { group in
      for query in queries {
        group.addTask { await self.keep(query) }
      }
    }
  }

  private func keep(_ query: ListQuery) async {
    var pause = Self.shortestPause
    // From where the watch goes on; nil asks for a new list.
    var version: String?
    while !Task.isCancelled {
      do {
        let from: String
        if let version {
          from = version
        } else {
          from = try await list(query)
        }
        version = from
        allow(query.kind)
        for try await event in cluster.watchSummaries(query, from: from) {
          apply(event.event, of: query)
          if let newer = event.resourceVersion { version = newer }
          pause = Self.shortestPause
        }
        // Servers close a watch after some time: it goes on where it was, but
        // not in a busy loop.
        guard await rest(.milliseconds(100)) else { return }
      } catch let error as ClusterError where error.isGone {
        // Too old to go on from. A server that says so again and again is not
        // asked for whole lists without end.
        version = nil
        guard await rest(pause) else { return }
        pause = min(pause * 2, Self.longestPause)
      } catch let error as ClusterError
        where error.isNotFound || error.isForbidden
      {
        // The namespace does not exist yet, or this kind is not for us: both
        // may change.
        version = nil
        if error.isForbidden { forbid(query.kind) }
        take(query, [])
        guard await rest(.seconds(2)) else { return }
      } catch {
        if Task.isCancelled { return }
        version = nil
        fail(query)
        guard await rest(max(pause, .seconds(1))) else { return }
        pause = min(max(pause, .seconds(1)) * 2, Self.longestPause)
      }
    }
  }

  private func forbid(_ kind: ObjectKind) {
    state.withLock { _ = $0.forbidden.insert(kind) }
  }

  private func allow(_ kind: ObjectKind) {
    state.withLock { state in
      if state.forbidden.remove(kind) != nil { state.version += 1 }
    }
  }

  private static let shortestPause = Duration.milliseconds(250)
  private static let longestPause = Duration.seconds(30)

  /// Reads all objects of a kind, each in the few fields that are kept.
  ///
  /// - Returns: From where a watch goes on.
  private func list(_ query: ListQuery) async throws -> String {
    let found = Mutex<[ObjectSummary]>([])
    var query = query
    var page = try await cluster.forEachSummary(query) { summary in
      found.withLock { $0.append(summary) }
    }
    while let token = page.continueToken {
      query.continueToken = token
      page = try await cluster.forEachSummary(query) { summary in
        found.withLock { $0.append(summary) }
      }
    }
    query.continueToken = nil
    take(
      query,
      found.withLock { found in
        defer { found = [] }
        return found
      })
    // The text of thousands of objects has passed through.
    Heap.giveBack()
    return page.resourceVersion
  }

  private func rest(_ pause: Duration) async -> Bool {
    (try? await time.sleep(for: pause)) != nil
  }

  private func take(_ query: ListQuery, _ items: [ObjectSummary]) {
    state.withLock { state in
      state.snapshot.replace(
        query.kind, namespace: query.namespace, with: items)
      state.missing.remove(query)
      state.mend(query)
      state.version += 1
    }
  }

  private func apply(_ event: SummaryEvent, of query: ListQuery) {
    state.withLock { state in
      if state.mend(query) { state.version += 1 }
      guard event != .bookmark else { return }
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
