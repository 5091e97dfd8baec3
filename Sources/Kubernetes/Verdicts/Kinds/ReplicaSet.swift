// ReplicaSet: as many ready pods as wanted.
//
//   spec: {replicas: 3}
//   status: {observedGeneration: 1, replicas: 3, readyReplicas: 2,
//     availableReplicas: 2}

enum ReplicaSetRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    let wanted = object.wantedReplicas
    let available = object.count("availableReplicas")
    let replicas = object.count("replicas")
    if available >= wanted, replicas <= wanted {
      return Verdict(
        .current, "Available", "\(available) of \(wanted) available")
    }
    if let failure = replicaFailure(object, around) { return failure }
    let pods = object.uid.map(around.snapshot.pods(ownedBy:)) ?? []
    let troubles = PodTroubles(pods.filter { !$0.isTerminating }, around)
    let counts = "\(available) of \(counted(wanted, "replica")) available"
    guard let sentence = troubles.sentence(around) else {
      return Verdict(.inProgress, "NotAvailable", counts)
    }
    return Verdict(
      troubles.areAllFatal ? .failed : .inProgress,
      troubles.troubles[0].doom.reason,
      troubles.areAllFatal ? sentence : "\(counts), \(sentence)")
  }
}
