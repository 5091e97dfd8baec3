// A pod's summary straight from bytes: what `PodSummary.init` reads out of
// JSON, read without building it.

extension PodSummary {
  /// Reads a pod; nil when it has no uid.
  ///
  /// - Throws: `JSONError` for a text that is no JSON object or ends early.
  init?(
    scanning scanner: inout ByteScanner, pool: TextPool,
    version: inout String?
  ) throws {
    var metadata = ScannedMetadata()
    var spec = ScannedSpec()
    var status = ScannedStatus()
    guard try scanner.enterObject() else { return nil }
    while let member = try scanner.nextMember() {
      switch member {
      case "metadata": metadata = try ScannedMetadata(&scanner, pool)
      case "spec": spec = try ScannedSpec(&scanner, pool)
      case "status": status = try ScannedStatus(&scanner, pool)
      default: try scanner.skip()
      }
    }
    version = metadata.resourceVersion
    guard let uid = metadata.uid else { return nil }
    self.init(
      namespace: metadata.namespace, name: metadata.name, uid: uid,
      labels: metadata.labels, owner: metadata.controller, node: spec.node,
      phase: status.phase, reason: status.reason, message: status.message,
      created: metadata.created, deleted: metadata.deleted,
      started: status.started, restartPolicy: spec.restartPolicy,
      scheduled: status.scheduled, ready: status.ready,
      initialized: status.initialized, nodeSelector: spec.nodeSelector,
      claims: spec.claims,
      containers: Self.joined(spec.initial, status.initial, isInit: true)
        + Self.joined(spec.main, status.main, isInit: false))
  }

  private static func joined(
    _ specs: [ScannedContainer], _ statuses: [ScannedContainerStatus],
    isInit: Bool
  ) -> [ContainerSummary] {
    specs.map { spec in
      let status = statuses.last { $0.name == spec.name }
      return ContainerSummary(
        name: spec.name, image: spec.image,
        role: !isInit ? .main : spec.isAlwaysRestarted ? .sidecar : .initial,
        state: status?.state ?? .unreported,
        lastTermination: status?.lastTermination,
        isReady: status?.isReady ?? false,
        isStarted: status?.isStarted ?? false,
        restarts: status?.restarts ?? 0, memoryLimit: spec.memoryLimit,
        readinessProbe: spec.readiness, startupProbe: spec.startup,
        livenessProbe: spec.liveness)
    }
  }
}

// MARK: Spec

private struct ScannedSpec {
  var node = ""
  var restartPolicy = "Always"
  var nodeSelector: [String: String] = [:]
  var claims: [String] = []
  var initial: [ScannedContainer] = []
  var main: [ScannedContainer] = []

  init() {}

  init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "nodeName": node = try scanner.string(from: pool) ?? ""
      case "restartPolicy":
        restartPolicy = try scanner.string() ?? "Always"
      case "nodeSelector": nodeSelector = try scanner.strings(pool)
      case "volumes": claims = try Self.claims(&scanner)
      case "initContainers": initial = try Self.containers(&scanner, pool)
      case "containers": main = try Self.containers(&scanner, pool)
      default: try scanner.skip()
      }
    }
  }

  private static func claims(_ scanner: inout ByteScanner) throws -> [String] {
    var claims: [String] = []
    guard try scanner.enterArray() else { return [] }
    while try scanner.nextElement() {
      var claim: String?
      guard try scanner.enterObject() else { continue }
      while let member = try scanner.nextMember() {
        guard "persistentVolumeClaim" ~= member else {
          try scanner.skip()
          continue
        }
        claim = nil
        guard try scanner.enterObject() else { continue }
        while let member = try scanner.nextMember() {
          if "claimName" ~= member {
            claim = try scanner.string()
          } else {
            try scanner.skip()
          }
        }
      }
      if let claim { claims.append(claim) }
    }
    return claims
  }

  private static func containers(
    _ scanner: inout ByteScanner, _ pool: TextPool
  ) throws -> [ScannedContainer] {
    var containers: [ScannedContainer] = []
    guard try scanner.enterArray() else { return [] }
    while try scanner.nextElement() {
      containers.append(try ScannedContainer(&scanner, pool))
    }
    return containers
  }
}

private struct ScannedContainer {
  var name = ""
  var image = ""
  var isAlwaysRestarted = false
  var memoryLimit: String?
  var readiness: ProbeSummary?
  var startup: ProbeSummary?
  var liveness: ProbeSummary?

