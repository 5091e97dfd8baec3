// The objects of a world: finding them, putting them in, taking them out, with
// the indexes and the history of changes kept in step.

import Kubernetes

extension World {
  func object(_ kind: ObjectKind, _ namespace: String?, _ name: String)
    -> KubernetesObject?
  { objects[ObjectReference(kind, namespace: namespace, name: name)] }

  /// The objects of a kind in a namespace, or in all, by name.
  func all(_ kind: ObjectKind, in namespace: String? = nil)
    -> [KubernetesObject]
  {
    let references =
      namespace == nil
      ? byKind[kind] : byPlace[Place(kind: kind, namespace: namespace)]
    return (references ?? []).sorted().compactMap { objects[$0] }
  }

  /// The objects that name the uid as their managing owner, by name.
  func controlled(by uid: String?, _ kind: ObjectKind) -> [KubernetesObject] {
    guard let uid else { return [] }
    return (dependents[uid] ?? []).filter { $0.objectKind == kind }.sorted()
      .compactMap { objects[$0] }.filter { $0.controller?.uid == uid }
  }

  /// Stores an object and tells all whom it concerns.
  @discardableResult
  mutating func put(_ object: KubernetesObject) -> KubernetesObject {
    let reference = object.reference
    let old = objects[reference]
    revision += 1
    var object = object
    object.resourceVersion = String(revision)
    objects[reference] = object
    if old == nil {
      byKind[reference.objectKind, default: []].insert(reference)
      byPlace[
        Place(kind: reference.objectKind, namespace: reference.namespace),
        default: []
      ].insert(reference)
      if let uid = object.uid { byUID[uid] = reference }
    }
    if old?.json["metadata"]?["ownerReferences"]
      != object.json["metadata"]?["ownerReferences"]
    {
      for owner in old?.ownerReferences ?? [] {
        dependents[owner.uid]?.remove(reference)
      }
      for owner in object.ownerReferences {
        dependents[owner.uid, default: []].insert(reference)
      }
    }
    remember(Change(revision: revision, old: old, new: object))
    noticed(old, object)
    return object
  }

  /// Changes an object in place; nothing happens when it stays the same.
  mutating func change(
    _ reference: ObjectReference, _ body: (inout KubernetesObject) -> Void
  ) {
    guard let old = objects[reference] else { return }
    var new = old
    body(&new)
    if new != old { put(new) }
  }

  /// Takes an object out for good.
  mutating func remove(_ reference: ObjectReference) {
    guard var old = objects.removeValue(forKey: reference) else { return }
    revision += 1
    byKind[reference.objectKind]?.remove(reference)
    byPlace[
      Place(kind: reference.objectKind, namespace: reference.namespace)]?
      .remove(reference)
    unplaced.remove(reference)
    if let uid = old.uid {
      byUID[uid] = nil
      runs[uid] = nil
    }
    for owner in old.ownerReferences {
      dependents[owner.uid]?.remove(reference)
      if dependents[owner.uid]?.isEmpty == true { dependents[owner.uid] = nil }
    }
    if reference.kind == "Pod", let node = old.spec["nodeName"]?.string {
      podsOnNode[node]?.remove(reference)
    }
    old.resourceVersion = String(revision)
    remember(Change(revision: revision, old: old, new: nil))
    noticed(old, nil)
  }

  private mutating func remember(_ change: Change) {
    history.append(change)
    // Dropped in bulk, so that the cost is shared by many changes.
    if history.count > Self.historyLimit + Self.historyLimit / 4 {
      history.removeFirst(history.count - Self.historyLimit)
    }
  }
}
