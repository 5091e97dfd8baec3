// The way into the engine from outside this target.

import Jinja

/// One run of a playbook or of a role's entry point.
public enum AnsibleRun {
  /// What runs.
  public enum Target: Sendable, Hashable {
    /// A role: `main` as a play's role, any other entry point as include_role
    /// with `tasks_from` runs it.
    case role(String, entryPoint: String)
    /// A playbook file.
    case playbook(String)
  }

  /// How a run ended.
  public struct Summary: Sendable {
    /// The failure that ended it; nil where it ended well.
    public var failure: TaskFailure?
    /// Tasks by how they ended.
    public var counts: [RunEvent.Outcome: Int]
    /// How many tasks were done.
    public var taskCount: Int
  }

  /// Runs a target to its end.
  ///
  /// Throws ``AnsibleFailure`` for what cannot be loaded, ``Refusal`` for what
  /// the engine does not do, and `CancellationError`.
  public static func run(
    _ target: Target, settings: EngineSettings, observer: any RunObserver
  ) async throws -> Summary {
    let runner = try PlayRunner(settings, observer: observer)
    let plays: [PlayDefinition]
    switch target {
    case .playbook(let path):
      plays = try PlaybookParser(
        reader: settings.reader, scope: runner.projectScope
      ).plays(path)
    case .role(let name, let entryPoint):
      var play = play(name, entryPoint)
      play.gatherFacts = Value(settings.gathersFactsForRoles)
      plays = [play]
    }
    for play in plays { try play.refusePrompts(settings.extraVariables) }
    let failure = try await AwaitedLookups.$current.withValue(
      settings.awaitedLookups
    ) { try await runner.run(plays) }
    if let awaited = runner.awaitedTask {
      observer.warned(
        "no matching task \"\(awaited)\" found; --start-at-task follows only "
          + "static includes")
    }
    for warning in settings.reader.allWarnings { observer.warned(warning) }
    return Summary(
      failure: failure, counts: runner.counts, taskCount: runner.taskCount)
  }

  /// A play that runs one entry point of a role on this machine.
  static func play(_ role: String, _ entryPoint: String) -> PlayDefinition {
    let place = SourcePlace(file: "<role \(role)>")
    var play = PlayDefinition(place: place)
    play.name = Value(role).unsafe
    play.hosts = "localhost"
    guard entryPoint != "main" else {
      play.roles = [RoleUse(name: Value(role).unsafe, place: place)]
      return play
    }
    var task = TaskDefinition(
      action: "ansible.builtin.include_role", actionPlace: place, place: place)
    task.arguments = [("name", role), ("tasks_from", entryPoint)].map {
      .init(name: $0.0, value: Value($0.1).unsafe, place: place)
    }
    play.tasks = [.task(task)]
    return play
  }
}
