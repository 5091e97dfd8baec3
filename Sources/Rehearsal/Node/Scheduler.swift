// The scheduler: selector, required affinity, taints, required anti-affinity,
// room for pods, and claims that must be bound first.

import Kubernetes

extension World {
  mutating func schedule(_ reference: ObjectReference) {
    guard let pod = objects[reference], pod.json["spec"]?["nodeName"] == nil,
      !pod.isTerminating
    else {
      unplaced.remove(reference)
      return
    }
    if let gates = pod.spec["schedulingGates"]?.array, !gates.isEmpty {
      change(reference) { [now] in
        $0.setCondition(
          "PodScheduled", "False", "SchedulingGated",
          "Scheduling is blocked due to non-empty scheduling gates", now)
      }
      return
    }
    switch place(for: pod) {
    case .success(let node):
      unplaced.remove(reference)
      change(reference) { [now] in
        $0.spec["nodeName"] = .string(node)
        $0.setCondition("PodScheduled", "True", "", "", now)
      }
      note(
        pod, "Scheduled",
        "Successfully assigned \(pod.namespace ?? "")/\(pod.name) to \(node)",
        from: "default-scheduler")
    case .failure(let refusal):
      unplaced.insert(reference)
      let old = pod.condition("PodScheduled")
      if old?.message == refusal.message { return }
      change(reference) { [now] in
        $0.setCondition(
          "PodScheduled", "False", "Unschedulable", refusal.message, now)
      }
      note(
        pod, "FailedScheduling", refusal.message, isWarning: true,
        from: "default-scheduler")
    }
  }

  private struct Refusal: Error {
    var message: String
  }

  private func place(for pod: KubernetesObject) -> Result<String, Refusal> {
    let nodes = all(.node)
    func refuse(_ reasons: [String: Int]) -> Refusal {
      let list = reasons.sorted { $0.key < $1.key }
        .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      return Refusal(
        message: "0/\(nodes.count) nodes are available: "
          + (list.isEmpty ? "there are none." : "\(list)."))
    }
    if fault(.unschedulable, strikes: pod) != nil {
      return .failure(refuse(["Insufficient cpu": nodes.count]))
    }
    for volume in pod.spec["volumes"]?.array ?? [] {
      guard let name = volume["persistentVolumeClaim"]?["claimName"]?.string
      else { continue }
      guard let claim = object(.persistentVolumeClaim, pod.namespace, name)
      else {
        return .failure(
          Refusal(
            message: "0/\(nodes.count) nodes are available: "
              + "persistentvolumeclaim \"\(name)\" not found."))
      }
      if claim.phase != "Bound" {
        return .failure(
          refuse([
            "pod has unbound immediate PersistentVolumeClaims": nodes.count
          ]))
      }
    }
    var reasons: [String: Int] = [:]
    var fitting: [(load: Int, name: String)] = []
    for node in nodes {
      if let reason = obstacle(pod, node) {
        reasons[reason, default: 0] += 1
      } else {
        fitting.append((podsOnNode[node.name]?.count ?? 0, node.name))
      }
    }
    guard
      let best = fitting.min(by: { ($0.load, $0.name) < ($1.load, $1.name) })
    else { return .failure(refuse(reasons)) }
    return .success(best.name)
  }

  private func obstacle(_ pod: KubernetesObject, _ node: KubernetesObject)
    -> String?
  {
    if node.condition("Ready")?.isTrue != true {
      return "node(s) were not ready"
    }
    if node.spec["unschedulable"] == true {
      return "node(s) were unschedulable"
    }
    if !Self.selects(pod.spec, node) {
      return "node(s) didn't match Pod's node affinity/selector"
    }
    if !Self.hardTaints(of: node).allSatisfy({ Self.tolerates(pod.spec, $0) }) {
      return "node(s) had untolerated taints"
    }
    let capacity =
      (node.status["allocatable"]?["pods"]?.string).flatMap { Int($0) } ?? 110
    if (podsOnNode[node.name]?.count ?? 0) >= capacity {
      return "Too many pods"
    }
    if repels(pod, node) {
      return "node(s) didn't match pod anti-affinity rules"
    }
    return nil
  }

  /// Whether the selector and required affinity of a pod take a node.
  static func selects(_ spec: JSON, _ node: KubernetesObject) -> Bool {
    let labels = node.labels
    if let selector = spec["nodeSelector"]?.strings,
      !LabelSelector(labels: selector).matches(labels)
    {
      return false
    }
    guard
      let terms = spec.value(
        at: "affinity", "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")?
        .array
    else { return true }
    return terms.contains { term in
      let expressions = LabelSelector([
        "matchExpressions": term["matchExpressions"] ?? []
      ])
      return expressions?.matches(labels) ?? false
    }
  }

  static func hardTaints(of node: KubernetesObject) -> [JSON] {
    (node.spec["taints"]?.array ?? []).filter {
      ["NoSchedule", "NoExecute"].contains($0["effect"]?.string)
    }
  }

  static func tolerates(_ spec: JSON, _ taint: JSON) -> Bool {
    (spec["tolerations"]?.array ?? []).contains { toleration in
      let key = toleration["key"]?.string ?? ""
      let exists = toleration["operator"]?.string == "Exists"
      let effect = toleration["effect"]?.string ?? ""
      return (key.isEmpty && exists || key == taint["key"]?.string)
        && (exists
          || toleration["value"]?.string ?? "" == taint["value"]?.string ?? "")
        && (effect.isEmpty || effect == taint["effect"]?.string)
    }
  }

  /// Whether required anti-affinity keeps a pod from a node.
  private func repels(_ pod: KubernetesObject, _ node: KubernetesObject) -> Bool
  {
    let terms =
      pod.spec.value(
        at: "affinity", "podAntiAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution")?.array ?? []
    return terms.contains { term in
      guard let key = term["topologyKey"]?.string,
        let value = node.labels[key],
        let selector = term["labelSelector"].flatMap(LabelSelector.init)
      else { return false }
      let spaces =
        term["namespaces"]?.array?.compactMap(\.string)
        ?? [pod.namespace ?? ""]
      let neighbours =
        key == "kubernetes.io/hostname"
        ? [node] : all(.node).filter { $0.labels[key] == value }
      return neighbours.contains { neighbour in
        (podsOnNode[neighbour.name] ?? []).contains { reference in
          guard let other = objects[reference], !other.isFinishedPod else {
            return false
          }
          return spaces.contains(other.namespace ?? "")
            && selector.matches(other.labels)
        }
      }
    }
  }
}
