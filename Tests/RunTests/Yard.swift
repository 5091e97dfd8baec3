// A stack of small roles and a rehearsed cluster, for whole runs.

import Ansible
import AnsibleKubernetes
import Foundation
import Kubernetes
import Platform
import Rehearsal
import Stack

@testable import Run

/// Everything that a run needs, on a temporary directory.
///
/// Its catalogue has three services: `store` and `cache` in the stage data, and
/// `api`, which requires both, in the stage web.
final class Yard: Sendable {
  let directory: String
  let cluster: Rehearsal
  let context: RunContext
  let time = FastTime()

  /// A yard with the small catalogue, or with another one.
  init(
    catalogue other: String? = nil, services: [String] = ["api"],
    configuration: RehearsalConfiguration = RehearsalConfiguration()
  ) throws {
    directory = NSTemporaryDirectory() + "quarterdeck-\(UUID().uuidString)"
    let catalogue = other ?? directory + "/roles"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    for (path, text) in other == nil ? SmallRoles.files : [:] {
      let file = URL(filePath: catalogue + "/" + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let files = LocalFiles()
    let store = StackStore(files: files, catalogue: catalogue)
    cluster = Rehearsal(configuration, clock: .following(time))
    context = RunContext(
      store: store,
      engine: RoleEngine(machine: PlatformMachine(time: time)),
      cluster: cluster, files: files, processes: LocalProcesses(), time: time,
      catalogue: catalogue, environment: [:])
    _ = try store.create(
      directory + "/lab", services: services,
      settings: StackSettings(isRehearsal: true))
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  var stack: OpenStack {
    get throws { try context.store.open(directory + "/lab") }
  }

  func edit(_ edits: StackEdit...) throws {
    _ = try context.store.apply(edits, to: try stack)
  }

  func write(_ path: String, _ text: String) throws {
    let file = URL(filePath: directory + "/lab/" + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  func plan(
    _ operation: RunOperation = .deploy
  ) async throws -> Plan {
    try await Planner(context).plan(try stack, PlanRequest(operation)).plan
  }

  var launcher: RunLauncher {
    RunLauncher(context, program: "/bin/false", arguments: [])
  }

  func freeze(
    _ plan: Plan, _ consent: RunConsent = RunConsent()
  ) async throws -> RunFiles {
    try await launcher.freeze(plan, consent: consent, for: try stack)
  }

  /// Executes a frozen plan here; the run's last snapshot.
  @discardableResult
  func execute(_ files: RunFiles) async throws -> RunSnapshot {
    _ = try await RunWorker(context).run(
      try stack.layout.directory, number: files.number)
    return try snapshot(files.number)
  }

  /// Plans, freezes and executes.
  func deploy(_ operation: RunOperation = .deploy) async throws -> RunSnapshot {
    try await execute(try await freeze(try await plan(operation)))
  }

  func snapshot(_ number: Int) throws -> RunSnapshot {
    guard let run = history.run(number, try stack.layout) else {
      throw RunProblem("there is no run \(number)")
    }
    return run.snapshot
  }

  var history: RunHistory {
    RunHistory(files: context.files, processes: context.processes)
  }

  func journal(_ number: Int) throws -> [JournalEvent] {
    history.journal(number, try stack.layout).map(\.event)
  }

  func releases() throws -> ReleaseStore {
    ReleaseStore(cluster: cluster, stack: "lab", namespace: "openstack")
  }
}

/// A clock on which a second takes ten milliseconds.
///
/// Whole deployments wait for minutes of the cluster's time; nothing in them
/// depends on how long that takes here.
struct FastTime: TimeSource {
  private let start = ContinuousClock.now
  private static let factor = 100.0

  var uptime: Duration { (ContinuousClock.now - start) * Self.factor }
  var wallTime: Duration { .seconds(1_767_225_600) + uptime }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration / Self.factor, clock: .continuous)
  }
}
