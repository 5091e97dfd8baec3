// `quarterdeck run-worker`: the run's own process. Not for people.

import ArgumentParser
import Run

struct RunWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run-worker",
    abstract: "Execute a frozen plan (started by deploy and the console).",
    shouldDisplay: false)

  @OptionGroup var cluster: ClusterOptions

  @Option var vaultPasswordFile: String?

  @Argument var directory: String
  @Argument var number: Int

  func run() throws {
    var target = StackOptions()
    target.stack = directory
    target.vaultPasswordFile = vaultPasswordFile
    let number = number
    let succeeded = try withSite(target, cluster) { site in
      try await RunWorker(site.context).run(
        site.layout.directory, number: number)
    }
    if !succeeded { Quarterdeck.exit(withCode: .failed) }
  }
}
