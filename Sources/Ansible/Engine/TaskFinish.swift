// What a task's result means for the play: variables, handlers, included
// tasks, failure.

import Jinja
import OrderedCollections

extension PlayRunner {
  nonisolated(nonsending)
    func finish(
      _ run: TaskRun, _ result: ModuleResult, _ includes: [PendingInclude],
      elapsed: Duration
    ) async throws -> Ending
  {
    let outcome = self.outcome(of: result, run)
    counts[outcome == .changed ? .ok : outcome, default: 0] += 1
    if outcome == .changed { counts[.changed, default: 0] += 1 }
    if outcome == .ignored { counts[.ok, default: 0] += 1 }
    if outcome != .skipped, !run.definition.isImplicit || outcome != .ok {
      run.node.role?.hasRunTask = true
    }
    for warning in result.warnings {
      observer.warned("\(run.task.place): \(warning)")
    }
    for (name, value) in result.facts { facts.set(name, value) }
    if !result.hostFacts.isEmpty { hostFacts.add(result.hostFacts) }
    if !result.includedVariables.isEmpty {
      includedVariables.merge(result.includedVariables) { $1 }
    }
    if let register = run.definition.register {
      facts.set(register, result.value)
    }
    var event = RunEvent(
      .taskEnded(outcome), play: play.name, task: run.task,
      message: isSecret(run) ? "" : told(result.message), elapsed: elapsed,
      result: shown(run, result))
    if observer.wantsResults, !isSecret(run),
      showsDiff(run.node, run.scope)
    {
      event.diff = difference(of: result)
    }
    await observer.happened(event)
    if outcome == .failed {
      lastFailure = result.value
      lastFailedTask = failedTask(run)
      return .failed(
        TaskFailure(
          task: run.task,
          message: isSecret(run)
            ? "the output has been hidden due to the fact that 'no_log: true' "
              + "was specified for this result"
            : failureMessage(result), at: result.place))
    }
    try await notify(run, result)
    for include in includes {
      let ending = try await self.include(run, include)
      guard case .done = ending else { return ending }
    }
    return .done
  }

  /// Whether results of a task are to tell what changes in files.
  func showsDiff(_ node: TaskNode, _ scope: VariableScope) -> Bool {
    let isWanted =
      node.inherited(.diff).flatMap { try? scope.template($0) }
      .flatMap { TypeCheck.boolean($0) } ?? settings.showsDiff
    return isWanted && !settings.isPreview
  }

  /// What a task changed in files, as text.
  private func difference(of result: ModuleResult) -> String {
    let items = result.values["results"].flatMap { try? $0.sequence() }
    return (items ?? [result.value]).map { item in
      guard (try? item.member("changed"))??.boolean == true,
        let diff = try? item.member("diff")
      else { return "" }
      return DiffText.of(diff)
    }.joined()
  }

  private func outcome(
    of result: ModuleResult, _ run: TaskRun
  ) -> RunEvent.Outcome {
    if result.isFailed {
      return result.ignoresErrors ?? ignoresErrors(run, run.scope)
        ? .ignored : .failed
    }
    if result.isSkipped { return .skipped }
    return (result.changed ?? true) ? .changed : .ok
  }

  private func failureMessage(_ result: ModuleResult) -> String {
    if result.message == "One or more items failed",
      let items = try? result.values["results"]?.sequence()
    {
      for item in items where (try? item.member("failed"))??.boolean == true {
        if let message = try? item.member("msg") {
          return told(PlainText.masked(message))
        }
      }
    }
    if !result.message.isEmpty { return told(result.message) }
    if let errors = result.values["stderr"]?.text, !errors.isEmpty {
      return errors
    }
    return "the task failed"
  }

  /// A message as the operator reads it: that the task failed he sees.
  func told(_ message: String) -> String {
    for beginning in [Self.taskFailed, Self.unexpectedFailure]
    where message.hasPrefix(beginning) {
      return String(message.dropFirst(beginning.count))
    }
    return message
  }

  // MARK: - Includes

  nonisolated(nonsending)
    private func include(
      _ run: TaskRun, _ include: PendingInclude
    ) async throws -> Ending
  {
    let definition = run.definition
    let isRole = definition.shortAction == "include_role"
    if include.isUncertain { uncertainty += 1 }
    defer { if include.isUncertain { uncertainty -= 1 } }
    let nodes: [Node]
    let key: String
    do {
      let file = include.free.map { PlainText.of($0) } ?? ""
      let unknown =
        include.free?.isUnknown == true
        || include.values.values.contains { $0.isUnknown }
      if unknown {
        report(run, decided: "what it includes is not known before the run")
        return .done
      }
      let level = Scope(
        .included(
          directory: isRole ? "" : Paths.directory(of: file)),
        parent: run.node.scope, role: run.node.role,
        variables: definition.variables, fixed: include.item)
      let inner = try applied(definition, in: level, run)
      if isRole {
        let name = include.values["name"] ?? include.values["role"] ?? .none
        key =
          "\(PlainText.of(name)) "
          + (include.values["tasks_from"].map(PlainText.of) ?? "main")
      } else {
        key = taskFile(
          file, in: level, folder: run.node.isHandler ? "handlers" : "tasks")
      }
      // What includes itself until something holds would never end here.
      if uncertainty > 0, including.contains(key) {
        report(
          run, decided: "whether it runs again is not known before the run")
        return .done
      }
      guard including.count < Self.deepestInclude else {
        throw AnsibleFailure.ofTask(
          "more than \(Self.deepestInclude) includes stand in each other: \(key)"
        )
      }
      if isRole {
        nodes = try includedRole(
          definition,
          arguments: include.values.map { ($0.key, $0.value) }, in: inner,
          isStatic: false)
      } else {
        guard settings.reader.files.isFile(key) else {
          throw AnsibleFailure.ofTask(
            "Could not find or access '\(key)' on the Ansible Controller.")
        }
        nodes = try compile(
          try settings.reader.steps(key, asHandlers: run.node.isHandler),
          in: inner)
      }
    } catch let error as Refusal {
      throw error
    } catch let error as AnsibleFailure where !error.isOfTask {
      // What is wrongly written ends the run: no rescue can mend it.
      throw error
    } catch {
      counts[.failed, default: 0] += 1
      let failure = TaskFailure(
        task: run.task, message: sentence(error), at: place(of: error))
      var result = include.result
      result.values["include_args"] = nil
      result.values["changed"] = false
      result.values["reason"] = Value(failure.message)
      lastFailure = result.value
      lastFailedTask = failedTask(run)
      await observer.happened(
        RunEvent(
          .taskEnded(.failed), play: play.name, task: run.task,
          message: failure.message, result: shown(run, result)))
      return .failed(failure)
    }
    including.append(key)
    defer { including.removeLast() }
    return try await self.run(nodes)
  }

