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
