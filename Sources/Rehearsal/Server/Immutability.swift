// Fields that cannot change once an object exists.

import Kubernetes

enum Immutability {
  /// What a change breaks; empty when it may be made.
  static func causes(from old: KubernetesObject, to new: KubernetesObject)
    -> [ClusterError.StatusCause]
  {
    var causes: [ClusterError.StatusCause] = []
    func fixed(_ path: String...) {
      if old.json.value(at: path) != new.json.value(at: path) {
        causes.append(cause(path.joined(separator: ".")))
      }
    }
    switch (new.objectKind.group, new.kind) {
    case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "DaemonSet"):
      fixed("spec", "selector")
    case ("apps", "StatefulSet"):
      let free: Set<String> = [
        "replicas", "ordinals", "template", "updateStrategy",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        "revisionHistoryLimit",
      ]
      if rest(old.spec, free) != rest(new.spec, free) {
        causes.append(
          ClusterError.StatusCause(
            reason: "FieldValueForbidden", field: "spec",
            message: "Forbidden: updates to statefulset spec for fields other "
              + "than 'replicas', 'ordinals', 'template', 'updateStrategy', "
              + "'persistentVolumeClaimRetentionPolicy' and "
              + "'minReadySeconds' are forbidden"))
      }
    case ("batch", "Job"):
      fixed("spec", "template")
      fixed("spec", "selector")
      fixed("spec", "completions")
    case ("", "Service"):
      // A Service may lose its address only together with its type.
      if let address = old.spec["clusterIP"]?.string, !address.isEmpty,
        old.spec["type"] != "ExternalName", new.spec["type"] != "ExternalName"
      {
        if new.spec["clusterIP"]?.string != address {
          causes.append(cause("spec.clusterIPs[0]"))
        }
      }
    case ("", "PersistentVolumeClaim"):
      let free: Set<String> = ["resources", "volumeName", "storageClassName"]
      let isBound = old.spec["volumeName"] != nil
      if rest(old.spec, free) != rest(new.spec, free)
        || isBound && old.spec["volumeName"] != new.spec["volumeName"]
        || old.spec["storageClassName"] != nil
          && old.spec["storageClassName"] != new.spec["storageClassName"]
      {
        causes.append(
          ClusterError.StatusCause(
            reason: "FieldValueForbidden", field: "spec",
            message: "Forbidden: spec is immutable after creation except "
              + "resources.requests for bound claims"))
      }
    case ("", "Pod"):
      let free: Set<String> = [
        "containers", "initContainers", "activeDeadlineSeconds", "tolerations",
        "nodeName",
      ]
      if rest(old.spec, free) != rest(new.spec, free) {
        causes.append(
          ClusterError.StatusCause(
            reason: "FieldValueForbidden", field: "spec",
            message: "Forbidden: pod updates may not change fields other than "
              + "`spec.containers[*].image`"))
      }
    case ("", "Secret"), ("", "ConfigMap"):
      if old.json["immutable"] == true {
        fixed("data")
        fixed("immutable")
      }
      if new.kind == "Secret" { fixed("type") }
    case ("rbac.authorization.k8s.io", "RoleBinding"),
      ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
      fixed("roleRef")
    case ("storage.k8s.io", "StorageClass"):
      fixed("provisioner")
      fixed("parameters")
      fixed("reclaimPolicy")
      fixed("volumeBindingMode")
    default: break
    }
    return causes
  }

  private static func cause(_ field: String) -> ClusterError.StatusCause {
    ClusterError.StatusCause(
      reason: "FieldValueInvalid", field: field,
      message: "Invalid value: field is immutable")
  }

  private static func rest(_ spec: JSON, _ free: Set<String>) -> JSON {
    .object((spec.object ?? [:]).filter { !free.contains($0.key) })
  }
}
