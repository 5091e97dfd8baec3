// What is wrong with a pod, and whether it can still come good by itself: the
// table of container reasons, conditions and events.

/// Trouble of one pod.
public struct Doom: Hashable, Sendable {
  /// Whether waiting longer is pointless; else it is a warning.
  public var isFatal: Bool
  /// Such as `ImageNotFound`, `CrashLoop`, `Unschedulable`.
  public var reason: String
  /// A clause without the pod's name, such as `image x:1 does not exist`.
  public var sentence: String
  public var nextStep: NextStep
  /// The container concerned.
  public var container: String?

  init(
    isFatal: Bool, _ reason: String, _ sentence: String, _ nextStep: NextStep,
    container: String? = nil
  ) {
    self.isFatal = isFatal
    self.reason = reason
    self.sentence = sentence.printable
    self.nextStep = nextStep
    self.container = container?.printable
  }
}

/// What the operator can do about it.
public struct NextStep: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case wait
    /// A parameter is wrong: change it and deploy again.
    case changeParameter
    case readLogs(container: String, isPrevious: Bool)
    case deletePod(String)
    case provideObject(kind: String, name: String)
    case provideNodes
    case readEvents
    case resume
  }

  public var kind: Kind
  /// One imperative clause.
  public var text: String

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text.printable
  }

  static let wait = NextStep(.wait, "wait")
  static let readEvents = NextStep(.readEvents, "read its events")
}

extension ContainerSummary {
  /// Whether the node has not begun with the container.
  fileprivate var isBeingCreated: Bool {
    switch state {
    case .unreported: true
    case .waiting(let reason, _):
      ["", "ContainerCreating", "PodInitializing"].contains(reason)
    case .running, .terminated: false
    }
  }
}

extension Doom {
  /// The worst trouble of a pod; nil when there is none worth a word.
  public init?(of pod: PodSummary, _ around: Circumstances) {
    if pod.isTerminating || pod.phase == "Succeeded" { return nil }
    let events = around.snapshot.events(about: pod.uid)
    if let doom = Self.phase(pod) {
      self = doom
      return
    }
    if let doom = Self.scheduling(pod, around) {
      self = doom
      return
    }
    // Init containers run first, so their trouble is the cause of the rest.
    let troubles = pod.containers.compactMap {
      Self.container($0, of: pod, events, around)
    }
    if let worst = troubles.first(where: \.isFatal) ?? troubles.first {
      self = worst
      return
    }
    if let doom = Self.event(pod, events, around) {
      self = doom
      return
    }
    return nil
  }

  private static func phase(_ pod: PodSummary) -> Doom? {
    guard pod.phase == "Failed" else { return nil }
    let reason = pod.reason.isEmpty ? "Failed" : pod.reason
    if pod.reason.isEmpty,
      let failed = pod.containers.lazy.compactMap({ container in
        if case .terminated(let end) = container.state, end.exitCode != 0 {
          return (container.name, end)
        }
        return nil
      }).first
    {
      return Doom(
        isFatal: pod.owner == nil || pod.restartPolicy == "Never", "PodFailed",
        "container \(failed.0) ended with \(exit(failed.1))",
        NextStep(
          .readLogs(container: failed.0, isPrevious: false),
          "read the log of container \(failed.0)"),
        container: failed.0)
    }
    return Doom(
      // A controller puts another pod in the place of an evicted one.
      isFatal: pod.owner == nil, reason,
      pod.message.isEmpty ? "the pod failed: \(reason)" : pod.message, .wait)
  }

  private static func scheduling(_ pod: PodSummary, _ around: Circumstances)
    -> Doom?
  {
    guard let condition = pod.scheduled, condition.isFalse,
      condition.reason == "Unschedulable"
    else { return nil }
    let age = around.since(condition.lastTransitionTime ?? pod.created)
    guard age >= around.patience.unschedulableWarning else { return nil }
    let selector = pod.nodeSelector.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    return Doom(
      isFatal: age >= around.patience.unschedulable, "Unschedulable",
      "no node takes the pod: \(condition.clause("no reason given"))",
      NextStep(
        .provideNodes,
        selector.isEmpty
          ? "make room on a node or add one"
          : "give a node with room the label \(selector)"))
  }

