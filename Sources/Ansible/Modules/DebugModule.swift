// `debug`: shows a message or the value of an expression.

import Jinja

struct DebugModule: Module {
  let names = ["ansible.builtin.debug"]
  let parameters: ValidationSpec? = ValidationSpec(
    [
      "msg": .init("raw", default: "Hello world!"), "var": .init("raw"),
      "verbosity": .init("int", default: 0),
    ], mutuallyExclusive: [["msg", "var"]])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    try call.refuseOthers(than: ["msg", "var", "verbosity"])
    if let spec = parameters, call.arguments["var"] != nil,
      call.arguments["msg"] != nil
    {
      _ = try call.validated(by: spec)
    }
    let verbosity =
      try call.arguments["verbosity"].map {
        try TypeCheck.convert($0, to: "int").integer ?? 0
      } ?? 0
    var result = ModuleResult(changed: false)
    guard verbosity <= call.verbosity else {
      result.values["skipped"] = true
      result.values["skipped_reason"] = "Verbosity threshold not met."
      return result
    }
    guard let name = call.arguments["var"], !name.isNone else {
      result.values["msg"] = call.arguments["msg"] ?? "Hello world!"
      return result
    }
    if name.marks.contains(.unsafe) {
      throw AnsibleFailure.ofTask(
        "Error while resolving `var` expression: Encountered untrusted "
          + "template or expression.")
    }
    guard let expression = name.text else {
      throw AnsibleFailure(
        "argument 'var' is of type \(name.typeName) and we were unable to "
          + "convert to _check_type_str_no_conversion: '\(PlainText.of(name))' "
          + "is not a string and conversion is not allowed")
    }
    do {
      result.values[expression] = try call.scope.evaluate(expression)
    } catch let error as TemplateError where error.kind == .undefined {
      result.values[expression] = Value("<< error 1 - \(error.message) >>")
    } catch let error as TemplateError {
      throw AnsibleFailure.ofTask(
        "Error while resolving `var` expression: "
          + (error.kind.isKind(of: .syntax)
            ? "Syntax error in expression: " : "")
          + error.message)
    }
    return result
  }
}
