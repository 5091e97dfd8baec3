// The rehearsal on disk: several processes see one cluster, a new one goes on
// where the last stopped, and a broken or newer folder is refused in a sentence.

import Kubernetes
import Platform
import Rehearsal
import Testing

@Suite struct StorageTests {
  let files = MemoryFiles()
  let time = HandTurnedTime()
  let folder = "/stack/.quarterdeck/rehearsal"

  func open(_ clock: Rehearsal.Clock? = nil) throws -> Stage {
    Stage(
      try Rehearsal(
        folder: folder, files: files, clock: clock ?? .following(time)))
  }

  /// Everything that a cluster shows.
  func all(_ stage: Stage) async throws -> [KubernetesObject] {
    var objects: [KubernetesObject] = []
    for resource in try await stage.rehearsal.resources().resources {
      objects += try await stage.rehearsal.list(
        ListQuery(resource.objectKind)
      ).items
    }
    return objects
  }

  @Test func twoProcessesSeeTheSame() async throws {
    let one = try open()
    let two = try open()
    try await one.deploy("web", replicas: 2)
    time.advance(by: .seconds(3))
    #expect(try await two.pods("web").count == 2)
    try await two.deploy("db")
    time.advance(by: .milliseconds(2_300))
    let early = try await all(one)
    #expect(early == (try await all(two)))
    time.advance(by: .seconds(30))
    try await two.rehearsal.add(Fault(parsing: "crash:web"))
    try await one.deploy("web", image: "img:2", replicas: 2)
    for _ in 0..<20 {
      time.advance(by: .milliseconds(700))
      // Only one of them looks meanwhile, which must not matter.
      _ = try await all(one)
    }
    #expect(try await all(one) == (try await all(two)))
    #expect(try await two.rehearsal.faults.map(\.description) == ["crash:web"])
  }

  @Test func aLaterProcessGoesOn() async throws {
    let reference: ObjectReference
    do {
      let first = try open()
      reference = try await first.deploy("web", replicas: 3)
      time.advance(by: .seconds(1))
    }
    time.advance(by: .seconds(60))
    let second = try open()
    #expect(try await second.verdict(reference).state == .current)
    #expect(try await all(second) == (try await all(try open())))
  }

  @Test func aHandTurnedClockIsShared() async throws {
    let clock = Rehearsal.Clock.handTurned(start: Stage.start)
    let one = try open(clock)
    let reference = try await one.deploy("web")
    try await one.run(for: .seconds(30))
    let two = try open(clock)
    #expect(try await two.verdict(reference).state == .current)
    #expect(try await two.rehearsal.now == Stage.start + .seconds(30))
  }

  @Test func aLongLogBecomesASnapshot() async throws {
    let one = try open()
    let two = try open()
    let filling = String(repeating: "x", count: 700_000)
    for number in 0..<9 {
      _ = try await one.rehearsal.apply(
        KubernetesObject([
          "apiVersion": "v1", "kind": "ConfigMap",
          "metadata": [
            "name": .string("big-\(number)"), "namespace": "default",
          ],
          "data": ["a": .string(filling)],
        ]), ApplyOptions())
      time.advance(by: .seconds(1))
    }
    try await one.deploy("web")
    let logs = try files.list(folder).map(\.name).filter { $0.hasPrefix("log") }
    #expect(logs.count <= 1 && !logs.contains("log-1.jsonl"))
    time.advance(by: .seconds(10))
    #expect(try await all(one) == (try await all(two)))
    #expect(try await all(one) == (try await all(try open())))
  }

  @Test func aTornLineIsForgotten() async throws {
    let one = try open()
    try await one.deploy("web")
    try files.append(
      Array(#"{"t":1,"do":"cre"#.utf8), to: folder + "/log-1.jsonl",
      mode: .secret, synced: false)
    let two = try open()
    #expect(
      try await two.rehearsal.list(ListQuery(.deployment)).items.count == 1)
    try await two.deploy("db")
    let three = try open()
    #expect(
      try await three.rehearsal.list(ListQuery(.deployment)).items.count == 2)
    #expect(try await all(one) == (try await all(three)))
  }

  @Test func failuresLeaveNoTrace() async throws {
    let one = try open()
    let two = try open()
    _ = try? await one.rehearsal.create(
      KubernetesObject([
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["generateName": "x-", "namespace": "default"],
      ]))
    _ = try await one.rehearsal.apply(
      Stage.workload("Deployment", "dry"), ApplyOptions(dryRun: true))
    try await one.deploy("web")
    time.advance(by: .seconds(20))
    #expect(try await all(one) == (try await all(two)))
  }

  @Test func aClockSetBackDoesNotSplitTheCluster() async throws {
    let one = try open()
    time.advance(by: .seconds(100))
    try await one.deploy("web")
    time.setWallTime(time.wallTime - .seconds(50))
    let two = try open()
    try await two.deploy("db")
    time.advance(by: .seconds(120))
    #expect(try await all(one) == (try await all(two)))
  }

  @Test func aNewerFormatIsRefusedInOneSentence() throws {
    _ = try open()
    try files.write(
      Array(#"{"format":99,"log":1}"#.utf8), to: folder + "/snapshot.json")
    #expect {
      _ = try open()
    } throws: { error in
      "\(error)".contains("was written by a newer Quarterdeck (format 99")
    }
  }

  @Test(arguments: ["", "[", #"{"format":1,"log":1}"#, "null"])
  func aBrokenSnapshotIsRefused(text: String) throws {
    _ = try open()
    try files.write(Array(text.utf8), to: folder + "/snapshot.json")
    #expect(throws: RehearsalError.self) { _ = try open() }
  }

  @Test func theFolderIsItsOwnersAlone() async throws {
    let one = try open()
    try await one.deploy("web")
    #expect(try files.status(folder)?.mode == .privateFolder)
    for name in ["snapshot.json", "log-1.jsonl"] {
      #expect(try files.status("\(folder)/\(name)")?.mode == .secret)
    }
  }

  @Test func aWatchSeesWhatOthersDo() async throws {
    let one = try open()
    let two = try open()
    let list = try await one.rehearsal.list(ListQuery(.deployment))
    let seen = Task {
      for try await event in one.rehearsal.watch(
        ListQuery(.deployment), from: list.resourceVersion)
      {
        if case .added(let object) = event { return object.name }
      }
      return ""
    }
    try await two.deploy("web")
    let clock = time
    let turning = Task {
      while !Task.isCancelled {
        clock.advance(by: .milliseconds(100))
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    #expect(try await seen.value == "web")
    turning.cancel()
  }
}
