// One request that a role would make to change a cluster, found by running the
// role against a recorder.

import Ansible
import Kubernetes

/// One write of a role, as it goes to the API.
public struct RenderedWrite: Sendable, Hashable {
  /// What is asked of the API server.
  public enum Operation: Sendable, Hashable {
    /// Server-side apply under a field manager.
    case apply(fieldManager: String, force: Bool)
    /// Create; the server names the object where it has a `generateName`.
    case create
    /// A patch of an object that is expected to exist.
    case patch(Kind)
    /// Replace the whole object.
    case replace
    /// Delete the object.
    case delete(DeleteOptions)

    /// The patch formats of `Patch`.
    public enum Kind: String, Sendable, Hashable {
      case merge
      case strategic
      case json
    }
  }

  public var operation: Operation
  /// The object that is written; its name is empty for a `generateName`.
  public var reference: ObjectReference
  /// The manifest or patch body that is sent; nil for a deletion.
  public var object: JSON?
  /// A part with its own path, such as `scale`.
  public var subresource: String?
  /// JSON Pointers of what only the run itself will know.
  public var unknown: [String]
  /// Where secrets stand in the manifest.
  public var secrets: [SecretSpan]
  /// The task that writes.
  public var task: TaskReference
  /// What the role waits for after this write; nil where it does not wait.
  public var gate: Gate?
  /// Whether the task that writes it depends on something unknown.
  public var isCertain: Bool

  public init(
    _ operation: Operation, _ reference: ObjectReference, object: JSON? = nil,
    subresource: String? = nil, unknown: [String] = [],
    secrets: [SecretSpan] = [], task: TaskReference, gate: Gate? = nil,
    isCertain: Bool = true
  ) {
    self.operation = operation
    self.reference = reference
    self.object = object
    self.subresource = subresource
    self.unknown = unknown
    self.secrets = secrets
    self.task = task
    self.gate = gate
    self.isCertain = isCertain
  }
}

/// A stretch of secret text in a manifest.
public struct SecretSpan: Sendable, Hashable {
  /// The JSON Pointer of the string that holds the secret.
  public var pointer: String
  /// The bytes of the string's UTF-8 that are secret.
  public var range: Range<Int>

  public init(pointer: String, range: Range<Int>) {
    self.pointer = pointer
    self.range = range
  }
}

/// What a role waits for before it goes on (`wait: true`).
public struct Gate: Sendable, Hashable {
  /// What must come true.
  public enum Condition: Sendable, Hashable {
    /// The object's verdict is Current.
    case ready
    /// A status condition has this status and, if given, reason.
    case condition(type: String, status: String, reason: String?)
    /// The object is gone.
    case absent
  }

  public var condition: Condition
  /// The objects waited for.
  public var objects: [ObjectReference]
  /// Seconds after which the task fails.
  public var timeoutSeconds: Int
  /// Seconds between two looks of the real module.
  public var intervalSeconds: Int

  public init(
    _ condition: Condition, objects: [ObjectReference],
    timeoutSeconds: Int = 120, intervalSeconds: Int = 5
  ) {
    self.condition = condition
    self.objects = objects
    self.timeoutSeconds = timeoutSeconds
    self.intervalSeconds = intervalSeconds
  }
}
