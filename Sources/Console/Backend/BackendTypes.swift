// The values that cross `ConsoleBackend`, where no target below has them.

import Kubernetes
import Run
import Stack

/// What a directory holds.
public enum Opening: Sendable {
  case stack(StackContents)
  /// No stack yet: the guided first deployment makes one.
  case nothing(directory: String)
  /// A stack whose vault needs a password: the sentence says which file.
  case locked(String)
}

/// A cluster that a new stack may be for.
public struct ClusterChoice: Hashable, Sendable {
  /// The kubeconfig's context; nil is the rehearsal.
  public var context: String?
  public var isReachable: Bool
  /// Version and address, or why it is not reachable.
  public var sentence: String

  public init(context: String?, isReachable: Bool, sentence: String) {
    self.context = context
    self.isReachable = isReachable
    self.sentence = sentence
  }

  public var isRehearsal: Bool { context == nil }
}

/// A stack to make.
public struct NewStack: Hashable, Sendable {
  /// The kubeconfig's context; nil for the rehearsal.
  public var context: String?
  public var namespace: String
  public var release: String

  public init(
    context: String?, namespace: String = "openstack",
    release: String = "2025.2"
  ) {
    self.context = context
    self.namespace = namespace
    self.release = release
  }
}

/// Which cluster it is and how the services in it are.
public struct Overview: Hashable, Sendable {
  /// The context's name, or "rehearsal".
  public var cluster: String
  /// Why the cluster is not reachable; nil when it is.
  public var problem: String?
  /// By service name; a service that is left out is not deployed.
  public var services: [String: Verdict]
  /// The run that is going on, if any.
  public var activeRun: Int?
  /// That the newest run's process is gone without a last word, and where;
  /// nil when it is not so.
  public var cutShort: String?
  /// Whether the stack's files differ from the newest release.
  public var differsFromCluster: Bool

  public init(
    cluster: String, problem: String? = nil,
    services: [String: Verdict] = [:], activeRun: Int? = nil,
    cutShort: String? = nil,
    differsFromCluster: Bool = false
  ) {
    self.cluster = cluster
    self.problem = problem
    self.services = services
    self.activeRun = activeRun
    self.cutShort = cutShort
    self.differsFromCluster = differsFromCluster
  }
}

/// A value of a parameter that a preview compares.
public enum PreviewedValue: Hashable, Sendable {
  /// As the stack's files have it.
  case saved
  case roleDefault
  case value(JSON)

  /// The stack's own value; nil where the role's default holds.
  init(own value: JSON?) { self = value.map { .value($0) } ?? .roleDefault }
}

/// What one edit would change.
public struct EditPreview: Hashable, Sendable {
  /// One object and its fields that change.
  public struct Change: Hashable, Sendable {
    public var object: ObjectReference
    public var outcome: PlannedOutcome
    /// One line per field, such as `spec.replicas: 3 → 5`; secrets masked.
    public var fields: [String]

    public init(
      object: ObjectReference, outcome: PlannedOutcome, fields: [String]
    ) {
      self.object = object
      self.outcome = outcome
      self.fields = fields
    }
  }

  public var changes: [Change]
  /// How many pods restart.
  public var restarts: Int

  public init(changes: [Change], restarts: Int) {
    self.changes = changes
    self.restarts = restarts
  }
}

/// A node of the cluster.
public struct NodeState: Hashable, Sendable, Identifiable {
  public var name: String
  public var verdict: Verdict
  /// As they are in the cluster.
  public var labels: [String: String]
  /// Labels to be given, or taken (nil), by the next run.
  public var pending: [String: String?]
  /// The kubelet's version.
  public var version: String
  /// What it has to offer: "8 CPU, 32 GiB".
  public var capacity: String

  public var id: String { name }

  public init(
    name: String, verdict: Verdict, labels: [String: String],
    pending: [String: String?] = [:], version: String = "",
    capacity: String = ""
  ) {
    self.name = name
    self.verdict = verdict
    self.labels = labels
    self.pending = pending
    self.version = version
    self.capacity = capacity
  }

  /// A label's value as it will be after the next run.
  public func label(_ name: String) -> String? {
    if let wanted = pending[name] { return wanted }
    return labels[name]
  }
}

/// An object in full.
public struct ObjectDetails: Hashable, Sendable {
  public var object: ObjectReference
  public var verdict: Verdict
  /// Its manifest as YAML, secrets masked.
  public var yaml: String
  public var events: [EventLine]
  /// The pods whose logs belong to it, with their containers.
  public var pods: [PodContainers]

  public init(
    object: ObjectReference, verdict: Verdict, yaml: String,
    events: [EventLine], pods: [PodContainers]
  ) {
    self.object = object
    self.verdict = verdict
    self.yaml = yaml
    self.events = events
    self.pods = pods
  }
}

/// A pod and its containers.
public struct PodContainers: Hashable, Sendable {
  public var namespace: String
  public var pod: String
  public var containers: [String]

  public init(namespace: String, pod: String, containers: [String]) {
    self.namespace = namespace
    self.pod = pod
    self.containers = containers
  }
}

/// One event of an object.
public struct EventLine: Hashable, Sendable {
  public var time: Instant
  /// Whether its type is Warning.
  public var isWarning: Bool
  public var reason: String
  public var message: String
  public var count: Int
  /// The name of what it is about, where that is not the object itself but
  /// something below it.
  public var below: String?

  public init(
    time: Instant, isWarning: Bool, reason: String, message: String,
    count: Int = 1, below: String? = nil
  ) {
    self.below = below
    self.time = time
    self.isWarning = isWarning
    self.reason = reason
    self.message = message
    self.count = count
  }
}

/// One command that was run on the operator's behalf.
public struct CommandRecord: Hashable, Sendable {
  public var time: Instant
  /// As it could be typed into a shell; it holds no secret.
  public var command: String
  /// How it ended, in a word or two; nil when that is not known.
  public var result: String?

  public init(time: Instant, command: String, result: String? = nil) {
    self.time = time
    self.command = command
    self.result = result
  }
}
