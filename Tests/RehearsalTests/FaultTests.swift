// Faults: reading their texts, and what they do to a rollout.

import Kubernetes
import Rehearsal
import Testing

@Suite struct FaultTextTests {
  @Test(arguments: [
    "image:keystone_api", "crash:db", "slow:a.b", "unschedulable:x",
    "api-down:30",
  ])
  func reads(text: String) throws {
    #expect(try Fault(parsing: text).description == text)
  }

  @Test(arguments: [
    ("keystone", "KIND:TARGET"), ("melt:keystone", "no kind of fault"),
    ("image:", "is a fault of nothing"), ("api-down:soon", "1 to 86400"),
    ("api-down:0", "1 to 86400"), ("image:a b", "cannot be a component"),
    ("image:\u{1b}[2J", "cannot be a component"),
  ])
  func refuses(text: String, part: String) {
    do {
      _ = try Fault(parsing: text)
      Issue.record("\(text) was read")
    } catch {
      #expect("\(error)".contains(part))
      #expect(!"\(error)".contains("\u{1b}"))
    }
  }
}

@Suite struct FaultTests {
  let stage = Stage()

  func faulty(_ text: String) async throws -> Stage {
    try await stage.rehearsal.add(Fault(parsing: text))
    return stage
  }

  @Test func aMissingImageIsToldAtOnceAndCorrectedByAnother() async throws {
    let stage = try await faulty("image:keystone_api")
    let reference = try await stage.deploy("keystone-api", image: "k:typo")
    let other = try await stage.deploy("glance", image: "g:1")
    try await stage.run(for: .seconds(8))
    let verdict = try await stage.verdict(reference)
    #expect(verdict.state == .failed && verdict.reason == "ImageNotFound")
    #expect(verdict.sentence.hasPrefix("image k:typo does not exist"))
    #expect(try await stage.verdict(other).state == .current)
    let diagnosis = try await stage.diagnosis(reference)
    #expect(diagnosis?.nextStep.kind == .changeParameter)
    // It backs off, and stays what it is.
    try await stage.run(for: .seconds(60))
    #expect(try await stage.verdict(reference).reason == "ImageNotFound")

    // Asking for the same fault again does not break the correction.
    try await stage.rehearsal.add(Fault(parsing: "image:keystone_api"))
    _ = try await stage.deploy("keystone-api", image: "k:good")
    try await stage.run(for: .seconds(30))
    #expect(try await stage.verdict(reference).state == .current)
  }

  @Test func aCrashIsAFailureOnlyAfterAWhile() async throws {
    let stage = try await faulty("crash:web")
    let reference = try await stage.deploy("web")
    try await stage.run(for: .seconds(8))
    let early = try await stage.verdict(reference)
    #expect(early.state == .inProgress && early.reason == "CrashLoop")
    try await stage.run(for: .seconds(60))
    let late = try await stage.verdict(reference)
    #expect(late.state == .failed && late.reason == "CrashLoop")
    #expect(late.sentence.contains("exit code 1"))
    let pod = try #require(try await stage.pods("web").first)
    #expect(pod.containers[0].restarts >= 1)
    let log = try await stage.log(pod.name, isPrevious: true)
    #expect(log.contains("exit code 1"))
    // Another template goes unharmed.
    _ = try await stage.deploy("web", image: "img:2")
    try await stage.run(for: .seconds(60))
    #expect(try await stage.verdict(reference).state == .current)
  }

  @Test func aCrashingJobReachesItsLimit() async throws {
    let stage = try await faulty("crash:sync")
    var job = KubernetesObject([
      "apiVersion": "batch/v1", "kind": "Job",
      "metadata": ["name": "sync", "namespace": "default"],
      "spec": [
        "backoffLimit": 1,
        "template": [
          "spec": [
            "restartPolicy": "Never",
            "containers": [["name": "c", "image": "i:1"]],
          ]
        ],
      ],
    ])
    job = try await stage.rehearsal.apply(job, ApplyOptions())
    try await stage.run(for: .seconds(10))
    #expect(try await stage.verdict(job.reference).reason == "Retrying")
    try await stage.run(for: .seconds(30))
    let verdict = try await stage.verdict(job.reference)
    #expect(
      verdict.state == .failed && verdict.reason == "BackoffLimitExceeded")
    #expect(
      try await stage.rehearsal.get(job.reference).status["failed"] == 2)
  }

  @Test func slownessEnds() async throws {
    let stage = try await faulty("slow:web")
    let reference = try await stage.deploy(
      "web",
      container: ["readinessProbe": ["httpGet": ["port": 80, "path": "/up"]]])
    try await stage.run(for: .seconds(40))
    let verdict = try await stage.diagnosis(reference)
    #expect(
      verdict?.sentence.contains("readiness probe of container c (GET :80/up)")
        == true)
    #expect(try await stage.verdict(reference).state == .inProgress)
    try await stage.run(for: .seconds(120))
    #expect(try await stage.verdict(reference).state == .current)
  }

  @Test func unschedulablePodsSaySoUntilTheFaultIsGone() async throws {
    let stage = try await faulty("unschedulable:web")
    let reference = try await stage.deploy("web")
    try await stage.run(for: .seconds(30))
    #expect(
      try await stage.verdict(reference).sentence.contains(
        "3 Insufficient cpu"))
    try await stage.run(for: .seconds(120))
    #expect(try await stage.verdict(reference).state == .failed)
    try await stage.rehearsal.remove(Fault(parsing: "unschedulable:web"))
    try await stage.run(for: .seconds(20))
    #expect(try await stage.verdict(reference).state == .current)
  }

  @Test func theServerComesBack() async throws {
    let stage = try await faulty("api-down:30")
    await #expect {
      _ = try await stage.rehearsal.list(ListQuery(.node))
    } throws: { ($0 as? ClusterError)?.cause == .unreachable }
    await #expect {
      _ = try await stage.deploy("web")
    } throws: { ($0 as? ClusterError)?.isTransient == true }
    try await stage.run(for: .seconds(31))
    #expect(try await stage.rehearsal.list(ListQuery(.node)).items.count == 3)
  }
}
