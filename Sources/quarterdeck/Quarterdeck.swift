// The program: its commands, and what its exit status says.

import ArgumentParser

/// Where the program starts.
///
/// The main thread stays free of Swift concurrency: the console polls the
/// terminal on it, and every other command waits on it for one task.
@main
enum Program {
  static func main() {
    do {
      var command = try Quarterdeck.parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Report.standardError(failure.description)
      Quarterdeck.exit(withCode: failure.status)
    } catch {
      Quarterdeck.exit(withCode: Report.parsing(error))
    }
  }
}

extension Quarterdeck {
  static func exit(withCode status: ProgramStatus) -> Never {
    exit(withError: ExitCode(status.rawValue))
  }
}

struct Quarterdeck: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "quarterdeck",
    abstract: "A terminal deployment console for OpenStack on Kubernetes.",
    discussion: """
      Without a command it opens the console on the stack in this directory, \
      or guides through a first one.

      \(ProgramStatus.help)
      """,
    version: version,
    subcommands: [
      NewCommand.self, ServicesCommand.self, ParametersCommand.self,
      SetCommand.self, RenderCommand.self, PlanCommand.self,
      CheckCommand.self, DeployCommand.self, StatusCommand.self,
      RemoveCommand.self, TemplateCommand.self, RoleCommand.self,
      PlayCommand.self, VaultCommand.self, ManualCommand.self,
      ConsoleCommand.self,
      RunWorkerCommand.self,
    ], defaultSubcommand: ConsoleCommand.self)
}
