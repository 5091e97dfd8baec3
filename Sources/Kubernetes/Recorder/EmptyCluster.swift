// The reader to record over when there is no cluster to read.

/// A cluster that serves a list of kinds and holds no objects.
public struct EmptyCluster: ClusterReader {
  private let served: Discovery
  private let clusterVersion: ClusterVersion
  private let now: Instant

  public let isRehearsal = true

  public init(
    serving discovery: Discovery, version: ClusterVersion, now: Instant
  ) {
    served = discovery
    clusterVersion = version
    self.now = now
  }

  public func version() async throws -> ClusterVersion { clusterVersion }

  public func resources(refresh: Bool) async throws -> Discovery { served }

  public func get(_ reference: ObjectReference) async throws
    -> KubernetesObject
  {
    throw ClusterError(
      code: 404, reason: "NotFound", message: "\(reference) not found")
  }

  public func list(_ query: ListQuery) async throws -> ObjectList {
    ObjectList(items: [], resourceVersion: "0")
  }

  public func watch(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<WatchEvent, any Error>
  { AsyncThrowingStream { $0.finish() } }

  public func canI(_ access: AccessQuery) async throws -> AccessReview {
    AccessReview(isAllowed: true)
  }

  public func serverTime() async throws -> Instant { now }
}
