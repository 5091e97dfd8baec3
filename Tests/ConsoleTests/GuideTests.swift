// The guided first deployment: from an empty directory to the closing page,
// by keys alone.

import Kubernetes
import Run
import Terminal
import Testing

@testable import Console

struct GuideTests {
  private func empty(
    _ change: (inout ScriptedBackend.State) -> Void = { _ in }
  ) async -> Session {
    await Session(
      backend: ScriptedBackend {
        $0.contents = nil
        $0.chosen = []
        $0.snapshots = [
          Fixture.snapshot(finished: true, closing: Fixture.closing)
        ]
        change(&$0)
      })
  }

  @Test func wholeWay() async {
    let session = await empty()
    #expect(session.text.contains("There is no stack in /srv/lab yet."))
    #expect(session.text.contains("[1 Cluster]"))
    await session.press("<enter>")
    #expect(session.backend.calls == ["create prod"])
    #expect(session.text.contains("[2 Services]"))
    await session.press("<gt>")
    #expect(session.sentence == "Choose a service first: space chooses.")
    await session.press("<end> <gt>")
    #expect(session.text.contains("[3 Parameters]"))
    await session.press("<gt>")
    #expect(session.text.contains("[4 Nodes]"))
    await session.press("<gt>")
    #expect(session.text.contains("[5 Review]"))
    await session.press("<gt>")
    #expect(session.sentence == "g starts the run; nothing was applied yet.")
    await session.press("g")
    #expect(session.text.contains("[6 Rollout]"))
    #expect(session.text.contains("http://192.0.2.10:5000/v3"))
    // What was deployed needs no guide any more.
    await session.press("1")
    #expect(!session.text.contains("2 Services"))
    #expect(session.text.contains("3 chosen"))
  }

  @Test func backKeepsEverything() async {
    let session = await empty()
    await session.press("<enter><end> <gt>/replicas<enter>")
    let chosen = session.state.stack?.chosen
    await session.press("<lt>")
    #expect(session.text.contains("[2 Services]"))
    #expect(session.state.stack?.chosen == chosen)
    await session.press("<gt>")
    #expect(session.state.parameters.search.text == "replicas")
    await session.press("<lt><lt>")
    #expect(session.text.contains("[1 Cluster]"))
    // The same cluster again goes on; no second stack is made.
    await session.press("<enter>")
    #expect(session.backend.calls.count { $0.hasPrefix("create") } == 1)
    #expect(session.state.screen == .services)
  }

  /// A rehearsal is not what Enter takes while a cluster is in reach.
  @Test func rehearsalIsNeverChosenSilently() async {
    let session = await empty { $0.choices.reverse() }
    #expect(session.backend.calls.isEmpty)
    #expect(session.selectedLine.contains("prod"))
  }

  @Test func aRehearsalBesideAClusterIsAskedFor() async {
    let session = await empty()
    await session.press("<down><enter>")
    #expect(session.backend.calls.isEmpty)
    #expect(session.text.contains("Rehearse?"))
    #expect(session.text.contains("prod is in reach."))
    await session.press("n")
    #expect(session.state.layers.isEmpty)
    await session.press("<enter>y")
    #expect(session.backend.calls == ["create rehearsal"])
  }

  /// Keys before the answer do not count, and an answer moves nothing under
  /// the cursor of an operator who has chosen.
  @Test func anAnswerMovesNothingUnderTheCursor() async {
    let choice = { (context: String?, isReachable: Bool) in
      ClusterChoice(context: context, isReachable: isReachable, sentence: "s")
    }
    var state = ConsoleState(
      size: Size(columns: 80, rows: 24), now: Fixture.now)
    func take(_ choices: [ClusterChoice]) {
      let effect = state.effect(.choices, .clusterChoices)
      _ = reduce(
        &state, .answer(.choices, id: effect.id, .success(.choices(choices))))
    }
    state.screen = .cluster
    state.isGuided = true
    for key in [Key.down, .down, .enter] {
      #expect(reduce(&state, .event(.input(.key(key)))).isEmpty)
    }
    take([choice("a", false), choice("b", true), choice(nil, true)])
    #expect(state.cluster.list.selection == 1)
    _ = reduce(&state, .event(.input(.key(.up))))
    take([choice("c", true), choice("b", true), choice("a", true)])
    #expect(state.cluster.list.selection == 2)
  }

  @Test func unreachableClustersSayWhy() async {
    let session = await empty {
      $0.choices[0].isReachable = false
      $0.choices[0].sentence = "connection refused by 10.0.0.1:6443"
    }
    #expect(session.selectedLine.contains("rehearsal"))
    await session.press("<up><enter>")
    #expect(
      session.sentence
        == "Not taken: connection refused by 10.0.0.1:6443. R asks again.")
    #expect(session.backend.calls.isEmpty)
  }

  @Test func labelsCountOnceASelectorAsksForThem() async {
    let backend = ScriptedBackend {
      $0.contents?.components = Fixture.components.map { component in
        var component = component
        component.nodeRole?.parameter = "keystone_labels"
        return component
      }
      for index in $0.nodes.indices { $0.nodes[index].labels = [:] }
    }
    let session = await Session(backend: backend)
    await session.press("3")
    #expect(session.sentence.contains("run on any node"))
    await session.press("p")
    #expect(session.selectedLine.contains("keystone_labels"))
    backend.change { state in
      guard
        let index = state.contents?.values.firstIndex(where: {
          $0.id == "keystone_labels"
        })
      else { return }
      state.contents?.values[index].value = ["zone": "a"]
    }
    await session.press("R3")
    #expect(session.text.contains("zone"))
    #expect(session.sentence.hasPrefix("No node has zone=a: mariadb"))
  }

  @Test func pathsAreAsOneWouldTypeThem() async {
    let session = await Session()
    let roles = "/srv/lab/.quarterdeck/catalogue/keystone/tasks/main.yml:7"
    #expect(
      session.state.shortened("\(roles): and /srv/lab/site.yml, /srv/other")
        == "keystone/tasks/main.yml:7: and site.yml, /srv/other")
  }

  @Test func nodesGiveAndTakeLabels() async {
    let session = await Session()
    await session.press("3<end> ")
    #expect(
      session.backend.calls
        == ["label wrk-1 quarterdeck.io/control-plane=enabled"])
    #expect(session.text.contains("[x]*"))
    #expect(session.text.contains("1 label to change"))
    await session.press(" ")
    #expect(
      session.backend.calls.last == "label wrk-1 quarterdeck.io/control-plane=-"
    )
  }
}
