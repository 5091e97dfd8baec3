// `validate_argument_spec`: the task that checks a role's arguments before its
// first task.

import Jinja
import OrderedCollections

struct ValidateArgumentSpecModule: Module {
  let names = ["ansible.builtin.validate_argument_spec"]
  let templatesItsArguments = true

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    try call.refuseOthers(
      than: ["argument_spec", "provided_arguments", "validate_args_context"])
    let spec = try call.validation ?? self.spec(call)
    var parameters: Parameters = [:]
    for name in spec.options.keys {
      if let value = try call.scope.value(of: name) {
        let made = try call.scope.finalize(value)
        if !made.isOmit { parameters[name] = made }
      }
    }
    if let provided = call.arguments["provided_arguments"] {
      for entry in try call.scope.template(provided).dictionary?.pairs() ?? [] {
        parameters[entry.key] = entry.value
      }
    }
    let checked = ArgumentValidator(parameters, spec: spec)
    var result = ModuleResult(changed: false)
    result.values["validate_args_context"] =
      try call.arguments["validate_args_context"].map {
        try call.scope.template($0)
      } ?? .dictionary([])
    guard !checked.errors.isEmpty else {
      result.values["msg"] = "The arg spec validation passed"
      return result
    }
    result.values["failed"] = true
    result.values["msg"] = Value(
      "Validation of arguments failed:\n"
        + checked.errors.joined(separator: "\n"))
    result.values["argument_spec_data"] = call.arguments["argument_spec"]
      .flatMap {
        call.validation == nil ? try? call.scope.template($0) : $0.unsafe
      }
    result.values["argument_errors"] = .list(
      checked.errors.map { Value($0) })
    return result
  }

  /// The spec that a task gives.
  private func spec(_ call: ModuleCall) throws -> ValidationSpec {
    guard let written = call.arguments["argument_spec"] else {
      throw AnsibleFailure("\"argument_spec\" arg is required in args")
    }
    let options = try call.scope.template(written)
    guard options.dictionary != nil else {
      throw AnsibleFailure(
        "Incorrect type for argument_spec, expected dict and got "
          + options.typeName)
    }
    return try ValidationSpec(options: options)
  }
}
