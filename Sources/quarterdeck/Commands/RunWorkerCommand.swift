// `quarterdeck run-worker`: the run's own process. Not for people.

import Ansible
import ArgumentParser
import Run

struct RunWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run-worker",
    abstract: "Execute a frozen plan (started by deploy and the console).",
    shouldDisplay: false)

  @OptionGroup var cluster: ClusterOptions

  @Flag(help: "Read the vault's passwords from standard input.")
  var vaultPasswordsFromInput = false

  @Argument var directory: String
  @Argument var number: Int

  func run() throws {
    let vault =
      vaultPasswordsFromInput
      ? try VaultHandover.vault(from: try Input.read("-")) : Vault()
    let workshop = try Workshop(vault: vault)
    let number = number
    let succeeded = try withSite(absolutePath(directory), workshop, cluster) {
      site in
      try await RunWorker(site.context).run(
        site.layout.directory, number: number)
    }
    if !succeeded { Quarterdeck.exit(withCode: .failed) }
  }
}
