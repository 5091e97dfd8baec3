// Service: it has its address, and somebody answers there.
//
//   spec: {type: ClusterIP, clusterIP: 10.0.0.1, selector: {app: x}}
//   status: {loadBalancer: {}}

enum ServiceRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    let spec = object.spec
    let type = spec["type"]?.string ?? "ClusterIP"
    if type == "ExternalName" {
      return Verdict(
        .current, "ExternalName",
        "leads to \(spec["externalName"]?.string ?? "")")
    }
    if (spec["clusterIP"]?.string ?? "").isEmpty {
      return Verdict(.inProgress, "NoAddress", "waits for its cluster address")
    }
    if type == "LoadBalancer" {
      let ingress =
        object.status["loadBalancer"]?["ingress"]?.array ?? []
      if ingress.isEmpty, (spec["externalIPs"]?.array ?? []).isEmpty {
        return Verdict(
          .inProgress, "NoLoadBalancer",
          "waits for a load balancer to give it an address")
      }
    }
    guard let selector = spec["selector"]?.strings, !selector.isEmpty else {
      return Verdict(.current, "Ready", "has its address")
    }
    let pods = around.snapshot.pods(
      in: object.namespace, matching: LabelSelector(labels: selector))
    let ready = pods.count { $0.isReady && !$0.isTerminating }
    if ready > 0 {
      return Verdict(
        .current, "Ready", "\(counted(ready, "pod")) behind it ready")
    }
    if pods.isEmpty, isOfNothing(object, selector, around) {
      return Verdict(.current, "NoPodsWanted", "no pods are wanted behind it")
    }
    return Verdict(
      .inProgress, "NoEndpoints",
      pods.isEmpty
        ? "no pod has its labels (\(text(selector)))"
        : "none of \(counted(pods.count, "pod")) behind it is ready")
  }

  private static func text(_ selector: [String: String]) -> String {
    selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: ",")
  }

  /// Whether the workloads behind the Service are scaled to nothing.
  private static func isOfNothing(
    _ object: KubernetesObject, _ selector: [String: String],
    _ around: Circumstances
  ) -> Bool {
    let labels = LabelSelector(labels: selector)
    let targets = [ObjectKind.deployment, .statefulSet]
      .flatMap(around.snapshot.objects)
      .filter {
        $0.namespace == object.namespace
          && labels.matches(
            $0.spec.value(at: "template", "metadata", "labels")?.strings ?? [:])
      }
    return !targets.isEmpty && targets.allSatisfy { $0.wantedReplicas == 0 }
  }
}
