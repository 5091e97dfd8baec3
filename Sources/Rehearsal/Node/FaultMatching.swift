// Which pods a fault strikes: those of a component or a workload, by name.

import Kubernetes

extension World {
  /// The fault of a kind that is meant for a pod; nil when there is none.
  func fault(_ kind: Fault.Kind, strikes pod: KubernetesObject) -> Int? {
    if faults.isEmpty { return nil }
    let names = names(of: pod)
    return faults.firstIndex { fault in
      fault.kind == kind && names.contains(where: fault.isMeant)
    }
  }

  /// A pod's component labels, its own name and those of its owners.
  private func names(of pod: KubernetesObject) -> [String] {
    let labels = pod.labels
    var names = [pod.name]
    for key in [
      "app.kubernetes.io/component", "app.kubernetes.io/name", "app",
      "component", "application",
    ] {
      if let value = labels[key] { names.append(value) }
    }
    var owner = pod.controller
    while let reference = owner {
      names.append(reference.name)
      owner = byUID[reference.uid].flatMap { objects[$0]?.controller }
    }
    return names
  }

  /// Whether a fault strikes what a pod has, settling on the first it meets.
  ///
  /// A corrected image or template is another one, and goes unharmed.
  mutating func strikes(
    _ kind: Fault.Kind, _ pod: KubernetesObject, victim: String
  ) -> Bool {
    guard let index = fault(kind, strikes: pod) else { return false }
    if faults[index].victim == nil { faults[index].victim = victim }
    return faults[index].victim == victim
  }

  /// What tells the templates of a pod's owner apart.
  static func templateMark(_ pod: KubernetesObject) -> String {
    let labels = pod.labels
    return labels["pod-template-hash"] ?? labels["controller-revision-hash"]
      ?? labels["controller-uid"] ?? pod.uid ?? ""
  }
}
