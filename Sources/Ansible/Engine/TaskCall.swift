// Calls a task's module: arguments made, tried again while `until` says so,
// and judged by changed_when and failed_when.

import Jinja
import OrderedCollections
import Synchronization

extension PlayRunner {
  /// Calls the module of a task once, or as often as `until` wants.
  ///
  /// Throws ``Refusal`` and `CancellationError`; whatever else goes wrong is a
  /// failed result.
  nonisolated(nonsending)
    func callModule(_ run: TaskRun, _ scope: VariableScope) async throws
    -> ModuleResult
  {
    do {
      let (module, call) = try await AwaitedLookups.resolving {
        try makeCall(run, scope)
      }
      if call.isCheckMode, !call.isPreview, !module.supportsCheckMode {
        var result = ModuleResult(changed: false)
        let name = ModuleName.short(run.definition.action)
        result.values["skipped"] = true
        result.values["msg"] = Value(
          "remote module (\(name)) does not support check mode")
        return result
      }
      var attempts = 1
      if let retries = run.definition.retries {
        let count = try keyword("retries", retries, "int", scope)
        attempts += min(max(0, count.integer ?? 0), 1_000_000)
      } else if !run.definition.until.isEmpty {
        attempts += 3
      }
      return try await attempt(run, module, call, scope, attempts)
    } catch {
      return try failure(error, ofTask: true)
    }
  }

  /// An error as a failed result.
  ///
  /// What the engine itself found (`ofTask`, which the kind of the error says
  /// where it is left out) begins with words that a module's own do not have.
  ///
  /// Throws ``Refusal`` and, in a cancelled run, `CancellationError`: whatever
  /// went wrong in one did because it ends.
  func failure(
    _ error: any Error, ofTask: Bool? = nil
  ) throws -> ModuleResult {
    if error is Refusal || error is CancellationError { throw error }
    try Task.checkCancellation()
    if let failure = error as? ModuleFailure { return failure.result }
    let isOfTask =
      ofTask
      ?? (error is TemplateError || error is OmittedValue
        || (error as? AnsibleFailure)?.isOfTask == true)
    var result = ModuleResult.failure(
      (isOfTask ? Self.taskFailed : "") + sentence(error))
    result.place = place(of: error)
    return result
  }

  /// How Ansible begins what it found itself while a task ran.
  static let taskFailed = "Task failed: "

  /// How it begins what an action plugin found.
  static let unexpectedFailure = "Unexpected AnsibleActionFail error: "

  nonisolated(nonsending)
    private func attempt(
      _ run: TaskRun, _ module: any Module, _ call: ModuleCall,
      _ scope: VariableScope, _ attempts: Int
    ) async throws -> ModuleResult
  {
    var result = ModuleResult()
    for attempt in 1...max(attempts, 1) {
      do {
        result = try await perform(
          module, call, limit: try timeLimit(run, scope))
      } catch is UnknownValue {
        report(run, decided: "its arguments are not known before the run")
        result = .unknown
      } catch {
        result = try failure(error)
      }
      // A module may call what it was told of a cancelled call a failure.
      if result.isFailed { try Task.checkCancellation() }
      if result.values["failed"] == nil {
        result.values["failed"] = Value(result.isFailed)
      }
      if attempts > 1 { result.values["attempts"] = Value(attempt) }
      if run.definition.asynchronous != nil { waited(run, scope, &result) }
      if result.values["changed"] == nil { result.values["changed"] = false }
      var after = scope.adding(result.facts, "set_fact")
      if !result.hostFacts.isEmpty {
        var facts = hostFacts
        facts.add(result.hostFacts)
        after = after.adding(
          facts.layer(areInjected: settings.injectsFacts).values, "facts")
      }
      if let register = run.definition.register {
        after = after.adding([register: result.value], "registered")
      }
      if !result.isSkipped {
        result = try await AwaitedLookups.resolving {
          judged(run, result, after)
        }
      }
      guard attempts > 1 else { return result }
      if let register = run.definition.register {
        after = after.adding([register: result.value], "registered")
      }
      let until =
        run.definition.until.isEmpty
        ? [Value(!result.isFailed)] : run.definition.until
      let scope = after
      switch try await AwaitedLookups.resolving({ try scope.decide(until) }) {
      case .yes: return result
      case .unknown(let condition):
        report(
          run, decided: "until: \(condition) is not known before the run")
        return result.asUnknown
      case .no:
        if call.isPreview {
          // Only the run's own writes can bring what is waited for.
          report(
            run,
            decided: "until: \(PlainText.of(until[0])) is waited for")
          return result.asUnknown
        }
        guard attempt < attempts else { break }
        await observer.happened(
          RunEvent(
            .retry(attempt: attempt, of: attempts - 1), play: play.name,
            task: run.task, message: result.message))
        try await settings.machine.sleep(seconds: try delay(run, scope))
      }
    }
    result.values["attempts"] = Value(attempts - 1)
    result.values["failed"] = true
    return result
  }

