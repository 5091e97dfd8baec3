// StatefulSet: ordered updates with a partition, updates by hand, and the trap
// that an unready pod of an older revision holds up its own correction
// (kubernetes/kubernetes#67250).
//
//   spec: {replicas: 3, podManagementPolicy: OrderedReady, updateStrategy:
//     {type: RollingUpdate, rollingUpdate: {partition: 0}}}
//   status: {observedGeneration: 2, replicas: 3, readyReplicas: 2,
//     updatedReplicas: 1, currentRevision: db-7d, updateRevision: db-9f}

enum StatefulSetRule: VerdictRule {
  static let hash = "controller-revision-hash"

  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    let wanted = object.wantedReplicas
    let ready = object.count("readyReplicas")
    let updated = object.count("updatedReplicas")
    let strategy = object.json["spec"]?["updateStrategy"]
    let isByHand = strategy?["type"]?.string == "OnDelete"
    let partition = partition(of: object)
    let target = object.status["updateRevision"]?.string ?? ""
    let isWhole = object.status["currentRevision"]?.string == target

    let lag: (reason: String, sentence: String)?
    if !isByHand, wanted - partition > updated {
      lag = (
        "Updating",
        "\(updated) of \(counted(max(0, wanted - partition), "replica")) updated"
      )
    } else if ready < wanted {
      lag = (
        "NotReady", "\(ready) of \(counted(wanted, "replica")) ready"
      )
    } else if object.count("replicas") > wanted {
      lag = (
        "OldReplicas",
        counted(object.count("replicas") - wanted, "replica")
          + " pending termination"
      )
    } else if !isByHand, partition == 0, !isWhole, !target.isEmpty {
      lag = ("Updating", "the new revision is being settled")
    } else {
      lag = nil
    }
    guard let lag else {
      if isByHand, !isWhole {
        return Verdict(
          .current, "UpdateByHand",
          "\(ready) of \(wanted) ready, pods get their changes when deleted "
            + "by hand")
      }
      return Verdict(.current, "Ready", "\(ready) of \(wanted) ready")
    }
    if let trap = rollbackTrap(object, around) {
      return Verdict(
        .failed, "RollbackTrap",
        "pod \(trap.pod.name) of revision \(trap.revision) never became ready "
          + "and holds up revision \(trap.target)")
    }
    // An ordered update cannot pass a doomed pod, so one is enough.
    let pods = object.uid.map(around.snapshot.pods(ownedBy:)) ?? []
    let troubles = PodTroubles(
      pods.filter {
        !$0.isTerminating && (target.isEmpty || $0.labels[hash] == target)
      }, around)
    if let (_, doom) = troubles.fatal.first,
      let sentence = troubles.sentence(around)
    {
      return Verdict(.failed, doom.reason, sentence)
    }
    if let failure = replicaFailure(object, around) { return failure }
    if let sentence = PodTroubles(pods, around).sentence(around) {
      return Verdict(.inProgress, lag.reason, "\(lag.sentence), \(sentence)")
    }
    return Verdict(.inProgress, lag.reason, lag.sentence)
  }

  static func partition(of object: KubernetesObject) -> Int {
    object.json["spec"]?.value(
      at: "updateStrategy", "rollingUpdate", "partition")?.integer ?? 0
  }

  struct Trap {
    var pod: PodSummary
    var revision: String
    var target: String
  }

  /// The pod that an ordered update waits for in vain.
  static func rollbackTrap(
    _ object: KubernetesObject, _ around: Circumstances
  ) -> Trap? {
    let spec = object.json["spec"]
    guard
      spec?["updateStrategy"]?["type"]?.string ?? "RollingUpdate"
        == "RollingUpdate",
      spec?["podManagementPolicy"]?.string ?? "OrderedReady" == "OrderedReady",
      let target = object.status["updateRevision"]?.string, !target.isEmpty,
      let uid = object.uid
    else { return nil }
    let start = spec?["ordinals"]?["start"]?.integer ?? 0
    let ordinals = start..<(start + max(0, object.wantedReplicas))
    let prefix = object.name + "-"
    let unready = around.snapshot.pods(ownedBy: uid).compactMap {
      pod -> (ordinal: Int, pod: PodSummary)? in
      guard pod.name.hasPrefix(prefix), !pod.isReady,
        let ordinal = Int(pod.name.dropFirst(prefix.count)),
        ordinals.contains(ordinal)
      else { return nil }
      return (ordinal, pod)
    }
    guard let first = unready.min(by: { $0.ordinal < $1.ordinal }),
      first.ordinal >= partition(of: object), !first.pod.isTerminating,
      let revision = first.pod.labels[hash], !revision.isEmpty,
      revision != target,
      around.since(first.pod.ready?.lastTransitionTime ?? first.pod.created)
        >= around.patience.rollbackTrap
    else { return nil }
    return Trap(pod: first.pod, revision: revision, target: target)
  }
}
