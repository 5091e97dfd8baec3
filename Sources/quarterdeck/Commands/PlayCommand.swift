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

  @Flag(
    name: [.customShort("D"), .long],
    help: "Show what changes in files; with --check what would.")
  var diff = false

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A file in INI or YAML, or a list of hosts with a comma; plays run on "
        + "this machine alone. May be given again.", valueName: "inventory"))
  var inventory: [String] = []

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Only these of the plays' hosts; may be given again.",
      valueName: "hosts"))
  var limit: [String] = []

  @Option(
    help: ArgumentHelp(
      "Begin with the task of this name, a pattern.", valueName: "name"))
  var startAtTask: String?

  @OptionGroup var listing: PlayListingOptions

  @Flag(help: "Really run it.")
  var yes = false

  func validate() throws {
    if diff, !yes, !check, !listing.isAsked {
      throw ValidationError(
        "--diff shows what changes while it does: add --check or --yes")
    }
  }

  func run() throws {
    var target = StackOptions()
    target.stack = folder
    let configuration = Configuration(
      project: target.directory, environment: currentEnvironment(),
      files: DiskSources())
    let secrets = try vault.vaultIfNamed(configuration)
    let inventory = try chosenHosts(configuration, secrets)
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
      extraVariables: try variables.json(vault: secrets), tags: chosenTags,
      skipTags: words(skipTags))
    job.secretVariables = try variables.secretNames(vault: secrets)
    job.isCheckMode = check
    job.inventory = inventory
    job.startAtTask = startAtTask
    job.showsDiff = diff
    job.verbosity = verbosity
    if listing.isAsked { return try list(job, workshop) }
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

  /// The tags of the tasks that run; those that are listed are all of them
  /// where nothing else was asked for.
  private var chosenTags: Set<String> {
    listing.listTags && tags.isEmpty && skipTags.isEmpty
      ? ["all", "never"] : words(tags)
  }

  private func words(_ lists: [String]) -> Set<String> {
    Set(
      lists.flatMap { $0.split(separator: ",") }.map { word in
        String(word.filter { !$0.isWhitespace })
      })
  }

  /// The hosts that plays may name; they run on this machine alone.
  private func chosenHosts(
    _ configuration: Configuration, _ vault: Vault
  ) throws -> HostInventory {
    var inventory = HostInventory()
    let named =
      self.inventory.isEmpty
      ? Self.usualInventories(configuration) : self.inventory
    for text in named {
      if text.contains(",") {
        inventory.add(hostList: text)
        continue
      }
      do {
        try InventoryFile(
          absolutePath(text), files: DiskSources(), vault: vault
        ).read(into: &inventory)
      } catch {
        throw Failure(.badInput, "-i \(text): \(error)".printable)
      }
    }
    if !limit.isEmpty { inventory.limit = limit }
    var chosen = inventory
    if !inventory.isEmpty, chosen.choose(["all"]).hosts.isEmpty {
      throw Failure(
        .usage, "--limit \(limit.joined(separator: ",")) leaves no host")
    }
    return inventory
  }

  /// The inventories that the environment or ansible.cfg names, else the
  /// machine's where there is one.
  private static func usualInventories(
    _ configuration: Configuration
  ) -> [String] {
    if let list = currentEnvironment()["ANSIBLE_INVENTORY"], !list.isEmpty {
      return list.split(separator: ",").map(String.init)
    }
    if let list = configuration["defaults", "inventory"] {
      let base = configuration.file.split(
        separator: "/", omittingEmptySubsequences: false
      ).dropLast().joined(separator: "/")
      return list.split(separator: ",").map { part in
        let path = part.drop { $0.isWhitespace }
        return path.hasPrefix("/") || base.isEmpty
          ? String(path) : "\(base)/\(path)"
      }
    }
    let usual = "/etc/ansible/hosts"
    return DiskSources().isFile(usual) ? [usual] : []
  }

  /// Lists what the playbook holds, and does nothing.
  private func list(_ job: RoleJob, _ workshop: Workshop) throws {
    let found: (plays: [PlayListing], refusals: [Refusal])
    do {
      found = try workshop.engine.list(playbook: absolutePath(file), job)
    } catch {
      throw Self.failure(error)
    }
    for line in PlayReport.listing(
      listing.showsPlays ? found.plays : [], of: file,
      hosts: listing.listHosts, tasks: listing.listTasks,
      tags: listing.listTags)
    {
      Report.line(line.printableText)
    }
    for refusal in found.refusals {
      Report.standardError("\(refusal)".printable)
    }
    if !found.refusals.isEmpty {
      Quarterdeck.exit(withCode: ProgramStatus.refused)
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
      if let diff = PlayReport.diff(of: event) { Report.line(diff) }
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
