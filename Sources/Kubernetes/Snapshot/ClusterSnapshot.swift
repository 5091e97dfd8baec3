// What is known of a cluster at one moment, with the indexes that verdicts and
// trees need: by uid, by owner, by what an event is about.

/// Objects, pods and events as watches have brought them.
///
/// Pods and events are kept as summaries only; every other object as its JSON
/// without what no verdict reads (`ObjectSummary`).
public struct ClusterSnapshot: Hashable, Sendable {
  public private(set) var objects: [ObjectReference: KubernetesObject] = [:]
  private var podRecords: [String: PodRecord] = [:]
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
    if let summary = ObjectSummary(object) { insert(summary) }
  }

  /// Takes in what is kept of an object.
  public mutating func insert(_ summary: ObjectSummary) {
    switch summary {
    case .pod(let pod): insert(pod)
    case .event(let event, let reference): insert(event, of: reference)
    case .other(let object): insert(plain: object)
    }
  }

  private mutating func insert(_ pod: PodSummary) {
    let reference = pod.reference
    if let old = podUIDs[reference] { removePod(old) }
    podUIDs[reference] = pod.uid
    podRecords[pod.uid] = PodRecord(pod)
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

  private mutating func insert(plain object: KubernetesObject) {
    let reference = object.reference
    remove(reference)
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
    guard let old = podRecords.removeValue(forKey: uid) else { return }
    if let owner = old.pod.owner { ownedPods[owner.uid]?.remove(uid) }
  }

  /// Takes in what a watch says.
  public mutating func apply(_ event: SummaryEvent) {
    switch event {
    case .changed(let summary): insert(summary)
    case .deleted(let reference): remove(reference)
    case .bookmark: break
    }
  }

  /// Puts a list in place of all that was known of its kind and namespace.
  public mutating func replace(
    _ kind: ObjectKind, namespace: String?, with items: [ObjectSummary]
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

  /// All pods, in no order.
  public var pods: some Collection<PodSummary> {
    podRecords.values.lazy.map(\.pod)
  }

  public func pod(_ reference: ObjectReference) -> PodSummary? {
    podUIDs[reference].flatMap { podRecords[$0]?.pod }
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
    (ownedPods[uid] ?? []).compactMap { podRecords[$0]?.pod }
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
    pods.filter {
      $0.namespace == namespace ?? "" && selector.matches($0.labels)
    }
    .sorted { $0.name < $1.name }
  }

  /// The events about an object that say something, newest first.
  public func events(about uid: String) -> [EventSummary] {
    allEvents(about: uid).filter { event in
      guard !event.isNoise else { return false }
      guard let from = eventsFrom, let last = event.last else { return true }
      return last >= from - .seconds(5)
    }
  }

  /// All events about an object, newest first.
  public func allEvents(about uid: String) -> [EventSummary] {
    (eventsByInvolved[uid] ?? [:]).values.sorted {
      ($0.last ?? .distantPast, $1.uid) > ($1.last ?? .distantPast, $0.uid)
    }
  }
}

/// A pod in a place of its own: copies of a snapshot, which are made for every
/// picture that is shown, copy one word of it.
private final class PodRecord: Hashable, Sendable {
  let pod: PodSummary

  init(_ pod: PodSummary) { self.pod = pod }

  static func == (left: PodRecord, right: PodRecord) -> Bool {
    left === right || left.pod == right.pod
  }

  func hash(into hasher: inout Hasher) { hasher.combine(pod.uid) }
}

extension Instant {
  /// Before anything that a cluster may tell of.
  public static let distantPast = Instant(microseconds: .min / 2)
}
