// Judges any object: the gates that hold for every kind, then the kind's rule.

/// What a rule may look at besides the object itself.
public struct Circumstances: Sendable {
  public var snapshot: ClusterSnapshot
  public var now: Instant
  public var patience: Patience

  public init(
    _ snapshot: ClusterSnapshot, now: Instant, patience: Patience = Patience()
  ) {
    self.snapshot = snapshot
    self.now = now
    self.patience = patience
  }

  /// How long ago something was; zero when it is not known.
  func since(_ instant: Instant?) -> Duration {
    instant.map { max(.zero, now - $0) } ?? .zero
  }
}

/// The rule of one kind: a pure function of an object and its circumstances.
protocol VerdictRule {
  /// The judgement of an object that has passed the gates.
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
}

extension Verdict {
  /// Judges an object.
  public init(
    of object: KubernetesObject, in snapshot: ClusterSnapshot, now: Instant,
    patience: Patience = Patience()
  ) {
    self.init(of: object, Circumstances(snapshot, now: now, patience: patience))
  }

  /// Judges an object.
  public init(of object: KubernetesObject, _ around: Circumstances) {
    self =
      Self.gate(object, around)
      ?? Self.rule(for: object.objectKind).judge(object, around)
  }

  /// Judges what a reference leads to, an absent object included.
  public init(of reference: ObjectReference, _ around: Circumstances) {
    if let object = around.snapshot[reference] {
      self.init(of: object, around)
    } else if let pod = around.snapshot.pod(reference) {
      self = PodRule.judge(pod, around)
    } else {
      self.init(.notFound, "NotFound", "is not there")
    }
  }

  private static func rule(for kind: ObjectKind) -> any VerdictRule.Type {
    switch (kind.group, kind.kind) {
    case ("apps", "Deployment"): DeploymentRule.self
    case ("apps", "ReplicaSet"): ReplicaSetRule.self
    case ("apps", "StatefulSet"): StatefulSetRule.self
    case ("apps", "DaemonSet"): DaemonSetRule.self
    case ("batch", "Job"): JobRule.self
    case ("batch", "CronJob"): CronJobRule.self
    case ("", "Pod"): PodRule.self
    case ("", "PersistentVolumeClaim"): PersistentVolumeClaimRule.self
    case ("", "Service"): ServiceRule.self
    case ("", "Namespace"): NamespaceRule.self
    case ("", "Node"): NodeRule.self
    case ("policy", "PodDisruptionBudget"): PodDisruptionBudgetRule.self
    case ("apiextensions.k8s.io", "CustomResourceDefinition"):
      CustomResourceDefinitionRule.self
    case ("", _), ("rbac.authorization.k8s.io", _), ("storage.k8s.io", _),
      ("coordination.k8s.io", _), ("scheduling.k8s.io", _):
      ExistenceRule.self
    default: ConditionsRule.self
    }
  }

  /// What holds for every kind before its own rule is asked.
  private static func gate(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict?
  {
    if let since = object.deletionTimestamp, object.kind != "Pod" {
      let finalizers = object.finalizers
      let age = max(.zero, around.now - since).age
      return Verdict(
        .terminating, "Terminating",
        finalizers.isEmpty
          ? "is being deleted since \(age)"
          : "is being deleted since \(age), waits for finalizer "
            + finalizers.joined(separator: ", "))
    }
    if let generation = object.generation, object.kind != "Pod" {
      let observed = object.status["observedGeneration"]?.integer
      let needsObserved =
        object.objectKind.group == "apps"
        && object.status["observedGeneration"] == nil
      if let observed, observed < generation {
        return Verdict(
          .inProgress, "GenerationNotObserved",
          "waits for the controller to see change \(generation), "
            + "it has seen \(observed)")
      }
      if needsObserved {
        return Verdict(
          .inProgress, "GenerationNotObserved",
          "waits for the controller to see it")
      }
    }
    if let stalled = object.condition("Stalled"), stalled.isTrue {
      return Verdict(
        .failed, stalled.word("Stalled"), stalled.clause("stalled"))
    }
    if let busy = object.condition("Reconciling"), busy.isTrue {
      return Verdict(
        .inProgress, busy.word("Reconciling"), busy.clause("is reconciling"))
    }
    return nil
  }
}

extension Condition {
  /// The reason, or a word in its place.
  func word(_ fallback: String) -> String {
    reason.isEmpty ? fallback : reason
  }

  /// The message, or a clause in its place.
  func clause(_ fallback: String) -> String {
    message.isEmpty ? fallback : message
  }
}

/// `1 replica`, `2 replicas`.
func counted(_ count: Int, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
