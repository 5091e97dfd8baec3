// What one write of a role does to one object of the cluster: the outcome, the
// diff, whose fields it takes, and which pods it replaces.

import AnsibleKubernetes
import Kubernetes
import Stack

/// Compares what a role writes with what the cluster has.
struct ObjectPlanner: Sendable {
  let cluster: any ClusterReader & ClusterWriter
  /// What the newest release owns.
  let inventory: Inventory
  /// Namespaces that exist: in others no server dry run is possible.
  let namespaces: Set<String>
  let discovery: Discovery
  /// Whether the run makes objects anew whose fixed fields change: the real
  /// ansible-playbook does not.
  var replaces = true
  /// What must not stand in a plan, whatever else is masked.
  var secrets = KnownSecrets()

  /// Plans one write.
  func plan(_ write: RenderedWrite) async -> PlannedObject {
    secrets.masking(await unmasked(write))
  }

  private func unmasked(_ write: RenderedWrite) async -> PlannedObject {
    do {
      return try await outcome(of: write)
    } catch let error as ClusterError {
      return planned(write, .refused, reason: error.description)
    } catch {
      return planned(write, .refused, reason: "\(error)".printable)
    }
  }

  private func outcome(of write: RenderedWrite) async throws -> PlannedObject {
    guard isKnown(write.reference.objectKind) else {
      if case .delete = write.operation {
        return planned(write, .unchanged)
      }
      return created(
        write, reason: "the cluster does not serve this kind yet")
    }
    let exists = !write.reference.name.isEmpty && isReachable(write.reference)
    let live = exists ? try await cluster.find(write.reference) : nil
    switch write.operation {
    case .delete:
      guard let live else { return planned(write, .unchanged) }
      return deleted(write, live)
    case .create:
      guard let live else { return try await create(write) }
      // A create leaves what is there as it is.
      return planned(write, .unchanged, live: live)
    case .apply(let manager, let force):
      guard let live else { return try await create(write) }
      return try await apply(write, to: live, manager: manager, force: force)
    case .patch(let kind):
      guard let live else {
        return created(write, reason: "patches what the run itself makes")
      }
      return try await patch(write, kind, live)
    case .replace:
      guard let live else { return try await create(write) }
      var object = KubernetesObject(write.object ?? .null)
      object.resourceVersion = live.resourceVersion
      let after = try await cluster.replace(object, WriteOptions(dryRun: true))
      return changed(write, from: live, to: after)
    }
  }

  // MARK: The operations

  /// A server dry run where one is possible: it finds what admission refuses.
  private func create(_ write: RenderedWrite) async throws -> PlannedObject {
    guard let manifest = write.object, isReachable(write.reference),
      write.unknown.isEmpty, !write.reference.name.isEmpty
    else { return created(write) }
    do {
      _ = try await cluster.create(
        KubernetesObject(manifest), WriteOptions(dryRun: true))
    } catch let error as ClusterError where error.isInvalid {
      return planned(write, .refused, reason: error.description)
    } catch let error as ClusterError where error.isForbidden {
      return planned(write, .refused, reason: error.description)
    } catch let error as ClusterError where error.status != nil {
      // What the plan itself makes first (an account, a quota) is missing.
    }
    return created(write)
  }

  private func apply(
    _ write: RenderedWrite, to live: KubernetesObject, manager: String,
    force: Bool
  ) async throws -> PlannedObject {
    guard let manifest = write.object else { return planned(write, .unchanged) }
    let whole = KubernetesObject(filling(manifest, write.unknown, from: live))
    let wanted = whole.leavingToAutoscaler(of: live)
    var conflicts: [FieldConflict] = []
    let after: KubernetesObject
    do {
      do {
        after = try await cluster.apply(
          wanted,
          ApplyOptions(dryRun: true, fieldManager: manager, force: false))
      } catch let error as ClusterError where !error.fieldConflicts.isEmpty {
        conflicts = error.fieldConflicts.map(FieldConflict.init)
        after = try await cluster.apply(
          wanted,
          ApplyOptions(dryRun: true, fieldManager: manager, force: true))
      }
    } catch let error as ClusterError where error.isImmutable {
      var planned = try await replaced(write, live, error)
      planned.conflicts = force ? [] : conflicts
      return planned
    }
    var planned = changed(write, from: live, to: after)
    // What the role forces anyway needs no consent.
    planned.conflicts = force ? [] : conflicts
    if wanted != whole, let replicas = live.autoscaledReplicas {
      planned.reason = "an autoscaler sets the replicas, now \(replicas)"
    }
    return planned
  }

  private func patch(
    _ write: RenderedWrite, _ kind: RenderedWrite.Operation.Kind,
    _ live: KubernetesObject
  ) async throws -> PlannedObject {
    let body = write.object ?? .null
    let patch: Patch =
      switch kind {
      case .merge: .merge(body)
      case .strategic: .strategic(body)
      case .json: .json(body)
      }
    let after = try await cluster.patch(
      write.reference, patch,
      WriteOptions(dryRun: true, subresource: write.subresource))
    return changed(write, from: live, to: after)
  }

  // MARK: Outcomes

  private func created(
    _ write: RenderedWrite, reason: String? = nil
  ) -> PlannedObject {
    var planned = planned(write, .create, reason: reason)
    planned.diff = diff(write, from: nil, to: write.object)
    return planned
  }

