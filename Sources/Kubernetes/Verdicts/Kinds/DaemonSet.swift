// DaemonSet: one ready pod on every node that can take one. Nodes that are
// cordoned or not ready would hold it up for ever, so their pods do not count
// against it (github.com/Shopify/krane#146).
//
//   status: {observedGeneration: 1, desiredNumberScheduled: 3,
//     currentNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 2}

enum DaemonSetRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    guard let wanted = object.json["status"]?["desiredNumberScheduled"]?.integer
    else {
      return Verdict(
        .inProgress, "NotObserved",
        "waits for the controller to count its nodes")
    }
    let updated = object.count("updatedNumberScheduled")
    let ready = object.count("numberReady")
    let isByHand =
      object.json["spec"]?["updateStrategy"]?["type"]?.string == "OnDelete"
    let pods = object.uid.map(around.snapshot.pods(ownedBy:)) ?? []
    let lost = pods.count {
      !$0.isReady && !$0.isTerminating && isOut($0.node, around)
    }
    let lostNote =
      lost == 0 ? "" : ", \(counted(lost, "node")) not ready or cordoned"
    if !isByHand, updated + lost < wanted {
      return progress(
        object, pods, around, "Updating",
        "\(updated) of \(counted(wanted, "node")) updated")
    }
    if ready + lost < wanted {
      return progress(
        object, pods, around, "NotReady",
        "\(ready) of \(counted(wanted, "node")) ready")
    }
    return Verdict(
      .current, "Ready",
      "\(ready) of \(counted(wanted, "node")) ready\(lostNote)")
  }

  private static func progress(
    _ object: KubernetesObject, _ pods: [PodSummary], _ around: Circumstances,
    _ reason: String, _ counts: String
  ) -> Verdict {
    let troubles = PodTroubles(
      pods.filter { !$0.isTerminating && !isOut($0.node, around) }, around)
    guard let sentence = troubles.sentence(around) else {
      return Verdict(.inProgress, reason, counts)
    }
    if let (_, doom) = troubles.fatal.first {
      return Verdict(.failed, doom.reason, sentence)
    }
    return Verdict(.inProgress, reason, "\(counts), \(sentence)")
  }

  /// Whether a node that is known takes no pods or does not answer.
  private static func isOut(_ name: String, _ around: Circumstances) -> Bool {
    guard !name.isEmpty,
      let node = around.snapshot[ObjectReference(.node, name: name)]
    else { return false }
    return node.json["spec"]?["unschedulable"]?.bool == true
      || node.condition("Ready")?.isTrue != true
  }
}