  /// How many includes may stand in each other.
  private static let deepestInclude = 300

  /// The level that `apply` puts around included tasks.
  private func applied(
    _ definition: TaskDefinition, in level: Scope, _ run: TaskRun
  ) throws -> Scope {
    guard let apply = definition["apply"],
      let entries = try apply.dictionary?.pairs()
    else { return level }
    var keywords = Keywords()
    var variables: [String: Value] = [:]
    for entry in entries {
      if entry.key == "vars" {
        for pair in entry.value.dictionary?.rawPairs() ?? [] {
          variables[pair.key] = pair.value
        }
      } else if try !keywords.take(entry.key, entry.value) {
        throw AnsibleFailure(
          "'\(entry.key)' is not a valid attribute for a Block",
          at: run.task.place)
      }
    }
    return Scope(
      .block, parent: level, role: level.role, keywords: keywords,
      variables: variables)
  }

  // MARK: - Handlers

  nonisolated(nonsending)
    private func notify(_ run: TaskRun, _ result: ModuleResult) async throws
  {
    guard result.changed ?? true, !result.isSkipped,
      let names = run.definition.keywords.notify ?? run.node.scope.notify
    else { return }
    for name in names {
      let templated = try run.scope.template(name)
      for entry in try Keywords.list(templated) {
        try await notify(PlainText.of(entry), run)
      }
    }
  }

  nonisolated(nonsending)
    private func notify(_ name: String, _ run: TaskRun) async throws
  {
    let found = handlers(named: name)
    guard !found.isEmpty else {
      let sentence =
        "The requested handler '\(name)' was not found in either the main "
        + "handlers list nor in the listening handlers list"
      if settings.errorsOnMissingHandler {
        throw AnsibleFailure(sentence, at: run.task.place)
      }
      observer.warned(sentence)
      return
    }
    if play.isRunningHandlers {
      for handler in found { handler.isNotified = true }
    } else if !play.notified.contains(name) {
      play.notified.append(name)
    }
    await observer.happened(
      RunEvent(.notified(handler: name), play: play.name, task: run.task))
  }

  /// The handlers of a name or topic: the last one defined under a name, and
  /// all that listen.
  private func handlers(named name: String) -> [TaskNode] {
    // The last list that has the name wins, and in it the first.
    let ordered = play.handlers.enumerated().sorted { one, other in
      one.element.group != other.element.group
        ? one.element.group > other.element.group : one.offset < other.offset
    }.map(\.element)
    var found: [TaskNode] = []
    for handler in ordered {
      if handlerNames(handler).contains(name) {
        found.append(handler)
        break
      }
    }
    var seen = Set<String>()
    for handler in ordered {
      let topics = handler.definition.listen.flatMap { topic in
        handler.role.map {
          [
            topic, "\($0.name) : \(topic)", "\($0.source.fullName) : \(topic)",
          ]
        } ?? [topic]
      }
      guard topics.contains(name) else { continue }
      let own = handler.definition.name.map { PlainText.of($0) } ?? ""
      if !own.isEmpty, !seen.insert(own).inserted { continue }
      if !found.contains(where: { $0 === handler }) { found.append(handler) }
    }
    return found
  }

  private func handlerNames(_ handler: TaskNode) -> [String] {
    guard let written = handler.definition.name else { return [] }
    let scope = variables(for: handler.definition, in: handler.scope)
    guard let name = try? scope.template(written).text else { return [] }
    guard let role = handler.role else { return [name] }
    return [
      name, "\(role.name) : \(name)", "\(role.source.fullName) : \(name)",
    ]
  }

  /// Runs the handlers that were notified, in the order they are defined.
  nonisolated(nonsending)
    func flushHandlers() async throws -> Ending
  {
    for name in play.notified {
      for handler in handlers(named: name) { handler.isNotified = true }
    }
    play.notified = []
    play.isRunningHandlers = true
    defer { play.isRunningHandlers = false }
    for handler in play.handlers where handler.isNotified {
      handler.isNotified = false
      let ending = try await run(handler)
      switch ending {
      case .done, .endRole: continue
      case .failed, .endPlay: return ending
      }
    }
    return .done
  }
}