  init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "name": name = try scanner.string(from: pool) ?? ""
      case "image": image = try scanner.string(from: pool) ?? ""
      case "restartPolicy":
        isAlwaysRestarted = try scanner.string() == "Always"
      case "resources": memoryLimit = try Self.memoryLimit(&scanner)
      case "readinessProbe": readiness = try ProbeSummary(&scanner, pool)
      case "startupProbe": startup = try ProbeSummary(&scanner, pool)
      case "livenessProbe": liveness = try ProbeSummary(&scanner, pool)
      default: try scanner.skip()
      }
    }
  }

  private static func memoryLimit(_ scanner: inout ByteScanner) throws
    -> String?
  {
    var limit: String?
    guard try scanner.enterObject() else { return nil }
    while let member = try scanner.nextMember() {
      guard "limits" ~= member else {
        try scanner.skip()
        continue
      }
      limit = nil
      guard try scanner.enterObject() else { continue }
      while let member = try scanner.nextMember() {
        if "memory" ~= member {
          limit = try scanner.string()
        } else {
          try scanner.skip()
        }
      }
    }
    return limit
  }
}

extension ProbeSummary {
  /// Reads a probe; nil when it is of no known kind.
  fileprivate init?(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    var http: Endpoint?
    var socket: Endpoint?
    var words: [String]?
    var grpc: Endpoint?
    self.init(
      text: "", initialDelaySeconds: 0, timeoutSeconds: 1, periodSeconds: 10,
      failureThreshold: 3, successThreshold: 1)
    guard try scanner.enterObject() else { return nil }
    while let member = try scanner.nextMember() {
      switch member {
      case "httpGet": http = try Endpoint(&scanner)
      case "tcpSocket": socket = try Endpoint(&scanner)
      case "exec": words = try Self.command(&scanner)
      case "grpc": grpc = try Endpoint(&scanner)
      case "initialDelaySeconds":
        initialDelaySeconds = try scanner.integer() ?? 0
      case "timeoutSeconds": timeoutSeconds = try scanner.integer() ?? 1
      case "periodSeconds": periodSeconds = try scanner.integer() ?? 10
      case "failureThreshold": failureThreshold = try scanner.integer() ?? 3
      case "successThreshold": successThreshold = try scanner.integer() ?? 1
      default: try scanner.skip()
      }
    }
    if let http {
      text = "GET \(http.port)\(http.path)"
    } else if let socket {
      text = "TCP \(socket.port)"
    } else if let words {
      text = "exec " + words.joined(separator: " ")
    } else if let grpc {
      text = "gRPC \(grpc.port)"
    } else {
      return nil
    }
    text = pool.text(text)
  }

  /// Where a probe asks.
  private struct Endpoint {
    var port = ""
    var path = "/"

    init(_ scanner: inout ByteScanner) throws {
      guard try scanner.enterObject() else { return }
      while let member = try scanner.nextMember() {
        switch member {
        case "port":
          let json = try scanner.json()
          port =
            ":" + (json.string ?? json.integer.map { String($0) } ?? "")
        case "path": path = try scanner.string() ?? "/"
        default: try scanner.skip()
        }
      }
    }
  }

  private static func command(_ scanner: inout ByteScanner) throws
    -> [String]
  {
    var words: [String] = []
    guard try scanner.enterObject() else { return [] }
    while let member = try scanner.nextMember() {
      guard "command" ~= member else {
        try scanner.skip()
        continue
      }
      words = []
      guard try scanner.enterArray() else { continue }
      while try scanner.nextElement() {
        if let word = try scanner.string() { words.append(word) }
      }
    }
    return words
  }
}

// MARK: Status

private struct ScannedStatus {
  var phase = "Pending"
  var reason = ""
  var message = ""
  var started: Instant?
  var scheduled: Condition?
  var ready: Condition?
  var initialized: Condition?
  var initial: [ScannedContainerStatus] = []
  var main: [ScannedContainerStatus] = []

  init() {}

