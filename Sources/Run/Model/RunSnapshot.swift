// How a run stands at one instant: the journal and the cluster put together
// for whoever shows it.

import Kubernetes

/// A run as a screen or a status line shows it.
public struct RunSnapshot: Sendable, Hashable {
  public var number: Int
  public var operation: RunOperation
  public var engine: RunEngine
  public var stack: String
  public var namespace: String
  public var isRehearsal: Bool
  public var started: Instant
  /// When it ended; nil while it goes on.
  public var finished: Instant?
  public var state: RunState
  public var stages: [StageProgress]
  /// What the run did, newest last, bounded.
  public var steps: [RunStep]
  /// Since when the picture of the cluster is no longer fed; nil when live.
  public var staleSince: Instant?
  /// What to tell the operator at the end; there once every test has passed.
  public var closing: ClosingPage?

  public init(
    number: Int, operation: RunOperation, engine: RunEngine, stack: String,
    namespace: String, isRehearsal: Bool, started: Instant,
    finished: Instant? = nil, state: RunState = .running,
    stages: [StageProgress] = [], steps: [RunStep] = [],
    staleSince: Instant? = nil,
    closing: ClosingPage? = nil
  ) {
    self.number = number
    self.operation = operation
    self.engine = engine
    self.stack = stack
    self.namespace = namespace
    self.isRehearsal = isRehearsal
    self.started = started
    self.finished = finished
    self.state = state
    self.stages = stages
    self.steps = steps
    self.staleSince = staleSince
    self.closing = closing
  }
}

/// What has become of a run as a whole.
public enum RunState: Sendable, Hashable {
  case running
  /// It waits for the operator: the sentence says for what.
  case held(String)
  case succeeded
  /// It ended with something undone: the sentence says what.
  case failed(String)
  /// Its process is gone without a last word: the sentence says since when.
  case interrupted(String)

  public var isOver: Bool {
    switch self {
    case .running, .held: false
    case .succeeded, .failed, .interrupted: true
    }
  }

  /// The sentence that goes with the state, if it has one.
  public var sentence: String? {
    switch self {
    case .running, .succeeded: nil
    case .held(let text), .failed(let text), .interrupted(let text): text
    }
  }
}

/// One stage on the Rollout bar.
public struct StageProgress: Sendable, Hashable {
  public var name: String
  public var components: [ComponentProgress]

  public init(name: String, components: [ComponentProgress]) {
    self.name = name
    self.components = components
  }

  /// How many components are through.
  public var done: Int { components.count { $0.state == .done } }

  /// The stage's state: the worst of its components, else how far they are.
  public var state: ComponentProgress.State {
    if components.contains(where: { $0.state == .failed }) { return .failed }
    if components.contains(where: { $0.state == .running }) { return .running }
    if components.allSatisfy({ $0.state == .done }) { return .done }
    if components.contains(where: { $0.state == .held }) { return .held }
    return done > 0 ? .running : .waiting
  }
}

/// How far one component is.
public struct ComponentProgress: Sendable, Hashable, Identifiable {
  public enum State: String, Sendable, Hashable, Codable {
    /// Its turn has not come.
    case waiting
    case running
    case done
    case failed
    /// It will not start, because something before it failed.
    case held
  }

  public var name: String
  public var service: String
  public var state: State
  /// The entry point that is at work: "main", "test".
  public var entryPoint: String?
  /// Why it is not done: what it waits for, or what went wrong.
  public var sentence: String?
  /// Objects written so far and objects in the plan.
  public var written: Int
  public var planned: Int
  public var started: Instant?
  public var finished: Instant?

  public var id: String { name }

  public init(
    name: String, service: String, state: State = .waiting,
    entryPoint: String? = nil, sentence: String? = nil, written: Int = 0,
    planned: Int = 0, started: Instant? = nil, finished: Instant? = nil
  ) {
    self.name = name
    self.service = service
    self.state = state
    self.entryPoint = entryPoint
    self.sentence = sentence
    self.written = written
    self.planned = planned
    self.started = started
    self.finished = finished
  }
}

/// One thing that the run did or met, for the log below the tree.
public struct RunStep: Sendable, Hashable, Identifiable {
  /// The journal entry's sequence number.
  public var id: Int
  public var time: Instant
  public var component: String?
  public var text: String
  public var status: Status

  public enum Status: String, Sendable, Hashable, Codable {
    case ok
    case changed
    case skipped
    case waiting
    case failed
  }

  public init(
    id: Int, time: Instant, component: String?, text: String, status: Status
  ) {
    self.id = id
    self.time = time
    self.component = component
    self.text = text
    self.status = status
  }
}

/// What a deployment leaves the operator with.
public struct ClosingPage: Sendable, Hashable, Codable {
  /// How each service is reached from outside.
  public var endpoints: [ReachableEndpoint]
  /// The text of a clouds.yaml for the `openstack` client; its password is
  /// that of the stack: show it only on request, save it 0600.
  public var cloudsFile: String?

  public init(endpoints: [ReachableEndpoint], cloudsFile: String?) {
    self.endpoints = endpoints
    self.cloudsFile = cloudsFile
  }
}

/// One endpoint and how it is reached.
public struct ReachableEndpoint: Sendable, Hashable, Codable {
  public var component: String
  /// "public", "internal", "admin".
  public var name: String
  /// The address to type; nil when nothing outside reaches it.
  public var url: String?
  /// How, or why not: "load balancer", "port-forward: kubectl …".
  public var how: String

  public init(component: String, name: String, url: String?, how: String) {
    self.component = component
    self.name = name
    self.url = url
    self.how = how
  }
}
