// The tree of a rollout: component, its workloads, their pods, with what a row
// shows. Failed and unfinished first, finished ones marked for folding.

/// What a release says a component is made of.
public struct ComponentInventory: Hashable, Sendable {
  public struct Item: Hashable, Sendable {
    public var reference: ObjectReference
    /// The uid of the object that was applied; nil when it is not known.
    public var uid: String?

    public init(_ reference: ObjectReference, uid: String? = nil) {
      self.reference = reference
      self.uid = uid
    }
  }

  public var name: String
  public var items: [Item]

  public init(name: String, items: [Item]) {
    self.name = name
    self.items = items
  }
}

/// All rows of a rollout.
public struct RolloutTree: Hashable, Sendable {
  public struct Node: Hashable, Sendable, Identifiable {
    public enum Subject: Hashable, Sendable {
      case component(String)
      case object(ObjectReference)
    }

    public var subject: Subject
    public var id: Subject { subject }
    public var name: String
    public var verdict: Verdict {
      didSet { worst = Self.worst(of: verdict, children) }
    }
    /// What the status cell says, such as `CrashLoopBackOff` or `Complete`.
    public var status: String
    /// Ready and wanted; nil where nothing is counted.
    public var ready: ReadyCount?
    public var restarts: Int
    /// Empty but for pods.
    public var node: String
    public var created: Instant?
    public var children: [Node] {
      didSet { worst = Self.worst(of: verdict, children) }
    }
    /// The worst state of the node and of all below it.
    ///
    /// What failed comes first, then what is at work, then what is to come.
    /// It is kept, for there may be ten thousand.
    public private(set) var worst: Verdict.State

    public init(
      subject: Subject, name: String, verdict: Verdict, status: String,
      ready: ReadyCount? = nil, restarts: Int = 0, node: String = "",
      created: Instant? = nil, children: [Node] = []
    ) {
      self.subject = subject
      self.name = name
      self.verdict = verdict
      self.status = status
      self.ready = ready
      self.restarts = restarts
      self.node = node
      self.created = created
      self.children = children
      worst = Self.worst(of: verdict, children)
    }

    private static func worst(
      of verdict: Verdict, _ children: [Node]
    ) -> Verdict.State {
      var worst = verdict.state
      // By place: nodes that are handed out are copied.
      for index in children.indices
      where children[index].worst.rank < worst.rank {
        worst = children[index].worst
      }
      return worst
    }

    fileprivate var isJob: Bool {
      guard case .object(let reference) = subject else { return false }
      return reference.kind == "Job" || reference.kind == "CronJob"
    }

    /// Whether there is nothing to see here any more.
    public var isFinished: Bool { verdict.state == .current }
  }

  public struct ReadyCount: Hashable, Sendable, CustomStringConvertible {
    public var ready: Int
    public var wanted: Int

    public init(_ ready: Int, of wanted: Int) {
      self.ready = ready
      self.wanted = wanted
    }

    public var description: String { "\(ready)/\(wanted)" }

    static func + (left: ReadyCount, right: ReadyCount) -> ReadyCount {
      ReadyCount(left.ready + right.ready, of: left.wanted + right.wanted)
    }
  }

  public var components: [Node]

  /// A tree of rows that are known already.
  public init(components: [Node]) { self.components = components }

  /// Builds the tree of some components, worst first.
  public init(_ inventory: [ComponentInventory], _ around: Circumstances) {
    components = inventory.map { Self.component($0, around) }
    Self.sort(&components)
  }

  /// Every node that is not finished, in the order of the rows.
  public var problems: [Node] {
    func collect(_ nodes: [Node]) -> [Node] {
      nodes.flatMap { $0.isFinished ? [] : [$0] + collect($0.children) }
    }
    return collect(components)
  }
}

extension Verdict.State {
  fileprivate var rank: Int {
    switch self {
    case .failed: 0
    case .inProgress, .terminating, .unknown: 1
    case .notFound: 2
    case .current: 3
    }
  }
}

extension RolloutTree {
  private static func component(
    _ inventory: ComponentInventory, _ around: Circumstances
  ) -> Node {
    var children: [Node] = []
    for item in inventory.items {
      let node = object(item, around)
      // An object that neither runs nor fails needs no row.
      if node.ready == nil, node.isFinished, node.children.isEmpty { continue }
      children.append(node)
    }
    sort(&children)
    let unfinished = children.first { !$0.isFinished }
    // A Job that is done says nothing of what serves, unless all are Jobs.
    let serving = children.filter { !$0.isJob }
    let counts = (serving.isEmpty ? children : serving).compactMap(\.ready)
    let ready = counts.dropFirst().reduce(counts.first) { sum, next in
      sum.map { $0 + next }
    }
    let verdict =
      unfinished.map {
        Verdict(
          $0.verdict.state == .failed ? .failed : .inProgress,
          $0.verdict.reason, "\($0.name): \($0.verdict.sentence)")
      }
      ?? Verdict(
        .current, "Current",
        ready.map { "\($0.ready) of \($0.wanted) ready" } ?? "is there")
    return Node(
      subject: .component(inventory.name), name: inventory.name,
      verdict: verdict, status: verdict.reason, ready: ready,
      restarts: children.reduce(0) { $0 + $1.restarts }, node: "",
      created: children.compactMap(\.created).min(), children: children)
  }

  private static func object(
    _ item: ComponentInventory.Item, _ around: Circumstances
  ) -> Node {
    let reference = item.reference
    if let pod = around.snapshot.pod(reference) { return node(of: pod, around) }
    guard let object = around.snapshot[reference] else {
      return Node(
        subject: .object(reference), name: reference.name,
        verdict: Verdict(.notFound, "NotFound", "is not there"),
        status: "NotFound", ready: nil, restarts: 0, node: "", created: nil,
        children: [])
    }
    let verdict = Verdict(of: object, around)
    var children = (object.uid.map(around.snapshot.podsBelow) ?? [])
      .map { node(of: $0, around) }
    sort(&children)
    return Node(
      subject: .object(reference), name: reference.name, verdict: verdict,
      status: verdict.reason, ready: count(object),
      restarts: children.reduce(0) { $0 + $1.restarts }, node: "",
      created: object.creationTimestamp, children: children)
  }

  private static func count(_ object: KubernetesObject) -> ReadyCount? {
    switch object.kind {
    case "Deployment", "StatefulSet", "ReplicaSet":
      ReadyCount(object.count("readyReplicas"), of: object.wantedReplicas)
    case "DaemonSet":
      ReadyCount(
        object.count("numberReady"), of: object.count("desiredNumberScheduled"))
    case "Job":
      ReadyCount(
        object.count("succeeded"),
        of: object.json["spec"]?["completions"]?.integer ?? 1)
    default: nil
    }
  }

  /// The row of one pod.
  public static func node(of pod: PodSummary, _ around: Circumstances) -> Node {
    let display = pod.display
    return Node(
      subject: .object(pod.reference), name: pod.name,
      verdict: PodRule.judge(pod, around), status: display.reason,
      ready: ReadyCount(display.ready, of: display.total),
      restarts: display.restarts, node: pod.node, created: pod.created,
      children: [])
  }

  /// Worst first; the same order again for the same states.
  private static func sort(_ nodes: inout [Node]) {
    nodes = nodes.enumerated().sorted {
      let ranks = (
        $0.element.verdict.state.urgency, $1.element.verdict.state.urgency
      )
      return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : $0.offset < $1.offset
    }
    .map(\.element)
  }
}
