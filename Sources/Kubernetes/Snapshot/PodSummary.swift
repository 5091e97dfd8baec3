// A pod in the few fields that verdicts, rows and sentences need, so that
// thousands of pods need not be kept as JSON.

/// What is known of one pod.
public struct PodSummary: Hashable, Sendable {
  public var namespace: String
  public var name: String
  public var uid: String
  public var labels: [String: String]
  public var owner: OwnerReference?
  /// Empty until the scheduler has placed the pod.
  public var node: String
  public var phase: String
  public var reason: String
  public var message: String
  public var created: Instant?
  public var deleted: Instant?
  public var started: Instant?
  public var restartPolicy: String
  public var scheduled: Condition?
  public var ready: Condition?
  public var initialized: Condition?
  public var nodeSelector: [String: String]
  /// Names of the claims that the pod mounts.
  public var claims: [String]
  /// In the order of the spec, init containers first.
  public var containers: [ContainerSummary]

  public var reference: ObjectReference {
    ObjectReference(.pod, namespace: namespace, name: name)
  }

  public var isReady: Bool { ready?.isTrue ?? false }
  public var isTerminating: Bool { deleted != nil }
  public var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

  /// The hash of the template that the pod was made from.
  public var revision: String? {
    labels["controller-revision-hash"] ?? labels["pod-template-hash"]
  }
}

/// What is known of one container of a pod.
public struct ContainerSummary: Hashable, Sendable {
  public enum Role: Hashable, Sendable {
    case main
    case initial
    /// An init container that goes on running beside the main ones.
    case sidecar
  }

  public enum State: Hashable, Sendable {
    /// The kubelet has not said anything yet.
    case unreported
    case waiting(reason: String, message: String)
    case running(since: Instant?)
    case terminated(Termination)
  }

  public struct Termination: Hashable, Sendable {
    public var reason: String
    public var message: String
    public var exitCode: Int
    public var signal: Int
    public var finished: Instant?
  }

  public var name: String
  public var image: String
  public var role: Role
  public var state: State
  public var lastTermination: Termination?
  public var isReady: Bool
  public var isStarted: Bool
  public var restarts: Int
  public var memoryLimit: String?
  public var readinessProbe: ProbeSummary?
  public var startupProbe: ProbeSummary?
  public var livenessProbe: ProbeSummary?
}

/// A probe in words, with its times.
public struct ProbeSummary: Hashable, Sendable {
  /// Such as `GET :5000/v3`, `TCP :3306`, `exec mysqladmin ping`.
  public var text: String
  public var initialDelaySeconds: Int
  public var timeoutSeconds: Int
  public var periodSeconds: Int
  public var failureThreshold: Int
  public var successThreshold: Int
}

extension PodSummary {
  /// Reads a pod; nil when the object has no uid.
  public init?(_ object: KubernetesObject) {
    guard let uid = object.uid else { return nil }
    let spec = object.json["spec"]
    let status = object.json["status"]
    namespace = object.namespace ?? ""
    name = object.name
    self.uid = uid
    labels = object.labels
    owner = object.controller
    node = spec?["nodeName"]?.string ?? ""
    phase = status?["phase"]?.string ?? "Pending"
    reason = status?["reason"]?.string ?? ""
    message = status?["message"]?.string ?? ""
    created = object.creationTimestamp
    deleted = object.deletionTimestamp
    started = (status?["startTime"]?.string).flatMap(Instant.init)
    restartPolicy = spec?["restartPolicy"]?.string ?? "Always"
    scheduled = object.condition("PodScheduled")
    ready = object.condition("Ready")
    initialized = object.condition("Initialized")
    nodeSelector = spec?["nodeSelector"]?.strings ?? [:]
    claims = (spec?["volumes"]?.array ?? []).compactMap {
      $0["persistentVolumeClaim"]?["claimName"]?.string
    }
    containers =
      Self.containers(
        spec?["initContainers"], status?["initContainerStatuses"], isInit: true)
      + Self.containers(
        spec?["containers"], status?["containerStatuses"], isInit: false)
  }

