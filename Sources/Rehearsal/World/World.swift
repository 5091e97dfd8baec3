// The rehearsed cluster as one value: its objects, its clock and what is to
// come. Requests and the passing of time are the only ways to change it, and
// the same ones in the same order make the same world.

import Kubernetes

struct World: Sendable {
  /// One change, as watches tell it.
  struct Change: Sendable {
    var revision: Int
    var old: KubernetesObject?
    var new: KubernetesObject?
  }

  let configuration: RehearsalConfiguration
  var now: Instant
  var revision = 0
  var counter: UInt64 = 0
  var objects: [ObjectReference: KubernetesObject] = [:]
  var byKind: [ObjectKind: Set<ObjectReference>] = [:]
  /// The same, for kinds that are looked for in one namespace.
  var byPlace: [Place: Set<ObjectReference>] = [:]
  var byUID: [String: ObjectReference] = [:]
  var dependents: [String: Set<ObjectReference>] = [:]
  var podsOnNode: [String: Set<ObjectReference>] = [:]
  /// The pods that no node takes, so that a change of nodes wakes them.
  var unplaced: Set<ObjectReference> = []
  var agenda = Agenda()
  var discovery: Discovery
  var faults: [Fault] = []
  var downUntil: Instant?
  /// How far each pod has come on its node, by uid.
  var runs: [String: PodRun] = [:]
  /// Images that nodes have, as `NODE IMAGE`.
  var pulled: Set<String> = []
  /// The newest changes; older ones are forgotten and watches told so.
  var history: [Change] = []

  static let historyLimit = 20_000

  struct Place: Hashable, Sendable {
    var kind: ObjectKind
    var namespace: String?
  }

  /// An empty world, before its first objects are made.
  init(bare configuration: RehearsalConfiguration, now: Instant) {
    self.configuration = configuration
    self.now = now
    discovery = Discovery(
      ServedKinds.builtIn + configuration.additionalResources)
  }

  /// The world that a rehearsal begins with.
  init(_ configuration: RehearsalConfiguration, now: Instant) {
    self.init(bare: configuration, now: now)
    revision = 1_000
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
      insertFirst(["apiVersion": "v1", "kind": "Namespace"], name)
    }
    for node in configuration.nodes { insertFirst(Self.node(node), node.name) }
    insertFirst(
      [
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": [
          "annotations": [
            "storageclass.kubernetes.io/is-default-class": "true"
          ]
        ],
        "provisioner": "rehearsal.quarterdeck.io",
      ], "rehearsal")
    settle()
    // Nobody watched the beginning.
    history = []
  }

  private mutating func insertFirst(_ json: JSON, _ name: String) {
    var object = KubernetesObject(json)
    object.name = name
    object = Defaults.applied(to: object)
    stampCreated(&object)
    if object.kind == "Namespace" { object.status["phase"] = "Active" }
    put(object)
  }

  private static func node(_ node: RehearsalConfiguration.Node) -> JSON {
    var labels = node.labels
    labels["kubernetes.io/hostname"] = node.name
    labels["kubernetes.io/os"] = "linux"
    labels["kubernetes.io/arch"] = "amd64"
    let capacity: JSON = [
      "cpu": "16", "memory": "64Gi", "pods": .string(String(node.capacity)),
      "ephemeral-storage": "200Gi",
    ]
    return [
      "apiVersion": "v1", "kind": "Node",
      "metadata": ["labels": JSON(labels)], "spec": [:],
      "status": [
        "capacity": capacity, "allocatable": capacity,
        "conditions": [
          [
            "type": "Ready", "status": "True", "reason": "KubeletReady",
            "message": "kubelet is posting ready status",
          ]
        ],
        "addresses": [["type": "Hostname", "address": .string(node.name)]],
        "nodeInfo": ["kubeletVersion": "v1.31.0-rehearsal"],
      ],
    ]
  }
}

extension World {
  /// A number that looks random and is the same in every replay.
  mutating func nextRandom() -> UInt64 {
    counter += 1
    // SplitMix64 (prng.di.unimi.it/splitmix64.c).
    var z =
      configuration.seed &* 0x2545_F491_4F6C_DD1D
      &+ counter &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func newUID() -> String {
    func hex(_ value: UInt64, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: max(0, digits - text.count))
        + text.suffix(digits)
    }
    let high = nextRandom()
    let low = nextRandom()
    return hex(high >> 32, 8) + "-" + hex(high >> 16 & 0xFFFF, 4) + "-4"
      + hex(high & 0xFFF, 3) + "-" + hex(0x8000 | low >> 48 & 0x3FFF, 4) + "-"
      + hex(low & 0xFFFF_FFFF_FFFF, 12)
  }

  /// The letters that Kubernetes uses in made-up names.
  private static let letters = Array("bcdfghjklmnpqrstvwxz2456789")

