// A run as it is watched.

import Kubernetes
import Run
import Terminal
import Testing

@testable import Console

struct RolloutTests {
  private func session(_ snapshots: FollowedRun...) async -> Session {
    let session = await Session(
      backend: ScriptedBackend { $0.snapshots = snapshots })
    await session.press("5")
    return session
  }

  @Test func theReasonIsOnTheScreen() async {
    let session = await session(Fixture.snapshot())
    #expect(
      session.text.contains(
        "keystone-api: image quay.io/openstack.kolla/keystone:2025.2-typo"))
    #expect(session.text.contains("◐ identity 0/1"))
    #expect(session.text.contains("✓ data"))
    #expect(session.text.contains("2m14s"))
  }

  @Test func failedComesFirstAndFinishedIsFolded() async {
    let session = await session(Fixture.snapshot())
    let names = session.state.rolloutRows.map(\.id)
    #expect(names.first == .component("keystone"))
    #expect(names.last == .component("memcached"))
    #expect(!session.text.contains("3 of 3  "))
    await session.press("<end><up><right>")
    #expect(session.text.contains("3 of 3"))
    await session.press("<left>")
    #expect(!session.text.contains("3 of 3  "))
  }

  /// What is unfolded stays where it is: lines do not change places by it.
  @Test func unfoldedOnesKeepTheirPlace() async {
    let session = await session(Fixture.snapshot(finished: true))
    func components() -> [RolloutRow.ID] {
      session.state.rolloutRows.filter { $0.depth == 0 }.map(\.id)
    }
    let before = components()
    await session.press("<end><up><right>")
    #expect(session.state.rolloutRows.count > before.count)
    #expect(components() == before)
    await session.press("<left><home><right>")
    #expect(components() == before)
  }

  @Test func manyFinishedOnesShareOneLine() {
    var snapshot = Fixture.snapshot()
    snapshot.run.stages[0].components = (1...40).map {
      ComponentProgress(name: "c\($0)", service: "c", state: .done)
    }
    let rows = snapshot.rows(
      toggled: [], filter: .all, search: Search(), room: 12)
    #expect(rows.count <= 12)
    guard case .folded(let names)? = rows.last?.kind else {
      Issue.record("nothing is folded")
      return
    }
    #expect(names.count == 40)
  }

  @Test func nextProblemGoesToTheWorkload() async {
    let session = await session(Fixture.snapshot())
    await session.press("n")
    #expect(session.selectedLine.contains("keystone-api"))
    await session.press("n")
    #expect(session.selectedLine.contains("x2kqp"))
    await session.press("n")
    #expect(session.selectedLine.contains("keystone-api"))
  }

  @Test func selectionFollowsItsLine() async {
    let session = await session(Fixture.snapshot(failed: false))
    await session.press("<end>")
    #expect(session.selectedLine.contains("memcached"))
    await session.receive(
      .answer(
        .follow, id: 1, .success(.snapshot(Fixture.snapshot(failed: true)))))
    #expect(session.selectedLine.contains("memcached"))
  }

  @Test func theWorstStaysSelectedUntilTheOperatorMoves() async {
    let session = await session(Fixture.snapshot(finished: true))
    await session.receive(
      .answer(
        .follow, id: 1, .success(.snapshot(Fixture.snapshot(failed: true)))))
    #expect(session.selectedLine.contains("keystone "))
    #expect(session.state.rollout.list.selection == 0)
  }

  /// A Service has the name of the Deployment behind it.
  @Test func objectsWithoutPodsShowTheirKind() async {
    var snapshot = Fixture.snapshot(failed: false)
    let index = snapshot.tree.components.firstIndex { $0.name == "keystone" }
    guard let index else {
      Issue.record("no keystone")
      return
    }
    snapshot.tree.components[index].children.insert(
      RolloutTree.Node(
        subject: .object(
          ObjectReference(
            .service, namespace: "openstack", name: "keystone-api")),
        name: "keystone-api",
        verdict: Verdict(.inProgress, "NoEndpoints", "no pod is ready"),
        status: "NoEndpoints"), at: 0)
    snapshot.tree.components[index].children.append(
      RolloutTree.Node(
        subject: .object(
          ObjectReference(.job, namespace: "openstack", name: "keystone-test")),
        name: "keystone-test",
        verdict: Verdict(.notFound, "NotFound", "does not exist"),
        status: "NotFound"))
    let session = await session(snapshot)
    #expect(session.text.contains("Service keystone-api"))
    #expect(session.text.contains("to come"))
    // The reason is the workload's, which comes before its Service.
    #expect(session.text.contains("keystone-api: 1 of 3 pods are ready"))
    let lines = session.text.split(separator: "\n").map(String.init)
    let service = lines.firstIndex { $0.contains("Service keystone-api") }
    let workload = lines.firstIndex { $0.contains("◐ keystone-api") }
    #expect((workload ?? 99) < (service ?? 0))
  }

  @Test func filter() async {
    let session = await session(Fixture.snapshot())
    await session.press("f")
    #expect(session.text.contains("not ready only"))
    #expect(!session.text.contains("✓ mariadb"))
    #expect(session.text.contains("glance"))
    await session.press("f")
    #expect(!session.text.contains("glance"))
    #expect(session.text.contains("keystone-api"))
    await session.press("f")
    #expect(session.text.contains("✓ mariadb"))
    let good = await self.session(Fixture.snapshot(failed: false))
    await good.press("ff")
    #expect(good.text.contains("Nothing here is failed; f shows all."))
  }

  @Test func pauseHoldsThePicture() async {
    let session = await session(Fixture.snapshot(failed: false))
    await session.press(" ")
    #expect(session.text.contains("PAUSED"))
    await session.receive(
      .answer(
        .follow, id: 1, .success(.snapshot(Fixture.snapshot(failed: true)))))
    #expect(!session.text.contains("ErrImagePull"))
    await session.press(" ")
    #expect(session.text.contains("ErrImagePull"))
  }

  @Test func objectWithYamlEventsAndLogs() async {
    let session = await session(Fixture.snapshot())
    await session.press("n<enter>")
    #expect(session.text.contains("  replicas: 3"))
    await session.press("e")
    #expect(session.text.contains("Failed to pull image"))
    await session.press("l")
    #expect(session.text.contains("keystone-api line 3 日志"))
    await session.press("c")
    #expect(session.text.contains("proxy line 3"))
    #expect(session.text.contains("2 of 2"))
    await session.press("<esc>")
    #expect(session.state.layers.isEmpty)
  }

  @Test func logsAreBounded() {
    var layer = ObjectLayer(Fixture.api, tab: .logs, columns: 80)
    for batch in 0..<80 {
      layer.append((0..<100).map { "line \(batch * 100 + $0)" })
      layer.clamp(rows: 20)
    }
    #expect(layer.logLines.count == ObjectLayer.logLimit)
    #expect(layer.dropped == 3_000)
    #expect(layer.top == ObjectLayer.logLimit - 20)
  }

  @Test func closingPage() async {
    let session = await session(
      Fixture.snapshot(finished: true, closing: Fixture.closing))
    #expect(session.text.contains("http://192.0.2.10:5000/v3"))
    #expect(!session.text.contains("top-secret"))
    await session.press("s")
    #expect(session.sentence == "Saved as /srv/lab/clouds.yaml, mode 0600.")
    // The keys of the tree below it do nothing to what is not seen.
    await session.press("<down><down>l")
    #expect(session.state.layers.isEmpty)
    #expect(session.state.rollout.list.selection == 0)
    await session.press("?")
    #expect(session.text.contains("back to the tree"))
    #expect(!session.text.contains("next problem"))
    await session.press("<esc><esc>")
    #expect(session.text.contains("SERVICE / WORKLOAD"))
    await session.press("c")
    #expect(session.text.contains("http://192.0.2.10:5000/v3"))
  }

  @Test func closingPageWithoutEndpoints() async {
    let session = await session(
      Fixture.snapshot(
        finished: true, closing: ClosingPage(endpoints: [], cloudsFile: nil)))
    #expect(session.sentence == "Run 7 is done.")
    #expect(session.text.contains("Nothing that was chosen is reached"))
    #expect(!session.text.contains("save clouds.yaml"))
  }

  /// What a removal has done with is not ready.
  @Test func removedOnesAreNotReady() async {
    var snapshot = Fixture.snapshot(finished: true)
    snapshot.run.operation = .remove
    snapshot.tree = RolloutTree(components: [])
    let session = await session(snapshot)
    #expect(session.text.contains("✓ mariadb"))
    #expect(session.text.contains("removed"))
    #expect(!session.text.contains("ready"))
  }

  @Test func parametersOfTheFailedService() async {
    let session = await session(Fixture.snapshot())
    await session.press("np")
    #expect(session.state.screen == .parameters)
    #expect(session.state.parameters.service == "keystone")
  }

  @Test func heldRunGoesOnByKey() async {
    var snapshot = Fixture.snapshot()
    snapshot.run.state = .held("ConfigMap keystone-etc moved in the cluster.")
    let session = await session(snapshot)
    #expect(session.text.contains("Held: ConfigMap keystone-etc moved"))
    await session.press("r")
    #expect(session.backend.calls == ["tell 7 resume"])
    await session.press("Sy")
    #expect(session.backend.calls.last == "tell 7 stop")
  }

  @Test func staleIsSaid() async {
    var snapshot = Fixture.snapshot()
    snapshot.run.staleSince = Fixture.now - .seconds(42)
    let session = await session(snapshot)
    #expect(session.text.contains("Stale for 42s"))
  }

  @Test func anActiveRunIsFound() async {
    let session = await Session(
      backend: ScriptedBackend { $0.overview.activeRun = 7 })
    #expect(session.state.rollout.number == 7)
    await session.press("5")
    #expect(session.text.contains("run 7"))
  }

  /// Ten thousand pods: the tree is drawn from what is in view.
  @Test func manyPods() async {
    var snapshot = Fixture.snapshot()
    let index = snapshot.tree.components.firstIndex { $0.name == "keystone" }
    guard let index else {
      Issue.record("no keystone")
      return
    }
    let pod = snapshot.tree.components[index].children[0].children[1]
    snapshot.tree.components[index].children[0].children = (0..<10_000).map {
      var copy = pod
      let name = "keystone-api-7c9d6f7d9-\($0)"
      copy.subject = .object(
        ObjectReference(.pod, namespace: "openstack", name: name))
      copy.name = name
      return copy
    }
    let session = await session(snapshot)
    #expect(session.state.rolloutRows.count > 10_000)
    await session.press("G")
    #expect(session.text.contains("memcached"))
  }
}
