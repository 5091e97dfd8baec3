// What new workloads ask of a namespace's quota.

import Kubernetes

/// The sum of what the pods of some new workloads request.
struct ResourceNeeds {
  /// By the names that quotas have: `pods`, `requests.cpu` and so on.
  private var needs: [String: Double] = [:]

  init(of workloads: [KubernetesObject]) {
    for workload in workloads {
      guard let pod = workload.spec["template"]?["spec"] else {
        if workload.kind == "PersistentVolumeClaim" {
          needs["persistentvolumeclaims", default: 0] += 1
        }
        continue
      }
      let count: Int =
        switch workload.kind {
        case "Deployment", "StatefulSet":
          workload.spec["replicas"]?.integer ?? 1
        case "Job": workload.spec["parallelism"]?.integer ?? 1
        // Nobody knows how many nodes there will be.
        default: 0
        }
      needs["pods", default: 0] += Double(count)
      let claims = workload.spec["volumeClaimTemplates"]?.array?.count ?? 0
      needs["persistentvolumeclaims", default: 0] += Double(claims * count)
      for container in pod["containers"]?.array ?? [] {
        for group in ["requests", "limits"] {
          for (name, text) in container["resources"]?[group]?.strings ?? [:] {
            guard let quantity = Quantity(text) else { continue }
            needs["\(group).\(name)", default: 0] +=
              quantity.value * Double(count)
          }
        }
      }
    }
    for name in ["cpu", "memory"] { needs[name] = needs["requests.\(name)"] }
  }

  subscript(name: String) -> Double? { needs[name] }
}

/// An amount as Kubernetes writes it: `500m`, `2Gi`.
///
/// Source: kubernetes.io/docs/reference/kubernetes-api/common-definitions/
/// quantity.
struct Quantity {
  var value: Double

  init?(_ text: String) {
    let suffixes: [(String, Double)] = [
      ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824),
      ("Ti", 1_099_511_627_776), ("Pi", 1_125_899_906_842_624),
      ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("k", 1e3), ("M", 1e6),
      ("G", 1e9), ("T", 1e12), ("P", 1e15),
    ]
    for (suffix, factor) in suffixes where text.hasSuffix(suffix) {
      guard let number = Double(text.dropLast(suffix.count)) else { return nil }
      value = number * factor
      return
    }
    guard let number = Double(text) else { return nil }
    value = number
  }

  static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15
      ? "\(Int(value))" : "\(value)"
  }
}