  mutating func nameSuffix() -> String {
    var value = nextRandom()
    var text = ""
    for _ in 0..<5 {
      text.append(Self.letters[Int(value % UInt64(Self.letters.count))])
      value /= UInt64(Self.letters.count)
    }
    return text
  }

  /// The hash of a pod template, as names and labels carry it.
  static func hash(_ template: JSON) -> String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
    for byte in template.bytes() {
      value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    var text = ""
    for _ in 0..<10 {
      text.append(letters[Int(value % UInt64(letters.count))])
      value /= UInt64(letters.count)
    }
    return text
  }

  mutating func stampCreated(_ object: inout KubernetesObject) {
    object.uid = newUID()
    object.metadata["creationTimestamp"] = .string(now.timestamp)
    if object.json["spec"] != nil, hasGeneration(object.objectKind) {
      object.generation = 1
    }
  }

  /// Whether the server counts changes of the kind's spec.
  func hasGeneration(_ kind: ObjectKind) -> Bool {
    switch (kind.group, kind.kind) {
    case ("", _), ("rbac.authorization.k8s.io", _), ("storage.k8s.io", _),
      ("coordination.k8s.io", _), ("scheduling.k8s.io", _),
      ("discovery.k8s.io", _):
      false
    default: true
    }
  }
}

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

extension World {
  /// Lets time pass, doing everything when it is due.
  mutating func advance(to time: Instant) {
    settle()
    while let entry = agenda.take(by: time) {
      now = max(now, entry.time)
      perform(entry.work)
      settle()
    }
    now = max(now, time)
  }

  /// Does what is to be done at once.
  mutating func settle() {
    while let work = agenda.takeAtOnce() { perform(work) }
  }

  private mutating func perform(_ work: Work) {
    switch work.actor {
    case .deployment: reconcileDeployment(work.object)
    case .replicaSet: reconcileReplicaSet(work.object)
    case .statefulSet: reconcileStatefulSet(work.object)
    case .daemonSet: reconcileDaemonSet(work.object)
    case .job: reconcileJob(work.object)
    case .cronJob: reconcileCronJob(work.object)
    case .service: reconcileService(work.object)
    case .budget: reconcileBudget(work.object)
    case .claim: reconcileClaim(work.object)
    case .claimProtection: releaseClaim(work.object)
    case .scheduler: schedule(work.object)
    case .kubelet: stepPod(work.object)
    case .namespace: reconcileNamespace(work.object)
    case .garbage: collectGarbage(work.object)
    case .definition: establish(work.object)
    case .event: remove(work.object)
    }
  }

  mutating func wake(
    _ actor: Doer, _ object: ObjectReference, after delay: Duration
  ) {
    agenda.add(Work(actor: actor, object: object), at: now + delay)
  }

  /// Tells everybody whom a change concerns.
  private mutating func noticed(
    _ old: KubernetesObject?, _ new: KubernetesObject?
  ) {
    guard let object = new ?? old else { return }
    let reference = object.reference
    func tell(_ actor: Doer) {
      agenda.add(Work(actor: actor, object: reference))
    }
    switch reference.objectKind {
    case .deployment: tell(.deployment)
    case .replicaSet: tell(.replicaSet)
    case .statefulSet: tell(.statefulSet)
    case .daemonSet: tell(.daemonSet)
    case .job: tell(.job)
    case ObjectKind(apiVersion: "batch/v1", kind: "CronJob"):
      if old == nil || old?.json["spec"] != new?.json["spec"] { tell(.cronJob) }
    case .service: tell(.service)
    case ObjectKind(apiVersion: "policy/v1", kind: "PodDisruptionBudget"):
      tell(.budget)
    case .persistentVolumeClaim:
      if new?.isTerminating == true { tell(.claimProtection) }
      tell(.claim)
      if new != nil { tellUnplaced() }
    case .pod: noticedPod(old, new)
    case .node: noticedNode()
    case .namespace: if new?.isTerminating == true { tell(.namespace) }
    default:
      if object.kind == "CustomResourceDefinition" { tell(.definition) }
    }
    if let owner = object.controller, let place = byUID[owner.uid] {
      switch place.objectKind {
      case .deployment:
        agenda.add(Work(actor: .deployment, object: place))
      case .replicaSet:
        agenda.add(Work(actor: .replicaSet, object: place))
      case .statefulSet:
        agenda.add(Work(actor: .statefulSet, object: place))
      case .daemonSet: agenda.add(Work(actor: .daemonSet, object: place))
      case .job: agenda.add(Work(actor: .job, object: place))
      case ObjectKind(apiVersion: "batch/v1", kind: "CronJob"):
        agenda.add(Work(actor: .cronJob, object: place))
      default: break
      }
    }
    if new == nil { noticedEnd(of: object) }
  }

