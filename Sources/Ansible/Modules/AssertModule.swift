// `assert` and `fail`: end the play where something is not as it must be.

import Jinja

struct AssertModule: Module {
  let names = ["ansible.builtin.assert"]
  let templatesItsArguments = true
  private static let known: Set<String> = [
    "that", "fail_msg", "msg", "success_msg", "quiet",
  ]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let unknown = call.arguments.keys.filter { !Self.known.contains($0) }
    if !unknown.isEmpty {
      throw AnsibleFailure(
        "Unsupported parameters for (assert) module: "
          + unknown.sorted().joined(separator: ", ")
          + ". Supported parameters include: fail_msg, quiet, success_msg, "
          + "that (msg).")
    }
    func message(_ names: String..., otherwise: String) throws -> Value {
      for name in names {
        guard let written = call.arguments[name] else { continue }
        if let made = try call.scope.templateOrOmit(written) { return made }
      }
      return Value(otherwise)
    }
    let failure = try message(
      "fail_msg", "msg", otherwise: "Assertion failed")
    let success = try message(
      "success_msg", otherwise: "All assertions passed")
    guard let written = call.arguments["that"] else {
      throw AnsibleFailure("missing required arguments: that")
    }
    let conditions = try conditions(written, call.scope)
    var isOpen = false
    for condition in conditions {
      switch try call.scope.decide([condition]) {
      case .yes: continue
      case .unknown(let text):
        call.reportDecidedDuringRun(
          "assert: \(text) is not known before the run")
        isOpen = true
      case .no(let text):
        if call.isUncertain {
          call.reportDecidedDuringRun("assert: \(PlainText.of(text))")
          return .unknown
        }
        var result = ModuleResult([
          "failed": true, "evaluated_to": false, "assertion": text,
        ])
        result.values["msg"] = failure
        result.values["changed"] = false
        return result
      }
    }
    if isOpen { return .unknown }
    var result = ModuleResult(changed: false)
    result.values["msg"] = success
    return result
  }

  /// A list as it is; a template that gives one, one level deep.
  private func conditions(
    _ written: Value, _ scope: VariableScope
  ) throws -> [Value] {
    if let list = try written.sequence() { return list }
    if let text = written.text, Templating.isWhollyTemplate(text),
      let made = try? scope.template(written), let list = try made.sequence()
    {
      return list
    }
    return [written]
  }
}

struct FailModule: Module {
  let names = ["ansible.builtin.fail"]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    try call.refuseOthers(than: ["msg"], briefly: true)
    let message =
      call.arguments["msg"] ?? "Failed as requested from task"
    if call.isUncertain {
      call.reportDecidedDuringRun("fail: \(PlainText.masked(message))")
      return .unknown
    }
    var result = ModuleResult(["failed": true, "changed": false])
    result.values["msg"] = message
    return result
  }
}
