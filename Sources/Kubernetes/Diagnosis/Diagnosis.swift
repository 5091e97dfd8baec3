// Why an object is not Current, in one sentence and with the next step: the
// chain from a workload over its ReplicaSet, pod and container to the event or
// probe that tells the cause.

/// The cause of an object's state.
public struct Diagnosis: Hashable, Sendable {
  public var verdict: Verdict
  /// From the object asked about down to where the cause was found.
  public var chain: [ObjectReference]
  /// The container at the end of the chain, where there is one.
  public var container: String?
  /// Names the object and says why it is not Current; one sentence.
  public var sentence: String
  public var nextStep: NextStep

  /// Where the cause was found.
  public var cause: ObjectReference? { chain.last }
}

extension Diagnosis {
  /// Follows an object's troubles down; nil when it is Current.
  public init?(of reference: ObjectReference, _ around: Circumstances) {
    let verdict = Verdict(of: reference, around)
    guard verdict.state != .current else { return nil }
    self.verdict = verdict
    chain = [reference]
    sentence = ""
    nextStep = .wait
    switch verdict.state {
    case .notFound:
      nextStep = NextStep(.wait, "deploy again")
    case .terminating:
      nextStep = Self.terminating(around.snapshot[reference])
    default:
      follow(reference, around)
    }
    sentence = "\(reference.name): \(self.verdict.sentence)".printable
  }

  /// Follows the worst trouble of a component; nil when all of it is Current.
  public init?(of component: ComponentInventory, _ around: Circumstances) {
    let troubles = component.items.compactMap {
      Diagnosis(of: $0.reference, around)
    }
    let worst = troubles.enumerated().min {
      ($0.element.verdict.state.urgency, $0.offset)
        < ($1.element.verdict.state.urgency, $1.offset)
    }
    guard let worst else { return nil }
    self = worst.element
  }

  private static func terminating(_ object: KubernetesObject?) -> NextStep {
    guard let object, !object.finalizers.isEmpty else { return .wait }
    return NextStep(
      .readEvents,
      "find out who removes finalizer "
        + object.finalizers.joined(separator: ", "))
  }

  private mutating func follow(
    _ reference: ObjectReference, _ around: Circumstances
  ) {
    if let pod = around.snapshot.pod(reference) {
      follow(pod, around)
      return
    }
    guard let object = around.snapshot[reference] else { return }
    if verdict.reason == "RollbackTrap",
      let trap = StatefulSetRule.rollbackTrap(object, around)
    {
      chain.append(trap.pod.reference)
      nextStep = NextStep(
        .deletePod(trap.pod.name),
        "kubectl delete pod \(trap.pod.name)"
          + (object.namespace.map { " -n \($0)" } ?? ""))
      return
    }
    if verdict.reason == "Paused" {
      nextStep = NextStep(.resume, "resume it")
      return
    }
    var pods: [PodSummary] = []
    switch object.kind {
    case "Deployment":
      if let set = DeploymentRule.newestReplicaSet(of: object, around) {
        chain.append(set.reference)
        pods = set.uid.map(around.snapshot.pods(ownedBy:)) ?? []
        if pods.isEmpty { explainByEvents(of: set, around) }
      }
    case "StatefulSet", "DaemonSet", "ReplicaSet", "Job":
      pods = object.uid.map(around.snapshot.pods(ownedBy:)) ?? []
    case "CronJob", "Service":
      if let selector = object.spec["selector"]?.strings, !selector.isEmpty {
        pods = around.snapshot.pods(
          in: object.namespace, matching: LabelSelector(labels: selector))
      }
    default: break
    }
    guard let worst = Self.worst(of: pods, around) else {
      explainByEvents(of: object, around)
      return
    }
    chain.append(worst.reference)
    follow(worst, around)
    if Doom(of: worst, around) == nil {
      // The counts alone say nothing; the pod says what it waits for.
      let pod = PodRule.judge(worst, around)
      if pod.state != .current {
        verdict.sentence += ", \(worst.name) \(pod.sentence)"
      }
    }
  }

  private mutating func follow(_ pod: PodSummary, _ around: Circumstances) {
    if let doom = Doom(of: pod, around) {
      nextStep = doom.nextStep
      container = doom.container
      return
    }
    for claim in pod.claims where pod.node.isEmpty {
      let reference = ObjectReference(
        .persistentVolumeClaim, namespace: pod.namespace, name: claim)
      guard let object = around.snapshot[reference] else { continue }
      let state = Verdict(of: object, around)
      if state.state == .current { continue }
      chain.append(reference)
      nextStep = NextStep(.readEvents, "provide a volume for claim \(claim)")
      return
    }
    container =
      pod.containers.first { !$0.isReady && $0.role != .initial }?
      .name
  }

  /// The pod that tells most: fatal trouble, trouble, then simply not ready.
  static func worst(of pods: [PodSummary], _ around: Circumstances)
    -> PodSummary?
  {
    let living = pods.filter { !$0.isReady && !$0.isTerminating }
    let troubles = PodTroubles(living, around)
    return troubles.troubles.first?.pod
      ?? living.first { $0.phase != "Succeeded" }
  }

  /// Takes the newest lasting warning about an object as the cause.
  private mutating func explainByEvents(
    of object: KubernetesObject, _ around: Circumstances
  ) {
    guard let uid = object.uid,
      let event = around.snapshot.events(about: uid).first(where: {
        $0.isWarning
      })
    else { return }
    nextStep = .readEvents
    if !verdict.sentence.contains(event.message) {
      verdict.sentence += ": \(event.message)"
    }
  }
}
