// New workloads take over what their selector matches and nobody controls
// (kubernetes/pkg/controller/controller_ref_manager.go).

import Kubernetes

extension World {
  /// Makes a new workload the controller of matching objects without one.
  ///
  /// Real controllers look at any time; here only before they first report, so
  /// that large worlds are not gone through again and again.
  mutating func adopt(
    _ kind: ObjectKind, by owner: KubernetesObject,
    where belongs: (KubernetesObject) -> Bool = { _ in true }
  ) {
    guard owner.status["observedGeneration"] == nil,
      let selector = owner.spec["selector"].flatMap(LabelSelector.init)
    else { return }
    for object in all(kind, in: owner.namespace)
    where object.controller == nil && !object.isTerminating
      && selector.matches(object.labels) && belongs(object)
    {
      change(object.reference) { $0.ownerReferences.append(owner.asOwner) }
    }
  }
}
