// Kinds that have no rule of their own: their conditions, else their phase,
// else that they exist.

enum ConditionsRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    for type in ["Failed", "Degraded"] {
      if let condition = object.condition(type), condition.isTrue {
        return Verdict(
          type == "Failed" ? .failed : .inProgress, condition.word(type),
          condition.clause("is \(type.lowercased())"))
      }
    }
    for type in ["Ready", "Available", "Established", "Accepted", "Healthy"] {
      guard let condition = object.condition(type) else { continue }
      if condition.isTrue {
        return Verdict(
          .current, condition.word(type), "is \(type.lowercased())")
      }
      return Verdict(
        .inProgress, condition.word("Not\(type)"),
        condition.clause("is not \(type.lowercased()) yet"))
    }
    let status = object.json["status"]
    let phase =
      [status?["phase"], status?["state"], status?["health"]]
      .compactMap { $0?.string }.first ?? ""
    switch phase.lowercased() {
    case "": return Verdict(.current, "Created", "exists")
    case "failed", "error", "failure", "unhealthy":
      return Verdict(.failed, phase, "says of itself: \(phase)")
    case "ready", "active", "running", "available", "bound", "succeeded",
      "complete", "completed", "healthy", "ok", "success":
      return Verdict(.current, phase, "says of itself: \(phase)")
    default:
      return Verdict(.inProgress, phase, "says of itself: \(phase)")
    }
  }
}
