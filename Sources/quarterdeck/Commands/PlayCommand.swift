// `quarterdeck play`: runs a playbook on localhost, in this process.

import Ansible
import AnsibleKubernetes
import ArgumentParser
import Kubernetes
import Platform
import Stack

struct PlayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play",
    abstract: "Run a playbook on localhost with the in-process engine.",
    discussion: """
      What the engine does not cover is refused before the first task runs. \
      Without --yes the playbook is only rendered, as `render` does.
      """)

  @Argument(help: "The playbook.", completion: .file())
  var file: String

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var variables: VariableOptions

  @Option(
    help: ArgumentHelp(
      "A file with the password of the project's Ansible Vault.",
      valueName: "file"),
    completion: .file())
  var vaultPasswordFile: String?

  @Option(help: "Only tasks with one of these tags.")
  var tags: String?

  @Option(help: "No tasks with one of these tags.")
  var skipTags: String?

  @Flag(help: "Really run it.")
  var yes = false

  func run() throws {
    var target = StackOptions()
    target.stack = folder
    target.vaultPasswordFile = vaultPasswordFile
    let workshop = try target.workshop()
    guard (try? workshop.files.exists(absolutePath(file))) == true else {
      throw Failure(.badInput, "there is no playbook \(file.printable)")
    }
    let project = Project(
      directory: target.directory, catalogue: workshop.catalogue,
      vault: workshop.vault, environment: workshop.environment,
      files: DiskSources())
    let job = RoleJob(
      .playbook(absolutePath(file)), in: project,
      extraVariables: try variables.json(), tags: words(tags),
      skipTags: words(skipTags))
    let isReal = yes
    let layout = StackLayout(directory: target.directory)
    let ending = try Waiting.run { [cluster] in
      let connected = try await cluster.connect(
        StackSettings(), layout, workshop)
      do {
        let ending =
          isReal
          ? try await Self.run(job, connected, workshop)
          : await Self.preview(job, connected, workshop)
        await connected.close()
        return ending
      } catch {
        await connected.close()
        throw Self.failure(error)
      }
    }
    if let ending { Quarterdeck.exit(withCode: ending) }
  }

  private var folder: String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  private func words(_ list: String?) -> Set<String> {
    Set((list ?? "").split(separator: ",").map(String.init))
  }

  private static func failure(_ error: any Error) -> Failure {
    switch error {
    case let refusal as Refusal: Failure(.refused, "\(refusal)".printable)
    case let failure as AnsibleFailure:
      Failure(.badInput, "\(failure)".printable)
    default: Failure(from: error)
    }
  }

  /// Runs it; the status to end with where that is not success.
  private static func run(
    _ job: RoleJob, _ connected: ConnectedCluster, _ workshop: Workshop
  ) async throws -> ProgramStatus? {
    let hooks = RunHooks(event: { event in
      if let line = PlayReport.line(of: event) { Report.line(line) }
    })
    let outcome = try await workshop.engine.run(
      job, on: connected.cluster, hooks: hooks)
    let counts = outcome.counts.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.key.rawValue)=\($0.value)" }
    Report.line(counts.joined(separator: " "))
    for warning in outcome.warnings {
      Report.standardError("warning: \(warning.printable)")
    }
    if let failure = outcome.failure {
      Report.standardError(
        "\(failure.place): \(failure.message)".printable)
    }
    return outcome.isSuccess ? nil : .failed
  }

  /// Shows what it would do; the status to end with where it could not.
  private static func preview(
    _ job: RoleJob, _ connected: ConnectedCluster, _ workshop: Workshop
  ) async -> ProgramStatus? {
    let rendering = await workshop.engine.render(job, over: connected.cluster)
    for write in rendering.writes {
      Report.standardOutput(
        WriteReport(write).yaml(component: "play", showingSecrets: false))
    }
    for action in rendering.localActions {
      Report.line("# on this machine: \(action.summary.printable)")
    }
    for refusal in rendering.refusals {
      Report.standardError("\(refusal)".printable)
    }
    for failure in rendering.failures {
      Report.standardError(
        "\(failure.place): \(failure.message)".printable)
    }
    if !rendering.refusals.isEmpty { return .refused }
    return rendering.isComplete ? nil : .failed
  }
}
