// Kubectl and a real API server are held to the contract of every cluster:
// what the rehearsal is held to as well.

import ClusterContract
import ControlPlane
import Kubernetes
import Platform
import Testing

@testable import Kubectl

/// A real cluster under contract.
struct RealCluster: ContractCluster {
  let cluster: any Cluster
  let withoutRights: (any Cluster)?
  let runsPods = true
  let bindsClaims = true

  func pass(_ duration: Duration) async throws {
    try await Task.sleep(for: duration)
  }

  func forgetOldVersions() async throws {
    let now = try await cluster.list(ListQuery(.event)).resourceVersion
    try await ControlPlane.shared().forgetOldVersions(before: now)
  }

  /// One for all clauses; its proxies end with the process.
  static func shared() async throws -> RealCluster {
    try await Shared.one.value()
  }

  private actor Shared {
    static let one = Shared()
    private var start: Task<RealCluster, any Error>?

    func value() async throws -> RealCluster {
      if let start { return try await start.value }
      let task = Task {
        RealCluster(
          cluster: try await makeCluster(),
          withoutRights: try await makeCluster(\.viewer))
      }
      start = task
      return try await task.value
    }
  }
}

@Suite(.needsControlPlane) struct KubectlContractTests {
  @Test(arguments: ContractCase.all)
  func holds(clause: ContractCase) async throws {
    try await clause.run(on: RealCluster.shared())
  }
}
