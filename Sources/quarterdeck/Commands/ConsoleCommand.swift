// `quarterdeck`: the console.

import ArgumentParser
import Catalogue
import Console
import Glibc
import Platform
import Terminal

struct ConsoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Open the console on a stack (also without a command).")

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions

  @Flag(help: "Draw with ASCII alone.")
  var ascii = false

  func run() throws {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw Failure(
        .usage,
        "the console needs a terminal; without one use the commands, such as "
          + "`quarterdeck plan` and `quarterdeck deploy --yes`")
    }
    Heap.keepSmall()
    let workshop = try target.workshop()
    let configuration = ConsoleConfiguration(
      themes: try Self.themes(workshop), environment: workshop.environment,
      files: workshop.files, processes: workshop.processes,
      time: workshop.time)
    var terminal = TerminalOptions(environment: workshop.environment)
    terminal.ascii = ascii || configuration.settings.ascii
    terminal.mouse = configuration.settings.mouse
    let backend = LiveBackend(
      workshop, directory: target.directory, options: cluster)
    do {
      let screen = try NcursesScreen(
        options: terminal, theme: configuration.theme)
      runConsole(on: screen, backend: backend, configuration: configuration)
      screen.close()
    } catch let error as TerminalError {
      throw Failure(.usage, error.description)
    }
    try Waiting.run { await backend.close() }
  }

  private static func themes(_ workshop: Workshop) throws -> String {
    do {
      return try Catalogue.directory(
        of: .themes, environment: workshop.environment)
    } catch {
      throw Failure(.badInput, error.description)
    }
  }
}