  private func changed(
    _ write: RenderedWrite, from live: KubernetesObject,
    to after: KubernetesObject
  ) -> PlannedObject {
    let old = Manifest.comparable(live.json)
    let new = Manifest.comparable(after.json)
    let isOurs = owns(live)
    guard old != new else {
      return planned(write, isOurs ? .unchanged : .adopt, live: live)
    }
    var planned = planned(write, isOurs ? .change : .adopt, live: live)
    planned.diff = diff(write, from: old, to: new)
    planned.restarts = Restarts.count(from: live, to: after)
    return planned
  }

  private func replaced(
    _ write: RenderedWrite, _ live: KubernetesObject, _ error: ClusterError
  ) async throws -> PlannedObject {
    let fields = error.causes.map(\.field).filter { !$0.isEmpty }
    let reason =
      fields.isEmpty
      ? error.description
      : "cannot be changed in place: \(fields.joined(separator: ", "))"
    let wanted = write.object ?? .null
    var planned = planned(write, .replace, reason: reason, live: live)
    let old = Manifest.projection(
      of: Manifest.comparable(live.json), onto: wanted)
    planned.diff = diff(write, from: old, to: wanted)
    guard let replacement = Replacement(of: live, by: wanted) else {
      planned.outcome = .refused
      planned.reason =
        reason + "; take the change back: making it anew would lose data"
      return planned
    }
    guard replaces else {
      planned.outcome = .refused
      planned.reason =
        reason + "; ansible-playbook does not make it anew, Quarterdeck's own "
        + "engine does"
      return planned
    }
    // Nothing is deleted for the sake of an object that would not be taken.
    let anew = try await create(write)
    guard anew.outcome != .refused else { return anew }
    planned.restarts = replacement.restarts
    if replacement.propagation == .orphan {
      planned.reason =
        reason + "; made anew around its pods, whose claims stay as they are"
    }
    return planned
  }

  private func deleted(
    _ write: RenderedWrite, _ live: KubernetesObject
  ) -> PlannedObject {
    var planned = planned(write, .delete, live: live)
    planned.diff = diff(write, from: Manifest.comparable(live.json), to: nil)
    return planned
  }

  private func planned(
    _ write: RenderedWrite, _ outcome: PlannedOutcome, reason: String? = nil,
    live: KubernetesObject? = nil
  ) -> PlannedObject {
    PlannedObject(
      reference: write.reference, outcome: outcome,
      reason: reason
        ?? (write.isCertain ? nil : "only if the run decides so"),
      unknownFields: write.unknown, origin: "\(write.task.place)",
      digests: [WriteDigest.of(write)], live: live.map(Manifest.mark))
  }

  private func diff(
    _ write: RenderedWrite, from old: JSON?, to new: JSON?
  ) -> [DiffLine] {
    let masked = SecretMask.masked(old: old, new: new, spans: write.secrets)
    let shown = masked.new.map { UnknownMark.marking($0, write.unknown) }
    return UnifiedDiff.lines(
      from: masked.old.map { YAMLText.lines($0) } ?? [],
      to: shown.map { YAMLText.lines($0) } ?? [])
  }

  // MARK: What is there

  private func isKnown(_ kind: ObjectKind) -> Bool { discovery[kind] != nil }

  /// Whether the object's namespace exists, or it needs none.
  private func isReachable(_ reference: ObjectReference) -> Bool {
    guard let namespace = reference.namespace else { return true }
    return namespaces.contains(namespace)
  }

  /// Whether an object is of our making: a release has it, or our field
  /// manager has written to it before.
  private func owns(_ live: KubernetesObject) -> Bool {
    if inventory.contains(live.reference, uid: live.uid) { return true }
    return live.managedFields.contains {
      $0["manager"]?.string == WriteOptions.defaultFieldManager
    }
  }

  /// Unknown fields are compared as if they stayed as they are.
  private func filling(
    _ manifest: JSON, _ unknown: [String], from live: KubernetesObject
  ) -> JSON {
    var filled = manifest
    for pointer in unknown {
      guard let path = try? JSON.pointerParts(pointer),
        let value = live.json.value(atPointer: pointer)
      else { continue }
      filled = filled.replacing(path[...], by: value)
    }
    return filled
  }
}

extension FieldConflict {
  /// A conflict as the API server words it: `conflict with "kubectl" using
  /// apps/v1`.
  init(_ cause: ClusterError.StatusCause) {
    let parts = cause.message.split(separator: "\"")
    self.init(
      field: cause.field.printable,
      manager: parts.count > 1 ? String(parts[1]).printable : "another manager")
  }
}

/// What a write hands to the API, as one digest.
enum WriteDigest {
  static func of(_ write: RenderedWrite) -> String {
    of(write, without: write.unknown)
  }

  /// The digest without some more places: those that the plan did not know.
  static func of(_ write: RenderedWrite, without unknown: [String]) -> String {
    guard let object = write.object else { return "delete" }
    return Manifest.digest(object, without: unknown)
  }
}

/// Unknown fields, as the diff shows them.
enum UnknownMark {
  static let text = "(known during the run)"

  static func marking(_ object: JSON, _ unknown: [String]) -> JSON {
    var result = object
    for pointer in unknown where result.value(atPointer: pointer) != nil {
      guard let path = try? JSON.pointerParts(pointer) else { continue }
      result = result.replacing(path[...], by: .string(text))
    }
    return result
  }
}
