// What a run will do, before it does anything: stages, components, objects.

import Kubernetes

/// The ordered stages of a run with everything that they will do.
///
/// Review shows it; `g` freezes it; the run holds rather than do anything that
/// is not in it.
public struct Plan: Sendable, Hashable, Codable {
  /// The number of the run that it is for.
  public var number: Int
  public var operation: RunOperation
  public var engine: RunEngine
  /// The stack's name.
  public var stack: String
  /// Where most objects go, and what is watched first.
  public var namespace: String
  /// Every namespace that objects of the plan live in, sorted.
  public var namespaces: [String]
  /// Whether the cluster is one in memory.
  public var isRehearsal: Bool
  public var made: Instant
  public var stages: [PlanStage]
  /// What was checked before; a failed check stops `g`.
  public var preflight: [PreflightCheck]
  /// What the plan was made from, so that the run can tell that it moved.
  public var inputs: PlanInputs
  /// Whether the run before this one did not get to its end, so that running
  /// makes sense even where no object changes.
  public var isUnfinished = false

  public init(
    number: Int, operation: RunOperation, engine: RunEngine = .quarterdeck,
    stack: String, namespace: String, namespaces: [String] = [],
    isRehearsal: Bool, made: Instant, stages: [PlanStage],
    preflight: [PreflightCheck] = [], inputs: PlanInputs = PlanInputs()
  ) {
    self.number = number
    self.operation = operation
    self.engine = engine
    self.stack = stack
    self.namespace = namespace
    self.namespaces = namespaces
    self.isRehearsal = isRehearsal
    self.made = made
    self.stages = stages
    self.preflight = preflight
    self.inputs = inputs
  }

  /// Every component in the order of the run.
  public var components: [PlannedComponent] { stages.flatMap(\.components) }

  /// Every object in the order of the run.
  public var objects: [PlannedObject] { components.flatMap(\.objects) }

  /// How many objects have each outcome.
  public var counts: [PlannedOutcome: Int] {
    objects.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
  }

  /// The objects that the run will write or delete.
  public var changes: Int {
    objects.count { ![.unchanged, .refused].contains($0.outcome) }
  }

  /// The pods that will be replaced.
  public var restarts: Int { objects.reduce(0) { $0 + $1.restarts } }

  /// The objects whose fields another manager owns: the run takes them over
  /// only with the operator's consent.
  public var conflicted: [PlannedObject] {
    components.flatMap { $0.objects + $0.tests }
      .filter { !$0.conflicts.isEmpty }
  }

  /// What the in-process engine turned down, each once: roles share code.
  public var refusals: [PlannedRefusal] {
    components.flatMap(\.refusals).unique
  }

  /// What the in-process engine turned down may run all the same: the real
  /// ansible-playbook does what it does not, but reaches no rehearsal.
  public var canFallBack: Bool {
    engine == .quarterdeck && !isRehearsal && !refusals.isEmpty
  }

  /// Why the plan cannot be run, in sentences; empty when it can.
  public var obstacles: [String] {
    let checks = preflight.filter { $0.state == .fail }.map(\.sentence)
    var found = checks + refusals.map(\.description)
    for component in components {
      // A wrong value makes the component's own check fail as well.
      found += component.failures.filter { failure in
        !checks.contains { failure.says($0) }
      }.map(\.description)
      let refused = (component.objects + component.tests).filter {
        $0.outcome == .refused
      }
      found += refused.map {
        "\($0.reference.kind) \($0.reference.name): \($0.reason ?? "refused")"
      }
    }
    return found
  }
}

/// What a run is for.
public enum RunOperation: String, Sendable, Hashable, Codable, CaseIterable {
  /// Entry point `main` of every component, then `test`.
  case deploy
  /// Entry point `check`: whether a deployment could work; writes nothing.
  case check
  /// Entry point `test`: whether the services really serve.
  case test
  /// Entry point `upgrade` where there is one, else `main`; then `test`.
  case upgrade
  /// Entry point `remove`, last component first.
  case remove
}

