// The seam between Quarterdeck and any cluster: reading, writing, and access
// to pods. `Kubectl` is the real one, `Rehearsal` the one in memory, and
// `Recorder` collects writes over a reader.
//
// Every call may be cancelled with its task, and every call ends: an
// implementation holds calls to its `CallDeadlines`. All calls throw
// `ClusterError`.

/// Everything that can be done with a cluster.
public typealias Cluster = ClusterReader & ClusterWriter & PodAccess

/// Reads a cluster.
public protocol ClusterReader: Sendable {
  /// Whether this cluster exists in memory only.
  var isRehearsal: Bool { get }

  func version() async throws -> ClusterVersion

  /// What the cluster serves.
  ///
  /// Implementations may answer from a cache; `refresh` asks anew, as is
  /// needed after a CustomResourceDefinition was created.
  func resources(refresh: Bool) async throws -> Discovery

  /// One object.
  /// - Throws: `ClusterError` with `isNotFound` when there is none.
  func get(_ reference: ObjectReference) async throws -> KubernetesObject

  /// The objects of one kind, or with `ListQuery.limit` the first of them.
  func list(_ query: ListQuery) async throws -> ObjectList

  /// The objects of a query one by one, as they come in.
  ///
  /// Implementations keep no more than one in memory at a time where they can.
  /// An error from `body` ends the call and is thrown.
  /// - Returns: the list without its items.
  func forEach(
    _ query: ListQuery,
    _ body: @escaping @Sendable (KubernetesObject) throws -> Void
  ) async throws -> ObjectList

  /// What happens to the objects of one kind after a `resourceVersion`.
  ///
  /// The stream ends when the server closes the watch, and throws
  /// `ClusterError` with `isGone` when the version is too old to go on from;
  /// both ask for a new list. Cancelling the task that iterates ends the watch.
  func watch(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<WatchEvent, any Error>

  /// What snapshots keep of the objects of a query, one by one as they come
  /// in.
  ///
  /// Objects of which nothing is kept are left out. An error from `body` ends
  /// the call and is thrown.
  /// - Returns: the list without its items.
  func forEachSummary(
    _ query: ListQuery,
    _ body: @escaping @Sendable (ObjectSummary) throws -> Void
  ) async throws -> ObjectList

  /// `watch` in the form that snapshots keep.
  func watchSummaries(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<VersionedEvent, any Error>

  /// Whether whoever the cluster takes us for may do something.
  func canI(_ access: AccessQuery) async throws -> AccessReview

  /// The OpenAPI document with the schemas of a group and version; nil where
  /// the cluster has none.
  func openAPI(of apiVersion: String) async throws -> JSON?

  /// The cluster's clock: ages and heartbeats are counted by it, not by ours.
  func serverTime() async throws -> Instant
}

extension ClusterReader {
  public func openAPI(of apiVersion: String) async throws -> JSON? { nil }

  /// What the cluster serves, from the cache if there is one.
  public func resources() async throws -> Discovery {
    try await resources(refresh: false)
  }

  /// The objects of a query one by one, out of a whole list.
  public func forEach(
    _ query: ListQuery,
    _ body: @escaping @Sendable (KubernetesObject) throws -> Void
  ) async throws -> ObjectList {
    var list = try await list(query)
    for item in list.items { try body(item) }
    list.items = []
    return list
  }

  /// Summaries of whole objects.
  public func forEachSummary(
    _ query: ListQuery,
    _ body: @escaping @Sendable (ObjectSummary) throws -> Void
  ) async throws -> ObjectList {
    try await forEach(query) { object in
      if let summary = ObjectSummary(object) { try body(summary) }
    }
  }

  /// Summaries of whole objects.
  public func watchSummaries(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<VersionedEvent, any Error>
  {
    let events = watch(query, from: resourceVersion)
    return AsyncThrowingStream { continuation in
      let task = Task {
        do {
          for try await event in events {
            continuation.yield(VersionedEvent(event))
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// The cluster's identity: the uid of its `kube-system` namespace, which
  /// lives as long as the cluster does.
  public func identity() async throws -> String {
    try await get(ObjectReference(.namespace, name: "kube-system")).uid ?? ""
  }

  /// One object, or nil when there is none.
  public func find(_ reference: ObjectReference) async throws
    -> KubernetesObject?
  {
    do {
      return try await get(reference)
    } catch let error as ClusterError where error.isNotFound {
      return nil
    }
  }

  /// All objects of a query, page after page where it sets a limit.
  public func listAll(_ query: ListQuery) async throws -> ObjectList {
    var query = query
    var all = try await list(query)
    while let token = all.continueToken {
      query.continueToken = token
      let page = try await list(query)
      all.items += page.items
      all.continueToken = page.continueToken
      all.resourceVersion = page.resourceVersion
    }
    return all
  }
}

/// Changes a cluster.
///
/// Every write answers with the object as it then is.
public protocol ClusterWriter: Sendable {
  /// Creates an object; `metadata.generateName` lets the server name it.
  func create(_ object: KubernetesObject, _ options: WriteOptions) async throws
    -> KubernetesObject

  /// Server-side apply: the object's fields become those of the field manager.
  func apply(_ object: KubernetesObject, _ options: ApplyOptions) async throws
    -> KubernetesObject

  func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) async throws -> KubernetesObject

  /// Replaces an object; with its `resourceVersion` only if none came between.
  func replace(_ object: KubernetesObject, _ options: WriteOptions) async throws
    -> KubernetesObject

  /// Deletes an object.
  /// - Returns: the object when it stays for now (finalizers, grace period),
  ///   nil when it is gone.
  @discardableResult
  func delete(_ reference: ObjectReference, _ options: DeleteOptions)
    async throws -> KubernetesObject?
}

extension ClusterWriter {
  public func create(_ object: KubernetesObject) async throws
    -> KubernetesObject
  { try await create(object, WriteOptions()) }

  public func patch(_ reference: ObjectReference, _ patch: Patch) async throws
    -> KubernetesObject
  { try await self.patch(reference, patch, WriteOptions()) }

  public func replace(_ object: KubernetesObject) async throws
    -> KubernetesObject
  { try await replace(object, WriteOptions()) }

  @discardableResult
  public func delete(_ reference: ObjectReference) async throws
    -> KubernetesObject?
  { try await delete(reference, DeleteOptions()) }
}

/// Reaches into pods.
public protocol PodAccess: Sendable {
  /// A container's log in pieces as they come, lines not kept whole.
  func logs(_ query: LogQuery) -> AsyncThrowingStream<[UInt8], any Error>

  /// Runs a command in a container and waits for its end.
  ///
  /// An exit code other than 0 is a result, not an error.
  func exec(_ command: PodCommand) async throws -> PodCommandResult

  /// Opens a port on the loopback interface that leads into a pod.
  func portForward(_ query: PortForwardQuery) async throws -> any PortForward
}
