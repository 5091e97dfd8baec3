// The door to the engine: describe a role, render what it would do, or run it.

import Ansible
import Jinja
import Kubernetes
import Synchronization

/// Runs Ansible roles and playbooks against a cluster, in this process.
///
/// One engine serves many jobs at once and keeps parsed files and compiled
/// templates between them, so that a second rendering costs a fraction of the
/// first.
public final class RoleEngine: Sendable {
  private let files: any SourceFiles
  private let environment: [String: String]
  private let machine: any LocalMachine
  private let facts: any FactSource
  private let parts = Mutex<[ProjectParts]>([])
  private let scans = Mutex<[String: ScanResult]>([:])

  /// An engine over some files.
  ///
  /// - Parameters:
  ///   - files: where roles, variables and templates are read.
  ///   - environment: environment variables as `lookup('env', …)` sees them.
  ///   - machine: what runs commands and writes files for tasks.
  ///   - facts: what facts about the machine are read from.
  public init(
    files: any SourceFiles = DiskSources(),
    environment: [String: String] = [:],
    machine: any LocalMachine = PlatformMachine(),
    facts: any FactSource = LocalFactSource()
  ) {
    self.facts = facts
    self.files = files
    self.environment = environment
    self.machine = machine
  }

  // MARK: - Describe

  /// What the files of a role say about it.
  ///
  /// Throws ``Ansible/AnsibleFailure`` where there is no such role or its
  /// files cannot be read.
  public func describe(_ role: String, in project: Project) throws
    -> RoleDescription
  {
    guard let found = project.rolePath.find(role, in: files) else {
      throw AnsibleFailure(
        "the role '\(role)' was not found in \(project.rolePath.searched)")
    }
    let settings = settings(
      RoleJob(.role(role, entryPoint: ""), in: project), isPreview: true,
      modules: Self.knownModules)
    let source = RoleSource(found, reader: settings.reader)
    let scan = AnsibleRun.scan(
      .role(role, entryPoint: ""), settings: settings)
    return RoleDescription(
      name: source.name, collection: found.collection, path: source.path,
      entryPoints: source.entryPoints(), specs: try source.argumentSpecs(),
      defaults: try source.defaultNames(),
      dependencies: try source.dependencyNames(),
      includedRoles: scan.roles.sorted(), modules: scan.modules.sorted(),
      refusals: scan.refusals)
  }

  // MARK: - Render

  /// What a job would do: its writes are collected, nothing is changed.
  ///
  /// Reads are answered from `reader`. Whatever goes wrong stands in the
  /// rendering.
  public func render(_ job: RoleJob, over reader: any ClusterReader) async
    -> RoleRendering
  {
    let notes = RenderNotes()
    let recorder = Recorder(over: reader)
    let port = ClusterPort(
      reader: recorder, writer: recorder, pods: nil, recorder: recorder,
      hooks: RunHooks(beforeWrite: { write in
        notes.add(write)
        return .write(resourceVersion: nil)
      }), time: machine)
    let settings = settings(
      job, isPreview: true, modules: .all(over: port), lookups: port)
    let scan = scanned(job, settings)
    notes.add(scan.refusals)
    if scan.refusals.isEmpty {
      do {
        let summary = try await AnsibleRun.run(
          job.target.ansible, settings: settings, observer: notes)
        notes.finish(summary)
      } catch {
        notes.add(error, job)
      }
    }
    return notes.rendering
  }

  // MARK: - List

  /// What the plays of a playbook hold, without running them.
  ///
  /// - Parameters:
  ///   - path: the playbook.
  ///   - job: with the tags and hosts that count.
  /// - Returns: the plays, and what of them would be refused.
  /// - Throws: ``Ansible/AnsibleFailure`` for files that cannot be loaded.
  public func list(
    playbook path: String, _ job: RoleJob
  ) throws -> (plays: [PlayListing], refusals: [Refusal]) {
    let settings = settings(job, isPreview: true, modules: Self.knownModules)
    return (
      try AnsibleRun.list(playbook: path, settings: settings),
      scanned(job, settings).refusals
    )
  }

  // MARK: - Run

