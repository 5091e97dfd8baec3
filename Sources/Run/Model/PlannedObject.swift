// One object of a plan: what happens to it, and how that looks.

import Kubernetes

/// One Kubernetes object and what the run will do with it.
public struct PlannedObject: Sendable, Hashable, Codable, Identifiable {
  public var reference: ObjectReference
  public var outcome: PlannedOutcome
  /// Why the outcome is what it is, when it needs saying: the immutable field
  /// that forces a replacement, the one who refuses.
  public var reason: String?
  /// The change as a unified diff with secrets masked; empty when unchanged.
  public var diff: [DiffLine]
  /// Fields that another manager owns with another value.
  public var conflicts: [FieldConflict]
  /// Running pods that the change replaces.
  public var restarts: Int
  /// Paths of fields whose values only the run can know.
  public var unknownFields: [String]
  /// `file:line` of the task that writes it.
  public var origin: String
  /// SHA-256 of each manifest that is written, outside its unknown fields.
  public var digests: [String]
  /// What the manifest was compared with, so that the run sees it move.
  public var live: LiveMark?

  public var id: ObjectReference { reference }

  public init(
    reference: ObjectReference, outcome: PlannedOutcome, reason: String? = nil,
    diff: [DiffLine] = [], conflicts: [FieldConflict] = [], restarts: Int = 0,
    unknownFields: [String] = [], origin: String = "", digests: [String] = [],
    live: LiveMark? = nil
  ) {
    self.reference = reference
    self.outcome = outcome
    self.reason = reason
    self.diff = diff
    self.conflicts = conflicts
    self.restarts = restarts
    self.unknownFields = unknownFields
    self.origin = origin
    self.digests = digests
    self.live = live
  }
}

/// What happens to an object.
public enum PlannedOutcome: String, Sendable, Hashable, Codable, CaseIterable {
  /// It does not exist yet.
  case create
  /// Someone else made it; it becomes ours as it is or changed.
  case adopt
  case change
  /// An immutable field changes: deleted, then created.
  case replace
  case delete
  case unchanged
  /// The cluster, or a guard of ours, does not let it through.
  case refused
}

/// One line of a unified diff.
public struct DiffLine: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable {
    /// `@@ … @@`, the line numbers of what follows.
    case hunk
    case context
    case removed
    case added
  }

  public var kind: Kind
  /// The line without its leading sign.
  public var text: String

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  /// The line as `diff -u` prints it.
  public var printed: String {
    switch kind {
    case .hunk: text
    case .context: " " + text
    case .removed: "-" + text
    case .added: "+" + text
    }
  }
}

/// A field that another manager owns and that the run would take over.
public struct FieldConflict: Sendable, Hashable, Codable {
  /// The field's path as the API server names it: `.spec.replicas`.
  public var field: String
  /// The other manager's name.
  public var manager: String

  public init(field: String, manager: String) {
    self.field = field
    self.manager = manager
  }
}

/// What an object was when the plan was made; status does not count.
public struct LiveMark: Sendable, Hashable, Codable {
  public var uid: String
  /// The generation, for kinds that count one.
  public var generation: Int?
  /// SHA-256 of the content without status and server fields.
  public var digest: String

  public init(uid: String, generation: Int?, digest: String) {
    self.uid = uid
    self.generation = generation
    self.digest = digest
  }
}
