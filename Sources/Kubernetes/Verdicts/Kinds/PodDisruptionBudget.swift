// PodDisruptionBudget: counted by its controller. A budget that allows nothing
// now is no failure of a deployment, so it is said and no more.
//
//   status: {observedGeneration: 1, currentHealthy: 3, desiredHealthy: 2,
//     disruptionsAllowed: 1, expectedPods: 3}

enum PodDisruptionBudgetRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    guard object.json["status"]?["expectedPods"] != nil else {
      return Verdict(.current, "Created", "exists")
    }
    let allowed = object.count("disruptionsAllowed")
    let healthy = object.count("currentHealthy")
    return Verdict(
      .current, allowed > 0 ? "Guards" : "NoDisruptionAllowed",
      "\(healthy) of \(counted(object.count("expectedPods"), "pod")) healthy, "
        + "\(allowed) may be disrupted")
  }
}