  private static func container(
    _ container: ContainerSummary, of pod: PodSummary, _ events: [EventSummary],
    _ around: Circumstances
  ) -> Doom? {
    switch container.state {
    case .waiting(let reason, let message):
      return waiting(container, reason, message, of: pod, events, around)
    case .terminated(let end) where end.exitCode != 0:
      return terminated(container, end, of: pod)
    case .running, .terminated, .unreported:
      return nil
    }
  }

  private static func waiting(
    _ container: ContainerSummary, _ reason: String, _ message: String,
    of pod: PodSummary, _ events: [EventSummary], _ around: Circumstances
  ) -> Doom? {
    let patience = around.patience
    let age = around.since(
      pod.scheduled?.lastTransitionTime ?? pod.started ?? pod.created)
    func doom(
      _ isFatal: Bool, _ reason: String, _ sentence: String, _ step: NextStep
    ) -> Doom {
      Doom(
        isFatal: isFatal, reason, sentence, step, container: container.name)
    }
    let logs = NextStep(
      .readLogs(container: container.name, isPrevious: container.restarts > 0),
      "read the log of container \(container.name) before its last restart")
    let image = NextStep(
      .changeParameter, "correct the image and deploy again")
    switch reason {
    case "CrashLoopBackOff":
      let end = container.lastTermination
      let how = end.map { ", \(exit($0))" } ?? ""
      return doom(
        container.restarts >= patience.crashRestarts || age >= patience.crash,
        end?.reason == "OOMKilled" ? "OutOfMemory" : "CrashLoop",
        end?.reason == "OOMKilled"
          ? "container \(container.name) was killed for want of memory"
            + (container.memoryLimit.map { " (its limit is \($0))" } ?? "")
            + ", \(counted(container.restarts, "restart"))"
          : "container \(container.name) keeps crashing\(how), "
            + counted(container.restarts, "restart"), logs)
    case "ErrImagePull", "ImagePullBackOff":
      let told =
        [message]
        + events.filter { $0.reason == "Failed" && $0.isWarning }.map(\.message)
      if told.contains(where: saysNotFound) {
        return doom(
          true, "ImageNotFound", "image \(container.image) does not exist",
          image)
      }
      let detail = told.first { !$0.isEmpty && !$0.hasPrefix("Back-off") }
      return doom(
        age >= patience.imagePull, "ImagePull",
        "image \(container.image) cannot be pulled"
          + (detail.map { ": \(redacted($0))" } ?? ""),
        NextStep(
          .readEvents, "check the registry, its credentials and rate limit"))
    case "InvalidImageName":
      return doom(
        true, reason, "image name \(container.image) is not valid", image)
    case "ErrImageNeverPull":
      return doom(
        true, reason,
        "image \(container.image) is not on the node and may not be pulled",
        image)
    case "CreateContainerConfigError", "CreateContainerError":
      if message.contains("failed to sync"), message.contains("cache") {
        return nil
      }
      let missing = missingObject(message)
      return doom(
        age >= patience.configuration, reason,
        missing.map {
          "container \(container.name) needs \($0.kind) \($0.name), "
            + "which does not exist"
        } ?? "container \(container.name) cannot be created: \(message)",
        missing.map {
          NextStep(
            .provideObject(kind: $0.kind, name: $0.name),
            "create \($0.kind) \($0.name)")
        } ?? .readEvents)
    case "RunContainerError", "ContainerCannotRun":
      return doom(
        container.lastTermination?.exitCode != 128, reason,
        "container \(container.name) cannot be started: \(message)", logs)
    default: return nil
    }
  }

