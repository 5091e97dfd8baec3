// Runs plays on the one local host: sections in order, handlers after each,
// blocks with their rescue and always.

import Jinja

/// One run of a playbook or of a role's entry point.
final class PlayRunner {
  private(set) var settings: EngineSettings
  /// The directory of the playbook that was asked for.
  private let home: String
  let observer: any RunObserver
  /// Registered results and what set_fact sets.
  var facts = FactStore()
  /// What is known of the machine.
  var hostFacts = HostFacts() {
    didSet { hostFactLayer = nil }
  }
  /// The variables that they make, once they were needed.
  private var hostFactLayer: VariableLayer?
  /// Variables of include_vars.
  var includedVariables: [String: Value] = [:]
  /// Names of variables that argument specs call secrets.
  var secretNames: Set<String> = []
  /// The project's own variables: group_vars and host_vars.
  private(set) var projectLayers: [VariableLayer]
  var play = PlayState()
  var counts: [RunEvent.Outcome: Int] = [:]
  /// How many decisions that only the run can make stand around the current
  /// task.
  var uncertainty = 0
  var taskCount = 0
  /// The files and roles whose tasks run within each other, outermost first.
  var including: [String] = []
  /// Variables that change with every play or role, made once.
  var assembled = AssembledLayers()

  /// What one play holds while it runs.
  struct PlayState {
    var name = ""
    /// The name by which the play has this machine.
    var host = "localhost"
    var definition = PlayDefinition(place: SourcePlace(file: ""))
    var scope = Scope(.play, parent: nil, role: nil)
    /// The roles that the play names and those that its tasks include.
    var roles: [RoleInstance] = []
    /// Those and the roles that they depend on.
    var uses: [RoleInstance] = []
    var handlers: [TaskNode] = []
    /// How many lists of handlers were loaded.
    var handlerGroups = 0
    var notified: [String] = []
    var isRunningHandlers = false
    var variables: [VariableLayer] = []
    /// How many of them are not of vars_files.
    var ownLayers = 0
    var forcesHandlers = false
    /// Whether facts are gathered before anything else.
    var gathersFacts = false
    /// The magic variables of the play, made when first needed.
    var magic: [String: Value]?
  }

  /// How a list of tasks went.
  enum Ending {
    case done
    case failed(TaskFailure)
    /// `meta: end_play`, or end_host, which is the same with one host.
    case endPlay
    /// `meta: end_role` in the role.
    case endRole(RoleInstance)
  }

  init(_ settings: EngineSettings, observer: any RunObserver) throws {
    self.settings = settings
    home = settings.directory
    awaitedTask = settings.startAtTask
    self.observer = observer
    projectLayers = try ProjectVariables.layers(
      directory: settings.directory, reader: settings.reader,
      inventory: settings.inventory, host: play.host)
  }

  // MARK: - Plays

  /// Runs the plays of a file in order; a failed play ends the run.
  ///
  /// Throws ``AnsibleFailure`` for what cannot be loaded, ``Refusal``, and
  /// `CancellationError`.
  nonisolated(nonsending)
    func run(_ plays: [PlayDefinition]) async throws -> TaskFailure?
  {
    for definition in plays {
      if let failure = try await run(definition) { return failure }
    }
    return nil
  }

  nonisolated(nonsending)
    private func run(_ definition: PlayDefinition) async throws -> TaskFailure?
  {
    guard try begin(definition) else { return nil }
    await observer.happened(RunEvent(.playStarted, play: play.name))
    let ending = try await runSections()
    await observer.happened(RunEvent(.playEnded, play: play.name))
    if case .failed(let failure) = ending { return failure }
    return nil
  }

  nonisolated(nonsending)
    private func runSections() async throws -> Ending
  {
    let definition = play.definition
    let scope = play.scope
    // Everything static is loaded first: the roles' defaults are seen by
    // pre_tasks already, and a file that is wrong stops all.
    let sections = beginning(at: &awaitedTask, of: try compileSections())
    play.handlers += try compileHandlers(definition.handlers, in: scope)
    if play.gathersFacts, awaitedTask == nil {
      let ending = try await run([.task(TaskNode(gathering, in: scope))])
      guard case .done = ending else { return ending }
      // What the names of files are made of may be known now.
      try readVariableFiles(warn: observer.warned)
    }
    for section in sections {
      var ending = try await run(section)
      if case .failed = ending, play.forcesHandlers {
        _ = try await flushHandlers()
        return ending
      }
      guard case .done = ending else { return ending }
      ending = try await flushHandlers()
      guard case .done = ending else { return ending }
    }
    return .done
  }

  /// The static tasks of the play: before its roles, with them, after them.
  func compileSections() throws -> [[Node]] {
    let definition = play.definition
    let scope = play.scope
    let pre = try compile(definition.preTasks, in: scope)
    let roles = try definition.roles.flatMap { try compileRole($0) }
    let tasks = try compile(definition.tasks, in: scope)
    let post = try compile(definition.postTasks, in: scope)
    return [pre, roles + tasks, post]
  }

