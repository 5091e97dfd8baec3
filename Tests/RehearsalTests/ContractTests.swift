// The rehearsal is held to the contract of every cluster.

import ClusterContract
import Kubernetes
import Platform
import Rehearsal
import Testing

struct RehearsedCluster: ContractCluster {
  let rehearsal: Rehearsal
  let powerless: Rehearsal

  init() {
    let start = Rehearsal.Clock.handTurned(
      start: Instant(seconds: 1_760_000_000))
    rehearsal = Rehearsal(clock: start)
    powerless = Rehearsal(
      RehearsalConfiguration(
        denials: [RehearsalConfiguration.Denial(resource: "*")]), clock: start)
  }

  var cluster: any Cluster { rehearsal }
  var withoutRights: (any Cluster)? { powerless }
  var runsPods: Bool { true }
  var bindsClaims: Bool { true }

  func pass(_ duration: Duration) async throws {
    try await rehearsal.advance(by: duration)
  }
}

@Suite struct RehearsalContractTests {
  @Test(arguments: ContractCase.all)
  func holds(clause: ContractCase) async throws {
    try await clause.run(on: RehearsedCluster())
  }
}
