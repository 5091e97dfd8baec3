// The catalogue's own services, deployed in rehearsal.

import Foundation
import Kubernetes
import Rehearsal
import Stack
import Testing

@testable import Run

@Suite struct CatalogueRunTests {
  private static let catalogue = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/Catalogue/roles")
    .path

  @Test func keystoneIsDeployedAndThenUnchanged() async throws {
    let yard = try Yard(catalogue: Self.catalogue, services: ["keystone"])
    let plan = try await yard.plan()
    #expect(plan.obstacles == [])
    #expect(plan.stages.last?.components.map(\.name) == ["keystone"])
    #expect(plan.objects.allSatisfy { $0.outcome == .create })
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded, "\(run.state)")
    #expect(run.closing?.endpoints.map(\.component) == ["keystone"])
    #expect(run.closing?.endpoints.first?.url?.hasSuffix("/v3") == true)
    let clouds = await ClosingPages.cloudsFile(
      yard.cluster, namespace: "openstack")
    #expect(clouds?.contains("auth_url:") == true)
    let again = try await yard.plan()
    #expect(
      again.objects.filter { $0.outcome != .unchanged }.map(\.reference) == [])
  }

  @Test func scalingTheDatabaseShowsWhatFollows() async throws {
    let yard = try Yard(catalogue: Self.catalogue, services: ["mariadb"])
    _ = try await yard.deploy()
    let previewer = EditPreviewer(yard.context, stack: try yard.stack)
    let effect = try await previewer.preview(.set("mariadb_replicas", 5))
    #expect(
      effect.changes.map(\.object.kind) == ["ConfigMap", "StatefulSet"])
    #expect(
      effect.changes.last?.fields.contains("spec.replicas: 3 → 5") == true)
    #expect(effect.restarts == 3)
    try yard.edit(.set("mariadb_replicas", 5))
    let plan = try await yard.plan()
    #expect(
      Set(plan.objects.filter { $0.outcome != .unchanged }.map(\.reference))
        == Set(effect.changes.map(\.object)))
    #expect(plan.restarts == effect.restarts)
  }
}
