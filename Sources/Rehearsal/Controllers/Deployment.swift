// The Deployment controller: ReplicaSets by template, rolled over within
// maxSurge and maxUnavailable (kubernetes/pkg/controller/deployment).

import Kubernetes

extension World {
  private static let revisionKey = "deployment.kubernetes.io/revision"
  private static let hashKey = "pod-template-hash"

  mutating func reconcileDeployment(_ reference: ObjectReference) {
    guard let deployment = objects[reference], !deployment.isTerminating
    else { return }
    adopt(.replicaSet, by: deployment)
    let sets = controlled(by: deployment.uid, .replicaSet)
    let template = deployment.spec["template"] ?? [:]
    var newest = sets.first { Self.plain($0.spec["template"]) == template }
    let isPaused = deployment.spec["paused"]?.bool ?? false
    if newest == nil, !isPaused {
      newest = makeReplicaSet(deployment, template, sets)
    } else if let set = newest, !isPaused {
      renumber(set, deployment, sets)
    }
    let old = sets.filter { $0.name != newest?.name }
    if !isPaused, let newest {
      if deployment.spec["strategy"]?["type"] == "Recreate" {
        recreate(deployment, newest, old)
      } else {
        roll(deployment, newest, old)
      }
    }
    let after = controlled(by: deployment.uid, .replicaSet)
    trim(deployment, after, newest: newest?.name)
    reportDeployment(reference, after, newest: newest?.name)
  }

  /// A ReplicaSet's template as the Deployment wrote it.
  private static func plain(_ template: JSON?) -> JSON {
    var template = template ?? [:]
    template.set(nil, at: "metadata", "labels", hashKey)
    return template
  }

  private static func revision(_ set: KubernetesObject) -> Int {
    Int(set.annotations[revisionKey] ?? "") ?? 0
  }

  private mutating func makeReplicaSet(
    _ deployment: KubernetesObject, _ template: JSON,
    _ sets: [KubernetesObject]
  ) -> KubernetesObject {
    let hash = Self.hash(template)
    var labelled = template
    labelled.set(.string(hash), at: "metadata", "labels", Self.hashKey)
    let revision = (sets.map(Self.revision).max() ?? 0) + 1
    var selector = deployment.spec["selector"] ?? [:]
    selector.set(.string(hash), at: "matchLabels", Self.hashKey)
    var set = KubernetesObject([
      "apiVersion": "apps/v1", "kind": "ReplicaSet",
      "spec": [
        "replicas": 0, "selector": selector, "template": labelled,
      ],
      "status": ["replicas": 0],
    ])
    if let seconds = deployment.spec["minReadySeconds"] {
      set.spec["minReadySeconds"] = seconds
    }
    set.name = "\(deployment.name)-\(hash)"
    set.namespace = deployment.namespace
    set.labels = labelled["metadata"]?["labels"]?.strings ?? [:]
    set.annotations = [Self.revisionKey: String(revision)]
    set.ownerReferences = [deployment.asOwner]
    stampCreated(&set)
    let made = put(set)
    change(deployment.reference) {
      $0.annotations[Self.revisionKey] = String(revision)
    }
    return made
  }

  /// Gives an older ReplicaSet that is wanted again the newest revision.
  private mutating func renumber(
    _ set: KubernetesObject, _ deployment: KubernetesObject,
    _ sets: [KubernetesObject]
  ) {
    let highest = sets.filter { $0.name != set.name }.map(Self.revision).max()
    var revision = Self.revision(set)
    if let highest, highest >= revision {
      revision = highest + 1
      change(set.reference) {
        $0.annotations[Self.revisionKey] = String(revision)
      }
    }
    change(deployment.reference) {
      $0.annotations[Self.revisionKey] = String(revision)
    }
  }

