// Which objects an autoscaler scales, and what an apply leaves to it.

extension KubernetesObject {
  /// The number of pods that an autoscaler has set; nil where none has.
  ///
  /// The HorizontalPodAutoscaler's controller writes `spec.replicas` as the
  /// manager `kube-controller-manager`, mostly through the subresource
  /// `scale`; it owns the field from its first change on, where the API server
  /// keeps account of that subresource (1.22 and newer). Nothing else in that
  /// program writes the field of what people deploy.
  ///
  /// Source: kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale
  /// ("Migrating Deployments and StatefulSets to horizontal autoscaling").
  public var autoscaledReplicas: Int? {
    guard let replicas = spec["replicas"]?.integer else { return nil }
    let isScaled = managedFields.lazy.map(FieldManager.init).contains {
      $0.name == "kube-controller-manager"
        && $0.fields.children["f:spec"]?.children["f:replicas"] != nil
    }
    return isScaled ? replicas : nil
  }

  /// What to apply over an object: without `spec.replicas` where an autoscaler
  /// sets it, which would otherwise be turned back, or be a conflict.
  ///
  /// The field is the autoscaler's alone then, so that to leave it out changes
  /// nothing.
  public func leavingToAutoscaler(of live: KubernetesObject?)
    -> KubernetesObject
  {
    guard spec["replicas"] != nil, live?.autoscaledReplicas != nil else {
      return self
    }
    var left = self
    left.spec["replicas"] = nil
    return left
  }
}
