// How the fields of a kind merge: which lists are keyed, which are sets, and
// which values are replaced whole. From the `x-kubernetes-list-type`,
// `-list-map-keys` and `-map-type` marks of Kubernetes' OpenAPI.

/// How values of one type merge.
///
/// What the schema does not name merges as in a custom resource: objects by
/// member, lists as a whole.
public struct FieldSchema: Hashable, Sendable {
  public enum Rule: Hashable, Sendable {
    /// An object whose members have rules of their own.
    case type(TypeName)
    /// Replaced as a whole.
    case atomic
    /// A list of plain values without order.
    case set
    /// A list whose elements are told apart by members.
    case keyed([Key], element: TypeName)
    /// Objects by member, lists as a whole.
    case plain
  }

  /// A member that tells the elements of a list apart.
  public struct Key: Hashable, Sendable {
    public var name: String
    /// What the server takes where an element lacks the member.
    public var defaultValue: JSON?
  }

  /// The types of the API that have anything but plain fields.
  public enum TypeName: Hashable, Sendable {
    case any
    case metadata
    case workload
    case workloadSpec
    case cronJob
    case cronJobSpec
    case podTemplate
    case podSpec
    case container
    case service
    case serviceSpec
    case plainObject
    case serviceAccount
    case status
    case selectorSpec
    case roleBinding
    case pod
  }

  /// The rule of an object of a kind.
  public static func root(of kind: ObjectKind) -> Rule {
    switch (kind.group, kind.kind) {
    case ("apps", "Deployment"), ("apps", "ReplicaSet"),
      ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job"):
      .type(.workload)
    case ("batch", "CronJob"): .type(.cronJob)
    case ("", "Pod"): .type(.pod)
    case ("", "PodTemplate"): .type(.workloadSpec)
    case ("", "Service"): .type(.service)
    case ("", "ServiceAccount"): .type(.serviceAccount)
    case ("policy", "PodDisruptionBudget"), ("", "PersistentVolumeClaim"):
      .type(.selectorSpec)
    case ("rbac.authorization.k8s.io", "RoleBinding"),
      ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
      .type(.roleBinding)
    default: .type(.plainObject)
    }
  }

  /// The rule of a member.
  public static func member(_ name: String, of type: TypeName) -> Rule {
    switch (type, name) {
    case (.any, _): .plain
    case (.metadata, "finalizers"): .set
    case (.metadata, "ownerReferences"): keyed("uid")
    case (.metadata, _): .plain
    case (.container, "ports"):
      .keyed(
        [
          Key(name: "containerPort", defaultValue: nil),
          Key(name: "protocol", defaultValue: "TCP"),
        ], element: .any)
    case (.container, "env"): keyed("name")
    case (.container, "volumeMounts"): keyed("mountPath")
    case (.container, "volumeDevices"): keyed("devicePath")
    case (.podSpec, "containers"), (.podSpec, "initContainers"),
      (.podSpec, "ephemeralContainers"):
      keyed("name", .container)
    case (.podSpec, "volumes"), (.podSpec, "imagePullSecrets"): keyed("name")
    case (.podSpec, "hostAliases"): keyed("ip")
    case (.podSpec, "nodeSelector"): .atomic
    case (.podSpec, "topologySpreadConstraints"):
      .keyed(
        [
          Key(name: "topologyKey", defaultValue: nil),
          Key(name: "whenUnsatisfiable", defaultValue: nil),
        ], element: .any)
    case (.serviceSpec, "ports"):
      .keyed(
        [
          Key(name: "port", defaultValue: nil),
          Key(name: "protocol", defaultValue: "TCP"),
        ], element: .any)
    case (.serviceSpec, "selector"): .atomic
    case (.serviceAccount, "secrets"): keyed("name")
    case (.workloadSpec, "template"): .type(.podTemplate)
    case (.workloadSpec, "selector"), (.selectorSpec, "selector"): .atomic
    case (.cronJobSpec, "jobTemplate"): .type(.workload)
    case (.podTemplate, "spec"), (.pod, "spec"): .type(.podSpec)
    case (.status, "conditions"): keyed("type")
    case (.workload, "spec"): .type(.workloadSpec)
    case (.cronJob, "spec"): .type(.cronJobSpec)
    case (.service, "spec"): .type(.serviceSpec)
    case (.selectorSpec, "spec"): .type(.selectorSpec)
    case (.roleBinding, "roleRef"): .atomic
    case (_, "metadata") where hasMetadata(type): .type(.metadata)
    case (_, "status") where hasMetadata(type): .type(.status)
    default: .plain
    }
  }

  private static func hasMetadata(_ type: TypeName) -> Bool {
    switch type {
    case .workload, .cronJob, .podTemplate, .service, .plainObject,
      .serviceAccount, .selectorSpec, .roleBinding, .pod:
      true
    default: false
    }
  }

  private static func keyed(_ name: String, _ element: TypeName = .any) -> Rule
  { .keyed([Key(name: name, defaultValue: nil)], element: element) }
}

extension FieldSchema.Rule {
  /// The rule of a member of a value with this rule.
  func member(_ name: String) -> FieldSchema.Rule {
    switch self {
    case .type(let type): FieldSchema.member(name, of: type)
    default: .plain
    }
  }
}

extension JSON {
  /// The element's place in a keyed list, as FieldsV1 writes it.
  ///
  /// Nil when a key is missing and has no default: then the list is treated as
  /// a whole.
  func elementKey(_ keys: [FieldSchema.Key]) -> String? {
    var members: [String: JSON] = [:]
    for key in keys {
      guard let value = self[key.name] ?? key.defaultValue else { return nil }
      members[key.name] = value
    }
    return "k:" + JSON.object(members).text()
  }
}
