// The plan by keys: what is shown, and what `g` does and does not do.

import Kubernetes
import Run
import Terminal
import Testing

@testable import Console

struct ReviewTests {
  private func session(_ change: (inout Plan) -> Void) async -> Session {
    var plan = Fixture.plan
    change(&plan)
    let session = await Session(
      backend: ScriptedBackend { $0.plan = .success(plan) })
    await session.press("4")
    return session
  }

  @Test func goStartsTheRunAndShowsIt() async {
    let session = await session { _ in }
    #expect(session.backend.calls == ["plan deploy quarterdeck"])
    await session.press("g")
    #expect(session.backend.calls.last == "start 7")
    #expect(session.state.screen == .rollout)
    #expect(session.text.contains("keystone-api"))
  }

  /// Only `g` on Review starts anything.
  @Test func nothingElseStartsARun() async {
    let session = await Session()
    for screen in ["1", "2", "3", "5", "6", "7"] {
      await session.press(screen + "g")
      await session.press("<esc>")
    }
    #expect(!session.backend.calls.contains { $0.hasPrefix("start") })
  }

  @Test func obstaclesStopIt() async {
    let session = await session {
      $0.preflight.append(
        PreflightCheck(
          "Cluster identity", .fail, "this is not the cluster of this stack"))
    }
    #expect(session.sentence.contains("this is not the cluster"))
    await session.press("g")
    #expect(session.backend.calls.last == "plan deploy quarterdeck")
    #expect(session.sentence.hasPrefix("Not started:"))
    await session.press("n")
    #expect(session.selectedLine.contains("Cluster identity"))
  }

  @Test func refusedRolesOfferAnsible() async {
    let session = await session {
      $0.stages[1].components[0].refusals = [refusal]
    }
    #expect(session.sentence.contains("roles/keystone/tasks/main.yml:7"))
    #expect(session.text.contains("e lets ansible-playbook run it"))
    await session.press("e")
    #expect(session.backend.calls.last == "plan deploy ansible")
    #expect(session.text.contains("by ansible-playbook"))
  }

  private var refusal: PlannedRefusal {
    PlannedRefusal(
      location: "roles/keystone/tasks/main.yml:7",
      name: "community.mysql.mysql_db",
      what: "the module \"community.mysql.mysql_db\" is not supported")
  }

  @Test func aRehearsalOffersNoAnsible() async {
    let session = await session {
      $0.stages[1].components[0].refusals = [refusal]
      $0.isRehearsal = true
    }
    #expect(session.sentence.contains("reaches no rehearsal"))
    await session.press("e")
    #expect(session.sentence.contains("does not reach a rehearsal"))
    #expect(session.backend.calls.last == "plan deploy quarterdeck")
  }

  /// A run that was cut short is finished even where no object changes.
  @Test func anUnfinishedRunMayStartAgain() async {
    let session = await session {
      for stage in $0.stages.indices {
        for index in $0.stages[stage].components.indices {
          $0.stages[stage].components[index].objects = []
        }
      }
      $0.isUnfinished = true
    }
    #expect(session.sentence.contains("did not get to its end"))
    await session.press("g")
    #expect(session.backend.calls.contains("start 7"))
  }

  @Test func deletionAsks() async {
    let session = await session {
      $0.stages[0].components[0].objects[1].outcome = .delete
    }
    await session.press("g")
    #expect(session.text.contains("This run deletes Service mariadb."))
    await session.press("<esc>")
    #expect(!session.backend.calls.contains("start 7"))
    await session.press("gy")
    #expect(session.backend.calls.contains("start 7"))
  }

  @Test func removalWantsTheNameTyped() async {
    let session = await session { $0.operation = .remove }
    await session.press("g")
    #expect(session.text.contains("Type lab to go on"))
    await session.press("y<enter>")
    #expect(!session.backend.calls.contains("start 7"))
    await session.press("<^u>lab<enter>")
    #expect(session.backend.calls.contains("start 7"))
  }

  @Test func conflictsNeedConsent() async {
    let session = await session {
      $0.stages[1].components[0].objects[0].conflicts = [
        FieldConflict(field: ".spec.replicas", manager: "hpa-controller")
      ]
    }
    await session.press("g")
    #expect(session.sentence.contains("hpa-controller"))
    #expect(!session.backend.calls.contains("start 7"))
    await session.press("/keystone-api<enter>t")
    #expect(session.sentence == "Its fields are taken from hpa-controller.")
    await session.press("<esc>g")
    #expect(session.backend.calls.contains("start 7"))
  }

