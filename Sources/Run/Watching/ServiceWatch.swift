// How the services of a stack stand in the cluster, whoever deployed them:
// watched, so that looking again costs nothing but judging.

import Kubernetes
import Platform
import Stack

/// How the services of a stack stand.
public struct ServiceStates: Sendable, Hashable {
  /// By service; one that is not deployed is left out.
  public var verdicts: [String: Verdict]
  /// Whether a chosen service is not deployed, or a deployed one not chosen.
  public var differs: Bool
}

/// Judges services by what the inventory says is theirs.
///
/// The first look lists the kinds that the inventory names, and goes on
/// watching them until `stop`; later looks judge what the watches brought.
public actor ServiceWatch {
  private let context: RunContext
  private var watcher: ClusterWatcher?
  private var task: Task<Void, Never>?
  private var kinds: Set<ObjectKind> = []
  private var namespace = ""
  private var inventory = Inventory()
  private var readInventory: Duration?

  /// How long the inventory is taken for what it was: another operator may
  /// have deployed since.
  private static let inventoryAge = Duration.seconds(10)

  public init(_ context: RunContext) { self.context = context }

  deinit { task?.cancel() }

  /// Ends the watches.
  public func stop() {
    task?.cancel()
    task = nil
    watcher = nil
    kinds = []
  }

  /// How the services are now.
  ///
  /// `isFresh` has the inventory read anew, as is needed after a run.
  /// - Throws: `ClusterError`.
  public func look(
    at stack: OpenStack, isFresh: Bool = false
  ) async throws -> ServiceStates {
    let contents = stack.contents
    let namespace = contents.settings.namespace
    let now = context.time.uptime
    let isYoung = readInventory.map { now - $0 < Self.inventoryAge } ?? false
    if isFresh || !isYoung || namespace != self.namespace {
      inventory = try await ReleaseStore(
        cluster: context.cluster, stack: contents.name, namespace: namespace
      ).inventory()
      readInventory = now
    }
    let owner = Dictionary(
      contents.components.map { ($0.name, $0.service) },
      uniquingKeysWith: { first, _ in first })
    let deployed = Set(inventory.components.keys.compactMap { owner[$0] })
    guard !deployed.isEmpty else {
      stop()
      return ServiceStates(verdicts: [:], differs: false)
    }
    let snapshot = try await snapshot(of: namespace)
    if let since = snapshot.staleSince {
      throw ClusterError(
        .unreachable,
        "the cluster does not answer since \(since.timestamp); what is shown "
          + "is what it was")
    }
    // Secrets are not read for a state: they are there or the pods say so. Of
    // kinds that are not for us nothing is known.
    let unknown = (watcher?.forbidden ?? []).union([.secret])
    let judged = inventory.rollout(of: inventory.components.keys.sorted()).map {
      ComponentInventory(
        name: $0.name,
        items: $0.items.filter {
          !unknown.contains($0.reference.objectKind)
        })
    }
    let tree = RolloutTree(
      judged,
      Circumstances(snapshot, now: try await context.cluster.serverTime()))
    var verdicts: [String: Verdict] = [:]
    // The tree is worst first: the first component speaks for its service.
    for node in tree.components {
      guard let service = owner[node.name], verdicts[service] == nil else {
        continue
      }
      verdicts[service] = node.verdict
    }
    return ServiceStates(
      verdicts: verdicts, differs: deployed != Set(contents.chosen))
  }

  /// The objects that the verdicts need: those of the inventory's kinds, and
  /// what stands between them and their pods.
  private func snapshot(of namespace: String) async throws -> ClusterSnapshot {
    var wanted: Set<ObjectKind> = [.pod, .replicaSet, .event, .endpoints]
    for item in inventory.components.values.joined()
    where item.reference.objectKind != .secret {
      wanted.insert(item.reference.objectKind)
    }
    let watcher: ClusterWatcher
    if let known = self.watcher, wanted.isSubset(of: kinds),
      namespace == self.namespace
    {
      watcher = known
    } else {
      watcher = try await begin(wanted, in: namespace)
    }
    let deadline = context.time.uptime + .seconds(10)
    while !watcher.isComplete, context.time.uptime < deadline {
      try await context.time.sleep(for: .milliseconds(10))
    }
    return watcher.current.snapshot
  }

  private func begin(
    _ wanted: Set<ObjectKind>, in namespace: String
  ) async throws -> ClusterWatcher {
    let discovery = try await context.cluster.resources()
    stop()
    let watcher = ClusterWatcher(
      context.cluster,
      resources: wanted.sorted().compactMap { discovery[$0] },
      namespaces: [namespace], time: context.time)
    self.watcher = watcher
    self.namespace = namespace
    kinds = wanted
    task = Task { await watcher.run() }
    return watcher
  }
}
