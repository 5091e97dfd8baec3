// The seam between the engine and what its tasks do.

import Jinja
import OrderedCollections

/// What a task may call: one module under all of its names.
public protocol Module: Sendable {
  /// The names, collection first: `kubernetes.core.k8s`.
  var names: [String] { get }
  /// The parameters that the module takes; nil where it takes any.
  var parameters: ValidationSpec? { get }
  /// Whether the module's arguments are templated by the module itself.
  var templatesItsArguments: Bool { get }
  /// Arguments of the real module that this one does not do: a task that gives
  /// one is refused before anything runs.
  var refusedArguments: Set<String> { get }
  /// Modules that this one runs: their module_defaults stand below its own.
  var underlyingNames: [String] { get }
  /// How one of them is refused.
  func refusal(of argument: String, at place: SourcePlace) -> Refusal
  /// Whether the module knows what to do where nothing may change; one that
  /// does not is left out there.
  var supportsCheckMode: Bool { get }

  /// Does the task.
  ///
  /// A failure is a result with `failed`, or anything thrown, which becomes
  /// one. In a preview nothing outside the process may change: what would be
  /// done is reported through the call.
  func run(_ call: ModuleCall) async throws -> ModuleResult
}

extension Module {
  public var parameters: ValidationSpec? { nil }
  public var templatesItsArguments: Bool { false }
  public var refusedArguments: Set<String> { [] }
  public var underlyingNames: [String] { [] }
  public func refusal(of argument: String, at place: SourcePlace) -> Refusal {
    Refusal(.argument, argument, at: place)
  }
  public var supportsCheckMode: Bool { true }
}

/// What a module gave back: the task's result.
public struct ModuleResult: Sendable {
  /// The members of the result in order.
  public var values: Parameters
  /// Variables that live on like those of `set_fact`.
  public var facts: [String: Value] = [:]
  /// Facts about the host, by the names that they have as variables.
  public var hostFacts: Parameters = [:]
  /// Variables that live on like those of `include_vars`: text in them may be
  /// a template.
  public var includedVariables: [String: Value] = [:]
  /// Sentences for the operator.
  public var warnings: [String] = []
  /// Where the value or template stands that a failure is about.
  var place: SourcePlace?
  /// Whether a failure lets the play go on; nil where the task as a whole says.
  var ignoresErrors: Bool?
  /// Whether the registered variable is unknown as a whole.
  var isWhollyUnknown = false

  /// A result with these members.
  public init(_ values: Parameters = [:]) { self.values = values }

  /// A result that says only whether something changed.
  public init(changed: Bool, message: String? = nil) {
    values = ["changed": Value(changed)]
    if let message { values["msg"] = Value(message) }
  }

  /// A failure with its message.
  ///
  /// - Parameters:
  ///   - message: what went wrong.
  ///   - others: other members of the result.
  /// - Returns: the result.
  public static func failure(
    _ message: String, _ others: Parameters = [:]
  ) -> ModuleResult {
    var result = ModuleResult([
      "failed": true, "changed": false, "msg": Value(message),
    ])
    result.values.merge(others) { $1 }
    return result
  }

  public var isFailed: Bool {
    if let failed = values["failed"] { return failed.boolean ?? false }
    return values["rc"].map { ($0.integer ?? 0) != 0 } ?? false
  }

  /// Whether something changed; nil where only the run can tell.
  public var changed: Bool? {
    guard let changed = values["changed"] else { return false }
    return changed.isUnknown ? nil : changed.boolean ?? false
  }

  public var isSkipped: Bool { values["skipped"]?.boolean ?? false }

  public var message: String {
    values["msg"].map { PlainText.masked($0) } ?? ""
  }

  /// The result as the variable that `register` sets.
  var value: Value {
    isWhollyUnknown
      ? .unknown : .dictionary(values.map { ($0.key, $0.value) })
  }
}

