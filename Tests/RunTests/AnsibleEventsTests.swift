// What our callback prints becomes journal entries.

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
    let events = AnsibleEvents(
      entryPoint: "main", components: ["mariadb", "keystone"])
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
        .componentStarted(component: "mariadb", entryPoint: "main"),
        task("mariadb", .ok), task("mariadb", .changed),
        .componentFinished(
          component: "mariadb", entryPoint: "main", succeeded: true,
          sentence: nil),
        .componentStarted(component: "keystone", entryPoint: "main"),
        task("keystone", .failed, "broken"),
        .componentFinished(
          component: "keystone", entryPoint: "main", succeeded: false,
          sentence: "t: broken"),
      ])
    #expect(await events.failure == "t: broken")
  }
}
