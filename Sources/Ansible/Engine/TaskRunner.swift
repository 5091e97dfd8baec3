// Runs one task: its condition, its loop, its module, and what its result
// means for the play.

import Jinja
import OrderedCollections

extension PlayRunner {
  /// Runs a task in its place.
  ///
  /// Throws ``Refusal`` and `CancellationError`; whatever else goes wrong ends
  /// the task, not the run.
  nonisolated(nonsending)
    func run(_ node: TaskNode) async throws -> Ending
  {
    try Task.checkCancellation()
    let definition = node.definition
    let searchStack = searchStack(node)
    let scope = variables(
      for: definition, in: node.scope,
      item: [
        "ansible_search_path": .list(
          (searchStack.contains(settings.directory)
            ? searchStack : searchStack + [settings.directory])
            .map { Value($0) })
      ])
    do {
      guard try hasChosenTags(node, scope) else { return .done }
    } catch let error as TemplateError {
      return .failed(
        TaskFailure(
          task: reference(node, scope), message: sentence(error)))
    }
    let task = reference(node, scope)
    if definition.shortAction == "meta" {
      return try await runMeta(node, task, scope)
    }
    taskCount += 1
    let start = ContinuousClock.now
    await observer.happened(
      RunEvent(.taskStarted, play: play.name, task: task))
    let run = TaskRun(
      node: node, task: task, scope: scope,
      searchStack: searchStack)
    var (result, includes) = try await tellingEffects(of: task) {
      try await perform(run)
    }
    if result.isSkipped, definition.shortAction == "include_role" {
      includes = []
    }
    return try await finish(
      run, result, includes, elapsed: ContinuousClock.now - start)
  }

  /// What stays the same while one task runs.
  struct TaskRun {
    let node: TaskNode
    let task: TaskReference
    let scope: VariableScope
    let searchStack: [String]
    var definition: TaskDefinition { node.definition }
  }

  /// Tasks that an include brings, with the variables of its loop's element.
  struct PendingInclude {
    /// What the task gave back.
    var result: ModuleResult
    var values: Parameters
    var free: Value?
    var item: [String: Value]
    var isUncertain: Bool
  }

  private func reference(
    _ node: TaskNode, _ scope: VariableScope
  ) -> TaskReference {
    let definition = node.definition
    var name =
      definition.name.flatMap {
        (try? scope.template($0)).map { PlainText.masked($0) }
          ?? PlainText.of($0)
      } ?? ""
    let module = module(named: definition.action, node)
    if definition.shortAction == "include_role" {
      // Ansible names these without the role that they stand in.
      let role = (definition["name"] ?? definition["role"]).map(PlainText.of)
      return TaskReference(
        name: name.isEmpty ? "\(definition.action) : \(role ?? "")" : name,
        action: "ansible.builtin.include_role", role: node.role?.name,
        place: definition.place)
    }
    if name.isEmpty { name = definition.action }
    let full = node.role.map { "\($0.source.fullName) : \(name)" } ?? name
    return TaskReference(
      name: full, action: module?.names.first ?? definition.action,
      role: node.role?.name, place: definition.place)
  }

  /// Where files of the task are looked for: its role, those that led to it,
  /// and the directory of its own file.
  private func searchStack(_ node: TaskNode) -> [String] {
    var stack: [String] = []
    if let role = node.role {
      stack = (role.chain + [role]).reversed().map(\.path)
    }
    let own = Paths.directory(of: node.definition.place.file)
    if !stack.contains(own) { stack.append(own) }
    return stack
  }

  func module(named name: String, _ node: TaskNode) -> (any Module)? {
    let written = node.inherited(.collections)
    let collections =
      ((try? written?.sequence()) ?? nil)?.compactMap(\.text) ?? []
    return settings.modules.find(
      name, collections: collections + (node.role?.collections ?? []))
  }

  // MARK: - Loop

  nonisolated(nonsending)
    private func perform(_ run: TaskRun) async throws
    -> (ModuleResult, [PendingInclude])
  {
    var includes: [PendingInclude] = []
    let items: [Value]?
    do {
      items = try await AwaitedLookups.resolving { try loopItems(run) }
    } catch let error as UnknownLoop {
      report(run, decided: "loop: \(error.what) is not known before the run")
      return (.unknown, [])
    } catch {
      // A condition that is false comes before a loop that cannot be made.
      if let condition = try? falseCondition(run, run.scope) {
        return (.skipped(condition), [])
      }
      // What is not there is told like an error of the task itself.
      let isUndefined = (error as? TemplateError)?.kind == .undefined
      var result = try failure(error, ofTask: isUndefined)
      if !isUndefined { result.values["changed"] = nil }
      return (result, [])
    }
    guard let items else {
      var result = try await performOnce(run, run.scope, [:], &includes)
      if result.values["changed"] == nil { result.values["changed"] = false }
      return (result, includes)
    }
    guard !items.isEmpty else {
      var result = ModuleResult(changed: false)
      result.values["skipped"] = true
      result.values["skipped_reason"] = "No items in the list"
      result.values["results"] = .list([])
      return (result, [])
    }
    return (try await performLoop(run, items, &includes), includes)
  }

