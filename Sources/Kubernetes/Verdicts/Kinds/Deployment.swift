// Deployment: kubectl's counts and wording, the pods of its newest ReplicaSet
// judged one by one, and pausing as a state of its own.
//
//   metadata: {generation: 2, annotations: {deployment.kubernetes.io/revision: "2"}}
//   spec: {replicas: 3, paused: false}
//   status: {observedGeneration: 2, replicas: 4, updatedReplicas: 1,
//     readyReplicas: 3, availableReplicas: 3, conditions: [{type: Progressing,
//     status: "True", reason: ReplicaSetUpdated}]}

enum DeploymentRule: VerdictRule {
  static let revision = "deployment.kubernetes.io/revision"

  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    let wanted = object.wantedReplicas
    let updated = object.count("updatedReplicas")
    let replicas = object.count("replicas")
    let available = object.count("availableReplicas")
    let isPaused = object.json["spec"]?["paused"]?.bool ?? false

    let lag: (reason: String, sentence: String)?
    if updated < wanted {
      lag = (
        "Updating",
        "\(updated) of \(counted(wanted, "new replica")) updated"
      )
    } else if replicas > updated {
      lag = (
        "OldReplicas",
        "\(counted(replicas - updated, "old replica")) pending termination"
      )
    } else if available < updated {
      lag = (
        "NotAvailable",
        "\(available) of \(counted(updated, "updated replica")) available"
      )
    } else {
      lag = nil
    }
    guard let lag else {
      return isPaused
        ? Verdict(
          .current, "Paused",
          "\(available) of \(wanted) available, changes are paused")
        : Verdict(.current, "Available", "\(available) of \(wanted) available")
    }
    if isPaused {
      return Verdict(.inProgress, "Paused", "is paused, \(lag.sentence)")
    }
    // What is wrong with the newest pods says more than that they are late.
    let troubles = PodTroubles(newestPods(of: object, around), around)
    let progressing = object.condition("Progressing")
    if progressing?.reason == "ProgressDeadlineExceeded" {
      return Verdict(
        .failed,
        troubles.troubles.first?.doom.reason
          ?? "ProgressDeadlineExceeded",
        troubles.sentence(around)
          ?? "made no progress within its deadline, \(lag.sentence)")
    }
    if troubles.areAllFatal, let sentence = troubles.sentence(around) {
      return Verdict(.failed, troubles.troubles[0].doom.reason, sentence)
    }
    if let failure = replicaFailure(object, around) { return failure }
    if let sentence = troubles.sentence(around) {
      return Verdict(
        .inProgress, troubles.troubles[0].doom.reason,
        "\(lag.sentence), \(sentence)")
    }
    return Verdict(.inProgress, lag.reason, lag.sentence)
  }

  /// The ReplicaSet of the Deployment's present template.
  static func newestReplicaSet(
    of object: KubernetesObject, _ around: Circumstances
  ) -> KubernetesObject? {
    guard let uid = object.uid else { return nil }
    let mine = around.snapshot.objects(ownedBy: uid)
      .filter { $0.kind == "ReplicaSet" }
    if let revision = object.annotations[revision],
      let match = mine.first(where: {
        $0.annotations[self.revision] == revision
      })
    {
      return match
    }
    return mine.max {
      (Int($0.annotations[revision] ?? "") ?? 0)
        < (Int($1.annotations[revision] ?? "") ?? 0)
    }
  }

  static func newestPods(of object: KubernetesObject, _ around: Circumstances)
    -> [PodSummary]
  {
    guard let uid = newestReplicaSet(of: object, around)?.uid else { return [] }
    return around.snapshot.pods(ownedBy: uid)
      .filter { !$0.isTerminating && $0.phase != "Failed" }
  }
}
