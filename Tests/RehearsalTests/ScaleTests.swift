// Many pods: the rehearsal keeps its order and its invariants.

import Kubernetes
import Rehearsal
import Testing

@Suite struct ScaleTests {
  @Test func manyPodsComeUpAndSpreadEvenly() async throws {
    let stage = Stage(
      RehearsalConfiguration(
        nodes: (1...10).map {
          RehearsalConfiguration.Node(name: "node-\($0)")
        }))
    for number in 0..<10 {
      try await stage.deploy("web-\(number)", replicas: 30)
    }
    try await stage.run(for: .seconds(60))
    let pods = try await stage.rehearsal.list(ListQuery(.pod)).items
      .compactMap(PodSummary.init)
    #expect(pods.count == 300 && pods.allSatisfy(\.isReady))
    let loads = Dictionary(grouping: pods, by: \.node).mapValues(\.count)
    #expect(loads.values.allSatisfy { $0 == 30 })
  }
}
