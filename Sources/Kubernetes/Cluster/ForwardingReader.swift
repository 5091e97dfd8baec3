// A reader in front of another one.

/// A reader that passes on what it does not answer itself.
///
/// What hands over objects one by one (`forEach` and the like) is made of its
/// own `list` and `watch`, so that nothing goes past these.
public protocol ForwardingReader: ClusterReader {
  /// What answers the rest.
  var upstream: any ClusterReader { get }
}

extension ForwardingReader {
  public var isRehearsal: Bool { upstream.isRehearsal }

  public func version() async throws -> ClusterVersion {
    try await upstream.version()
  }

  public func resources(refresh: Bool) async throws -> Discovery {
    try await upstream.resources(refresh: refresh)
  }

  public func get(_ reference: ObjectReference) async throws
    -> KubernetesObject
  {
    try await upstream.get(reference)
  }

  public func list(_ query: ListQuery) async throws -> ObjectList {
    try await upstream.list(query)
  }

  public func watch(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<WatchEvent, any Error>
  {
    upstream.watch(query, from: resourceVersion)
  }

  public func canI(_ access: AccessQuery) async throws -> AccessReview {
    try await upstream.canI(access)
  }

  public func openAPI(of apiVersion: String) async throws -> JSON? {
    try await upstream.openAPI(of: apiVersion)
  }

  public func serverTime() async throws -> Instant {
    try await upstream.serverTime()
  }
}