  private mutating func scale(
    _ set: KubernetesObject, to count: Int, _ deployment: KubernetesObject
  ) {
    let from = set.spec["replicas"]?.integer ?? 0
    guard from != count else { return }
    change(set.reference) {
      $0.spec["replicas"] = .integer(count)
      $0.generation = ($0.generation ?? 0) + 1
    }
    note(
      deployment, "ScalingReplicaSet",
      "Scaled \(count > from ? "up" : "down") replica set \(set.name) "
        + "to \(count)", from: "deployment-controller")
  }

  /// Brings in new pods and drops old ones within the bounds.
  private mutating func roll(
    _ deployment: KubernetesObject, _ newest: KubernetesObject,
    _ old: [KubernetesObject]
  ) {
    let wanted = deployment.spec["replicas"]?.integer ?? 1
    let rolling = deployment.spec["strategy"]?["rollingUpdate"]
    let surge = Self.share(rolling?["maxSurge"], of: wanted, roundsUp: true)
    var unavailable = Self.share(
      rolling?["maxUnavailable"], of: wanted, roundsUp: false)
    if surge == 0, unavailable == 0 { unavailable = 1 }

    func replicas(_ set: KubernetesObject) -> Int {
      set.spec["replicas"]?.integer ?? 0
    }
    func available(_ set: KubernetesObject) -> Int {
      set.status["availableReplicas"]?.integer ?? 0
    }
    var newCount = replicas(newest)
    let oldCount = old.reduce(0) { $0 + replicas($1) }
    if newCount > wanted {
      newCount = wanted
    } else if newCount < wanted {
      let room = wanted + surge - newCount - oldCount
      newCount += max(0, min(room, wanted - newCount))
    }
    scale(newest, to: newCount, deployment)

    // Old pods that are not available go first: nobody misses them.
    let least = wanted - unavailable
    let newUnavailable = newCount - available(newest)
    var spare = newCount + oldCount - least - max(0, newUnavailable)
    // What was scaled down may not be counted yet; it must not go twice.
    guard spare > 0 else { return }
    var rest: [(set: KubernetesObject, count: Int)] = []
    for set in old {
      let broken = max(0, replicas(set) - available(set))
      let dropped = min(max(0, spare), broken)
      spare -= dropped
      rest.append((set, replicas(set) - dropped))
    }
    let totalAvailable =
      available(newest) + old.reduce(0) { $0 + available($1) }
    var droppable = max(0, min(spare, totalAvailable - least))
    for index in rest.indices {
      let usable = min(rest[index].count, available(rest[index].set))
      let dropped = min(droppable, usable)
      droppable -= dropped
      scale(rest[index].set, to: rest[index].count - dropped, deployment)
    }
  }

  /// Ends all old pods before the first new one.
  private mutating func recreate(
    _ deployment: KubernetesObject, _ newest: KubernetesObject,
    _ old: [KubernetesObject]
  ) {
    for set in old { scale(set, to: 0, deployment) }
    let areGone = old.allSatisfy {
      controlled(by: $0.uid, .pod).allSatisfy(\.isFinishedPod)
    }
    if areGone {
      scale(newest, to: deployment.spec["replicas"]?.integer ?? 1, deployment)
    }
  }

  /// A count or a percentage of a count.
  private static func share(_ json: JSON?, of total: Int, roundsUp: Bool) -> Int
  {
    if let count = json?.integer { return max(0, count) }
    guard let text = json?.string, text.hasSuffix("%"),
      let percent = Int(text.dropLast()), percent >= 0
    else { return 0 }
    return (total * percent + (roundsUp ? 99 : 0)) / 100
  }

  private mutating func trim(
    _ deployment: KubernetesObject, _ sets: [KubernetesObject], newest: String?
  ) {
    let limit = deployment.spec["revisionHistoryLimit"]?.integer ?? 10
    let idle = sets.filter {
      $0.name != newest && $0.spec["replicas"] == 0
        && ($0.status["replicas"]?.integer ?? 0) == 0
    }
    .sorted { Self.revision($0) < Self.revision($1) }
    for set in idle.prefix(max(0, idle.count - limit)) {
      _ = try? deleteQuietly(set.reference, .background)
    }
  }