  init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "phase": phase = try scanner.string() ?? "Pending"
      case "reason": reason = try scanner.string(from: pool) ?? ""
      case "message": message = try scanner.string(from: pool) ?? ""
      case "startTime": started = try scanner.instant()
      case "conditions": try readConditions(&scanner, pool)
      case "initContainerStatuses":
        initial = try Self.containers(&scanner, pool)
      case "containerStatuses": main = try Self.containers(&scanner, pool)
      default: try scanner.skip()
      }
    }
  }

  /// Of a type that occurs twice the first one counts.
  private mutating func readConditions(
    _ scanner: inout ByteScanner, _ pool: TextPool
  ) throws {
    (scheduled, ready, initialized) = (nil, nil, nil)
    guard try scanner.enterArray() else { return }
    while try scanner.nextElement() {
      guard let condition = try Condition(&scanner, pool) else { continue }
      switch condition.type {
      case "PodScheduled" where scheduled == nil: scheduled = condition
      case "Ready" where ready == nil: ready = condition
      case "Initialized" where initialized == nil: initialized = condition
      default: break
      }
    }
  }

  private static func containers(
    _ scanner: inout ByteScanner, _ pool: TextPool
  ) throws -> [ScannedContainerStatus] {
    var containers: [ScannedContainerStatus] = []
    guard try scanner.enterArray() else { return [] }
    while try scanner.nextElement() {
      containers.append(try ScannedContainerStatus(&scanner, pool))
    }
    return containers
  }
}

extension Condition {
  /// Reads a condition; nil when it has no type.
  fileprivate init?(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    self.init(type: "", status: "Unknown")
    var isTyped = false
    guard try scanner.enterObject() else { return nil }
    while let member = try scanner.nextMember() {
      switch member {
      case "type":
        let text = try scanner.string()
        isTyped = text != nil
        type = text ?? ""
      case "status": status = try scanner.string() ?? "Unknown"
      case "reason": reason = try scanner.string(from: pool) ?? ""
      case "message": message = try scanner.string(from: pool) ?? ""
      case "lastTransitionTime": lastTransitionTime = try scanner.instant()
      default: try scanner.skip()
      }
    }
    if !isTyped { return nil }
  }
}

private struct ScannedContainerStatus {
  var name: String?
  var state = ContainerSummary.State.unreported
  var lastTermination: ContainerSummary.Termination?
  var isReady = false
  var isStarted = false
  var restarts = 0

  init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "name": name = try scanner.string(from: pool)
      case "state":
        state = ContainerSummary.State(try ScannedState(&scanner, pool))
      case "lastState":
        lastTermination = try ScannedState(&scanner, pool).terminated
      case "ready": isReady = try scanner.flag() ?? false
      case "started": isStarted = try scanner.flag() ?? false
      case "restartCount": restarts = try scanner.integer() ?? 0
      default: try scanner.skip()
      }
    }
  }
}

/// `state` or `lastState` of a container; a member that is there counts even
/// when it is null.
private struct ScannedState {
  struct Waiting {
    var reason = ""
    var message = ""
  }

  struct Running {
    var since: Instant?
  }

  var waiting: Waiting?
  var running: Running?
  var terminated: ContainerSummary.Termination?

  init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "waiting":
        var state = Waiting()
        if try scanner.enterObject() {
          while let member = try scanner.nextMember() {
            switch member {
            case "reason":
              state.reason = try scanner.string(from: pool) ?? ""
            case "message":
              state.message = try scanner.string(from: pool) ?? ""
            default: try scanner.skip()
            }
          }
        }
        waiting = state
      case "running":
        var state = Running()
        if try scanner.enterObject() {
          while let member = try scanner.nextMember() {
            if "startedAt" ~= member {
              state.since = try scanner.instant()
            } else {
              try scanner.skip()
            }
          }
        }
        running = state
      case "terminated":
        terminated = try ContainerSummary.Termination(&scanner, pool)
      default: try scanner.skip()
      }
    }
  }
}

extension ContainerSummary.State {
  fileprivate init(_ scanned: ScannedState) {
    if let waiting = scanned.waiting {
      self = .waiting(reason: waiting.reason, message: waiting.message)
    } else if let running = scanned.running {
      self = .running(since: running.since)
    } else if let terminated = scanned.terminated {
      self = .terminated(terminated)
    } else {
      self = .unreported
    }
  }
}

extension ContainerSummary.Termination {
  fileprivate init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    self.init(reason: "", message: "", exitCode: 0, signal: 0)
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "reason": reason = try scanner.string(from: pool) ?? ""
      case "message": message = try scanner.string(from: pool) ?? ""
      case "exitCode": exitCode = try scanner.integer() ?? 0
      case "signal": signal = try scanner.integer() ?? 0
      case "finishedAt": finished = try scanner.instant()
      default: try scanner.skip()
      }
    }
  }
}
