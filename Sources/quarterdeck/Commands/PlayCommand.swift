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
      Without --yes and --check the playbook is only rendered, as `render` \
      does.
      """)

  @Argument(help: "The playbook.", completion: .file())
  var file: String

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var variables: VariableOptions

  @OptionGroup var vault: VaultOptions

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Only tasks with one of these tags, separated by commas; may be given "
        + "again.", valueName: "tags"))
  var tags: [String] = []

  @Option(
    help: ArgumentHelp(
      "No tasks with one of these tags, separated by commas; may be given "
        + "again.", valueName: "tags"))
  var skipTags: [String] = []

  @Flag(
    name: [.customShort("C"), .long],
    help: "Run the tasks in check mode: they say what they would change.")
  var check = false

  @Flag(
    name: .short,
    help: "Show debug tasks of a higher verbosity; -vv shows more.")
  var verbosity: Int

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Only localhost; other hosts are for ansible-playbook.",
      valueName: "host"))
  var inventory: String?

  @Flag(help: "Really run it.")
  var yes = false

  func run() throws {
    var target = StackOptions()
    target.stack = folder
    try checkInventory()
    let secrets = try vault.vaultIfNamed(
      Configuration(
        project: target.directory, environment: currentEnvironment(),
        files: DiskSources()))
    let workshop = try Workshop(vault: secrets)
    guard (try? workshop.files.exists(absolutePath(file))) == true else {
      throw Failure(.badInput, "there is no playbook \(file.printable)")
    }
    let project = Project(
      directory: target.directory, catalogue: workshop.catalogue,
      vault: workshop.vault, environment: workshop.environment,
      files: DiskSources())
    var job = RoleJob(
      .playbook(absolutePath(file)), in: project,
      extraVariables: try variables.json(vault: secrets), tags: words(tags),
      skipTags: words(skipTags))
    job.secretVariables = try variables.secretNames(vault: secrets)
    job.isCheckMode = check
    job.verbosity = verbosity
    let isReal = yes || check
    let layout = StackLayout(directory: target.directory)
    let ending = try Waiting.run { [cluster, job] in
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

  private func words(_ lists: [String]) -> Set<String> {
    Set(
      lists.flatMap { $0.split(separator: ",") }.map { word in
        String(word.filter { !$0.isWhitespace })
      })
  }

  /// Plays run on this machine alone.
  private func checkInventory() throws {
    let hosts = (inventory ?? "").split(separator: ",")
    if let other = hosts.first(where: {
      !["localhost", "127.0.0.1"].contains($0)
    }) {
      throw Failure(
        .usage,
        "-i \(other): plays run on localhost alone; "
          + "ansible-playbook runs them on other hosts")
    }
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