/// What executes the roles.
public enum RunEngine: String, Sendable, Hashable, Codable, CaseIterable {
  /// Quarterdeck's own, in-process.
  case quarterdeck
  /// The real `ansible-playbook`.
  case ansible
}

/// The components of one stage.
public struct PlanStage: Sendable, Hashable, Codable {
  public var name: String
  public var components: [PlannedComponent]

  public init(name: String, components: [PlannedComponent]) {
    self.name = name
    self.components = components
  }
}

/// One component with the objects that its role writes.
public struct PlannedComponent: Sendable, Hashable, Codable {
  /// The role's name.
  public var name: String
  public var service: String
  /// The entry points that the run goes through: `main` then `test`.
  public var entryPoints: [String]
  /// The components of this plan that must be Current first.
  public var requires: [String]
  public var objects: [PlannedObject]
  /// What its test writes: made anew each time, so it counts as no change.
  public var tests: [PlannedObject]
  /// Conditions and loops that only the run itself can answer.
  public var decidedDuringRun: [PlannedNote]
  /// What the role does on this machine: commands and files.
  public var localActions: [PlannedNote]
  /// What the in-process engine does not support in the role.
  public var refusals: [PlannedRefusal]
  /// Why the role cannot be rendered: undefined variables, failed assertions.
  public var failures: [PlannedNote]

  public init(
    name: String, service: String, entryPoints: [String] = ["main"],
    requires: [String] = [], objects: [PlannedObject] = [],
    tests: [PlannedObject] = [], decidedDuringRun: [PlannedNote] = [],
    localActions: [PlannedNote] = [], refusals: [PlannedRefusal] = [],
    failures: [PlannedNote] = []
  ) {
    self.name = name
    self.service = service
    self.entryPoints = entryPoints
    self.requires = requires
    self.objects = objects
    self.tests = tests
    self.decidedDuringRun = decidedDuringRun
    self.localActions = localActions
    self.refusals = refusals
    self.failures = failures
  }
}

/// One sentence of a plan with its place in a role.
public struct PlannedNote: Sendable, Hashable, Codable,
  CustomStringConvertible
{
  /// `file:line` in the role.
  public var location: String
  public var text: String

  public init(location: String, text: String) {
    self.location = location
    self.text = text
  }

  public var description: String { "\(location): \(text)" }

  /// Whether a sentence with its place says the same: the note may name a
  /// task in between.
  func says(_ sentence: String) -> Bool {
    let place = location + ": "
    return sentence.hasPrefix(place)
      && text.hasSuffix(sentence.dropFirst(place.count))
  }
}

/// One thing in a role that the in-process engine does not support.
public struct PlannedRefusal: Sendable, Hashable, Codable,
  CustomStringConvertible
{
  /// `file:line`, the file relative to the stack or to the roles' directory.
  public var location: String
  /// The name as written: `community.general.ufw`.
  public var name: String
  /// One sentence without a full stop: what is not supported.
  public var what: String

  public init(location: String, name: String, what: String) {
    self.location = location
    self.name = name
    self.what = what
  }

  public var description: String { "\(location): \(what)" }
}

/// What a plan was made from.
public struct PlanInputs: Sendable, Hashable, Codable {
  /// SHA-256 of each file of the stack and the roles that went in, by path.
  public var files: [String: String]
  /// The uid of the cluster's kube-system namespace.
  public var clusterUID: String
  /// The API server's version.
  public var clusterVersion: String
  /// SHA-256 over everything the run must find again.
  public var digest: String

  public init(
    files: [String: String] = [:], clusterUID: String = "",
    clusterVersion: String = "", digest: String = ""
  ) {
    self.files = files
    self.clusterUID = clusterUID
    self.clusterVersion = clusterVersion
    self.digest = digest
  }
}