  /// What a task says that was begun with `async` and waited for.
  private func waited(
    _ run: TaskRun, _ scope: VariableScope, _ result: inout ModuleResult
  ) {
    guard let written = run.definition.asynchronous,
      let seconds = try? scope.templateOrOmit(written)?.integer, seconds > 0,
      ["command", "shell"].contains(run.definition.shortAction)
    else { return }
    result.values["finished"] = true
    result.values["started"] = true
  }

  /// Seconds that the module may take (`timeout`); nil for as long as it needs.
  private func timeLimit(
    _ run: TaskRun, _ scope: VariableScope
  ) throws -> Int? {
    guard !settings.isPreview, let written = run.node.inherited(.timeout),
      let value = try scope.templateOrOmit(written)
    else { return nil }
    let seconds = try TypeCheck.convert(value, to: "int").integer ?? 0
    return seconds > 0 ? seconds : nil
  }

  nonisolated(nonsending)
    private func perform(
      _ module: any Module, _ call: ModuleCall, limit: Int?
    ) async throws -> ModuleResult
  {
    guard let limit else {
      return try await AwaitedLookups.resolving(acting: {
        try await module.run(call)
      })
    }
    let machine = settings.machine
    return try await withThrowingTaskGroup(of: ModuleResult?.self) { group in
      group.addTask {
        try await AwaitedLookups.resolving(acting: {
          try await module.run(call)
        })
      }
      group.addTask {
        try await machine.sleep(seconds: Double(limit))
        return nil
      }
      defer { group.cancelAll() }
      if let result = try await group.next() ?? nil { return result }
      var failure = ModuleResult.failure(
        Self.taskFailed + "Timed out after \(limit) second(s).")
      failure.values["timedout"] = .dictionary([("period", Value(limit))])
      return failure
    }
  }

  private func delay(_ run: TaskRun, _ scope: VariableScope) throws -> Double {
    guard let written = run.definition.delay else { return 5 }
    let seconds =
      try keyword("delay", written, "float", scope).double ?? 5
    return seconds < 0 ? 1 : seconds
  }

  /// The value of a keyword that takes a number.
  private func keyword(
    _ name: String, _ written: Value, _ type: String, _ scope: VariableScope
  ) throws -> Value {
    let value = try scope.template(written)
    do {
      return try TypeCheck.convert(value, to: type)
    } catch {
      throw AnsibleFailure(
        "Error processing keyword '\(name)': The value "
          + "\((try? value.repr()) ?? PlainText.of(value)) could not be "
          + "converted to '\(type)'.",
        at: written.origin.map { SourcePlace($0, file: $0.file) })
    }
  }

  /// Lets changed_when and failed_when have their say.
  private func judged(
    _ run: TaskRun, _ result: ModuleResult, _ scope: VariableScope
  ) -> ModuleResult {
    var result = result
    do {
      if !run.definition.changedWhen.isEmpty {
        switch try scope.decide(run.definition.changedWhen) {
        case .yes: result.values["changed"] = true
        case .no: result.values["changed"] = false
        case .unknown: result.values["changed"] = .unknown
        }
      }
    } catch {
      result.values["failed"] = true
      result.values["changed_when_result"] = Value(sentence(error))
      return result
    }
    guard !run.definition.failedWhen.isEmpty else { return result }
    do {
      switch try scope.decide(run.definition.failedWhen) {
      case .yes:
        result.values["failed"] = true
        result.values["failed_when_result"] = true
      case .no:
        if result.isFailed,
          !ModuleName.answerItself.contains(
            run.definition.shortAction)
        {
          result.values["failed_when_suppressed_exception"] =
            "(traceback unavailable)"
        }
        result.values["failed"] = false
        result.values["failed_when_result"] = false
      case .unknown: result.values["failed"] = false
      }
    } catch {
      result.values["failed"] = true
      result.values["failed_when_result"] = Value(sentence(error))
    }
    return result
  }

