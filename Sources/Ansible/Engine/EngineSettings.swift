// What a run needs beside the playbook: where things are, what it may do, and
// whom it tells.

import Jinja

/// The settings of one run.
public struct EngineSettings: Sendable {
  /// The directory of the playbook.
  public var directory: String
  public var rolePath: RolePath
  public var reader: ProjectReader
  public var templating: Templating
  public var modules: ModuleTable
  public var machine: any LocalMachine
  /// What facts about the machine are read from.
  public var factSource: any FactSource = LocalFactSource()
  /// When plays gather facts.
  public var gathering = FactGatheringRule.implicit
  /// Whether facts are variables of their own too (INJECT_FACTS_AS_VARS).
  public var injectsFacts = true
  /// Whether a role that is run without a playbook gathers facts first.
  public var gathersFactsForRoles = false
  /// Lookups that read the cluster; nil where there is none to read.
  public var awaitedLookups: AwaitedLookups?
  /// Extra vars: they win over all others.
  public var extraVariables: [String: Value] = [:]
  /// The hosts that plays may name.
  public var inventory = HostInventory()
  /// The task that the run begins with (`--start-at-task`), a pattern.
  public var startAtTask: String?
  public var tags: Set<String> = []
  public var skipTags: Set<String> = []
  /// Whether the run only shows what it would do.
  public var isPreview = false
  /// Whether tasks are to change nothing (`--check`).
  public var isCheckMode = false
  /// Whether results tell what changes in files (`--diff`).
  public var showsDiff = false
  public var mergesDictionaries = false
  public var errorsOnMissingHandler = true
  public var verbosity = 0
  /// Environment variables of the process, for magic variables.
  public var environment: [String: String] = [:]
  /// ansible.cfg's path; empty where there is none.
  public var configurationFile = ""

  public init(
    directory: String, rolePath: RolePath, reader: ProjectReader,
    templating: Templating, modules: ModuleTable, machine: any LocalMachine
  ) {
    self.directory = directory
    self.rolePath = rolePath
    self.reader = reader
    self.templating = templating
    self.modules = modules
    self.machine = machine
  }

  var search: FileSearch { FileSearch(project: directory, files: reader.files) }
}

/// When a play gathers facts (DEFAULT_GATHERING).
public enum FactGatheringRule: String, Sendable {
  /// Unless the play says `gather_facts: false`.
  case implicit
  /// Only where the play says `gather_facts: true`.
  case explicit
  /// As implicit, but only the first play that does.
  case smart
}

/// Whoever is told what happens in a run.
public protocol RunObserver: Sendable {
  /// Whether events are to carry the results of tasks, which cost writing.
  var wantsResults: Bool { get }
  func happened(_ event: RunEvent) async
  func decidedDuringRun(_ task: TaskReference, _ reason: String)
  func local(_ action: LocalAction)
  func warned(_ sentence: String)
}

extension RunObserver {
  public var wantsResults: Bool { true }
}

/// The modules that tasks may call, by every name they go by.
public struct ModuleTable: Sendable {
  private var byName: [String: any Module] = [:]

  /// A table of these modules; a later one wins over an earlier one.
  public init(_ modules: [any Module]) {
    for module in modules {
      for name in module.names { byName[name] = module }
    }
  }

  /// The module under a name as written in a task, with `collections` searched
  /// for short names.
  public func find(_ name: String, collections: [String] = []) -> (any Module)?
  {
    if let found = byName[name] { return found }
    if !name.contains(".") {
      for collection in collections {
        if let found = byName["\(collection).\(name)"] { return found }
      }
      return byName["ansible.builtin.\(name)"]
    }
    return name.hasPrefix("ansible.legacy.")
      ? byName["ansible.builtin." + name.dropFirst("ansible.legacy.".count)]
      : nil
  }

  /// All first names, sorted.
  public var names: [String] {
    Set(byName.values.compactMap(\.names.first)).sorted()
  }
}

extension EngineSettings {
  /// Takes what ansible.cfg and the environment say of facts.
  public mutating func takeFactRules(
    of configuration: Configuration, environment: [String: String]
  ) {
    func setting(_ name: String) -> Value? {
      try? AnsibleSetting.value(
        name, configuration: configuration, environment: environment,
        variable: { _ in nil })?.value
    }
    gathering =
      setting("DEFAULT_GATHERING")?.text.flatMap {
        FactGatheringRule(rawValue: $0)
      } ?? .implicit
    injectsFacts = setting("INJECT_FACTS_AS_VARS")?.boolean ?? true
  }
}