  private struct UnknownLoop: Error { var what: String }

  private func loopItems(_ run: TaskRun) throws -> [Value]? {
    guard let loop = run.definition.loop, !loop.isNone else { return nil }
    let scope = run.scope
    let value: Value
    if let lookup = run.definition.loopLookup {
      value = try with(
        lookup, loop, scope, action: run.definition.action)
    } else {
      value = try scope.template(loop)
    }
    if value.isUnknown { throw UnknownLoop(what: PlainText.of(loop)) }
    guard value.list != nil, let items = try value.sequence() else {
      throw AnsibleFailure(
        "The `loop` value must resolve to a 'list', not "
          + "'\(value.typeName)'.")
    }
    return items
  }

  /// The items of a `with_…` loop: the lookup of that name, its terms one
  /// level flat.
  private func with(
    _ lookup: String, _ loop: Value, _ scope: VariableScope, action: String
  ) throws -> Value {
    let isFirstFound = ModuleName.short(lookup) == "first_found"
    var terms =
      isFirstFound
      ? try known(loop, scope) ?? .list([]) : try scope.template(loop)
    if terms.isUnknown { return terms }
    if terms.list == nil { terms = .list([terms]) }
    let local = scope.adding(["__terms": terms], "loop")
    // It looks in the folder that the task's module is about.
    let options =
      isFirstFound
      ? ", _kind='\(["template", "var"].first { action.contains($0) } ?? "file")s'"
      : ""
    return try local.evaluate("query('\(lookup)', *__terms\(options))")
  }

  /// A value without what in it is not defined.
  private func known(_ value: Value, _ scope: VariableScope) throws -> Value? {
    if let items = value.list?.rawElements {
      return .list(try items.compactMap { try known($0, scope) })
    }
    if let pairs = value.dictionary?.rawPairs() {
      return .dictionary(
        try pairs.compactMap { pair in
          try known(pair.value, scope).map { (pair.key, $0) }
        })
    }
    do {
      return try scope.template(value)
    } catch let error as TemplateError where error.kind == .undefined {
      return nil
    }
  }

  nonisolated(nonsending)
    private func performLoop(
      _ run: TaskRun, _ items: [Value], _ includes: inout [PendingInclude]
    ) async throws -> ModuleResult
  {
    let control = run.definition.loopControl
    func text(_ value: Value?) throws -> String? {
      try value.flatMap { try run.scope.templateOrOmit($0)?.text }
    }
    func flag(_ value: Value?) throws -> Bool? {
      try value.flatMap { TypeCheck.boolean(try run.scope.template($0)) }
    }
    let variable: String
    let index: String?
    let extended: Bool
    let pause: Double
    do {
      variable = try text(control.variable) ?? "item"
      index = try text(control.indexVariable)
      extended = try flag(control.extended) ?? false
      pause =
        try control.pause.map {
          try TypeCheck.convert(try run.scope.template($0), to: "float").double
            ?? 0
        } ?? 0
    } catch {
      return .failure(sentence(error))
    }
    if run.scope.defines(variable) {
      observer.warned(
        "\(run.task.place): The loop variable '\(variable)' is already in use. "
          + "You should set the `loop_var` value in the `loop_control` option "
          + "for the task to something else to avoid variable collisions and "
          + "unexpected behavior.")
    }
    var results: [Value] = []
    var summary = LoopSummary()
    var latest: [String: Value] = [:]
    for (position, item) in items.enumerated() {
      try Task.checkCancellation()
      if pause > 0, position > 0, !settings.isPreview {
        try await settings.machine.sleep(seconds: pause)
      }
      var values: [String: Value] = [
        variable: item, "ansible_loop_var": Value(variable),
      ]
      if let index {
        values[index] = Value(position)
        values["ansible_index_var"] = Value(index)
      }
      if extended {
        values["ansible_loop"] = Self.extended(
          items, position,
          withAll: try flag(control.extendedAllItems) ?? true)
      }
      values.merge(latest) { own, _ in own }
      let scope = run.scope.adding(values, "loop")
      var result = try await performOnce(run, scope, values, &includes)
      if let register = run.definition.register {
        latest[register] = result.value
      }
      result.values[variable] = item
      result.values["ansible_loop_var"] = Value(variable)
      if let index {
        result.values[index] = Value(position)
        result.values["ansible_index_var"] = Value(index)
      }
      if let loop = values["ansible_loop"] {
        result.values["ansible_loop"] = loop
      }
      let after = scope.adding(latest, "registered")
      var label = item
      do {
        if let written = control.label { label = try after.template(written) }
      } catch {
        result.values["failed"] = true
        result.values["msg"] = Value(
          "Failed to template loop_control.label: \(sentence(error))")
      }
      await tellItem(run, result, label)
      summary.add(
        result, ignoresErrors: result.isFailed && ignoresErrors(run, scope))
      for (name, fact) in result.facts { latest[name] = fact }
      results.append(result.value)
      do {
        if !control.breakWhen.isEmpty,
          case .yes = try after.decide(control.breakWhen)
        {
          break
        }
      } catch {
        var result = try failure(error, ofTask: false)
        result.values["changed"] = nil
        return result
      }
    }
    return summary.result(results)
  }

