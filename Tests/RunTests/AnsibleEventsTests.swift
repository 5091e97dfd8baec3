// What our callback prints becomes journal entries.

import Kubernetes
import Testing

@testable import Run

@Suite struct AnsibleEventsTests {
  private func line(
    _ role: String, _ status: String, _ more: String = ""
  ) -> String {
    #"{"quarterdeck": 1, "task": "t", "role": "\#(role)", "path": "p:1", "#
      + #""status": "\#(status)"\#(more)}"# + "\n"
  }

  @Test func tasksStartAndEndComponents() async {
    let events = AnsibleEvents(stages)
    await events.begin("main")
    var found = await events.read(Array("[WARNING]: noise\n".utf8))
    #expect(found.isEmpty)
    let text =
      line("mariadb", "ok") + line("mariadb", "changed")
      + line("keystone", "failed", #", "message": "broken""#)
    let bytes = Array(text.utf8)
    found = await events.read(Array(bytes.prefix(40)))
    found += await events.read(Array(bytes.dropFirst(40)))
    found += await events.end(succeeded: false)
    func task(
      _ component: String, _ status: RunStep.Status, _ message: String? = nil
    ) -> JournalEvent {
      .task(
        component: component, name: "t", location: "p:1", status: status,
        message: message)
    }
    #expect(
      found == [
        .stageStarted(stage: "data"),
        .componentStarted(component: "mariadb", entryPoint: "main"),
        task("mariadb", .ok), task("mariadb", .changed),
        .componentFinished(
          component: "mariadb", entryPoint: "main", succeeded: true,
          sentence: nil),
        .stageStarted(stage: "identity"),
        .componentStarted(component: "keystone", entryPoint: "main"),
        task("keystone", .failed, "broken"),
        .componentFinished(
          component: "keystone", entryPoint: "main", succeeded: false,
          sentence: "t: broken"),
      ])
    #expect(await events.failure == "t: broken")
    #expect(
      await events.held(because: "t: broken") == [
        .componentHeld(component: "glance", sentence: "waits: t: broken")
      ])
  }

  private var stages: [PlanStage] {
    func stage(_ name: String, _ component: String) -> PlanStage {
      PlanStage(
        name: name,
        components: [PlannedComponent(name: component, service: component)])
    }
    return [
      stage("data", "mariadb"), stage("identity", "keystone"),
      stage("image", "glance"),
    ]
  }

  @Test func whatATaskWroteIsOfTheComponentAtWork() async {
    let events = AnsibleEvents(stages)
    await events.begin("main")
    let object =
      #"{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "n", "#
      + #""name": "d", "uid": "u", "changed": true, "deleted": "#
    let text =
      line("mariadb", "ok")
      + line("shared", "changed", #", "objects": [\#(object)false}]"#)
      + line("mariadb", "changed", #", "objects": [{"kind": "no name"}]"#)
    let found = await events.read(Array(text.utf8))
    let reference = ObjectReference(
      apiVersion: "apps/v1", kind: "Deployment", namespace: "n", name: "d")
    #expect(
      found.contains(
        .wrote(
          component: "mariadb", object: reference, verb: "apply",
          changed: true, uid: "u")))
    #expect(await events.objects.map(\.object) == [reference])
    let gone = await events.read(
      Array(
        line("mariadb", "changed", #", "objects": [\#(object)true}]"#).utf8))
    #expect(
      gone.contains(
        .wrote(
          component: "mariadb", object: reference, verb: "delete",
          changed: true, uid: nil)))
    #expect(await events.objects.isEmpty)
  }

  @Test func aPlaybookThatLeavesAComponentOutHoldsIt() async {
    let events = AnsibleEvents(stages)
    await events.begin("main")
    _ = await events.read(
      Array((line("mariadb", "ok") + line("keystone", "ok")).utf8))
    #expect(
      await events.end(succeeded: true).last
        == .componentHeld(
          component: "glance",
          sentence: "the playbook of main does not run it"))
  }
}
