// The three protocols of a cluster, as the rehearsal answers them.

import Kubernetes

extension Rehearsal: ClusterReader {
  public func version() async throws -> ClusterVersion {
    try await ask { $0.configuration.version }
  }

  public func resources(refresh: Bool) async throws -> Discovery {
    try await ask { $0.discovery }
  }

  public func get(_ reference: ObjectReference) async throws
    -> KubernetesObject
  { try await ask { try $0.get(reference) } }

  public func list(_ query: ListQuery) async throws -> ObjectList {
    try await ask { try $0.list(query) }
  }

  public func canI(_ access: AccessQuery) async throws -> AccessReview {
    try await ask { $0.review(access) }
  }

  public func serverTime() async throws -> Instant {
    try await ask { $0.now }
  }

  /// Looks at the world unless its API server is down.
  private func ask<Result: Sendable>(
    _ body: @Sendable (World) throws -> Result
  ) async throws -> Result {
    try Self.checkCancelled()
    return try read { world in
      try world.checkIsUp()
      return try body(world)
    }
  }

  public nonisolated func watch(
    _ query: ListQuery, from resourceVersion: String
  ) -> AsyncThrowingStream<WatchEvent, any Error> {
    AsyncThrowingStream { stream in
      let task = Task {
        do {
          guard var version = Int(resourceVersion) else {
            throw ClusterError(
              code: 400, reason: "BadRequest",
              message: "resourceVersion \(resourceVersion) is no number")
          }
          var bookmarked: Instant?
          while !Task.isCancelled {
            let (events, revision, now) = try await self.changes(
              query, after: version)
            for event in events { stream.yield(event) }
            // As a real server: a bookmark a minute, when there is news of
            // other kinds only.
            if events.isEmpty, revision > version,
              bookmarked.map({ now - $0 >= .seconds(60) }) ?? true
            {
              stream.yield(.bookmark(resourceVersion: String(revision)))
              bookmarked = now
            }
            version = revision
            try await self.waitForChange()
          }
          stream.finish()
        } catch is CancellationError {
          stream.finish()
        } catch {
          stream.finish(throwing: error)
        }
      }
      stream.onTermination = { _ in task.cancel() }
    }
  }

  private func changes(_ query: ListQuery, after version: Int) throws -> (
    events: [WatchEvent], revision: Int, now: Instant
  ) {
    try read { world in
      _ = try world.resource(query.kind, "watch", query.namespace)
      return (
        try world.changes(query, after: version), world.revision, world.now
      )
    }
  }
}

extension Rehearsal: ClusterWriter {
  public func create(_ object: KubernetesObject, _ options: WriteOptions)
    async throws -> KubernetesObject
  {
    try result(
      perform(.create(object, options), isDryRun: options.dryRun), object)
  }

  public func apply(_ object: KubernetesObject, _ options: ApplyOptions)
    async throws -> KubernetesObject
  {
    try result(
      perform(.apply(object, options), isDryRun: options.dryRun), object)
  }

  public func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    try result(
      perform(.patch(reference, patch, options), isDryRun: options.dryRun),
      nil)
  }

  public func replace(_ object: KubernetesObject, _ options: WriteOptions)
    async throws -> KubernetesObject
  {
    try result(
      perform(.replace(object, options), isDryRun: options.dryRun), object)
  }

  @discardableResult
  public func delete(_ reference: ObjectReference, _ options: DeleteOptions)
    async throws -> KubernetesObject?
  { try perform(.delete(reference, options), isDryRun: options.dryRun) }

  private func result(_ made: KubernetesObject?, _ asked: KubernetesObject?)
    throws -> KubernetesObject
  {
    guard let made = made ?? asked else {
      throw ClusterError(.invalidAnswer, "the rehearsal gave no object")
    }
    return made
  }
}

extension World {
  /// Refuses everything while the API server is down.
  func checkIsUp() throws {
    if let downUntil, now < downUntil {
      throw ClusterError(
        .unreachable, "the rehearsed API server is down (fault api-down)")
    }
  }
}
