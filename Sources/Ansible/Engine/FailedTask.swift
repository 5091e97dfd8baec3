// `ansible_failed_task`: the task whose failure a rescue mends, as a value.

import Jinja

extension PlayRunner {
  /// The task as its rescue sees it: its keywords as they are in force there.
  func failedTask(_ run: TaskRun) -> Value {
    let definition = run.definition
    func made(_ value: Value?) -> Value {
      guard let value else { return .none }
      return (try? run.scope.templateOrOmit(value)) ?? value.unsafe
    }
    func list(_ values: [Value]) -> Value {
      .list(values.map(\.unsafe))
    }
    func inherited(_ keyword: Keywords.Inherited) -> Value {
      made(run.node.inherited(keyword))
    }
    var arguments = definition.arguments.map { ($0.name, made($0.value)) }
    if let free = definition.free {
      arguments.append(("_raw_params", made(free)))
    }
    return .dictionary([
      ("name", made(definition.name ?? "")),
      ("action", Value(definition.action)),
      ("_resolved_action", Value(run.task.action)),
      ("args", .dictionary(arguments)),
      ("when", list(run.node.when)), ("tags", list(run.node.tags)),
      (
        "vars",
        .dictionary(definition.variables.map { ($0.key, made($0.value)) })
      ),
      ("loop", made(definition.loop)),
      ("loop_with", definition.loopLookup.map { Value($0) } ?? .none),
      ("register", definition.register.map { Value($0) } ?? .none),
      ("until", list(definition.until)),
      ("retries", made(definition.retries)),
      ("delay", made(definition.delay ?? 5.0)),
      ("changed_when", list(definition.changedWhen)),
      ("failed_when", list(definition.failedWhen)),
      ("notify", definition.keywords.notify.map(list) ?? .none),
      ("no_log", Value(isSecret(run))),
      ("ignore_errors", inherited(.ignoreErrors)),
      ("run_once", inherited(.runOnce)),
      ("check_mode", inherited(.checkMode)), ("diff", inherited(.diff)),
      ("delegate_to", inherited(.delegateTo)),
      ("delegate_facts", inherited(.delegateFacts)),
      ("become", inherited(.become)),
      ("connection", "local"),
      ("timeout", inherited(.timeout)), ("throttle", inherited(.throttle)),
    ])
  }
}
