// Kinds that are ready by being there (ConfigMap, Secret, Role, StorageClass
// and the like), Namespace and Node.

enum ExistenceRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  { Verdict(.current, "Created", "exists") }
}

enum NamespaceRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    if object.json["status"]?["phase"]?.string == "Terminating" {
      return Verdict(.terminating, "Terminating", "is being deleted")
    }
    return Verdict(.current, "Active", "exists")
  }
}

enum NodeRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    guard let ready = object.condition("Ready") else {
      return Verdict(.unknown, "NoStatus", "has not reported yet")
    }
    if !ready.isTrue {
      return Verdict(
        .failed, ready.word("NotReady"), ready.clause("is not ready"))
    }
    if object.json["spec"]?["unschedulable"]?.bool == true {
      return Verdict(.current, "Cordoned", "is ready, takes no new pods")
    }
    return Verdict(.current, "Ready", "is ready")
  }
}
