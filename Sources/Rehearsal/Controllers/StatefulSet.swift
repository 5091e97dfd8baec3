// The StatefulSet controller: numbered pods in order, claims of their own,
// updates from the top down to the partition
// (kubernetes/pkg/controller/statefulset/stateful_set_control.go).

import Kubernetes

extension World {
  private static let hashLabel = "controller-revision-hash"
  private static let revisionKind = ObjectKind(
    apiVersion: "apps/v1", kind: "ControllerRevision")

  mutating func reconcileStatefulSet(_ reference: ObjectReference) {
    guard let set = objects[reference] else { return }
    if !set.isTerminating {
      adopt(.pod, by: set) { Self.ordinal($0, of: set) != nil }
      let template = set.spec["template"] ?? [:]
      let target = "\(set.name)-\(Self.hash(template))"
      keepRevision(target, template, set)
      let current = set.status["currentRevision"]?.string ?? target
      if set.status["updateRevision"]?.string != target
        || set.status["currentRevision"]?.string != current
      {
        change(reference) {
          $0.status["updateRevision"] = .string(target)
          $0.status["currentRevision"] = .string(current)
        }
      }
      updateStatefulSet(objects[reference] ?? set, target, current)
    }
    reportStatefulSet(reference)
  }

  /// Keeps a template under its revision's name, for pods below a partition.
  private mutating func keepRevision(
    _ name: String, _ template: JSON, _ set: KubernetesObject
  ) {
    let known = controlled(by: set.uid, Self.revisionKind)
    if known.contains(where: { $0.name == name }) { return }
    var revision = KubernetesObject([
      "apiVersion": "apps/v1", "kind": "ControllerRevision",
      "data": ["spec": ["template": template]],
      "revision": .integer(
        1 + (known.compactMap { $0.json["revision"]?.integer }.max() ?? 0)),
    ])
    revision.name = name
    revision.namespace = set.namespace
    revision.ownerReferences = [set.asOwner]
    stampCreated(&revision)
    put(revision)
    let limit = set.spec["revisionHistoryLimit"]?.integer ?? 10
    let inUse: Set<String?> = [
      name, set.status["currentRevision"]?.string,
      set.status["updateRevision"]?.string,
    ]
    let old = known.filter { !inUse.contains($0.name) }
      .sorted {
        ($0.json["revision"]?.integer ?? 0)
          < ($1.json["revision"]?.integer ?? 0)
      }
    for revision in old.prefix(max(0, old.count - limit)) {
      remove(revision.reference)
    }
  }

  private static func ordinal(_ pod: KubernetesObject, of set: KubernetesObject)
    -> Int?
  {
    guard pod.name.hasPrefix(set.name + "-") else { return nil }
    return Int(pod.name.dropFirst(set.name.count + 1))
  }

  private mutating func updateStatefulSet(
    _ set: KubernetesObject, _ target: String, _ current: String
  ) {
    let start = set.spec["ordinals"]?["start"]?.integer ?? 0
    let wanted = set.spec["replicas"]?.integer ?? 1
    let isOrdered = set.spec["podManagementPolicy"] != "Parallel"
    let strategy = set.spec["updateStrategy"]
    let isByHand = strategy?["type"] == "OnDelete"
    let partition =
      strategy?["rollingUpdate"]?["partition"]?.integer ?? 0
    let seconds = set.spec["minReadySeconds"]?.integer ?? 0
    var pods: [Int: KubernetesObject] = [:]
    for pod in controlled(by: set.uid, .pod) {
      if let number = Self.ordinal(pod, of: set) { pods[number] = pod }
    }
    wakeWhenAvailable(.statefulSet, set, Array(pods.values), seconds)
    let places = start..<(start + max(0, wanted))

    for number in places {
      guard let pod = pods[number] else {
        // Below the partition, and while the first revision is not replaced,
        // a pod comes back as it was.
        let isOld = !isByHand && number < start + partition
        makeMember(number, set, isOld ? current : target)
        if isOrdered { return }
        continue
      }
      if pod.isFinishedPod, !pod.isTerminating {
        dropPod(pod, of: set)
        if isOrdered { return }
        continue
      }
      if isOrdered, pod.isTerminating || !isAvailable(pod, seconds) { return }
    }
    let surplus = pods.keys.filter { !places.contains($0) }.sorted(by: >)
    for number in surplus {
      guard let pod = pods[number] else { continue }
      if pod.isTerminating {
        if isOrdered { return }
        continue
      }
      if isOrdered,
        pods.values.contains(where: {
          $0.name != pod.name && !isAvailable($0, seconds) && !$0.isTerminating
        })
      {
        return
      }
      dropPod(pod, of: set)
      if isOrdered { return }
    }
    guard !isByHand else { return }
    let updatable = places.filter { $0 >= start + partition }.reversed()
    for number in updatable {
      guard let pod = pods[number] else { return }
      if pod.labels[Self.hashLabel] != target, !pod.isTerminating {
        dropPod(pod, of: set)
        return
      }
      if pod.isTerminating || !isAvailable(pod, seconds) { return }
    }
  }

