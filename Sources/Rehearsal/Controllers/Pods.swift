// What all controllers do with pods: make them from a template, count them,
// and choose which to give up first.

import Kubernetes

extension World {
  /// Makes a pod from a template, owned by its controller.
  @discardableResult
  mutating func makePod(
    _ template: JSON, named name: String?, owner: KubernetesObject,
    labels: [String: String] = [:],
    body: (inout KubernetesObject) -> Void = { _ in }
  ) -> KubernetesObject {
    var pod = KubernetesObject([
      "apiVersion": "v1", "kind": "Pod",
      "spec": template["spec"] ?? [:], "status": ["phase": "Pending"],
    ])
    pod.metadata = template["metadata"] ?? [:]
    pod.metadata["creationTimestamp"] = nil
    pod.name = name ?? "\(owner.name)-\(nameSuffix())"
    if name == nil {
      pod.metadata["generateName"] = .string("\(owner.name)-")
    }
    pod.namespace = owner.namespace
    for (key, value) in labels {
      pod.metadata.set(.string(value), at: "labels", key)
    }
    pod.ownerReferences = [owner.asOwner]
    pod = Defaults.applied(to: pod)
    body(&pod)
    stampCreated(&pod)
    let made = put(pod)
    note(
      owner, "SuccessfulCreate", "Created pod: \(made.name)",
      from: owner.componentName)
    return made
  }

  mutating func dropPod(_ pod: KubernetesObject, of owner: KubernetesObject) {
    _ = try? deleteQuietly(pod.reference, .background)
    note(
      owner, "SuccessfulDelete", "Deleted pod: \(pod.name)",
      from: owner.componentName)
  }

  /// Whether a pod has been ready for the time that its owner asks.
  func isAvailable(_ pod: KubernetesObject, _ minReadySeconds: Int) -> Bool {
    guard let ready = pod.condition("Ready"), ready.isTrue else { return false }
    if minReadySeconds == 0 { return true }
    guard let since = ready.lastTransitionTime else { return false }
    return since + .seconds(minReadySeconds) <= now
  }

  /// Wakes an owner when the next of its ready pods becomes available.
  mutating func wakeWhenAvailable(
    _ actor: Doer, _ owner: KubernetesObject,
    _ pods: [KubernetesObject], _ minReadySeconds: Int
  ) {
    guard minReadySeconds > 0 else { return }
    let next = pods.compactMap { pod -> Instant? in
      guard let ready = pod.condition("Ready"), ready.isTrue,
        let since = ready.lastTransitionTime
      else { return nil }
      let time = since + .seconds(minReadySeconds)
      return time > now ? time : nil
    }.min()
    if let next {
      agenda.add(Work(actor: actor, object: owner.reference), at: next)
    }
  }
}

extension KubernetesObject {
  /// This object as the managing owner of another.
  var asOwner: OwnerReference {
    OwnerReference(
      apiVersion: apiVersion, kind: kind, name: name, uid: uid ?? "")
  }

  /// The controller's name in events.
  var componentName: String { kind.lowercased() + "-controller" }

  /// How soon a pod is given up, the least useful first
  /// (kubernetes/pkg/controller/controller_utils.go, ActivePods).
  var usefulness: Int {
    if json["spec"]?["nodeName"] == nil { return 0 }
    if phase == "Pending" { return 1 }
    return isReadyPod ? 3 : 2
  }
}