  private static func containers(
    _ specs: JSON?, _ statuses: JSON?, isInit: Bool
  ) -> [ContainerSummary] {
    var byName: [String: JSON] = [:]
    for status in statuses?.array ?? [] {
      if let name = status["name"]?.string { byName[name] = status }
    }
    return (specs?.array ?? []).map { spec in
      let status = byName[spec["name"]?.string ?? ""]
      return ContainerSummary(
        name: spec["name"]?.string ?? "", image: spec["image"]?.string ?? "",
        role: !isInit
          ? .main
          : spec["restartPolicy"]?.string == "Always" ? .sidecar : .initial,
        state: ContainerSummary.State(status?["state"]),
        lastTermination: (status?["lastState"]?["terminated"])
          .map(ContainerSummary.Termination.init),
        isReady: status?["ready"]?.bool ?? false,
        isStarted: status?["started"]?.bool ?? false,
        restarts: status?["restartCount"]?.integer ?? 0,
        memoryLimit: spec.value(at: "resources", "limits", "memory")?.string,
        readinessProbe: spec["readinessProbe"].flatMap(ProbeSummary.init),
        startupProbe: spec["startupProbe"].flatMap(ProbeSummary.init),
        livenessProbe: spec["livenessProbe"].flatMap(ProbeSummary.init))
    }
  }
}

extension ContainerSummary.State {
  init(_ json: JSON?) {
    if let waiting = json?["waiting"] {
      self = .waiting(
        reason: waiting["reason"]?.string ?? "",
        message: waiting["message"]?.string ?? "")
    } else if let running = json?["running"] {
      self = .running(
        since: (running["startedAt"]?.string).flatMap(Instant.init))
    } else if let terminated = json?["terminated"] {
      self = .terminated(ContainerSummary.Termination(terminated))
    } else {
      self = .unreported
    }
  }
}

extension ContainerSummary.Termination {
  init(_ json: JSON) {
    reason = json["reason"]?.string ?? ""
    message = json["message"]?.string ?? ""
    exitCode = json["exitCode"]?.integer ?? 0
    signal = json["signal"]?.integer ?? 0
    finished = (json["finishedAt"]?.string).flatMap(Instant.init)
  }
}

extension ProbeSummary {
  /// Reads a probe; nil when it is of no known kind.
  init?(_ json: JSON) {
    func port(_ json: JSON) -> String {
      guard let port = json["port"] else { return "" }
      return ":" + (port.string ?? port.integer.map(String.init) ?? "")
    }
    if let http = json["httpGet"] {
      text = "GET \(port(http))\(http["path"]?.string ?? "/")"
    } else if let socket = json["tcpSocket"] {
      text = "TCP \(port(socket))"
    } else if let command = json["exec"] {
      let words = (command["command"]?.array ?? []).compactMap(\.string)
      text = "exec " + words.joined(separator: " ")
    } else if let grpc = json["grpc"] {
      text = "gRPC \(port(grpc))"
    } else {
      return nil
    }
    initialDelaySeconds = json["initialDelaySeconds"]?.integer ?? 0
    timeoutSeconds = json["timeoutSeconds"]?.integer ?? 1
    periodSeconds = json["periodSeconds"]?.integer ?? 10
    failureThreshold = json["failureThreshold"]?.integer ?? 3
    successThreshold = json["successThreshold"]?.integer ?? 1
  }

  /// How long the probe may take to pass before its silence means something.
  ///
  /// The formula is kubedog's (github.com/werf/kubedog, tracker/pod/probes.go).
  public var grace: Duration {
    .seconds(
      initialDelaySeconds + timeoutSeconds
        + max(0, failureThreshold + successThreshold - 3) * periodSeconds
        + periodSeconds / 2 + timeoutSeconds)
  }
}
