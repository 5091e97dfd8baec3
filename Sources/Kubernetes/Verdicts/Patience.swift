// How long each kind of trouble may last before it counts as failure. A first
// blip is never one (github.com/agnosticd/agnosticd#9917, vmware-tanzu
// carvel-kapp#983); a burnt timeout is worse (helm/helm#11116).

/// Thresholds of the rules, each for a reason.
public struct Patience: Hashable, Sendable {
  /// Restarts after which a crash loop is one.
  public var crashRestarts: Int
  /// Or the time since the pod began to run, whichever comes first.
  public var crash: Duration
  /// A registry that refuses or does not answer may recover.
  public var imagePull: Duration
  /// A ConfigMap or Secret may be created a moment after its pod.
  public var configuration: Duration
  /// A node may be on its way; the first is when it is said, the second fatal.
  public var unschedulableWarning: Duration
  public var unschedulable: Duration
  /// A controller that cannot create pods (quota, webhook, admission).
  public var replicaFailure: Duration
  /// A warning event is quoted once it has lasted so long.
  public var event: Duration
  /// An ordered StatefulSet held up by a pod of an older revision.
  public var rollbackTrap: Duration
  /// A volume that cannot be mounted or attached.
  public var volume: Duration
  /// A claim without a volume.
  public var claim: Duration

  public init(
    crashRestarts: Int = 3, crash: Duration = .seconds(60),
    imagePull: Duration = .seconds(120), configuration: Duration = .seconds(30),
    unschedulableWarning: Duration = .seconds(15),
    unschedulable: Duration = .seconds(120),
    replicaFailure: Duration = .seconds(30), event: Duration = .seconds(10),
    rollbackTrap: Duration = .seconds(180), volume: Duration = .seconds(180),
    claim: Duration = .seconds(120)
  ) {
    self.crashRestarts = crashRestarts
    self.crash = crash
    self.imagePull = imagePull
    self.configuration = configuration
    self.unschedulableWarning = unschedulableWarning
    self.unschedulable = unschedulable
    self.replicaFailure = replicaFailure
    self.event = event
    self.rollbackTrap = rollbackTrap
    self.volume = volume
    self.claim = claim
  }
}