  private mutating func noticedPod(
    _ old: KubernetesObject?, _ new: KubernetesObject?
  ) {
    guard let pod = new ?? old else { return }
    let reference = pod.reference
    if let node = new?.json["spec"]?["nodeName"]?.string {
      podsOnNode[node, default: []].insert(reference)
    }
    if let new {
      if new.json["spec"]?["nodeName"] == nil {
        if old == nil {
          wake(.scheduler, reference, after: configuration.timings.schedule)
        }
      } else if old?.json["spec"]?["nodeName"] == nil
        || new.isTerminating && old?.isTerminating != true
      {
        agenda.add(Work(actor: .kubelet, object: reference))
      }
    } else {
      tellUnplaced()
      // A Deployment that recreates waits for the last old pod to be gone.
      if let set = pod.controller.flatMap({ byUID[$0.uid] }),
        let owner = objects[set]?.controller.flatMap({ byUID[$0.uid] }),
        owner.objectKind == .deployment
      {
        agenda.add(Work(actor: .deployment, object: owner))
      }
      for volume in pod.spec["volumes"]?.array ?? [] {
        guard let claim = volume["persistentVolumeClaim"]?["claimName"]?.string
        else { continue }
        agenda.add(
          Work(
            actor: .claimProtection,
            object: ObjectReference(
              .persistentVolumeClaim, namespace: pod.namespace, name: claim)))
      }
    }
    // Services and budgets look at few things of a pod.
    if old == nil || new == nil || old?.isReadyPod != new?.isReadyPod
      || old?.json["status"]?["podIP"] != new?.json["status"]?["podIP"]
      || old?.isTerminating != new?.isTerminating
      || old?.json["metadata"]?["labels"] != new?.json["metadata"]?["labels"]
    {
      let labels = pod.labels
      tellSelecting(.service, .service, pod.namespace) {
        guard let selector = $0.spec["selector"]?.strings, !selector.isEmpty
        else { return false }
        return LabelSelector(labels: selector).matches(labels)
      }
      tellSelecting(
        .budget,
        ObjectKind(apiVersion: "policy/v1", kind: "PodDisruptionBudget"),
        pod.namespace
      ) {
        $0.spec["selector"].flatMap(LabelSelector.init)?.matches(labels)
          ?? false
      }
    }
  }

  private mutating func tellSelecting(
    _ actor: Doer, _ kind: ObjectKind, _ namespace: String?,
    where matches: (KubernetesObject) -> Bool
  ) {
    for object in all(kind, in: namespace) where matches(object) {
      agenda.add(Work(actor: actor, object: object.reference))
    }
  }

  private mutating func noticedNode() {
    tellUnplaced()
    for set in all(.daemonSet) {
      agenda.add(Work(actor: .daemonSet, object: set.reference))
    }
  }

  mutating func tellUnplaced() {
    for pod in unplaced.sorted() {
      agenda.add(Work(actor: .scheduler, object: pod))
    }
  }

  /// What the end of an object sets off: its dependents and its owners.
  private mutating func noticedEnd(of object: KubernetesObject) {
    if let uid = object.uid {
      for dependent in (dependents[uid] ?? []).sorted() {
        agenda.add(Work(actor: .garbage, object: dependent))
      }
    }
    for owner in object.ownerReferences {
      if let place = byUID[owner.uid] {
        agenda.add(Work(actor: .garbage, object: place))
      }
    }
    if let namespace = object.namespace,
      let place = objects[ObjectReference(.namespace, name: namespace)],
      place.isTerminating
    {
      agenda.add(Work(actor: .namespace, object: place.reference))
    }
  }
}

extension KubernetesObject {
  /// Whether the pod's Ready condition is true.
  var isReadyPod: Bool { condition("Ready")?.isTrue ?? false }

  /// Whether the pod has ended, well or badly.
  var isFinishedPod: Bool {
    ["Succeeded", "Failed"].contains(json["status"]?["phase"]?.string)
  }

  var phase: String { json["status"]?["phase"]?.string ?? "" }

  /// Sets a condition; the time of its last change only when its status is new.
  mutating func setCondition(
    _ type: String, _ status: String, _ reason: String = "",
    _ message: String = "", _ now: Instant
  ) {
    var list = json["status"]?["conditions"]?.array ?? []
    let index = list.firstIndex { $0["type"]?.string == type }
    var entry: JSON = ["type": .string(type), "status": .string(status)]
    if !reason.isEmpty { entry["reason"] = .string(reason) }
    if !message.isEmpty { entry["message"] = .string(message) }
    entry["lastTransitionTime"] = .string(now.timestamp)
    if let index {
      if list[index]["status"]?.string == status {
        entry["lastTransitionTime"] = list[index]["lastTransitionTime"]
      }
      list[index] = entry
    } else {
      list.append(entry)
    }
    self.status["conditions"] = .array(list)
  }
}
