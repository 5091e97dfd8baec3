// What is known of a cluster at one moment, with the indexes that verdicts and
// trees need: by uid, by owner, by what an event is about.

/// Objects, pods and events as watches have brought them.
///
/// Pods and events are kept as summaries only; every other object as its JSON
/// without `managedFields`.
public struct ClusterSnapshot: Hashable, Sendable {
  public private(set) var objects: [ObjectReference: KubernetesObject] = [:]
  public private(set) var pods: [String: PodSummary] = [:]
  private var podUIDs: [ObjectReference: String] = [:]
  private var references: [String: ObjectReference] = [:]
  private var ownedObjects: [String: Set<ObjectReference>] = [:]
  private var ownedPods: [String: Set<String>] = [:]
  private var eventsByInvolved: [String: [String: EventSummary]] = [:]
  private var involvedByEvent: [ObjectReference: String] = [:]
  private var byKind: [ObjectKind: Set<ObjectReference>] = [:]

  /// Set while the watches are broken: since when nothing new has come.
  public var staleSince: Instant?
  /// Events older than this tell of an earlier run and are left out.
  public var eventsFrom: Instant?

  public init() {}

  public init(_ objects: some Sequence<KubernetesObject>) {
    for object in objects { insert(object) }
  }

  /// Takes an object in, or its newer form in place of the older.
  public mutating func insert(_ object: KubernetesObject) {
    switch object.objectKind {
    case .pod:
      guard let pod = PodSummary(object) else { return }
      insert(pod)
    case .event, ObjectKind(apiVersion: "events.k8s.io/v1", kind: "Event"):
      guard let event = EventSummary(object) else { return }
      insert(event, of: object.reference)
    default: insertPlain(object)
    }
  }

  /// Takes a pod in that was read without keeping its JSON.
  public mutating func insert(_ pod: PodSummary) {
    let reference = pod.reference
    if let old = podUIDs[reference], old != pod.uid { removePod(old) }
    podUIDs[reference] = pod.uid
    pods[pod.uid] = pod
    if let owner = pod.owner {
      ownedPods[owner.uid, default: []].insert(pod.uid)
    }
  }

  private mutating func insert(
    _ event: EventSummary, of reference: ObjectReference
  ) {
    eventsByInvolved[event.involvedUID, default: [:]][reference.name] = event
    involvedByEvent[reference] = event.involvedUID
  }

  private mutating func insertPlain(_ object: KubernetesObject) {
    let reference = object.reference
    remove(reference)
    var object = object
    object.metadata["managedFields"] = nil
    objects[reference] = object
    byKind[reference.objectKind, default: []].insert(reference)
    if let uid = object.uid { references[uid] = reference }
    for owner in object.ownerReferences {
      ownedObjects[owner.uid, default: []].insert(reference)
    }
  }

  /// Takes an object out, of whatever kind.
  public mutating func remove(_ reference: ObjectReference) {
    if let uid = podUIDs.removeValue(forKey: reference) { removePod(uid) }
    if let involved = involvedByEvent.removeValue(forKey: reference) {
      eventsByInvolved[involved]?[reference.name] = nil
      if eventsByInvolved[involved]?.isEmpty == true {
        eventsByInvolved[involved] = nil
      }
    }
    guard let old = objects.removeValue(forKey: reference) else { return }
    byKind[reference.objectKind]?.remove(reference)
    if let uid = old.uid { references[uid] = nil }
    for owner in old.ownerReferences {
      ownedObjects[owner.uid]?.remove(reference)
    }
  }

  private mutating func removePod(_ uid: String) {
    guard let old = pods.removeValue(forKey: uid) else { return }
    if let owner = old.owner { ownedPods[owner.uid]?.remove(uid) }
  }

  /// Takes in what a watch says.
  public mutating func apply(_ event: WatchEvent) {
    switch event {
    case .added(let object), .modified(let object): insert(object)
    case .deleted(let object): remove(object.reference)
    case .bookmark: break
    }
  }

  /// Puts a list in place of all that was known of its kind and namespace.
  public mutating func replace(
    _ kind: ObjectKind, namespace: String?, with items: [KubernetesObject]
  ) {
    func isMeant(_ reference: ObjectReference) -> Bool {
      reference.objectKind == kind
        && (namespace == nil || reference.namespace == namespace)
    }
    let kept = Set(items.map(\.reference))
    let known =
      kind == .pod
      ? Array(podUIDs.keys)
      : kind.kind == "Event"
        ? Array(involvedByEvent.keys) : Array(byKind[kind] ?? [])
    for reference in known where isMeant(reference) && !kept.contains(reference)
    {
      remove(reference)
    }
    for item in items { insert(item) }
  }
}

extension ClusterSnapshot {
  public subscript(reference: ObjectReference) -> KubernetesObject? {
    objects[reference]
  }

  public func object(uid: String) -> KubernetesObject? {
    references[uid].flatMap { objects[$0] }
  }

  public func pod(_ reference: ObjectReference) -> PodSummary? {
    podUIDs[reference].flatMap { pods[$0] }
  }

  /// The objects of a kind, by namespace and name.
  public func objects(_ kind: ObjectKind) -> [KubernetesObject] {
    (byKind[kind] ?? []).sorted().compactMap { objects[$0] }
  }

  /// The objects, pods aside, that name the object as an owner.
  public func objects(ownedBy uid: String) -> [KubernetesObject] {
    (ownedObjects[uid] ?? []).sorted().compactMap { objects[$0] }
  }

  /// The pods that the object itself controls, by name.
  public func pods(ownedBy uid: String) -> [PodSummary] {
    (ownedPods[uid] ?? []).compactMap { pods[$0] }
      .sorted { $0.name < $1.name }
  }

  /// The pods below an object: its own and those of what it owns.
  public func podsBelow(_ uid: String) -> [PodSummary] {
    var found = pods(ownedBy: uid)
    for object in objects(ownedBy: uid) {
      if let child = object.uid, child != uid {
        found += pods(ownedBy: child)
        for grandchild in objects(ownedBy: child) {
          if let uid = grandchild.uid { found += pods(ownedBy: uid) }
        }
      }
    }
    return found
  }

  /// The pods of a namespace that a Service's selector takes.
  public func pods(in namespace: String?, matching selector: LabelSelector)
    -> [PodSummary]
  {
    pods.values.filter {
      $0.namespace == namespace ?? "" && selector.matches($0.labels)
    }
    .sorted { $0.name < $1.name }
  }

  /// The events about an object that say something, newest first.
  public func events(about uid: String) -> [EventSummary] {
    (eventsByInvolved[uid] ?? [:]).values
      .filter { event in
        guard !event.isNoise else { return false }
        guard let from = eventsFrom, let last = event.last else { return true }
        return last >= from - .seconds(5)
      }
      .sorted {
        ($0.last ?? .distantPast, $1.uid) > ($1.last ?? .distantPast, $0.uid)
      }
  }
}

extension Instant {
  /// Before anything that a cluster may tell of.
  public static let distantPast = Instant(microseconds: .min / 2)
}
