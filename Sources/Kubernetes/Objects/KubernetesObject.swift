// One object of a cluster: its JSON, and names for the parts that every kind
// has (kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta).

/// One Kubernetes object of any kind.
///
/// The JSON is the truth; the accessors read and write it. What is missing or
/// of another type reads as nil or empty, because objects come from outside.
public struct KubernetesObject: Hashable, Sendable {
  public var json: JSON

  public init(_ json: JSON) { self.json = json }

  /// Reads an object from JSON text.
  /// - Throws: `JSONError`.
  public init(parsing bytes: some Sequence<UInt8>) throws {
    json = try JSON(parsing: bytes)
  }

  public var apiVersion: String {
    get { json["apiVersion"]?.string ?? "" }
    set { json["apiVersion"] = .string(newValue) }
  }

  public var kind: String {
    get { json["kind"]?.string ?? "" }
    set { json["kind"] = .string(newValue) }
  }

  public var objectKind: ObjectKind {
    ObjectKind(apiVersion: apiVersion, kind: kind)
  }

  /// The `metadata` member; an empty object when there is none.
  public var metadata: JSON {
    get { json["metadata"] ?? .object([:]) }
    _modify {
      var metadata = json["metadata"] ?? .object([:])
      json["metadata"] = .null
      defer { json["metadata"] = metadata }
      yield &metadata
    }
  }

  public var spec: JSON {
    get { json["spec"] ?? .object([:]) }
    _modify {
      var spec = json["spec"] ?? .object([:])
      json["spec"] = .null
      defer { json["spec"] = spec }
      yield &spec
    }
  }

  public var status: JSON {
    get { json["status"] ?? .object([:]) }
    _modify {
      var status = json["status"] ?? .object([:])
      json["status"] = .null
      defer { json["status"] = status }
      yield &status
    }
  }

  public var name: String {
    get { json["metadata"]?["name"]?.string ?? "" }
    set { metadata["name"] = .string(newValue) }
  }

  public var generateName: String? { json["metadata"]?["generateName"]?.string }

  public var namespace: String? {
    get {
      let name = json["metadata"]?["namespace"]?.string
      return name == "" ? nil : name
    }
    set { metadata["namespace"] = newValue.map(JSON.string) }
  }

  public var uid: String? {
    get { json["metadata"]?["uid"]?.string }
    set { metadata["uid"] = newValue.map(JSON.string) }
  }

  public var resourceVersion: String? {
    get { json["metadata"]?["resourceVersion"]?.string }
    set { metadata["resourceVersion"] = newValue.map(JSON.string) }
  }

  public var generation: Int? {
    get { json["metadata"]?["generation"]?.integer }
    set { metadata["generation"] = newValue.map(JSON.integer) }
  }

  public var labels: [String: String] {
    get { json["metadata"]?["labels"]?.strings ?? [:] }
    set { metadata["labels"] = newValue.isEmpty ? nil : JSON(newValue) }
  }

  public var annotations: [String: String] {
    get { json["metadata"]?["annotations"]?.strings ?? [:] }
    set { metadata["annotations"] = newValue.isEmpty ? nil : JSON(newValue) }
  }

  public var finalizers: [String] {
    get { json["metadata"]?["finalizers"]?.array?.compactMap(\.string) ?? [] }
    set {
      metadata["finalizers"] =
        newValue.isEmpty ? nil : .array(newValue.map(JSON.string))
    }
  }

  public var ownerReferences: [OwnerReference] {
    get {
      json["metadata"]?["ownerReferences"]?.array?
        .compactMap(OwnerReference.init) ?? []
    }
    set {
      metadata["ownerReferences"] =
        newValue.isEmpty ? nil : .array(newValue.map(\.json))
    }
  }

  /// The owner that manages this object, such as a pod's ReplicaSet.
  public var controller: OwnerReference? {
    ownerReferences.first(where: \.isController)
  }

  /// Who owns which fields, as the server records it.
  public var managedFields: [JSON] {
    get { json["metadata"]?["managedFields"]?.array ?? [] }
    set {
      metadata["managedFields"] = newValue.isEmpty ? nil : .array(newValue)
    }
  }

  public var creationTimestamp: Instant? {
    (json["metadata"]?["creationTimestamp"]?.string).flatMap(Instant.init)
  }

  public var deletionTimestamp: Instant? {
    (json["metadata"]?["deletionTimestamp"]?.string).flatMap(Instant.init)
  }

  public var isTerminating: Bool {
    json["metadata"]?["deletionTimestamp"]?.string != nil
  }

  public var reference: ObjectReference {
    ObjectReference(
      apiVersion: apiVersion, kind: kind, namespace: namespace, name: name)
  }

  /// The status condition of a type.
  public func condition(_ type: String) -> Condition? {
    for json in self.json["status"]?["conditions"]?.array ?? []
    where json["type"]?.string == type {
      return Condition(json)
    }
    return nil
  }

  public var conditions: [Condition] {
    json["status"]?["conditions"]?.array?.compactMap(Condition.init) ?? []
  }
}

/// One entry of `metadata.ownerReferences`.
public struct OwnerReference: Hashable, Sendable {
  public var apiVersion: String
  public var kind: String
  public var name: String
  public var uid: String
  public var isController: Bool
  /// Whether foreground deletion of the owner waits for this object.
  public var blocksOwnerDeletion: Bool

  public init(
    apiVersion: String, kind: String, name: String, uid: String,
    isController: Bool = true, blocksOwnerDeletion: Bool = true
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
    self.isController = isController
    self.blocksOwnerDeletion = blocksOwnerDeletion
  }

  /// Reads a reference; nil when it lacks its kind, name or uid.
  public init?(_ json: JSON) {
    guard let kind = json["kind"]?.string, let name = json["name"]?.string,
      let uid = json["uid"]?.string
    else { return nil }
    self.init(
      apiVersion: json["apiVersion"]?.string ?? "", kind: kind, name: name,
      uid: uid, isController: json["controller"]?.bool ?? false,
      blocksOwnerDeletion: json["blockOwnerDeletion"]?.bool ?? false)
  }

  public var json: JSON {
    [
      "apiVersion": .string(apiVersion), "kind": .string(kind),
      "name": .string(name), "uid": .string(uid),
      "controller": .bool(isController),
      "blockOwnerDeletion": .bool(blocksOwnerDeletion),
    ]
  }
}

/// One entry of `status.conditions`.
public struct Condition: Hashable, Sendable {
  public var type: String
  /// `True`, `False` or `Unknown`.
  public var status: String
  public var reason: String
  public var message: String
  public var lastTransitionTime: Instant?

  public init(
    type: String, status: String, reason: String = "", message: String = "",
    lastTransitionTime: Instant? = nil
  ) {
    self.type = type
    self.status = status
    self.reason = reason
    self.message = message
    self.lastTransitionTime = lastTransitionTime
  }

  /// Reads a condition; nil when it has no type.
  public init?(_ json: JSON) {
    guard let type = json["type"]?.string else { return nil }
    self.init(
      type: type, status: json["status"]?.string ?? "Unknown",
      reason: json["reason"]?.string ?? "",
      message: json["message"]?.string ?? "",
      lastTransitionTime: (json["lastTransitionTime"]?.string)
        .flatMap(Instant.init))
  }

  public var isTrue: Bool { status == "True" }
  public var isFalse: Bool { status == "False" }
}
