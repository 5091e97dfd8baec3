// One object in full: its manifest without secrets, its verdict, its events,
// and the pods whose logs belong to it.

import Console
import Kubernetes
import Run
import Stack

/// Reads objects for showing.
struct ObjectReader: Sendable {
  private let cluster: any Cluster

  init(_ cluster: any Cluster) {
    self.cluster = cluster
  }

  /// - Throws: `ClusterError`.
  func details(of reference: ObjectReference) async throws -> ObjectDetails {
    let object = try await cluster.get(reference)
    var snapshot = ClusterSnapshot([object])
    if let namespace = reference.namespace {
      for kind in [ObjectKind.pod, .replicaSet, .event] {
        let found = try await cluster.listAll(
          ListQuery(kind, namespace: namespace))
        for item in found.items { snapshot.insert(item) }
      }
    }
    let around = Circumstances(
      snapshot, now: try await cluster.serverTime())
    let uid = object.uid ?? ""
    var pods = snapshot.podsBelow(uid)
    if let pod = snapshot.pod(reference) { pods = [pod] }
    return ObjectDetails(
      object: reference, verdict: Verdict(of: reference, around),
      yaml: Self.yaml(object),
      events: snapshot.events(about: uid).map {
        EventLine(
          time: $0.last ?? around.now, isWarning: $0.isWarning,
          reason: $0.reason, message: $0.message, count: $0.count)
      },
      pods: pods.map {
        PodContainers(
          namespace: $0.namespace, pod: $0.name,
          containers: $0.containers.map(\.name))
      })
  }

  /// The manifest for people: secrets masked, bookkeeping left out.
  static func yaml(_ object: KubernetesObject) -> String {
    var json = object.json
    json.set(nil, at: "metadata", "managedFields")
    // kubectl's copy of a Secret would show what the mask hides.
    json.set(
      nil, at: "metadata", "annotations",
      "kubectl.kubernetes.io/last-applied-configuration")
    let masked = SecretMask.masked(old: json, new: nil, spans: []).old ?? json
    return YAMLText.lines(masked).joined(separator: "\n") + "\n"
  }
}