  private static func terminated(
    _ container: ContainerSummary, _ end: ContainerSummary.Termination,
    of pod: PodSummary
  ) -> Doom? {
    let isInitial = container.role == .initial
    let isFinal = pod.restartPolicy == "Never"
    return Doom(
      isFatal: isFinal
        || end.reason == "ContainerCannotRun" && end.exitCode != 128,
      isInitial
        ? "InitFailed"
        : end.reason == "OOMKilled"
          ? "OutOfMemory" : "ContainerFailed",
      "\(isInitial ? "init container" : "container") \(container.name) ended "
        + "with \(exit(end))",
      NextStep(
        .readLogs(container: container.name, isPrevious: false),
        "read the log of container \(container.name)"),
      container: container.name)
  }

  /// Trouble that only events tell of.
  private static func event(
    _ pod: PodSummary, _ events: [EventSummary], _ around: Circumstances
  ) -> Doom? {
    // Once a container has begun, what went wrong before it is over.
    guard !pod.isReady, pod.containers.allSatisfy(\.isBeingCreated) else {
      return nil
    }
    let patience = around.patience
    let age = around.since(pod.created)
    guard age >= patience.event else { return nil }
    for event in events where event.isWarning {
      switch event.reason {
      case "FailedMount", "FailedAttachVolume":
        let missing = missingObject(event.message)
        return Doom(
          isFatal: age >= patience.volume, event.reason,
          missing.map {
            "a volume needs \($0.kind) \($0.name), which does not exist"
          } ?? "a volume cannot be mounted: \(event.message)",
          missing.map {
            NextStep(
              .provideObject(kind: $0.kind, name: $0.name),
              "create \($0.kind) \($0.name)")
          } ?? .readEvents)
      case "FailedCreatePodSandBox", "NetworkNotReady":
        return Doom(
          isFatal: false, event.reason,
          "the node cannot make the pod's network: \(event.message)",
          .readEvents)
      case "FailedScheduling" where !pod.node.isEmpty: continue
      case "FailedKillPod", "FailedDelete", "Failed": continue
      case let reason where reason.hasPrefix("Failed"):
        return Doom(isFatal: false, reason, event.message, .readEvents)
      default: continue
      }
    }
    return nil
  }

  /// How a container ended, in words.
  static func exit(_ end: ContainerSummary.Termination) -> String {
    let code =
      end.signal != 0 ? "signal \(end.signal)" : "exit code \(end.exitCode)"
    switch end.reason {
    case "", "Error", "Completed": return code
    default: return "\(code) (\(end.reason))"
    }
  }

  private static func saysNotFound(_ message: String) -> Bool {
    let text = message.lowercased()
    return ["not found", "manifest unknown", "does not exist", "no such image"]
      .contains { text.contains($0) }
  }

  /// The message without the account that a registry names in a refusal.
  private static func redacted(_ message: String) -> String {
    guard let range = message.firstRange(of: "pull rate limit as ") else {
      return message
    }
    return message[..<range.upperBound].dropLast(4) + " (account not shown)"
  }

  /// The ConfigMap or Secret that a kubelet's message misses.
  private static func missingObject(_ message: String)
    -> (kind: String, name: String)?
  {
    for (mark, kind) in [
      ("configmap \"", "ConfigMap"), ("ConfigMap \"", "ConfigMap"),
      ("secret \"", "Secret"), ("Secret \"", "Secret"),
      ("persistentvolumeclaim \"", "PersistentVolumeClaim"),
    ] {
      guard let start = message.firstRange(of: mark),
        message.contains("not found")
      else { continue }
      let name = message[start.upperBound...].prefix { $0 != "\"" }
      // The namespace may stand in front: `configmap "ns/name"`.
      return (kind, String(name.split(separator: "/").last ?? name).printable)
    }
    return nil
  }
}
