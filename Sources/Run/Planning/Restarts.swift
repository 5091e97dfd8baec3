// How many pods a change of a workload replaces.

import Kubernetes

/// Counts the pods that a change restarts.
enum Restarts {
  /// The pods that go and come again because the pod template changes.
  static func count(
    from live: KubernetesObject, to after: KubernetesObject
  ) -> Int {
    guard ["Deployment", "StatefulSet", "DaemonSet"].contains(live.kind),
      live.spec["template"] != after.spec["template"]
    else { return 0 }
    // With OnDelete nothing happens until somebody deletes the pods.
    if after.spec["updateStrategy"]?["type"]?.string == "OnDelete" { return 0 }
    return pods(of: live)
  }

  /// The pods that a workload has.
  static func pods(of live: KubernetesObject) -> Int {
    switch live.kind {
    case "Deployment", "StatefulSet", "ReplicaSet":
      live.status["replicas"]?.integer ?? 0
    case "DaemonSet": live.status["currentNumberScheduled"]?.integer ?? 0
    default: 0
    }
  }
}
