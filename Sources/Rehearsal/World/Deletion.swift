// How objects go: preconditions, finalizers, grace periods, propagation to
// dependents, garbage collection, and namespaces with all that is in them.

import Kubernetes

extension World {
  private static let foreground = "foregroundDeletion"
  private static let orphan = "orphan"

  /// Deletes an object.
  /// - Returns: the object when it stays for now, nil when it is gone.
  mutating func delete(_ reference: ObjectReference, _ options: DeleteOptions)
    throws -> KubernetesObject?
  {
    let resource = try resource(
      reference.objectKind, "delete", reference.namespace, name: reference.name)
    var reference = reference
    if !resource.isNamespaced { reference.namespace = nil }
    guard var object = objects[reference] else {
      throw Self.notFound(resource, reference.name)
    }
    for (name, wanted, found) in [
      ("UID", options.uid, object.uid),
      ("ResourceVersion", options.resourceVersion, object.resourceVersion),
    ] {
      if let wanted, wanted != found {
        throw ClusterError(
          code: 409, reason: "Conflict",
          message: "Operation cannot be fulfilled on \(resource.plural) "
            + "\"\(object.name)\": the \(name) in the precondition (\(wanted)) "
            + "does not match the \(name) in record (\(found ?? ""))")
      }
    }
    if options.dryRun { return object }
    switch options.propagation ?? Self.standardPropagation(reference) {
    case .foreground: addFinalizer(Self.foreground, to: &object)
    case .orphan: addFinalizer(Self.orphan, to: &object)
    case .background: break
    }
    if reference.objectKind == .pod {
      return deletePod(object, options.gracePeriodSeconds)
    }
    if object.finalizers.isEmpty, reference.objectKind != .namespace {
      remove(reference)
      return nil
    }
    if !object.isTerminating {
      object.metadata["deletionTimestamp"] = .string(now.timestamp)
      object.metadata["deletionGracePeriodSeconds"] = 0
      if let generation = object.generation {
        object.generation = generation + 1
      }
      if reference.objectKind == .namespace {
        object.status["phase"] = "Terminating"
      }
    }
    let answer = objects[reference] == object ? object : put(object)
    agenda.add(Work(actor: .garbage, object: reference))
    return answer
  }

  /// `batch/v1` Jobs orphan their pods unless told otherwise, for the sake of
  /// old clients (kubernetes/pkg/registry/batch/job/strategy.go).
  private static func standardPropagation(_ reference: ObjectReference)
    -> PropagationPolicy
  { reference.objectKind == .job ? .orphan : .background }

  private func addFinalizer(_ name: String, to object: inout KubernetesObject) {
    if !object.finalizers.contains(name) { object.finalizers.append(name) }
  }

  /// A pod on a node gets its time to stop; any other goes at once.
  private mutating func deletePod(
    _ object: KubernetesObject, _ seconds: Int?
  ) -> KubernetesObject? {
    var object = object
    let grace =
      seconds ?? object.spec["terminationGracePeriodSeconds"]?.integer ?? 30
    let isIdle =
      object.json["spec"]?["nodeName"] == nil || object.isFinishedPod
      || grace == 0
    if isIdle, object.finalizers.isEmpty {
      remove(object.reference)
      return nil
    }
    if !object.isTerminating {
      object.metadata["deletionTimestamp"] = .string(
        (now + .seconds(grace)).timestamp)
      object.metadata["deletionGracePeriodSeconds"] = .integer(grace)
    }
    return put(object)
  }

  /// Looks at an object whose owner or dependents have changed.
  mutating func collectGarbage(_ reference: ObjectReference) {
    guard let object = objects[reference], let uid = object.uid else { return }
    if object.isTerminating {
      if object.finalizers.contains(Self.orphan) {
        for dependent in (dependents[uid] ?? []).sorted() {
          change(dependent) { $0.ownerReferences.removeAll { $0.uid == uid } }
        }
        removeFinalizer(Self.orphan, from: reference)
        return
      }
      if object.finalizers.contains(Self.foreground) {
        var waits = false
        for dependent in (dependents[uid] ?? []).sorted() {
          guard let child = objects[dependent] else { continue }
          let blocks = child.ownerReferences.contains {
            $0.uid == uid && $0.blocksOwnerDeletion
          }
          waits = waits || blocks
          if !child.isTerminating {
            _ = try? deleteQuietly(dependent, .foreground)
          }
        }
        if !waits { removeFinalizer(Self.foreground, from: reference) }
        return
      }
    }
    // An object all of whose owners are gone goes after them.
    let owners = object.ownerReferences
    if !owners.isEmpty, !object.isTerminating,
      owners.allSatisfy({ byUID[$0.uid] == nil })
    {
      _ = try? deleteQuietly(reference, .background)
    }
  }

  /// Deletes without asking for anybody's rights: the controllers have them.
  @discardableResult
  mutating func deleteQuietly(
    _ reference: ObjectReference, _ propagation: PropagationPolicy
  ) throws -> KubernetesObject? {
    guard let object = objects[reference] else { return nil }
    if reference.objectKind == .pod { return deletePod(object, nil) }
    var changed = object
    if propagation == .foreground, !(dependents[object.uid ?? ""] ?? []).isEmpty
    {
      addFinalizer(Self.foreground, to: &changed)
    }
    if changed.finalizers.isEmpty {
      remove(reference)
      return nil
    }
    if !changed.isTerminating {
      changed.metadata["deletionTimestamp"] = .string(now.timestamp)
      changed.metadata["deletionGracePeriodSeconds"] = 0
    }
    let answer = put(changed)
    agenda.add(Work(actor: .garbage, object: reference))
    return answer
  }

  mutating func removeFinalizer(_ name: String, from reference: ObjectReference)
  {
    guard var object = objects[reference] else { return }
    object.finalizers.removeAll { $0 == name }
    if object.isTerminating, object.finalizers.isEmpty,
      reference.objectKind != .pod
    {
      remove(reference)
    } else {
      put(object)
    }
  }

  /// Empties a namespace that is being deleted, and ends it when it is empty.
  mutating func reconcileNamespace(_ reference: ObjectReference) {
    guard let space = objects[reference], space.isTerminating else { return }
    let inside = byPlace.filter { $0.key.namespace == space.name }
      .flatMap(\.value).sorted()
    for object in inside where objects[object]?.isTerminating == false {
      _ = try? deleteQuietly(object, .background)
    }
    let isEmpty = byPlace.allSatisfy {
      $0.key.namespace != space.name || $0.value.isEmpty
    }
    if isEmpty, space.finalizers.isEmpty { remove(reference) }
  }

  /// Lets a claim go once no pod uses it.
  mutating func releaseClaim(_ reference: ObjectReference) {
    guard let claim = objects[reference], claim.isTerminating,
      claim.finalizers.contains("kubernetes.io/pvc-protection")
    else { return }
    let isUsed = all(.pod, in: reference.namespace).contains { pod in
      !pod.isFinishedPod
        && (pod.spec["volumes"]?.array ?? []).contains {
          $0["persistentVolumeClaim"]?["claimName"]?.string == reference.name
        }
    }
    if isUsed { return }
    removeFinalizer("kubernetes.io/pvc-protection", from: reference)
    if let volume = claim.spec["volumeName"]?.string,
      let object = object(.persistentVolume, nil, volume),
      object.spec["persistentVolumeReclaimPolicy"] == "Delete"
    {
      remove(object.reference)
    }
  }
}