  // MARK: - Arguments

  private func makeCall(
    _ run: TaskRun, _ scope: VariableScope
  ) throws -> (any Module, ModuleCall) {
    let definition = run.definition
    var action = definition.action
    if Templating.isTemplate(action) {
      action = PlainText.of(
        try scope.template(
          Value(action).with(
            origin: Origin(
              file: definition.actionPlace.file,
              line: definition.actionPlace.line))))
    }
    guard let module = module(named: action, run.node) else {
      throw Refusal(.module, action, at: definition.actionPlace)
    }
    try refuseUnsupported(run, scope)
    var values: Parameters = [:]
    for (name, value) in try defaults(for: module, run, scope) {
      values[name] = value
    }
    var free = definition.free
    if let template = definition.argumentTemplate {
      do {
        let made = try scope.template(template)
        guard let pairs = try made.dictionary?.pairs() else {
          throw AnsibleFailure(
            "Task args must resolve to a 'dict' not '\(made.typeName)'.")
        }
        for entry in pairs { values[entry.key] = entry.value }
      } catch {
        guard error is TemplateError || error is AnsibleFailure else {
          throw error
        }
        throw AnsibleFailure(
          "Finalization of task args for '\(module.names.first ?? action)' "
            + "failed: \(sentence(error))",
          at: place(of: error) ?? definition.actionPlace)
      }
    }
    for argument in definition.arguments {
      values[argument.name] = argument.value
    }
    if !module.templatesItsArguments {
      var templated: Parameters = [:]
      for (name, value) in values {
        do {
          if let made = try scope.templateOrOmit(value) {
            templated[name] = made
          }
        } catch {
          guard error is TemplateError || error is AnsibleFailure else {
            throw error
          }
          throw AnsibleFailure(
            "Finalization of task args for '\(module.names.first ?? action)' "
              + "failed: Error while resolving value for '\(name)': "
              + sentence(error),
            at: place(of: error)
              ?? value.origin.map { SourcePlace($0, file: $0.file) })
        }
      }
      values = templated
      free = try free.map { try scope.template($0) }
      if let text = free,
        !ModuleName.takesFreeForm.contains(ModuleName.short(action))
      {
        guard let pairs = try text.dictionary?.pairs() else {
          throw AnsibleFailure(
            "Action '\(module.names.first ?? action)' does not support raw "
              + "params.", at: definition.actionPlace)
        }
        for pair in pairs where values[pair.key] == nil {
          values[pair.key] = pair.value
        }
        free = nil
      }
    }
    return (module, call(run, scope, values, free, try environment(run, scope)))
  }

  private func call(
    _ run: TaskRun, _ scope: VariableScope, _ values: Parameters,
    _ free: Value?, _ environment: [String: String]
  ) -> ModuleCall {
    let isCheck =
      run.node.inherited(.checkMode).flatMap { try? scope.template($0) }
      .flatMap { TypeCheck.boolean($0) } ?? settings.isCheckMode
    let observer = observer
    let task = run.task
    return ModuleCall(
      task: run.task, arguments: values, free: free,
      scope: scope,
      project: settings.reader, search: settings.search,
      searchStack: run.searchStack, environment: environment,
      isPreview: settings.isPreview, isCheckMode: isCheck,
      showsDiff: showsDiff(run.node, scope),
      isUncertain: uncertainty > 0, isSecret: isSecret(run),
      verbosity: settings.verbosity, machine: settings.machine,
      factSource: settings.factSource,
      validation: run.definition.validation,
      writtenAction: run.definition.action,
      report: { report in
        switch report {
        case .local(let action): observer.local(action)
        case .decided(let reason):
          observer.decidedDuringRun(task, reason)
        case .warning(let sentence):
          observer.warned("\(task.place): \(sentence)")
        }
      })
  }

