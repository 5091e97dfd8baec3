// What cluster is rehearsed: its nodes, its version, how long things take, and
// what is forbidden.

import Kubernetes

/// The cluster that a rehearsal begins with.
public struct RehearsalConfiguration: Hashable, Sendable {
  public struct Node: Hashable, Sendable {
    public var name: String
    public var labels: [String: String]
    /// How many pods fit.
    public var capacity: Int

    public init(
      name: String, labels: [String: String] = [:], capacity: Int = 250
    ) {
      self.name = name
      self.labels = labels
      self.capacity = capacity
    }
  }

  /// Something that the rehearsed user may not do; `*` stands for anything.
  public struct Denial: Hashable, Sendable {
    public var verb: String
    public var group: String
    public var resource: String
    /// Nil for every namespace.
    public var namespace: String?

    public init(
      verb: String = "*", group: String = "*", resource: String,
      namespace: String? = nil
    ) {
      self.verb = verb
      self.group = group
      self.resource = resource
      self.namespace = namespace
    }

    func covers(_ access: AccessQuery) -> Bool {
      (verb == "*" || verb == access.verb)
        && (group == "*" || group == access.group)
        && (resource == "*" || resource == access.resource)
        && (namespace == nil || namespace == access.namespace)
    }
  }

  /// How long the parts of a pod's life take.
  public struct Timings: Hashable, Sendable {
    public var schedule: Duration
    /// Of an image that the node does not have; varies by image and node.
    public var pull: Duration
    public var initialContainer: Duration
    /// From running to ready, where no probe says more.
    public var ready: Duration
    /// What `slow` adds.
    public var slowness: Duration
    public var job: Duration
    public var stop: Duration
    public var bind: Duration

    public init(
      schedule: Duration = .milliseconds(200), pull: Duration = .seconds(2),
      initialContainer: Duration = .seconds(1), ready: Duration = .seconds(1),
      slowness: Duration = .seconds(120), job: Duration = .seconds(3),
      stop: Duration = .seconds(1), bind: Duration = .seconds(1)
    ) {
      self.schedule = schedule
      self.pull = pull
      self.initialContainer = initialContainer
      self.ready = ready
      self.slowness = slowness
      self.job = job
      self.stop = stop
      self.bind = bind
    }
  }

  public var nodes: [Node]
  public var version: ClusterVersion
  public var denials: [Denial]
  public var timings: Timings
  /// Makes uids and names; the same seed makes the same ones.
  public var seed: UInt64
  /// Kinds served besides Kubernetes' own.
  public var additionalResources: [APIResource]

  public init(
    nodes: [Node] = (1...3).map { Node(name: "node-\($0)") },
    version: ClusterVersion = ClusterVersion(
      major: 1, minor: 31, gitVersion: "v1.31.0-rehearsal"),
    denials: [Denial] = [], timings: Timings = Timings(), seed: UInt64 = 1,
    additionalResources: [APIResource] = []
  ) {
    self.nodes = nodes
    self.version = version
    self.denials = denials
    self.timings = timings
    self.seed = seed
    self.additionalResources = additionalResources
  }
}
