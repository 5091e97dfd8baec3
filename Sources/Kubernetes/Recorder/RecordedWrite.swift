// What a `Recorder` keeps of one write.

/// One write that somebody wanted to make.
public struct RecordedWrite: Hashable, Sendable {
  public enum Operation: Hashable, Sendable {
    case create
    case apply(force: Bool)
    case patch(Patch)
    case replace
    case delete(DeleteOptions)
  }

  public var operation: Operation
  public var reference: ObjectReference
  public var fieldManager: String
  public var subresource: String?
  /// The object as it was handed in; nil for patch and delete.
  public var request: KubernetesObject?
  /// The object as it was when the write came; nil when there was none.
  public var before: KubernetesObject?
  /// The object as the write leaves it, as far as can be told; nil after a
  /// delete.
  public var after: KubernetesObject?
  /// The parts of `after` that only a real server would know.
  public var unknown: UnknownFields
  /// The fields that an apply takes from other managers.
  public var conflicts: [ClusterError.StatusCause]

  /// Whether the write leaves its object as it was.
  public var isNoChange: Bool {
    guard let before, let after else { return before == nil && after == nil }
    return ServerSideApply.stripped(before.json)
      == ServerSideApply.stripped(after.json)
  }
}

/// Parts of an object whose values nobody knows before the write is made.
public struct UnknownFields: Hashable, Sendable {
  /// JSON Pointers; each covers all that is below it.
  public var pointers: Set<String>

  public init(_ pointers: Set<String> = []) { self.pointers = pointers }

  public var isEmpty: Bool { pointers.isEmpty }

  /// Whether a field or anything that holds it is unknown.
  public func covers(_ pointer: String) -> Bool {
    pointers.contains {
      pointer == $0 || $0.isEmpty || pointer.hasPrefix($0 + "/")
    }
  }

  /// What the server fills in when an object of a kind is created.
  static func ofCreated(_ object: KubernetesObject) -> UnknownFields {
    var pointers: Set<String> = [
      "/metadata/uid", "/metadata/resourceVersion", "/metadata/generation",
      "/metadata/creationTimestamp", "/metadata/managedFields", "/status",
    ]
    let own: [String]
    switch object.kind {
    case "Service":
      own = [
        "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy",
        "healthCheckNodePort",
      ]
      // The server picks a node port for each port that names none.
      for (index, port) in (object.spec["ports"]?.array ?? []).enumerated()
      where port["nodePort"] == nil
        && ["NodePort", "LoadBalancer"].contains(object.spec["type"]?.string)
      {
        pointers.insert("/spec/ports/\(index)/nodePort")
      }
    case "Pod": own = ["nodeName", "serviceAccountName"]
    case "PersistentVolumeClaim": own = ["volumeName", "storageClassName"]
    case "Job": own = ["selector"]
    case "ServiceAccount":
      own = []
      pointers.formUnion(["/secrets", "/imagePullSecrets"])
    default: own = []
    }
    for name in own where object.spec[name] == nil {
      pointers.insert("/spec/\(name)")
    }
    return UnknownFields(pointers)
  }

  /// What the server changes by itself when an object is changed.
  static func ofChanged(
    _ before: KubernetesObject, _ after: KubernetesObject
  ) -> UnknownFields {
    if ServerSideApply.stripped(before.json)
      == ServerSideApply.stripped(after.json)
    {
      return UnknownFields()
    }
    var pointers: Set<String> = [
      "/metadata/resourceVersion", "/metadata/managedFields",
    ]
    if before.json["spec"] != after.json["spec"] {
      pointers.formUnion(["/metadata/generation", "/status"])
    }
    return UnknownFields(pointers)
  }
}
