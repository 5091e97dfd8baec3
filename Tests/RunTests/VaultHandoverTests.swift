// How vault passwords reach the run's process, and how they do not.

import Ansible
import Platform
import Stack
import Testing

@testable import Run

@Suite struct VaultHandoverTests {
  private let vault = Vault(secrets: [
    VaultSecret(password: "correct horse"),
    VaultSecret(id: "prod", password: Array("b\u{e4}t".utf8)),
  ])

  @Test func theyComeOutAsTheyWentIn() throws {
    let bytes = try VaultHandover.bytes(of: vault)
    #expect(try VaultHandover.vault(from: bytes).secrets == vault.secrets)
    #expect(throws: (any Error).self) {
      try VaultHandover.vault(from: Array("nonsense".utf8))
    }
  }

  @Test func theyTravelByTheInputAlone() async throws {
    let yard = try Yard()
    let processes = ScriptedProcesses()
    var context = yard.context
    context.processes = processes
    context.vault = vault
    let launcher = RunLauncher(
      context, program: "/bin/quarterdeck", arguments: ["run-worker"])
    let plan = try await yard.plan()
    let task = Task { try await launcher.start(plan, for: try yard.stack) }
    while processes.commands.isEmpty {
      try await Task.sleep(for: .milliseconds(1))
    }
    task.cancel()
    _ = try? await task.value
    let command = try #require(processes.commands.first)
    #expect(
      command.arguments == [
        "run-worker", VaultHandover.option, try yard.stack.layout.directory,
        "1",
      ])
    #expect(command.input == .bytes(try VaultHandover.bytes(of: vault)))
    #expect(command.environment.isEmpty)
  }
}