  /// What module_defaults gives a module, outermost level first.
  private func defaults(
    for module: any Module, _ run: TaskRun, _ scope: VariableScope
  ) throws -> [(String, Value)] {
    let levels =
      run.node.scope.collected(\.moduleDefaults)
      + (run.definition.keywords.moduleDefaults ?? [])
    guard !levels.isEmpty else { return [] }
    var values: [(String, Value)] = []
    for names in [module.underlyingNames, module.names] where !names.isEmpty {
      for level in levels {
        for entry in try level.dictionary?.pairs() ?? [] {
          let isGroup =
            entry.key.hasPrefix("group/")
            && ActionGroup.contains(
              String(entry.key.dropFirst(6)), Set(names))
          guard
            isGroup || names.contains(entry.key)
              || settings.modules.find(entry.key)?.names == names
          else { continue }
          let given = try scope.lazy(entry.value)
          for pair in given.dictionary?.rawPairs() ?? [] {
            values.append((pair.key, pair.value))
          }
        }
      }
    }
    return values
  }

  /// The environment of a task, outer levels first.
  private func environment(
    _ run: TaskRun, _ scope: VariableScope
  ) throws -> [String: String] {
    var variables: [String: String] = [:]
    let levels =
      run.node.scope.collected(\.environment)
      + (run.definition.keywords.environment ?? [])
    for level in levels {
      let value: Value?
      do {
        value = try scope.templateOrOmit(level)
      } catch let error as TemplateError {
        throw AnsibleFailure(
          "Error processing keyword 'environment': \(sentence(error))",
          at: place(of: error))
      }
      guard let made = value else { continue }
      for entry in try made.dictionary?.pairs() ?? [] {
        variables[entry.key] = PlainText.of(entry.value)
      }
    }
    return variables
  }

  /// Refuses keywords that would change how a task reaches its host.
  private func refuseUnsupported(
    _ run: TaskRun, _ scope: VariableScope
  ) throws {
    if let become = run.node.inherited(.become),
      TypeCheck.boolean(try scope.template(become)) == true,
      Self.reachesTheMachine.contains(run.definition.shortAction)
    {
      throw Refusal(.keyword, "become", at: run.task.place)
    }
    if let time = run.definition.asynchronous,
      let seconds = try scope.templateOrOmit(time)?.integer, seconds > 0,
      let poll = run.definition.poll,
      try scope.templateOrOmit(poll)?.integer == 0
    {
      throw Refusal(.keyword, "poll", at: run.task.place)
    }
    if let connection = run.node.inherited(.connection) {
      let name = PlainText.of(try scope.template(connection))
      guard ["local", "ansible.builtin.local", "smart"].contains(name) else {
        throw Refusal(.keyword, "connection: \(name)", at: run.task.place)
      }
    }
  }

  /// Modules that touch this machine, for which `become` matters.
  private static let reachesTheMachine: Set<String> = [
    "command", "shell", "copy", "template", "file", "lineinfile", "tempfile",
    "blockinfile", "find", "replace",
    "slurp", "stat", "wait_for", "uri", "get_url", "unarchive", "script",
    "fetch", "git", "htpasswd", "git_config", "ini_file", "pip",
  ]
}

/// The groups of modules that module_defaults may name.
enum ActionGroup {
  /// Whether a module of these names belongs to a group.
  static func contains(_ group: String, _ names: Set<String>) -> Bool {
    switch group {
    case "k8s", "kubernetes.core.k8s":
      names.contains { $0.hasPrefix("kubernetes.core.k8s") }
    default: false
    }
  }
}

extension PlayRunner {
  /// Where the value or template stands that an error is about.
  func place(of error: any Error) -> SourcePlace? {
    switch error {
    case let error as TemplateError:
      guard let file = error.template, error.line > 0 else { return nil }
      return SourcePlace(file: file, line: error.line, column: error.column)
    case let failure as AnsibleFailure: return failure.place
    default: return nil
    }
  }

  /// An error as one sentence of a task's result.
  func sentence(_ error: any Error) -> String {
    switch error {
    case let error as TemplateError:
      error.isSecret ? "\(error.kind.name) in a secret value" : error.message
    case let failure as AnsibleFailure: failure.message
    case let failure as FileFailure: failure.description
    case is OmittedValue: "A template was resolved to an Omit scalar."
    case is UnknownValue: "a value is not known before the run"
    default: "\(error)"
    }
  }
}