  private static func extended(
    _ items: [Value], _ position: Int, withAll: Bool
  ) -> Value {
    let count = items.count
    var entries: [(String, Value)] = [
      ("index", Value(position + 1)), ("index0", Value(position)),
      ("first", Value(position == 0)), ("last", Value(position + 1 == count)),
      ("length", Value(count)), ("revindex", Value(count - position)),
      ("revindex0", Value(count - position - 1)),
    ]
    if withAll { entries.append(("allitems", .list(items))) }
    if position + 1 < count {
      entries.append(("nextitem", items[position + 1]))
    }
    if position > 0 { entries.append(("previtem", items[position - 1])) }
    return .dictionary(entries)
  }

  nonisolated(nonsending)
    private func tellItem(
      _ run: TaskRun, _ result: ModuleResult, _ label: Value
    ) async
  {
    let outcome: RunEvent.Outcome =
      result.isSkipped
      ? .skipped
      : result.isFailed
        ? .failed : (result.changed ?? true) ? .changed : .ok
    await observer.happened(
      RunEvent(
        .item(
          outcome,
          label: isSecret(run) ? "(censored)" : PlainText.masked(label)),
        play: play.name, task: run.task,
        message: isSecret(run) ? "" : told(result.message),
        result: shown(run, result)))
  }

  // MARK: - One element

  /// The task's condition that is false; an unknown one counts as true.
  private func falseCondition(
    _ run: TaskRun, _ scope: VariableScope
  ) throws -> Value? {
    if case .no(let condition) = try scope.decide(run.node.when) {
      return condition
    }
    return nil
  }

  /// Whether a failure of the task lets the play go on.
  func ignoresErrors(_ run: TaskRun, _ scope: VariableScope) -> Bool {
    run.node.inherited(.ignoreErrors)
      .flatMap { try? scope.template($0) }
      .flatMap { TypeCheck.boolean($0) } ?? false
  }

  nonisolated(nonsending)
    private func performOnce(
      _ run: TaskRun, _ scope: VariableScope, _ item: [String: Value],
      _ includes: inout [PendingInclude]
    ) async throws -> ModuleResult
  {
    var isUncertain = false
    do {
      let truth = try await AwaitedLookups.resolving {
        try scope.decide(run.node.when)
      }
      switch truth {
      case .yes: break
      case .no(let condition): return .skipped(condition)
      case .unknown(let condition):
        report(
          run, decided: "when: \(condition) is not known before the run")
        isUncertain = true
      }
      try checkDelegation(run, scope)
      if ModuleName.includes.contains(run.definition.shortAction) {
        includes.append(
          try await AwaitedLookups.resolving {
            try pendingInclude(run, scope, item, isUncertain: isUncertain)
          })
        guard let include = includes.last else { return ModuleResult() }
        return include.result
      }
    } catch {
      return try failure(error, ofTask: true)
    }
    if isUncertain { uncertainty += 1 }
    defer { if isUncertain { uncertainty -= 1 } }
    let result = try await callModule(run, scope)
    return isUncertain || uncertainty > 0 ? result.asUnknown : result
  }

