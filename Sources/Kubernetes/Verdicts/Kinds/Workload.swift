// What the rules of all workloads share: what their pods suffer from.

/// The troubles of a set of pods.
struct PodTroubles {
  var pods: [PodSummary]
  /// Fatal ones first, each with its pod.
  var troubles: [(pod: PodSummary, doom: Doom)]

  init(_ pods: [PodSummary], _ around: Circumstances) {
    self.pods = pods
    let found = pods.compactMap { pod -> (pod: PodSummary, doom: Doom)? in
      if pod.isReady { return nil }
      return Doom(of: pod, around).map { (pod, $0) }
    }
    troubles = found.filter(\.doom.isFatal) + found.filter { !$0.doom.isFatal }
  }

  var fatal: [(pod: PodSummary, doom: Doom)] { troubles.filter(\.doom.isFatal) }

  /// Whether not one pod can come good.
  var areAllFatal: Bool { !pods.isEmpty && fatal.count == pods.count }

  /// The worst trouble with where and since when it is.
  func sentence(_ around: Circumstances) -> String? {
    guard let (pod, doom) = troubles.first else { return nil }
    let place = pod.node.isEmpty ? pod.name : "\(pod.name) on \(pod.node)"
    let age = around.since(pod.created).age
    return "\(doom.sentence) (\(place), \(age))"
  }
}

/// A controller that cannot even create its pods.
func replicaFailure(_ object: KubernetesObject, _ around: Circumstances)
  -> Verdict?
{
  guard let condition = object.condition("ReplicaFailure"), condition.isTrue
  else { return nil }
  let age = around.since(condition.lastTransitionTime)
  return Verdict(
    age >= around.patience.replicaFailure ? .failed : .inProgress,
    condition.word("FailedCreate"),
    "its pods cannot be created: \(condition.clause("no reason given"))")
}

extension KubernetesObject {
  /// The pods that a workload is to have; 1 where the spec is silent.
  var wantedReplicas: Int { json["spec"]?["replicas"]?.integer ?? 1 }

  /// A count of the status; 0 where it is silent.
  func count(_ name: String) -> Int { json["status"]?[name]?.integer ?? 0 }
}
