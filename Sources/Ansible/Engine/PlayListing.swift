// What the plays of a playbook hold, without running them: `--list-tasks`,
// `--list-tags`, `--list-hosts`.

import Jinja

/// One play, as far as it is known before it runs.
public struct PlayListing: Sendable, Hashable {
  /// A task that is there before the run.
  public struct Task: Sendable, Hashable {
    /// The task's name after its role's, else its action.
    public var name: String
    /// With those of all around the task, sorted.
    public var tags: [String]
  }

  /// What `hosts` says.
  public var patterns: [String]
  /// The hosts that there are of these.
  public var hosts: [String]
  /// The play's name, else its hosts.
  public var name: String
  public var tags: [String]
  public var tasks: [Task]

  /// The tags of all tasks and of the play, sorted.
  public var taskTags: [String] {
    Set(tasks.flatMap(\.tags)).union(tags).sorted()
  }
}

extension AnsibleRun {
  /// What the plays of a playbook hold that the chosen tags let run.
  ///
  /// Throws ``AnsibleFailure`` for what cannot be loaded.
  public static func list(
    playbook path: String, settings: EngineSettings
  ) throws -> [PlayListing] {
    let runner = try PlayRunner(settings, observer: UntoldObserver())
    let plays = try PlaybookParser(
      reader: settings.reader, scope: runner.projectScope
    ).plays(path)
    return try plays.map { try runner.listing(of: $0) }
  }
}

/// Tells nobody.
private struct UntoldObserver: RunObserver {
  func happened(_ event: RunEvent) async {}
  func decidedDuringRun(_ task: TaskReference, _ reason: String) {}
  func local(_ action: LocalAction) {}
  func warned(_ sentence: String) {}
}

extension PlayRunner {
  fileprivate func listing(of definition: PlayDefinition) throws -> PlayListing
  {
    let isChosen = try begin(definition)
    let several =
      definition.hosts?.isString == true
      ? nil : try definition.hosts?.sequence()
    let patterns = (several ?? [definition.hosts ?? .none])
      .map { PlainText.of($0) }
    let tags = Self.words(definition.keywords.tags ?? [])
    return PlayListing(
      patterns: patterns, hosts: isChosen ? [play.host] : [],
      name: definition.name.map { PlainText.of($0) }
        ?? patterns.joined(separator: ","),
      tags: tags.sorted(),
      tasks: try compileSections().flatMap { try tasks(of: $0, tags) })
  }

  private func tasks(
    of nodes: [Node], _ tags: Set<String>
  ) throws -> [PlayListing.Task] {
    try nodes.flatMap { node -> [PlayListing.Task] in
      switch node {
      case .roleEnd: return []
      // Ansible lists what a block does, not what mends or follows it.
      case .block(let block): return try tasks(of: block.block, tags)
      case .task(let task):
        let scope = variables(for: task.definition, in: task.scope)
        guard try hasChosenTags(task, scope) else { return [] }
        let isNamed =
          task.definition.name.map { !PlainText.of($0).isEmpty } ?? false
        return [
          PlayListing.Task(
            name: isNamed ? task.title : task.definition.action,
            tags: tags.union(Self.words(task.tags)).sorted())
        ]
      }
    }
  }

  private static func words(_ tags: [Value]) -> Set<String> {
    Set(
      tags.flatMap { (try? Keywords.list($0)) ?? [] }.flatMap {
        PlainText.of($0).split(separator: ",").map { String($0.stripped) }
      })
  }
}
