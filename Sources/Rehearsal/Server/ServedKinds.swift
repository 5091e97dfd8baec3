// The discovery table of a rehearsed API server.

import Kubernetes

/// The kinds of a plain Kubernetes 1.31.
enum ServedKinds {
  static let builtIn: [APIResource] = [
    kind("", "v1", "Namespace", "namespaces", cluster: true, ["ns"]),
    kind("", "v1", "Node", "nodes", cluster: true, ["no"]),
    kind(
      "", "v1", "PersistentVolume", "persistentvolumes", cluster: true, ["pv"]),
    kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", ["pvc"]),
    kind("", "v1", "Pod", "pods", ["po"]),
    kind("", "v1", "Service", "services", ["svc"]),
    kind("", "v1", "Endpoints", "endpoints", ["ep"]),
    kind("", "v1", "ConfigMap", "configmaps", ["cm"]),
    kind("", "v1", "Secret", "secrets"),
    kind("", "v1", "ServiceAccount", "serviceaccounts", ["sa"]),
    kind("", "v1", "Event", "events", ["ev"]),
    kind("", "v1", "LimitRange", "limitranges", ["limits"]),
    kind("", "v1", "ResourceQuota", "resourcequotas", ["quota"]),
    kind("apps", "v1", "Deployment", "deployments", ["deploy"]),
    kind("apps", "v1", "ReplicaSet", "replicasets", ["rs"]),
    kind("apps", "v1", "StatefulSet", "statefulsets", ["sts"]),
    kind("apps", "v1", "DaemonSet", "daemonsets", ["ds"]),
    kind("apps", "v1", "ControllerRevision", "controllerrevisions"),
    kind("batch", "v1", "Job", "jobs"),
    kind("batch", "v1", "CronJob", "cronjobs", ["cj"]),
    kind(
      "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", ["pdb"]),
    kind("networking.k8s.io", "v1", "Ingress", "ingresses", ["ing"]),
    kind(
      "networking.k8s.io", "v1", "IngressClass", "ingressclasses",
      cluster: true),
    kind(
      "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", ["netpol"]),
    kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    kind("rbac.authorization.k8s.io", "v1", "Role", "roles"),
    kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
    kind(
      "rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles",
      cluster: true),
    kind(
      "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding",
      "clusterrolebindings", cluster: true),
    kind(
      "storage.k8s.io", "v1", "StorageClass", "storageclasses", cluster: true,
      ["sc"]),
    kind("coordination.k8s.io", "v1", "Lease", "leases"),
    kind(
      "autoscaling", "v2", "HorizontalPodAutoscaler",
      "horizontalpodautoscalers", ["hpa"]),
    kind(
      "scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses",
      cluster: true, ["pc"]),
    kind(
      "apiextensions.k8s.io", "v1", "CustomResourceDefinition",
      "customresourcedefinitions", cluster: true, ["crd"]),
  ]

  private static func kind(
    _ group: String, _ version: String, _ kind: String, _ plural: String,
    cluster: Bool = false, _ shortNames: [String] = []
  ) -> APIResource {
    APIResource(
      group: group, version: version, kind: kind, plural: plural,
      isNamespaced: !cluster, shortNames: shortNames)
  }

  /// The kinds that a CustomResourceDefinition brings.
  static func kinds(of definition: KubernetesObject) -> [APIResource] {
    let spec = definition.spec
    guard let group = spec["group"]?.string, let names = spec["names"],
      let kind = names["kind"]?.string, let plural = names["plural"]?.string
    else { return [] }
    return (spec["versions"]?.array ?? []).compactMap { version in
      guard version["served"]?.bool == true, let name = version["name"]?.string
      else { return nil }
      return APIResource(
        group: group, version: name, kind: kind, plural: plural,
        isNamespaced: spec["scope"]?.string != "Cluster",
        shortNames: names["shortNames"]?.array?.compactMap(\.string) ?? [])
    }
  }
}