  /// Prepares a play.
  ///
  /// - Returns: whether it runs at all: not where it is for other hosts.
  func begin(_ definition: PlayDefinition) throws -> Bool {
    let host = play.host
    play = PlayState()
    play.host = host
    try enter(definition.directory ?? home)
    play.definition = definition
    play.scope = Scope(
      .play, parent: nil, role: nil, keywords: definition.keywords)
    assembled = AssembledLayers()
    play.variables = [VariableLayer("play vars", definition.variables)]
    if !definition.prompts.isEmpty {
      play.variables.append(
        VariableLayer(
          "play vars_prompt", try answers(to: definition.prompts)))
    }
    play.ownLayers = play.variables.count
    let scope = variables(for: nil, in: play.scope)
    play.gathersFacts = try gathersFacts(definition, scope)
    try readVariableFiles(
      warn: play.gathersFacts ? { _ in } : observer.warned)
    play.name =
      definition.name.flatMap { try? scope.template($0).text }
      ?? definition.hosts.map { PlainText.of($0) } ?? ""
    play.forcesHandlers =
      try definition.forceHandlers.map {
        TypeCheck.boolean(try scope.template($0)) ?? false
      } ?? false
    let chosen = try definition.choice(from: &settings.inventory) {
      try scope.template($0)
    }
    guard let host = chosen.hosts.first else {
      let names = chosen.unmatched.map { "\"\($0)\"" }
        .joined(separator: ", ")
      observer.warned(
        "\(definition.place): no hosts matched"
          + (names.isEmpty ? "" : " \(names)")
          + ", so the play \"\(play.name)\" "
          + "is skipped")
      return false
    }
    if host != play.host { try readProject(for: host) }
    play.host = host
    play.magic = nil
    return true
  }

  /// Reads the play's vars_files.
  private func readVariableFiles(warn: (String) -> Void) throws {
    play.variables.removeSubrange(play.ownLayers...)
    play.variables += try ProjectVariables.files(
      play.definition.variableFiles,
      scope: variables(for: nil, in: play.scope), search: settings.search,
      reader: settings.reader, warn: warn)
  }

  // MARK: - Facts

  private func gathersFacts(
    _ definition: PlayDefinition, _ scope: VariableScope
  ) throws -> Bool {
    let said = try definition.gatherFacts.map {
      TypeCheck.boolean(try scope.template($0)) ?? false
    }
    switch settings.gathering {
    case .implicit: return said ?? true
    case .explicit: return said ?? false
    case .smart: return (said ?? true) && !hostFacts.isGathered
    }
  }

  /// The task that a play begins with.
  private var gathering: TaskDefinition {
    let definition = play.definition
    var task = TaskDefinition(
      action: "gather_facts", actionPlace: definition.place,
      place: definition.place)
    task.name = "Gathering Facts"
    task.isImplicit = true
    if play.scope.keywords.tags?.isEmpty ?? true {
      task.keywords.tags = ["always"]
    }
    task.arguments = definition.gatherOptions.map {
      .init(name: $0.name, value: $0.value, place: definition.place)
    }
    return task
  }

  /// The level of variables that the facts are.
  var factLayer: VariableLayer {
    if let made = hostFactLayer { return made }
    let made = hostFacts.layer(areInjected: settings.injectsFacts)
    hostFactLayer = made
    return made
  }

  /// Goes to the directory of a play's playbook.
  private func enter(_ directory: String) throws {
    guard directory != settings.directory else { return }
    settings.directory = directory
    settings.rolePath.project = directory
    try readProject(for: play.host)
  }

  /// Reads the project's variables for the name that a play has this machine
  /// by.
  private func readProject(for host: String) throws {
    projectLayers = try ProjectVariables.layers(
      directory: settings.directory, reader: settings.reader,
      inventory: settings.inventory, host: host)
  }

  /// The answers to prompts that nobody is asked: their defaults.
  private func answers(to prompts: [PlayDefinition.Prompt]) throws
    -> [String: Value]
  {
    var answers: [String: Value] = [:]
    for prompt in prompts where settings.extraVariables[prompt.name] == nil {
      observer.warned(
        "\(prompt.place): \(prompt.name) is not asked for; its default is used")
      answers[prompt.name] = prompt.fallback
    }
    return answers
  }

  // MARK: - Lists of tasks

  nonisolated(nonsending)
    func run(_ nodes: [Node]) async throws -> Ending
  {
    for node in nodes {
      let ending: Ending
      switch node {
      case .task(let task):
        if !play.isRunningHandlers, let role = task.role, isBehind(role) {
          continue
        }
        ending = try await run(task)
      case .block(let block):
        ending = try await run(block)
      case .roleEnd(let role):
        if role.hasRunTask { role.isCompleted = true }
        continue
      }
      switch ending {
      case .done: continue
      case .endRole(let role):
        // The rest of the role's tasks is skipped by `isBehind`.
        role.isCompleted = true
        role.allowsDuplicates = false
        continue
      case .failed, .endPlay: return ending
      }
    }
    return .done
  }

  /// Whether the role has run before under the same use and must not again.
  private func isBehind(_ role: RoleInstance) -> Bool {
    if role.allowsDuplicates { return false }
    return play.uses.contains { $0.isCompleted && $0.isSameUse(as: role) }
  }

  nonisolated(nonsending)
    private func run(_ node: BlockNode) async throws -> Ending
  {
    var ending = try await run(node.block)
    if case .failed = ending, !node.rescue.isEmpty {
      counts[.rescued, default: 0] += 1
      counts[.failed, default: 0] -= 1
      facts.set("ansible_failed_task", lastFailedTask ?? .dictionary([]))
      facts.set("ansible_failed_result", lastFailure ?? .dictionary([]))
      ending = try await run(node.rescue)
    }
    if !node.always.isEmpty {
      if case .endPlay = ending { return ending }
      let last = try await run(node.always)
      switch last {
      case .done: break
      default: return last
      }
    }
    return ending
  }

  /// The task that the run is to begin with, until it is found.
  var awaitedTask: String?
  /// The result of the task that failed last.
  var lastFailure: Value?
  /// That task itself.
  var lastFailedTask: Value?
}
