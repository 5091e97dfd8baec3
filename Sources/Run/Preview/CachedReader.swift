// A cluster's answers, asked for once: previews are rendered from them again
// and again.

import Kubernetes

/// Remembers what a reader answered.
actor CachedReader: ClusterReader {
  private let reader: any ClusterReader
  private var objects: [ObjectReference: KubernetesObject?] = [:]
  private var lists: [ListQuery: ObjectList] = [:]
  private var discovery: Discovery?

  nonisolated let isRehearsal: Bool

  init(over reader: any ClusterReader) {
    self.reader = reader
    isRehearsal = reader.isRehearsal
  }

  func version() async throws -> ClusterVersion { try await reader.version() }

  func resources(refresh: Bool) async throws -> Discovery {
    if let discovery { return discovery }
    let found = try await reader.resources(refresh: false)
    discovery = found
    return found
  }

  func get(_ reference: ObjectReference) async throws -> KubernetesObject {
    if let known = objects[reference] {
      guard let known else {
        throw ClusterError(
          code: 404, reason: "NotFound", message: "\(reference) not found")
      }
      return known
    }
    do {
      let object = try await reader.get(reference)
      objects[reference] = .some(object)
      return object
    } catch let error as ClusterError where error.isNotFound {
      objects.updateValue(nil, forKey: reference)
      throw error
    }
  }

  func list(_ query: ListQuery) async throws -> ObjectList {
    if let known = lists[query] { return known }
    let list = try await reader.list(query)
    lists[query] = list
    return list
  }

  nonisolated func watch(
    _ query: ListQuery, from resourceVersion: String
  ) -> AsyncThrowingStream<WatchEvent, any Error> {
    reader.watch(query, from: resourceVersion)
  }

  func forEach(
    _ query: ListQuery,
    _ body: @escaping @Sendable (KubernetesObject) throws -> Void
  ) async throws -> ObjectList { try await reader.forEach(query, body) }

  func forEachSummary(
    _ query: ListQuery,
    _ body: @escaping @Sendable (ObjectSummary) throws -> Void
  ) async throws -> ObjectList { try await reader.forEachSummary(query, body) }

  nonisolated func watchSummaries(
    _ query: ListQuery, from resourceVersion: String
  ) -> AsyncThrowingStream<VersionedEvent, any Error> {
    reader.watchSummaries(query, from: resourceVersion)
  }

  func canI(_ access: AccessQuery) async throws -> AccessReview {
    try await reader.canI(access)
  }

  func serverTime() async throws -> Instant { try await reader.serverTime() }
}