  /// Runs a job against a cluster.
  ///
  /// Cancelling the task ends it after the call that is under way.
  ///
  /// - Returns: how it ended; a failed task is an outcome, not an error.
  /// - Throws: `Refusal` before anything is applied, ``Ansible/AnsibleFailure``
  ///   for files that cannot be loaded, `CancellationError`.
  public func run(
    _ job: RoleJob, on cluster: any Cluster, hooks: RunHooks = RunHooks()
  ) async throws -> RunOutcome {
    let port = ClusterPort(
      reader: cluster, writer: cluster, pods: cluster, recorder: nil,
      hooks: hooks, time: machine)
    let settings = settings(
      job, isPreview: false, modules: .all(over: port), lookups: port)
    if let refusal = scanned(job, settings).refusals.first { throw refusal }
    let observer = RunTeller(hooks.event)
    let target = job.target.ansible
    guard let seconds = job.timeLimitSeconds else {
      return observer.outcome(
        try await AnsibleRun.run(
          target, settings: settings, observer: observer))
    }
    let machine = machine
    return try await withThrowingTaskGroup(of: RunOutcome?.self) { group in
      group.addTask {
        observer.outcome(
          try await AnsibleRun.run(
            target, settings: settings, observer: observer))
      }
      group.addTask {
        try await machine.sleep(seconds: Double(seconds))
        return nil
      }
      defer { group.cancelAll() }
      guard let outcome = try await group.next() ?? nil else {
        throw AnsibleFailure("the run took longer than \(seconds) s")
      }
      return outcome
    }
  }

  // MARK: - Parts

  /// What is kept of a project between jobs.
  private struct ProjectParts: Sendable {
    var directory: String
    var secrets: [VaultSecret]
    var reader: ProjectReader
    var preview: Templating
    var run: Templating
  }

  private func parts(of project: Project) -> ProjectParts {
    if let known = parts.withLock({ all in
      all.first {
        $0.directory == project.directory
          && $0.secrets == project.vault.secrets
      }
    }) {
      return known
    }
    let language = ProjectLanguage(
      directory: project.directory, files: files, vault: project.vault,
      configuration: project.configuration, environment: environment)
    let made = ProjectParts(
      directory: project.directory, secrets: project.vault.secrets,
      reader: ProjectReader(
        files: files, vault: project.vault, lookups: language.lookups),
      preview: Templating(language.preview), run: Templating(language.run))
    parts.withLock { $0.append(made) }
    return made
  }

  private func settings(
    _ job: RoleJob, isPreview: Bool, modules: ModuleTable,
    lookups port: ClusterPort? = nil
  ) -> EngineSettings {
    let project = job.project
    let parts = parts(of: project)
    var settings = EngineSettings(
      directory: project.directory, rolePath: project.rolePath,
      reader: job.unsavedFiles.isEmpty
        ? parts.reader
        : parts.reader.over(
          UnsavedSources(over: files, texts: job.unsavedFiles)),
      templating: isPreview ? parts.preview : parts.run, modules: modules,
      machine: machine)
    settings.extraVariables = job.extraVariables.mapValues {
      $0.templateValue()
    }
    for name in job.secretVariables {
      settings.extraVariables[name] = settings.extraVariables[name]?
        .secretThroughout()
    }
    settings.awaitedLookups = port.map { port in
      AwaitedLookups { try await K8sLookup(port: port).items($0) }
    }
    settings.inventory = job.inventory
    settings.startAtTask = job.startAtTask
    settings.showsDiff = job.showsDiff
    settings.tags = job.tags
    settings.skipTags = job.skipTags
    settings.isPreview = isPreview
    settings.isCheckMode = job.isCheckMode
    settings.verbosity = job.verbosity
    settings.mergesDictionaries =
      project.configuration["defaults", "hash_behaviour"] == "merge"
    settings.errorsOnMissingHandler =
      project.configuration.flag("defaults", "error_on_missing_handler")
      ?? true
    settings.factSource = facts
    settings.gathersFactsForRoles = job.gathersFacts
    settings.takeFactRules(
      of: project.configuration, environment: environment)
    settings.environment = environment
    settings.configurationFile = project.configuration.file
    return settings
  }

  private func scanned(_ job: RoleJob, _ settings: EngineSettings)
    -> ScanResult
  {
    let key =
      "\(job.project.directory)\u{0}\(job.target)\u{0}\(job.inventory)"
    if let known = scans.withLock({ $0[key] }),
      known.isFresh(settings.reader.files)
    {
      return known
    }
    let made = AnsibleRun.scan(job.target.ansible, settings: settings)
    scans.withLock { $0[key] = made }
    return made
  }

  /// All modules, over no cluster: for naming them.
  private static let knownModules: ModuleTable = {
    let empty = EmptyCluster(
      serving: Discovery([]),
      version: ClusterVersion(major: 1, minor: 29, gitVersion: "v1.29.0"),
      now: Instant(seconds: 0))
    let recorder = Recorder(over: empty)
    return .all(
      over: ClusterPort(
        reader: recorder, writer: recorder, pods: nil, recorder: recorder,
        hooks: RunHooks(), time: PlatformMachine()))
  }()
}

extension RoleJob.Target {
  var ansible: AnsibleRun.Target {
    switch self {
    case .role(let name, let entryPoint):
      .role(name, entryPoint: entryPoint)
    case .playbook(let path): .playbook(path)
    }
  }
}