  private mutating func makeMember(
    _ number: Int, _ set: KubernetesObject, _ revision: String
  ) {
    let stored = object(Self.revisionKind, set.namespace, revision)
    let template =
      stored?.json.value(at: "data", "spec", "template")
      ?? set.spec["template"] ?? [:]
    let name = "\(set.name)-\(number)"
    var claims: [(volume: String, claim: String)] = []
    for claim in set.spec["volumeClaimTemplates"]?.array ?? [] {
      let volume = claim["metadata"]?["name"]?.string ?? ""
      let claimName = "\(volume)-\(name)"
      claims.append((volume, claimName))
      makeClaim(claim, claimName, set)
    }
    makePod(
      template, named: name, owner: set,
      labels: [
        Self.hashLabel: revision, "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": String(number),
      ]
    ) { pod in
      var volumes = pod.spec["volumes"]?.array ?? []
      for (volume, claim) in claims {
        volumes.removeAll { $0["name"]?.string == volume }
        volumes.append([
          "name": .string(volume),
          "persistentVolumeClaim": ["claimName": .string(claim)],
        ])
      }
      if !volumes.isEmpty { pod.spec["volumes"] = .array(volumes) }
      pod.spec["hostname"] = .string(name)
      pod.spec["subdomain"] = set.spec["serviceName"]
    }
  }

  private mutating func makeClaim(
    _ template: JSON, _ name: String, _ set: KubernetesObject
  ) {
    var claim = KubernetesObject([
      "apiVersion": "v1", "kind": "PersistentVolumeClaim",
      "spec": template["spec"] ?? [:],
    ])
    claim.name = name
    claim.namespace = set.namespace
    if objects[claim.reference] != nil { return }
    claim.labels = (template["metadata"]?["labels"]?.strings ?? [:])
      .merging(
        set.spec.value(at: "selector", "matchLabels")?.strings ?? [:],
        uniquingKeysWith: { own, _ in own })
    claim.annotations = template["metadata"]?["annotations"]?.strings ?? [:]
    _ = try? create(claim, WriteOptions(fieldManager: "statefulset-controller"))
  }

  private mutating func reportStatefulSet(_ reference: ObjectReference) {
    guard let set = objects[reference] else { return }
    let target = set.status["updateRevision"]?.string ?? ""
    var current = set.status["currentRevision"]?.string ?? target
    let seconds = set.spec["minReadySeconds"]?.integer ?? 0
    let pods = controlled(by: set.uid, .pod).filter { !$0.isFinishedPod }
    let wanted = set.spec["replicas"]?.integer ?? 1
    let updated = pods.count {
      $0.labels[Self.hashLabel] == target && !$0.isTerminating
    }
    let ready = pods.count { $0.isReadyPod && !$0.isTerminating }
    let partition =
      set.spec.value(at: "updateStrategy", "rollingUpdate", "partition")?
      .integer ?? 0
    if current != target, partition == 0, updated == wanted, ready == wanted,
      pods.count == wanted, set.spec["updateStrategy"]?["type"] != "OnDelete"
    {
      current = target
    }
    var status: JSON = [
      "observedGeneration": .integer(set.generation ?? 1),
      "replicas": .integer(pods.count), "currentRevision": .string(current),
      "updateRevision": .string(target), "collisionCount": 0,
      "availableReplicas": .integer(
        pods.count { isAvailable($0, seconds) && !$0.isTerminating }),
    ]
    for (name, count) in [
      ("readyReplicas", ready), ("updatedReplicas", updated),
      (
        "currentReplicas",
        pods.count {
          $0.labels[Self.hashLabel] == current && !$0.isTerminating
        }
      ),
    ] where count > 0 {
      status[name] = .integer(count)
    }
    change(reference) { $0.json["status"] = status }
  }
}