/// One task, or one element of its loop, as its module sees it.
public struct ModuleCall: Sendable {
  public let task: TaskReference
  /// The arguments, templated unless the module does that itself.
  public var arguments: Parameters
  /// The free form of the task: the command line, the file to include.
  public var free: Value?
  /// The variables of the task, with the element of the loop.
  public let scope: VariableScope
  public let project: ProjectReader
  public let search: FileSearch
  /// Where files of the task are looked for, see `FileSearch.find`.
  public let searchStack: [String]
  /// Environment variables of the task.
  public let environment: [String: String]
  /// Whether nothing may change: what would be done is only reported.
  public let isPreview: Bool
  /// Whether the task asked to change nothing (`check_mode`).
  public let isCheckMode: Bool
  /// Whether the result is to tell what changes in files (`diff`).
  public let showsDiff: Bool
  /// Whether an earlier decision that only the run can make led here.
  public let isUncertain: Bool
  /// Whether the task's result is not to be shown (`no_log`).
  public let isSecret: Bool
  public let verbosity: Int
  public let machine: any LocalMachine
  /// What facts about the machine are read from.
  public let factSource: any FactSource
  /// What the engine's own check of a role's arguments holds them to; nil for
  /// a task that was written.
  let validation: ValidationSpec?
  /// The module's name as the task has it.
  var writtenAction = ""
  let report: @Sendable (Report) -> Void

  /// Whether nothing outside the process may change.
  var changesNothing: Bool { isPreview || isCheckMode }

  /// What a module tells the engine beside its result.
  enum Report: Sendable {
    case local(LocalAction)
    case decided(String)
    case warning(String)
  }

  /// Tells of a change on this machine that the run will make.
  public func reportLocal(_ kind: LocalAction.Kind) {
    report(.local(LocalAction(kind, task: task)))
  }

  /// Tells that only the run can decide something; a sentence without a full
  /// stop.
  public func reportDecidedDuringRun(_ reason: String) {
    report(.decided(reason))
  }

  /// Tells the operator something.
  public func warn(_ sentence: String) { report(.warning(sentence)) }

  /// Finds a file of the task in `templates`, `files` or `vars`.
  ///
  /// Throws ``FileNotFound``.
  public func find(_ name: String, kind: String) throws -> String {
    try search.find(name, kind: kind, stack: searchStack)
  }

  /// A path on this machine as a task means it: from the playbook's directory.
  func local(_ path: String) -> String {
    path.isEmpty || Paths.isAbsolute(path)
      ? path : Paths.join(search.project, path)
  }

  /// A path of an argument of type `path`, on this machine: `~` and variables
  /// expanded, from the playbook's directory.
  public func onThisMachine(_ path: String) -> String {
    local(PathExpansion.expand(path))
  }

  /// Fails where an argument is given that the module does not know; `briefly`
  /// in the words of modules that do not list what they know.
  ///
  /// Throws ``AnsibleFailure``.
  func refuseOthers(than known: Set<String>, briefly: Bool = false) throws {
    let others = arguments.keys.filter { !known.contains($0) }
    guard !others.isEmpty else { return }
    let name = writtenAction.isEmpty ? task.action : writtenAction
    if briefly {
      throw AnsibleFailure(
        "Invalid options for \(name): \(others.sorted().joined(separator: ","))"
      )
    }
    throw AnsibleFailure(
      "Unsupported parameters for (\(name)) module: "
        + "\(others.sorted().joined(separator: ", ")). Supported parameters "
        + "include: \(known.sorted().joined(separator: ", ")).")
  }

  /// The arguments checked against a module's parameters.
  ///
  /// Throws ``AnsibleFailure`` with all that is wrong.
  public func validated(by spec: ValidationSpec) throws -> Parameters {
    let checked = ArgumentValidator(arguments, spec: spec)
    guard checked.errors.isEmpty else {
      let first = checked.errors.joined(separator: ". ")
      throw AnsibleFailure(
        first.contains("Supported parameters include")
          ? "Unsupported parameters for "
            + "(\(writtenAction.isEmpty ? task.action : writtenAction)) "
            + "module: \(first)"
          : first)
    }
    return checked.parameters
  }
}
