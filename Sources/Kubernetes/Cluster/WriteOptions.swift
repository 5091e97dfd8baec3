// How a write is to be done.

/// Options of create, patch and replace.
public struct WriteOptions: Hashable, Sendable {
  /// Ask the server for the result without storing it.
  public var dryRun: Bool
  /// Who is named as the owner of the written fields.
  public var fieldManager: String
  /// A part with its own path, such as `status` or `scale`.
  public var subresource: String?

  /// The name under which Quarterdeck owns fields.
  public static let defaultFieldManager = "quarterdeck"

  public init(
    dryRun: Bool = false, fieldManager: String = defaultFieldManager,
    subresource: String? = nil
  ) {
    self.dryRun = dryRun
    self.fieldManager = fieldManager
    self.subresource = subresource
  }
}

/// Options of server-side apply.
public struct ApplyOptions: Hashable, Sendable {
  public var dryRun: Bool
  public var fieldManager: String
  /// Take fields over from other managers instead of failing with a conflict.
  public var force: Bool
  public var subresource: String?

  public init(
    dryRun: Bool = false,
    fieldManager: String = WriteOptions.defaultFieldManager,
    force: Bool = false, subresource: String? = nil
  ) {
    self.dryRun = dryRun
    self.fieldManager = fieldManager
    self.force = force
    self.subresource = subresource
  }
}

/// A change to an object, in one of the three patch formats.
///
/// The fourth, apply, is `ClusterWriter.apply`.
public enum Patch: Hashable, Sendable {
  /// JSON Merge Patch (RFC 7386).
  case merge(JSON)
  /// Kubernetes' own merge, which knows the keys of lists.
  case strategic(JSON)
  /// JSON Patch (RFC 6902).
  case json(JSON)

  public var body: JSON {
    switch self {
    case .merge(let body), .strategic(let body), .json(let body): body
    }
  }

  public var contentType: String {
    switch self {
    case .merge: "application/merge-patch+json"
    case .strategic: "application/strategic-merge-patch+json"
    case .json: "application/json-patch+json"
    }
  }
}

/// What becomes of the objects that a deleted object owns.
public enum PropagationPolicy: String, Hashable, Sendable, CaseIterable {
  /// They go first; the owner stays until they are gone.
  case foreground = "Foreground"
  /// The owner goes at once, they follow.
  case background = "Background"
  /// They stay, without the owner.
  case orphan = "Orphan"
}

/// Options of delete.
public struct DeleteOptions: Hashable, Sendable {
  public var dryRun: Bool
  /// Nil for the kind's default.
  public var propagation: PropagationPolicy?
  /// Delete only the object with this uid.
  public var uid: String?
  /// Delete only the object at this version.
  public var resourceVersion: String?
  /// Seconds that a pod gets to stop; nil for its own setting.
  public var gracePeriodSeconds: Int?

  public init(
    dryRun: Bool = false, propagation: PropagationPolicy? = nil,
    uid: String? = nil, resourceVersion: String? = nil,
    gracePeriodSeconds: Int? = nil
  ) {
    self.dryRun = dryRun
    self.propagation = propagation
    self.uid = uid
    self.resourceVersion = resourceVersion
    self.gracePeriodSeconds = gracePeriodSeconds
  }

  /// The `DeleteOptions` object that a request carries.
  public var json: JSON {
    var json: JSON = ["kind": "DeleteOptions", "apiVersion": "v1"]
    if dryRun { json["dryRun"] = ["All"] }
    if let propagation {
      json["propagationPolicy"] = .string(propagation.rawValue)
    }
    json.set(uid.map(JSON.string), at: "preconditions", "uid")
    json.set(
      resourceVersion.map(JSON.string), at: "preconditions", "resourceVersion")
    json["gracePeriodSeconds"] = gracePeriodSeconds.map(JSON.integer)
    return json
  }
}
