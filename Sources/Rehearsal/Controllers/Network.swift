// Services' endpoints, disruption budgets and definitions of kinds.

import Kubernetes

extension World {
  private static let sliceKind = ObjectKind(
    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice")

  /// Keeps the addresses of a Service's pods, ready or not.
  mutating func reconcileService(_ reference: ObjectReference) {
    let place = ObjectReference(
      .endpoints, namespace: reference.namespace, name: reference.name)
    guard let service = objects[reference] else {
      if objects[place] != nil { remove(place) }
      return
    }
    guard let selector = service.spec["selector"]?.strings, !selector.isEmpty
    else { return }
    let labels = LabelSelector(labels: selector)
    let pods = all(.pod, in: reference.namespace).filter {
      labels.matches($0.labels) && $0.status["podIP"] != nil
        && !$0.isFinishedPod
    }
    let publishesAll = service.spec["publishNotReadyAddresses"] == true
    func isServing(_ pod: KubernetesObject) -> Bool {
      publishesAll || pod.isReadyPod && !pod.isTerminating
    }
    func address(_ pod: KubernetesObject) -> JSON {
      [
        "ip": pod.status["podIP"] ?? "", "nodeName": pod.spec["nodeName"] ?? "",
        "targetRef": [
          "kind": "Pod", "name": .string(pod.name),
          "namespace": .string(pod.namespace ?? ""),
          "uid": .string(pod.uid ?? ""),
        ],
      ]
    }
    let ports = JSON.array(
      (service.spec["ports"]?.array ?? []).map { port in
        var entry: JSON = [
          "port": Self.targetPort(port, pods.first),
          "protocol": port["protocol"] ?? "TCP",
        ]
        entry["name"] = port["name"]
        return entry
      })
    var subset: JSON = ["ports": ports]
    let ready = pods.filter(isServing)
    let other = pods.filter { !isServing($0) && !$0.isTerminating }
    if !ready.isEmpty { subset["addresses"] = .array(ready.map(address)) }
    if !other.isEmpty {
      subset["notReadyAddresses"] = .array(other.map(address))
    }
    keep(
      place, service,
      ["subsets": ready.isEmpty && other.isEmpty ? nil : [subset]])
    let slice = ObjectReference(
      Self.sliceKind, namespace: reference.namespace,
      name:
        "\(reference.name)-\(Self.hash(.string(service.uid ?? "")).prefix(5))")
    keep(
      slice, service,
      [
        "addressType": "IPv4", "ports": ports,
        "endpoints": .array(
          pods.map { pod in
            [
              "addresses": [pod.status["podIP"] ?? ""],
              "conditions": [
                "ready": .bool(isServing(pod)),
                "serving": .bool(pod.isReadyPod),
                "terminating": .bool(pod.isTerminating),
              ],
              "nodeName": pod.spec["nodeName"] ?? "",
              "targetRef": address(pod)["targetRef"] ?? [:],
            ]
          }),
      ], label: "kubernetes.io/service-name")
  }

  private static func targetPort(_ port: JSON, _ pod: KubernetesObject?) -> JSON
  {
    guard let name = port["targetPort"]?.string else {
      return port["targetPort"] ?? port["port"] ?? 0
    }
    for container in pod?.spec["containers"]?.array ?? [] {
      for own in container["ports"]?.array ?? []
      where own["name"]?.string == name {
        return own["containerPort"] ?? 0
      }
    }
    return port["port"] ?? 0
  }

  private mutating func keep(
    _ reference: ObjectReference, _ service: KubernetesObject,
    _ members: [String: JSON?], label: String? = nil
  ) {
    var object =
      objects[reference]
      ?? KubernetesObject([
        "apiVersion": .string(reference.apiVersion),
        "kind": .string(reference.kind),
      ])
    let isNew = object.uid == nil
    object.name = reference.name
    object.namespace = reference.namespace
    object.labels = service.labels
    if let label { object.labels[label] = service.name }
    for (name, value) in members { object.json[name] = value }
    if isNew {
      object.ownerReferences = [service.asOwner]
      stampCreated(&object)
    }
    if objects[reference] != object { put(object) }
  }

  /// Counts the healthy pods of a budget.
  mutating func reconcileBudget(_ reference: ObjectReference) {
    guard let budget = objects[reference],
      let selector = budget.spec["selector"].flatMap(LabelSelector.init)
    else { return }
    let pods = all(.pod, in: reference.namespace).filter {
      selector.matches($0.labels) && !$0.isFinishedPod
    }
    let expected = pods.count
    let healthy = pods.count { $0.isReadyPod && !$0.isTerminating }
    let wanted: Int
    if let least = budget.spec["minAvailable"] {
      wanted = Self.portion(least, of: expected)
    } else {
      wanted = max(
        0,
        expected
          - Self.portion(budget.spec["maxUnavailable"] ?? 1, of: expected))
    }
    change(reference) {
      $0.status["observedGeneration"] = .integer(budget.generation ?? 1)
      $0.status["expectedPods"] = .integer(expected)
      $0.status["currentHealthy"] = .integer(healthy)
      $0.status["desiredHealthy"] = .integer(wanted)
      $0.status["disruptionsAllowed"] = .integer(max(0, healthy - wanted))
    }
  }

  private static func portion(_ json: JSON, of total: Int) -> Int {
    if let count = json.integer { return count }
    guard let text = json.string, let percent = Int(text.dropLast()) else {
      return 0
    }
    return (total * percent + 99) / 100
  }

  /// Serves the kinds of all definitions.
  mutating func establish(_ reference: ObjectReference) {
    let definitions = byKind[reference.objectKind] ?? []
    var kinds = ServedKinds.builtIn + configuration.additionalResources
    for definition in definitions.sorted() {
      kinds += objects[definition].map(ServedKinds.kinds) ?? []
    }
    discovery = Discovery(kinds)
    change(reference) { [now] in
      $0.setCondition(
        "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
      $0.setCondition(
        "Established", "True", "InitialNamesAccepted",
        "the initial names have been accepted", now)
      $0.status["acceptedNames"] = $0.spec["names"]
      $0.status["storedVersions"] = .array(
        ($0.spec["versions"]?.array ?? []).filter { $0["storage"] == true }
          .compactMap { $0["name"] })
    }
  }
}
