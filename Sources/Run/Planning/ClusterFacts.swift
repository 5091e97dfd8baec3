// What a plan has to know about the cluster before it compares objects.

import Kubernetes

/// The cluster as a plan finds it.
struct ClusterFacts: Sendable {
  var version: ClusterVersion
  var discovery: Discovery
  /// The uid of kube-system, which tells clusters apart; empty where it may
  /// not be read.
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
    async let uid = identity(of: cluster)
    var namespaces = Set<String>()
    do {
      namespaces = Set(
        try await cluster.listAll(ListQuery(.namespace)).items.map(\.name))
    } catch let error as ClusterError where error.isForbidden {
      // Without the right to list, the stack's own is all that matters.
      if try await mayExist(namespace, in: cluster) {
        namespaces.insert(namespace)
      }
    }
    return ClusterFacts(
      version: try await version, discovery: try await discovery,
      uid: try await uid, namespaces: namespaces)
  }

  private static func identity(
    of cluster: any ClusterReader
  ) async throws -> String {
    do {
      return try await cluster.find(
        ObjectReference(.namespace, name: "kube-system"))?.uid ?? ""
    } catch let error as ClusterError where error.isForbidden {
      return ""
    }
  }

  /// Whether a namespace is there; one that may not be looked at is taken for
  /// there, for somebody gave rights in it.
  private static func mayExist(
    _ namespace: String, in cluster: any ClusterReader
  ) async throws -> Bool {
    do {
      return try await cluster.find(
        ObjectReference(.namespace, name: namespace)) != nil
    } catch let error as ClusterError where error.isForbidden {
      return true
    }
  }
}
