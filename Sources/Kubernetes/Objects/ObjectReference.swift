// Which object is meant, without the object: kind, namespace and name.

/// An API version and a kind, such as `apps/v1` Deployment.
public struct ObjectKind: Hashable, Sendable, Comparable,
  CustomStringConvertible
{
  /// `v1` for the core group, else `GROUP/VERSION`.
  public var apiVersion: String
  public var kind: String

  public init(apiVersion: String, kind: String) {
    self.apiVersion = apiVersion
    self.kind = kind
  }

  /// The API group; empty for the core group.
  public var group: String {
    guard let slash = apiVersion.firstIndex(of: "/") else { return "" }
    return String(apiVersion[..<slash])
  }

  /// The version inside its group, such as `v1beta1`.
  public var version: String {
    guard let slash = apiVersion.firstIndex(of: "/") else { return apiVersion }
    return String(apiVersion[apiVersion.index(after: slash)...])
  }

  public var description: String { "\(kind) (\(apiVersion))" }

  public static func < (left: ObjectKind, right: ObjectKind) -> Bool {
    (left.kind, left.apiVersion) < (right.kind, right.apiVersion)
  }
}

extension ObjectKind {
  public static let namespace = ObjectKind(apiVersion: "v1", kind: "Namespace")
  public static let node = ObjectKind(apiVersion: "v1", kind: "Node")
  public static let pod = ObjectKind(apiVersion: "v1", kind: "Pod")
  public static let event = ObjectKind(apiVersion: "v1", kind: "Event")
  public static let service = ObjectKind(apiVersion: "v1", kind: "Service")
  public static let endpoints = ObjectKind(apiVersion: "v1", kind: "Endpoints")
  public static let configMap = ObjectKind(apiVersion: "v1", kind: "ConfigMap")
  public static let secret = ObjectKind(apiVersion: "v1", kind: "Secret")
  public static let persistentVolumeClaim = ObjectKind(
    apiVersion: "v1", kind: "PersistentVolumeClaim")
  public static let persistentVolume = ObjectKind(
    apiVersion: "v1", kind: "PersistentVolume")
  public static let serviceAccount = ObjectKind(
    apiVersion: "v1", kind: "ServiceAccount")
  public static let deployment = ObjectKind(
    apiVersion: "apps/v1", kind: "Deployment")
  public static let replicaSet = ObjectKind(
    apiVersion: "apps/v1", kind: "ReplicaSet")
  public static let statefulSet = ObjectKind(
    apiVersion: "apps/v1", kind: "StatefulSet")
  public static let daemonSet = ObjectKind(
    apiVersion: "apps/v1", kind: "DaemonSet")
  public static let job = ObjectKind(apiVersion: "batch/v1", kind: "Job")
  public static let storageClass = ObjectKind(
    apiVersion: "storage.k8s.io/v1", kind: "StorageClass")
  public static let lease = ObjectKind(
    apiVersion: "coordination.k8s.io/v1", kind: "Lease")
}

/// The address of one object in a cluster.
public struct ObjectReference: Hashable, Sendable, Comparable,
  CustomStringConvertible
{
  public var apiVersion: String
  public var kind: String
  /// Nil for an object that no namespace holds.
  public var namespace: String?
  public var name: String

  public init(
    apiVersion: String, kind: String, namespace: String? = nil, name: String
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.namespace = namespace
    self.name = name
  }

  public init(_ kind: ObjectKind, namespace: String? = nil, name: String) {
    self.init(
      apiVersion: kind.apiVersion, kind: kind.kind, namespace: namespace,
      name: name)
  }

  public var objectKind: ObjectKind {
    ObjectKind(apiVersion: apiVersion, kind: kind)
  }

  /// `KIND NAME`, as sentences name an object.
  public var description: String { "\(kind) \(name)" }

  public static func < (left: ObjectReference, right: ObjectReference)
    -> Bool
  {
    if left.kind != right.kind { return left.kind < right.kind }
    let spaces = (left.namespace ?? "", right.namespace ?? "")
    if spaces.0 != spaces.1 { return spaces.0 < spaces.1 }
    if left.name != right.name { return left.name < right.name }
    return left.apiVersion < right.apiVersion
  }
}
