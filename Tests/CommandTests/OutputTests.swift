// What the commands print: tables, plans, waits said once, manual pages.

import Kubernetes
import Run
import Testing

@testable import quarterdeck

@Suite struct OutputTests {
  @Test func tableAlignsItsColumns() {
    var table = TextTable("A", "LONGER", "C")
    table.add("1", "x", "")
    table.add("twelve", "y", "z")
    #expect(
      table.lines == ["A       LONGER  C", "1       x", "twelve  y       z"])
  }

  @Test func statusesAreDistinctAndExplained() {
    #expect(
      Set(ProgramStatus.allCases.map(\.rawValue)).count
        == ProgramStatus.allCases.count)
    for status in ProgramStatus.allCases {
      #expect(ProgramStatus.help.contains("  \(status.rawValue)\t"))
    }
  }

  private func plan(_ objects: [PlannedObject]) -> Plan {
    Plan(
      number: 3, operation: .deploy, stack: "lab", namespace: "openstack",
      isRehearsal: true, made: Instant(seconds: 0),
      stages: [
        PlanStage(
          name: "data",
          components: [
            PlannedComponent(name: "a", service: "a", objects: objects)
          ])
      ],
      preflight: [PreflightCheck("Lock", .fail, "someone runs this stack")])
  }

  @Test func planSaysWhatWillHappen() throws {
    let reference = ObjectReference(
      apiVersion: "apps/v1", kind: "Deployment", namespace: "openstack",
      name: "api")
    let report = PlanReport(
      plan: plan([
        PlannedObject(
          reference: reference, outcome: .change,
          diff: [DiffLine(.removed, "  a: 1"), DiffLine(.added, "  a: 2")],
          restarts: 3)
      ]), showsDiff: true)
    #expect(
      report.lines == [
        "REHEARSAL: nothing real is touched",
        "preflight FAIL  Lock: someone runs this stack",
        "stage data",
        "  a",
        "    ~ change Deployment api, restarts 3 pods",
        "        -  a: 1",
        "        +  a: 2",
        "1 change: 1 to change; restarts 3 pods",
        "this cannot be deployed: 1 thing in the way",
      ])
    let json = try report.json()
    #expect(json["changes"]?.integer == 1)
    #expect(json["obstacles"]?[0]?.string == "someone runs this stack")
    #expect(json["rehearsal"]?.bool == true)
  }

  /// What a test writes is shown apart: it counts as no change.
  @Test func planShowsWhatTestsWrite() {
    var plan = plan([])
    plan.stages[0].components[0].tests = [
      PlannedObject(
        reference: ObjectReference(
          apiVersion: "batch/v1", kind: "Job", namespace: "openstack",
          name: "a-test"),
        outcome: .replace)
    ]
    #expect(
      PlanReport(plan: plan).lines.suffix(5) == [
        "  a",
        "    its test, made anew in each run:",
        "      ! replace Job a-test",
        "0 changes: nothing to do",
        "this cannot be deployed: 1 thing in the way",
      ])
  }

  /// What could not be rendered is not "nothing to do", and what a check says
  /// of the same value is no second obstacle.
  @Test func planThatFailsSaysSo() {
    var plan = plan([])
    plan.preflight = [
      PreflightCheck(
        "Check of a", .fail, "parameters.yml:6:2: 'x' is undefined")
    ]
    plan.stages[0].components[0].failures = [
      PlannedNote(
        location: "parameters.yml:6:2", text: "a : Apply: 'x' is undefined")
    ]
    #expect(
      PlanReport(plan: plan).lines.suffix(2) == [
        "0 changes: none is known",
        "this cannot be deployed: 1 thing in the way",
      ])
    plan.stages[0].components[0].failures.append(
      PlannedNote(location: "parameters.yml:7:2", text: "a : Apply: no"))
    #expect(plan.obstacles.count == 2)
  }

  @Test func checksSayWhetherItCanBeDeployed() {
    var plan = plan([])
    #expect(
      PlanReport(plan: plan).outcome == [
        "REHEARSAL: nothing real is touched",
        "FAIL  Lock: someone runs this stack",
        "this cannot be deployed: 1 thing in the way",
      ])
    plan.preflight = [PreflightCheck("Nodes", .warn, "cannot be listed")]
    #expect(
      PlanReport(plan: plan).outcome.suffix(2) == [
        "warn  Nodes: cannot be listed",
        "this can be deployed, with 1 warning",
      ])
    plan.stages[0].components[0].refusals = [
      PlannedRefusal(
        location: "roles/x/tasks/main.yml:3", name: "m", what: "no")
    ]
    #expect(
      PlanReport(plan: plan).outcome.suffix(3) == [
        "FAIL  roles/x/tasks/main.yml:3: no",
        "this cannot be deployed: 1 thing in the way, with 1 warning",
        "the real ansible-playbook can run this on a cluster (--engine "
          + "ansible), but it does not reach a rehearsal",
      ])
    #expect(plan.status == .refused)
    plan.isRehearsal = false
    #expect(
      PlanReport(plan: plan).wayOut?.hasSuffix("add --engine ansible") == true)
  }

  private func followed(_ sentence: String) -> FollowedRun {
    FollowedRun(
      run: RunSnapshot(
        number: 1, operation: .deploy, engine: .quarterdeck, stack: "lab",
        namespace: "openstack", isRehearsal: true,
        started: Instant(seconds: 0),
        stages: [
          StageProgress(
            name: "data",
            components: [
              ComponentProgress(
                name: "a", service: "a", state: .running, sentence: sentence)
            ])
        ]), tree: RolloutTree(components: []))
  }

  /// An age that grows is nothing new; silence for half a minute is.
  @Test func waitsAreSaidOnceAndRemindedOf() {
    var report = RunReport()
    #expect(
      report.lines(followed("no image (1s)"), now: Instant(seconds: 1)).count
        == 1)
    #expect(
      report.lines(followed("no image (9s)"), now: Instant(seconds: 9)).isEmpty)
    #expect(
      report.lines(followed("crashed (10s)"), now: Instant(seconds: 10)).count
        == 1)
    #expect(
      report.lines(followed("crashed (50s)"), now: Instant(seconds: 50)).count
        == 1)
  }

  @Test func manualNamesEveryCommandAndEscapesRoff() throws {
    let text = ManualPage([
      "abstract": "A console.",
      "subcommands": [
        [
          "commandName": "plan", "abstract": ".starts with a dot",
          "arguments": [
            [
              "kind": "option", "valueName": "dir", "abstract": "Where.",
              "names": [["kind": "long", "name": "stack"]],
            ]
          ],
        ],
        ["commandName": "hidden", "shouldDisplay": false],
      ],
    ]).text
    #expect(text.contains(".SS plan\n\\&.starts with a dot\n"))
    #expect(text.contains(".B \\-\\-stack <dir>\nWhere.\n"))
    #expect(!text.contains("hidden"))
  }
}