  private mutating func reportDeployment(
    _ reference: ObjectReference, _ sets: [KubernetesObject], newest: String?
  ) {
    guard let deployment = objects[reference] else { return }
    func sum(_ name: String, _ sets: [KubernetesObject]) -> Int {
      sets.reduce(0) { $0 + ($1.status[name]?.integer ?? 0) }
    }
    let newSets = sets.filter { $0.name == newest }
    let wanted = deployment.spec["replicas"]?.integer ?? 1
    let total = sum("replicas", sets)
    let updated = sum("replicas", newSets)
    let available = sum("availableReplicas", sets)
    let unavailable = max(0, max(total, wanted) - available)
    let rolling = deployment.spec["strategy"]?["rollingUpdate"]
    let least =
      wanted
      - (deployment.spec["strategy"]?["type"] == "Recreate"
        ? wanted
        : Self.share(rolling?["maxUnavailable"], of: wanted, roundsUp: false))
    let isComplete =
      updated == wanted && total == wanted && available == wanted
    let before = deployment.json["status"] ?? [:]

    var status: JSON = [
      "observedGeneration": .integer(deployment.generation ?? 1)
    ]
    for (name, value) in [
      ("replicas", total), ("updatedReplicas", updated),
      ("readyReplicas", sum("readyReplicas", sets)),
      ("availableReplicas", available), ("unavailableReplicas", unavailable),
    ] where value > 0 {
      status[name] = .integer(value)
    }
    status["conditions"] = before["conditions"]

    var result = deployment
    result.json["status"] = status
    if available >= least {
      result.setCondition(
        "Available", "True", "MinimumReplicasAvailable",
        "Deployment has minimum availability.", now)
    } else {
      result.setCondition(
        "Available", "False", "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.", now)
    }
    reportProgress(&result, before, newest, isComplete)
    if result != deployment { put(result) }
  }

  private mutating func reportProgress(
    _ deployment: inout KubernetesObject, _ before: JSON, _ newest: String?,
    _ isComplete: Bool
  ) {
    guard let newest, deployment.spec["paused"]?.bool != true else { return }
    let old = deployment.condition("Progressing")
    let oldEntry = (before["conditions"]?.array ?? []).first {
      $0["type"] == "Progressing"
    }
    let lastProgress =
      (oldEntry?["lastUpdateTime"]?.string).flatMap(Instant.init) ?? now
    let hasMoved = [
      "replicas", "updatedReplicas", "readyReplicas",
      "availableReplicas",
    ].contains { before[$0] != deployment.status[$0] }
    let limit = deployment.spec["progressDeadlineSeconds"]?.integer ?? 600
    let isNew =
      old == nil || old?.message.contains(newest) != true
      || (before["observedGeneration"]?.integer ?? 0)
        < (deployment.generation ?? 1) && !isComplete
    var updated = lastProgress
    if isComplete {
      if old?.reason != "NewReplicaSetAvailable" || isNew { updated = now }
      deployment.setCondition(
        "Progressing", "True", "NewReplicaSetAvailable",
        "ReplicaSet \"\(newest)\" has successfully progressed.", now)
    } else if hasMoved || isNew || old?.reason == "NewReplicaSetAvailable" {
      updated = now
      deployment.setCondition(
        "Progressing", "True",
        isNew ? "NewReplicaSetCreated" : "ReplicaSetUpdated",
        "ReplicaSet \"\(newest)\" is progressing.", now)
      wake(
        .deployment, deployment.reference, after: .seconds(limit + 1))
    } else if now - lastProgress > .seconds(limit) {
      deployment.setCondition(
        "Progressing", "False", "ProgressDeadlineExceeded",
        "ReplicaSet \"\(newest)\" has timed out progressing.", now)
    }
    var list = deployment.status["conditions"]?.array ?? []
    for index in list.indices where list[index]["type"] == "Progressing" {
      list[index]["lastUpdateTime"] = .string(updated.timestamp)
    }
    deployment.status["conditions"] = .array(list)
  }
}
