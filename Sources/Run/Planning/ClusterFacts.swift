// What a plan has to know about the cluster before it compares objects.

import Kubernetes

/// The cluster as a plan finds it.
struct ClusterFacts: Sendable {
  var version: ClusterVersion
  var discovery: Discovery
  /// The uid of kube-system, which tells clusters apart.
  var uid: String
  /// The namespaces that exist.
  var namespaces: Set<String>

  /// Asks the cluster.
  ///
  /// - Throws: `ClusterError` when it cannot be reached.
  static func read(
    _ cluster: any ClusterReader, namespace: String
  ) async throws -> ClusterFacts {
    async let version = cluster.version()
    async let discovery = cluster.resources()
    async let system = cluster.find(
      ObjectReference(.namespace, name: "kube-system"))
    var namespaces = Set<String>()
    do {
      namespaces = Set(
        try await cluster.listAll(ListQuery(.namespace)).items.map(\.name))
    } catch let error as ClusterError where error.isForbidden {
      // Without the right to list, the stack's own is all that matters.
      if try await cluster.find(
        ObjectReference(.namespace, name: namespace)) != nil
      {
        namespaces.insert(namespace)
      }
    }
    return ClusterFacts(
      version: try await version, discovery: try await discovery,
      uid: try await system?.uid ?? "", namespaces: namespaces)
  }
}
