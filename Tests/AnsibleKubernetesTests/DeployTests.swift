// The catalogue's roles deployed in-process on a rehearsed cluster.

import Ansible
import Foundation
import Kubernetes
import Rehearsal
import Synchronization
import Testing

@testable import AnsibleKubernetes

@Suite("Deploying the catalogue on a rehearsed cluster")
struct DeployTests {
  @Test("all three come up, and a second run changes nothing")
  func deploys() async throws {
    let cluster = Self.cluster()
    let engine = RoleEngine(machine: TurningMachine(cluster: cluster))
    for role in ["mariadb", "memcached", "keystone"] {
      let outcome = try await engine.run(try Self.job(role), on: cluster)
      #expect(outcome.failure?.description == nil, "\(role)")
      #expect((outcome.counts[.changed] ?? 0) > 0, "\(role)")
    }
    for role in ["mariadb", "memcached", "keystone"] {
      let outcome = try await engine.run(try Self.job(role), on: cluster)
      #expect(outcome.failure?.description == nil, "\(role) again")
      #expect(outcome.counts[.changed] == nil, "\(role) again")
      let preview = await engine.render(try Self.job(role), over: cluster)
      #expect(preview.failures.map(\.description) == [])
    }
    for entryPoint in ["test", "remove"] {
      let outcome = try await engine.run(
        try Self.job("keystone", entryPoint), on: cluster)
      #expect(outcome.failure?.description == nil, "\(entryPoint)")
    }
  }

  @Test("a hook sees every write before it is made, and can end the run")
  func holds() async throws {
    struct Held: Error {}
    let cluster = Self.cluster()
    let engine = RoleEngine(machine: TurningMachine(cluster: cluster))
    let seen = Mutex<[String]>([])
    let hooks = RunHooks(beforeWrite: { write in
      seen.withLock { $0.append(write.reference.kind) }
      if write.reference.kind == "StatefulSet" { throw Held() }
      return .write(resourceVersion: nil)
    })
    let outcome = try await engine.run(
      try Self.job("mariadb"), on: cluster, hooks: hooks)
    #expect(outcome.failure != nil)
    #expect(seen.withLock { $0.last } == "StatefulSet")
    let sets = try await cluster.list(ListQuery(.statefulSet))
    #expect(sets.items.isEmpty)
  }

  @Test("a failing image closes the gate with a reason")
  func gate() async throws {
    let cluster = Self.cluster()
    try await cluster.add(try Fault(parsing: "image:memcached"))
    let engine = RoleEngine(machine: TurningMachine(cluster: cluster))
    let outcome = try await engine.run(try Self.job("memcached"), on: cluster)
    let message = try #require(outcome.failure?.message)
    #expect(message.contains("memcached"))
    #expect(message.contains("image"))
  }

  @Test("cancelling ends a run that waits")
  func cancels() async throws {
    let cluster = Self.cluster()
    let engine = RoleEngine(machine: PlatformMachine())
    let job = try Self.job("mariadb")
    let running = Task { try await engine.run(job, on: cluster) }
    try await Task.sleep(for: .milliseconds(300))
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
  }

  @Test("a call that is cancelled while a gate looks ends the run, not a task")
  func cancelsInACall() async throws {
    let cluster = Self.cluster()
    let engine = RoleEngine(machine: CancellingMachine(cluster: cluster))
    let job = try Self.job("mariadb")
    let running = Task { try await engine.run(job, on: cluster) }
    await #expect(throws: CancellationError.self) { try await running.value }
  }

  private static func cluster() -> Rehearsal {
    var configuration = RehearsalConfiguration()
    for index in configuration.nodes.indices {
      configuration.nodes[index].labels["quarterdeck.io/control-plane"] =
        "enabled"
    }
    return Rehearsal(
      configuration, clock: .handTurned(start: Instant(seconds: 1_750_000_000)))
  }

  private static func job(
    _ role: String, _ entryPoint: String = "main"
  ) throws -> RoleJob {
    var job = RoleJob(
      .role(role, entryPoint: entryPoint), in: RenderKit.project())
    job.extraVariables = try RenderKit.secrets(role)
    return job
  }
}

/// A machine on which waiting turns the rehearsed cluster's clock.
private struct TurningMachine: IdleMachine {
  let cluster: Rehearsal

  func sleep(seconds: Double) async throws {
    try Task.checkCancellation()
    try await cluster.advance(by: .milliseconds(Int(seconds * 1000)))
  }
}

/// A machine on which the run is cancelled while it waits, and only what it
/// calls next learns of it.
private struct CancellingMachine: IdleMachine {
  let cluster: Rehearsal

  func sleep(seconds: Double) async throws {
    withUnsafeCurrentTask { $0?.cancel() }
  }
}

/// A machine on which nothing changes.
private protocol IdleMachine: LocalMachine {}

extension IdleMachine {
  func run(_ command: LocalCommand) async throws -> LocalCommandResult {
    LocalCommandResult(exitCode: 127, output: [])
  }
  func write(_ path: String, _ content: [UInt8], mode: UInt32?) throws {}
  func makeDirectory(_ path: String, mode: UInt32?) throws {}
  func remove(_ path: String) throws {}
  func owner(of path: String) -> FileOwner? { nil }
  func state(of path: String, followsLinks: Bool) -> FileState? { nil }
  func setOwner(_ path: String, _ owner: FileOwner) throws {}
  func userNumber(_ name: String) -> UInt32? { nil }
  func groupNumber(_ name: String) -> UInt32? { nil }
  func touch(_ path: String, modified: Bool, accessed: Bool) throws {}
  var wallSeconds: Int { 0 }
  var fileMask: UInt32 { 0o022 }
  func backupMark() -> String { "0" }
  func setMode(_ path: String, _ mode: UInt32) throws {}
  func link(_ path: String, to target: String, isSymbolic: Bool) throws {}
  func linkTarget(_ path: String) -> String? { nil }
  func canConnect(
    host: String, port: Int, timeoutSeconds: Double
  ) async -> Bool { false }
}
