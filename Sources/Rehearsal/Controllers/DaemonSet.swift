// The DaemonSet controller: one pod on each node that may take it.

import Kubernetes

extension World {
  private static let hashLabel = "controller-revision-hash"

  mutating func reconcileDaemonSet(_ reference: ObjectReference) {
    guard let set = objects[reference] else { return }
    let template = set.spec["template"] ?? [:]
    let hash = Self.hash(template)
    var byNode: [String: KubernetesObject] = [:]
    var surplus: [KubernetesObject] = []
    let nodes = all(.node).filter { Self.takesDaemon($0, template) }
      .map(\.name)
    let wanted = Set(nodes)
    for pod in controlled(by: set.uid, .pod) {
      let node = pod.spec["nodeName"]?.string ?? ""
      if pod.isFinishedPod || !wanted.contains(node) || byNode[node] != nil {
        surplus.append(pod)
      } else {
        byNode[node] = pod
      }
    }
    if !set.isTerminating {
      for pod in surplus where !pod.isTerminating { dropPod(pod, of: set) }
      for node in nodes where byNode[node] == nil {
        makePod(
          template, named: nil, owner: set, labels: [Self.hashLabel: hash]
        ) { $0.spec["nodeName"] = .string(node) }
      }
      renew(set, byNode, nodes, hash)
    }
    reportDaemonSet(reference, hash, nodes)
  }

  private static func takesDaemon(_ node: KubernetesObject, _ template: JSON)
    -> Bool
  {
    // Daemons bear the taints of nodes that are cordoned or not ready.
    let spec = template["spec"] ?? [:]
    return selects(spec, node)
      && hardTaints(of: node).allSatisfy {
        ($0["key"]?.string ?? "").hasPrefix("node.kubernetes.io/")
          || tolerates(spec, $0)
      }
  }

  /// Replaces pods of an older template, as many at once as may be missing.
  private mutating func renew(
    _ set: KubernetesObject, _ byNode: [String: KubernetesObject],
    _ nodes: [String], _ hash: String
  ) {
    guard set.spec["updateStrategy"]?["type"] != "OnDelete" else { return }
    let limit = set.spec.value(
      at: "updateStrategy", "rollingUpdate", "maxUnavailable")
    var room =
      limit?.integer
      ?? (limit?.string?.dropLast()).flatMap { Int($0) }
      .map { max(1, nodes.count * $0 / 100) } ?? 1
    let old = nodes.compactMap { byNode[$0] }
      .filter { $0.labels[Self.hashLabel] != hash }
    room -= nodes.count { byNode[$0].map { !$0.isReadyPod } ?? true }
    for pod in old where !pod.isTerminating {
      if !pod.isReadyPod {
        dropPod(pod, of: set)
      } else if room > 0 {
        room -= 1
        dropPod(pod, of: set)
      }
    }
  }

  private mutating func reportDaemonSet(
    _ reference: ObjectReference, _ hash: String, _ nodes: [String]
  ) {
    guard let set = objects[reference] else { return }
    let pods = controlled(by: set.uid, .pod).filter {
      !$0.isTerminating && !$0.isFinishedPod
    }
    let ready = pods.count(where: \.isReadyPod)
    var status: JSON = [
      "observedGeneration": .integer(set.generation ?? 1),
      "desiredNumberScheduled": .integer(nodes.count),
      "currentNumberScheduled": .integer(pods.count), "numberMisscheduled": 0,
      "numberReady": .integer(ready),
    ]
    for (name, count) in [
      (
        "updatedNumberScheduled",
        pods.count { $0.labels[Self.hashLabel] == hash }
      ),
      ("numberAvailable", ready), ("numberUnavailable", nodes.count - ready),
    ] where count > 0 {
      status[name] = .integer(count)
    }
    change(reference) { $0.json["status"] = status }
  }
}
