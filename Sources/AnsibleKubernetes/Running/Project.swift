// What a role is run in: the directory with its group_vars, the places where
// roles are found, and what opens its vaults.

import Ansible
import Kubernetes

/// An Ansible project: a directory with a playbook, variables and roles.
public struct Project: Sendable {
  /// The directory, absolute: `playbook_dir`, and where `group_vars/` is.
  public var directory: String
  public var rolePath: RolePath
  /// The project's ansible.cfg.
  public var configuration: Configuration
  /// Passwords that open vault texts, best first.
  public var vault: Vault

  public init(
    directory: String, rolePath: RolePath,
    configuration: Configuration = Configuration(), vault: Vault = Vault()
  ) {
    self.directory = directory
    self.rolePath = rolePath
    self.configuration = configuration
    self.vault = vault
  }

  /// The project in `directory` with the settings that Ansible would use.
  ///
  /// The roles of `catalogue` are searched last. `environment` is that of the
  /// process.
  public init(
    directory: String, catalogue: String?, vault: Vault = Vault(),
    environment: [String: String], files: some SourceFiles
  ) {
    let configuration = Configuration(
      project: directory, environment: environment, files: files)
    self.init(
      directory: directory,
      rolePath: RolePath(
        project: directory, catalogue: catalogue, configuration: configuration,
        environment: environment),
      configuration: configuration, vault: vault)
  }
}

/// What is to be run.
public struct RoleJob: Sendable {
  /// What of the project runs.
  public enum Target: Sendable, Hashable {
    /// One role's entry point, as `include_role` with `tasks_from` runs it.
    case role(String, entryPoint: String)
    /// A playbook file.
    case playbook(String)
  }

  public var project: Project
  public var target: Target
  /// Extra vars: they win over all others.
  public var extraVariables: [String: JSON]
  /// The names of extra vars that hold secrets, shown to nobody.
  public var secretVariables: Set<String> = []
  /// Files whose content is not that on disk, such as a parameters.yml that
  /// was edited and not saved yet, by absolute path.
  public var unsavedFiles: [String: String]
  /// `--tags` and `--skip-tags`.
  public var tags: Set<String>
  public var skipTags: Set<String>
  /// The hosts that plays may name.
  public var inventory = HostInventory()
  /// The task that the run begins with (`--start-at-task`), a pattern.
  public var startAtTask: String?
  /// Whether events tell what changes in files (`--diff`).
  public var showsDiff = false
  /// Whether tasks are to change nothing (`--check`).
  public var isCheckMode = false
  /// Whether a role gathers facts before it runs, as a play does that does not
  /// say; a playbook says itself.
  public var gathersFacts = false
  /// How many `-v` were given, for `debug` with a verbosity.
  public var verbosity = 0
  /// Seconds that the whole run may take; nil for no limit.
  public var timeLimitSeconds: Int?

  public init(
    _ target: Target, in project: Project,
    extraVariables: [String: JSON] = [:], unsavedFiles: [String: String] = [:],
    tags: Set<String> = [], skipTags: Set<String> = [],
    timeLimitSeconds: Int? = nil
  ) {
    self.project = project
    self.target = target
    self.extraVariables = extraVariables
    self.unsavedFiles = unsavedFiles
    self.tags = tags
    self.skipTags = skipTags
    self.timeLimitSeconds = timeLimitSeconds
  }
}

/// How a run ended.
public struct RunOutcome: Sendable, Hashable {
  /// The failure that ended it; nil where it ended well.
  public var failure: TaskFailure?
  /// Tasks by how they ended, as a play recap counts them.
  public var counts: [RunEvent.Outcome: Int]
  public var warnings: [String]

  public var isSuccess: Bool { failure == nil }

  public init(
    failure: TaskFailure? = nil, counts: [RunEvent.Outcome: Int] = [:],
    warnings: [String] = []
  ) {
    self.failure = failure
    self.counts = counts
    self.warnings = warnings
  }
}
