// How the services of a stack stand in the cluster, whoever deployed them.

import Kubernetes
import Run
import Stack

/// Judges the services by what the inventory says is theirs.
struct ServiceStates: Sendable {
  private let context: RunContext
  private let stack: OpenStack

  struct Answer: Sendable {
    /// By service; one that is not deployed is left out.
    var verdicts: [String: Verdict]
    /// Whether a chosen service is not deployed, or a deployed one not chosen.
    var differs: Bool
  }

  init(_ context: RunContext, _ stack: OpenStack) {
    self.context = context
    self.stack = stack
  }

  /// - Throws: `ClusterError`.
  func read() async throws -> Answer {
    let contents = stack.contents
    let namespace = contents.settings.namespace
    let inventory = try await ReleaseStore(
      cluster: context.cluster, stack: contents.name, namespace: namespace
    ).inventory()
    let owner = Dictionary(
      contents.components.map { ($0.name, $0.service) },
      uniquingKeysWith: { first, _ in first })
    let deployed = Set(inventory.components.keys.compactMap { owner[$0] })
    let differs = deployed != Set(contents.chosen)
    guard !deployed.isEmpty else {
      return Answer(verdicts: [:], differs: false)
    }
    let snapshot = try await snapshot(inventory, namespace)
    // Secrets are not read for a state: they are there or the pods say so.
    let judged = inventory.rollout(of: inventory.components.keys.sorted()).map {
      ComponentInventory(
        name: $0.name,
        items: $0.items.filter { $0.reference.objectKind != .secret })
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
    return Answer(verdicts: verdicts, differs: differs)
  }

  /// The objects that the verdicts need: those of the inventory's kinds, and
  /// what stands between them and their pods.
  private func snapshot(
    _ inventory: Inventory, _ namespace: String
  ) async throws -> ClusterSnapshot {
    let discovery = try await context.cluster.resources()
    var kinds: Set<ObjectKind> = [.pod, .replicaSet, .event, .endpoints]
    for item in inventory.components.values.joined()
    where item.reference.objectKind != .secret {
      kinds.insert(item.reference.objectKind)
    }
    let cluster = context.cluster
    return try await withThrowingTaskGroup(of: [KubernetesObject].self) {
      group in
      for kind in kinds {
        guard let resource = discovery[kind] else { continue }
        let query = ListQuery(
          kind, namespace: resource.isNamespaced ? namespace : nil)
        group.addTask {
          do {
            return try await cluster.listAll(query).items
          } catch let error as ClusterError where error.isForbidden {
            // A kind that is not for us leaves the others as they are.
            return []
          }
        }
      }
      var snapshot = ClusterSnapshot()
      for try await objects in group {
        for object in objects { snapshot.insert(object) }
      }
      return snapshot
    }
  }
}