  @Test func aStaleLockWantsTheNameTyped() async {
    let session = await session {
      $0.preflight.append(
        PreflightCheck(
          PreflightCheck.lock, .warn, "Jørgen@bastion runs this stack"))
    }
    await session.press("g")
    #expect(session.text.contains("Take the lock over?"))
    #expect(!session.backend.calls.contains("start 7"))
    await session.press("lab<enter>")
    #expect(session.backend.calls.contains("start 7 taking the lock"))
  }

  @Test func nothingToDoSaysSo() async {
    let session = await session { plan in
      for stage in plan.stages.indices {
        for component in plan.stages[stage].components.indices {
          plan.stages[stage].components[component].objects = []
        }
      }
    }
    #expect(
      session.sentence
        == "Nothing to write, but Keystone does not serve: image does not exist"
    )
    await session.press("g")
    #expect(!session.backend.calls.contains("start 7"))
    session.backend.change { $0.overview.services["keystone"] = nil }
    await session.press("R")
    #expect(session.sentence.contains("Nothing to do"))
  }

  @Test func diffOnEnter() async {
    let session = await session { _ in }
    await session.press("/keystone-api<enter><enter>")
    #expect(session.text.contains("-  replicas: 3"))
    #expect(session.text.contains("+  replicas: 5"))
    #expect(session.text.contains("Restarts 2 pods."))
    let screen = MemoryScreen(size: session.state.size)
    screen.present(session.frame)
    #expect(screen.styleMap.contains("<<<"))
    #expect(screen.styleMap.contains("+++"))
    await session.press("q")
    #expect(session.state.layers.isEmpty)
  }

  @Test func unchangedObjectsUnfold() async {
    let session = await session { _ in }
    #expect(session.text.contains("2 unchanged"))
    #expect(!session.text.contains("StatefulSet mariadb"))
    await session.press("/mariadb<enter>")
    await session.press("<esc>")
    await session.press("<home><down><down><down><down> ")
    #expect(session.text.contains("StatefulSet mariadb"))
    // On one of the lines that it listed, space folds them again.
    await session.press("<down> ")
    #expect(!session.text.contains("StatefulSet mariadb"))
    #expect(session.selectedLine.contains("2 unchanged"))
  }

  /// What tests write is no change, but nothing is applied that was not shown.
  @Test func whatTestsWriteUnfolds() async {
    let session = await session { _ in }
    #expect(session.text.contains("its test makes 2 objects anew"))
    #expect(!session.text.contains("Job keystone-test"))
    await session.press("/keystone test<enter>")
    await session.press(" ")
    await session.press("<esc>")
    #expect(session.text.contains("replace   Job keystone-test"))
    #expect(session.text.contains("unchanged ConfigMap keystone-test"))
    await session.press("/Job keystone-test<enter> <esc>")
    #expect(!session.text.contains("Job keystone-test"))
  }

  /// A test's object that must not be written stops the run like any other.
  @Test func aTestsObjectOfSomeoneElseIsShown() async {
    let session = await session {
      $0.stages[1].components[0].tests[1].outcome = .refused
      $0.stages[1].components[0].tests[1].reason = "finalizers hold it"
    }
    #expect(session.text.contains("Job keystone-test"))
    await session.press("g")
    #expect(session.text.contains("finalizers hold it"))
    #expect(!session.backend.calls.contains { $0.hasPrefix("start") })
  }

  /// What is as it should be takes one line; what is not has its own.
  @Test func goodChecksAreFolded() async {
    let session = await session { _ in }
    #expect(session.text.contains("Preflight  1 of 2 checks"))
    #expect(session.text.contains("no default storage class"))
    #expect(!session.text.contains("v1.30.2 talks to"))
    await session.press(" ")
    #expect(session.text.contains("v1.30.2 talks to"))
    await session.press("<down><down> ")
    #expect(!session.text.contains("v1.30.2 talks to"))
    #expect(session.selectedLine.contains("Preflight"))
  }

  @Test func anEditMakesThePlanStale() async {
    let session = await session { _ in }
    let plans = session.backend.calls.count
    await session.press("2/debug<enter> ")
    await session.press("4")
    #expect(session.backend.calls.count == plans + 2)
    #expect(session.backend.calls.last == "plan deploy quarterdeck")
  }

  @Test func failureIsASentence() async {
    let session = await Session(
      backend: ScriptedBackend {
        $0.plan = .failure(
          Failure(sentence: "the cluster does not answer: is the VPN up?"))
      })
    await session.press("4")
    #expect(session.sentence == "the cluster does not answer: is the VPN up?")
    #expect(session.text.contains("No plan could be made"))
    // No key tells of a plan that there is not.
    for key in ["g", "n", "t", "<enter>", " "] {
      await session.press(key)
      #expect(session.sentence == "There is no plan: r makes one.", "\(key)")
    }
    #expect(!session.backend.calls.contains("start 7"))
  }
}