  private func pendingInclude(
    _ run: TaskRun, _ scope: VariableScope, _ item: [String: Value],
    isUncertain: Bool
  ) throws -> PendingInclude {
    var values: Parameters = [:]
    for argument in run.definition.arguments where argument.name != "apply" {
      values[argument.name] = try scope.templateOrOmit(argument.value)
    }
    let isRole = run.definition.shortAction == "include_role"
    let file = try (run.definition.free ?? run.definition["file"]).map {
      try scope.template($0)
    }
    var told = ModuleResult()
    told.values["include"] = isRole ? nil : file
    var arguments = values
    if !isRole { arguments["file"] = nil }
    if let apply = run.definition["apply"] {
      arguments["apply"] = (try? scope.templateOrOmit(apply)) ?? apply
    }
    told.values["include_args"] = .dictionary(
      arguments.map { ($0.key, $0.value) })
    return PendingInclude(
      result: told,
      values: values, free: file, item: item, isUncertain: isUncertain)
  }

  private func checkDelegation(
    _ run: TaskRun, _ scope: VariableScope
  ) throws {
    guard let written = run.node.inherited(.delegateTo),
      let host = try scope.templateOrOmit(written), !host.isNone
    else { return }
    let name = PlainText.of(host)
    guard ["localhost", "127.0.0.1", "::1"].contains(name) else {
      throw Refusal(
        .host, name, at: run.task.place,
        what: "the task is delegated to \"\(name)\", and only localhost is "
          + "supported")
    }
  }

  // MARK: - Telling

  /// Whether the result may not be shown.
  func isSecret(_ run: TaskRun) -> Bool {
    guard let written = run.node.inherited(.noLog) else { return false }
    guard let value = try? run.scope.template(written) else { return true }
    return TypeCheck.boolean(value) ?? true
  }

  /// The result as JSON for an event; nil where it may not be shown.
  func shown(_ run: TaskRun, _ result: ModuleResult) -> String? {
    if !observer.wantsResults || isSecret(run) { return nil }
    var result = result
    if run.definition.shortAction == "gather_facts" {
      // Too much to show, and Ansible does not either however often -v is said.
      result.values["ansible_facts"] = nil
    }
    return try? JSONText.compact(result.value, .masked)
  }

  func report(_ run: TaskRun, decided reason: String) {
    observer.decidedDuringRun(run.task, reason)
  }
}

/// The result of a loop, collected from its elements.
private struct LoopSummary {
  private var isChanged: Value = false
  private var isFailed = false
  private var isSkipped = true
  private var warnings: [String] = []
  private var place: SourcePlace?
  private var facts: [String: Value] = [:]
  private var hostFacts: Parameters = [:]
  private var included: [String: Value] = [:]
  /// Whether every failure of an element may pass.
  private var ignoresErrors = true

  mutating func add(_ result: ModuleResult, ignoresErrors: Bool) {
    if let changed = result.changed {
      if changed { isChanged = true }
    } else if isChanged.boolean == false {
      isChanged = .unknown
    }
    if result.isFailed {
      isFailed = true
      place = place ?? result.place
      self.ignoresErrors = self.ignoresErrors && ignoresErrors
    }
    if !result.isSkipped { isSkipped = false }
    warnings += result.warnings
    facts.merge(result.facts) { $1 }
    hostFacts.merge(result.hostFacts) { $1 }
    included.merge(result.includedVariables) { $1 }
  }

  func result(_ results: [Value]) -> ModuleResult {
    var result = ModuleResult([
      "changed": isChanged, "results": .list(results),
    ])
    result.values["skipped"] = Value(isSkipped)
    if isFailed {
      result.values["failed"] = true
      result.values["msg"] = "One or more items failed"
      result.place = place
      result.ignoresErrors = ignoresErrors
    } else {
      result.values["msg"] =
        isSkipped ? "All items skipped" : "All items completed"
    }
    result.warnings = warnings
    result.facts = facts
    result.hostFacts = hostFacts
    result.includedVariables = included
    return result
  }
}

extension ModuleResult {
  /// The result of a task whose condition was false.
  static func skipped(_ condition: Value? = nil) -> ModuleResult {
    var result = ModuleResult([
      "changed": false, "skipped": true,
      "skip_reason": "Conditional result was False",
    ])
    if let condition { result.values["false_condition"] = condition }
    return result
  }

  /// The result of a task that only the run can do.
  static let unknown: ModuleResult = {
    var result = ModuleResult()
    result.values["changed"] = .unknown
    result.isWhollyUnknown = true
    return result
  }()

  /// The same result where nobody knows whether the task runs at all.
  var asUnknown: ModuleResult {
    var result = self
    result.isWhollyUnknown = true
    result.values["changed"] = .unknown
    result.values["failed"] = nil
    result.facts = facts.mapValues { _ in .unknown }
    result.hostFacts = hostFacts.mapValues { _ in .unknown }
    result.includedVariables = includedVariables.mapValues { _ in .unknown }
    return result
  }
}

extension Value {
  /// A value whose text is never taken for a template.
  var unsafe: Value { isString ? marked(.unsafe) : self }
}
