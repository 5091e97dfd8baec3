// Journals survive what happens to the process that writes them.

import Kubernetes
import Platform
import Testing

@testable import Run

@Suite struct JournalTests {
  private let path = "/run/journal.jsonl"

  private func files() throws -> Platform.MemoryFiles {
    let files = Platform.MemoryFiles()
    try files.makeFolder("/run", mode: .privateFolder)
    return files
  }

  private let reference = ObjectReference(
    .deployment, namespace: "openstack", name: "keystone-api")

  private var events: [JournalEvent] {
    [
      .started(
        RunHeader(
          number: 3, operation: .deploy, engine: .quarterdeck,
          holder: "a@b",
          process: ProcessIdentity(pid: 1, startTicks: 2, boot: "c"),
          plan: "d")),
      .stageStarted(stage: "identity"),
      .componentStarted(component: "keystone", entryPoint: "main"),
      .task(
        component: "keystone", name: "Apply", location: "x.yml:3",
        status: .changed, message: nil),
      .wrote(
        component: "keystone", object: reference, verb: "apply",
        changed: true, uid: "u"),
      .waiting(component: "keystone", object: reference),
      .held(sentence: "why"), .resumed,
      .componentFinished(
        component: "keystone", entryPoint: "main", succeeded: true,
        sentence: nil),
      .componentHeld(component: "glance", sentence: "waits"),
      .stageFinished(stage: "identity"), .released(number: 2),
      .closing(
        ClosingPage(
          endpoints: [
            ReachableEndpoint(
              component: "keystone", name: "public", url: nil, how: "x")
          ], cloudsFile: nil)),
      .finished(succeeded: false, sentence: "no"),
    ]
  }

  @Test func everyEventIsReadBackAsItWasWritten() async throws {
    let files = try files()
    let writer = try JournalWriter(
      files: files, path: path, time: HandTurnedTime())
    for event in events { try await writer.write(event) }
    var reader = JournalReader(files: files, path: path)
    let entries = try reader.read()
    #expect(entries.map(\.event) == events)
    #expect(entries.map(\.sequence) == Array(1...events.count))
    #expect(try reader.read().isEmpty)
  }

  @Test func aTornLineWaitsForItsEnd() throws {
    let files = try files()
    let entry = JournalEntry(
      sequence: 1, time: Instant(seconds: 1), event: .resumed)
    let line = try RunCoding.encode(entry) + [UInt8(ascii: "\n")]
    try files.append(
      Array(line.prefix(9)), to: path, mode: .secret, synced: false)
    var reader = JournalReader(files: files, path: path)
    #expect(try reader.read().isEmpty)
    try files.append(
      Array(line.dropFirst(9)), to: path, mode: .secret, synced: false)
    #expect(try reader.read() == [entry])
  }

  @Test func aLineTornByACrashIsPassedOver() async throws {
    let files = try files()
    let first = try JournalWriter(
      files: files, path: path, time: HandTurnedTime())
    try await first.write(.resumed)
    try files.append(
      Array(#"{"event":{"sta"#.utf8), to: path, mode: .secret, synced: false)
    let second = try JournalWriter(
      files: files, path: path, time: HandTurnedTime())
    try await second.write(.finished(succeeded: true, sentence: nil))
    var reader = JournalReader(files: files, path: path)
    let entries = try reader.read()
    #expect(entries.map(\.sequence) == [1, 2])
    #expect(
      entries.last?.event == .finished(succeeded: true, sentence: nil))
  }

  @Test func noJournalYetIsNoEntry() throws {
    var reader = JournalReader(files: try files(), path: path)
    #expect(try reader.read().isEmpty)
  }

  private var plan: Plan {
    Plan(
      number: 3, operation: .deploy, stack: "lab", namespace: "openstack",
      isRehearsal: true, made: Instant(seconds: 0),
      stages: [
        PlanStage(
          name: "identity",
          components: [
            PlannedComponent(
              name: "keystone", service: "keystone",
              entryPoints: ["main", "test"],
              objects: [
                PlannedObject(reference: reference, outcome: .create)
              ])
          ]),
        PlanStage(
          name: "images",
          components: [PlannedComponent(name: "glance", service: "glance")]),
      ])
  }

  @Test func progressFollowsTheEntries() {
    var progress = RunProgress(plan: plan)
    func component(_ stage: Int) -> ComponentProgress {
      progress.snapshot.stages[stage].components[0]
    }
    #expect(component(0).state == .waiting)
    for (index, event) in events.prefix(5).enumerated() {
      progress.apply(
        JournalEntry(
          sequence: index + 1, time: Instant(seconds: 5), event: event))
    }
    #expect(component(0).state == .running)
    #expect(component(0).written == 1)
    #expect(
      progress.inventory.components["keystone"]
        == [Inventory.Item(reference, uid: "u")])
    for (index, event) in events.dropFirst(5).enumerated() {
      progress.apply(
        JournalEntry(
          sequence: index + 6, time: Instant(seconds: 9), event: event))
    }
    // Its test is still to come.
    #expect(component(0).state == .running)
    #expect(component(1).state == .held)
    #expect(progress.snapshot.state == .failed("no"))
    #expect(progress.snapshot.finished == Instant(seconds: 9))
  }

  @Test func aDeadProcessIsAnInterruptedRun() {
    var progress = RunProgress(plan: plan)
    progress.apply(
      JournalEntry(sequence: 1, time: Instant(seconds: 5), event: .resumed))
    progress.interrupt(at: Instant(seconds: 50))
    guard case .interrupted(let sentence) = progress.snapshot.state else {
      Issue.record("\(progress.snapshot.state)")
      return
    }
    #expect(sentence.contains("1970-01-01T00:00:05Z"))
    #expect(sentence.contains("deploy again"))
  }

  @Test func plansAreWrittenAndReadBack() throws {
    let bytes = try RunCoding.encode(plan)
    #expect(try RunCoding.decode(Plan.self, from: bytes) == plan)
    #expect(try RunCoding.encode(plan) == bytes)
  }
}
