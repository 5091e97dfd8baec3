// `kubernetes.core.k8s`: objects made, changed, applied and deleted, by the
// rules of kubernetes.core's runner.py and service.py.

import Ansible
import Jinja
import Kubernetes

struct K8sModule: ClusterModule {
  let names = ["kubernetes.core.k8s", "community.kubernetes.k8s", "k8s"]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.naming, ModuleArguments.resource,
    ModuleArguments.connection, ModuleArguments.waiting,
    [
      "merge_type": .init(
        "list", elements: "str", choices: ["merge", "strategic-merge"]),
      "validate": .init(
        "dict",
        options: [
          "fail_on_error": .init("bool"), "version": .init(),
          "strict": .init("bool", default: true),
        ]),
      "append_hash": .init("bool", default: false),
      "apply": .init("bool", default: false), "template": .init("raw"),
      "delete_options": .init(
        "dict",
        options: [
          "propagationPolicy": .init(
            choices: ["Foreground", "Background", "Orphan"]),
          "gracePeriodSeconds": .init("int"),
          "preconditions": .init(
            "dict",
            options: [
              "resourceVersion": .init("str"), "uid": .init("str"),
            ]),
        ]),
      "continue_on_error": .init("bool", default: false),
      "state": .init(
        default: "present", choices: ["present", "absent", "patched"]),
      "force": .init("bool", default: false),
      "label_selectors": .init("list", elements: "str"),
      "generate_name": .init(),
      "server_side_apply": .init(
        "dict",
        options: [
          "field_manager": .init("str", required: true),
          "force_conflicts": .init("bool", default: false),
        ]),
      "delete_all": .init("bool", default: false, aliases: ["all"]),
      "hidden_fields": .init("list", elements: "str"),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(
      Self.options,
      mutuallyExclusive: [
        ["resource_definition", "src"], ["merge_type", "apply"],
        ["template", "resource_definition"], ["template", "src"],
        ["name", "generate_name"],
      ])
    let validation = try await Validation(arguments, port, call)
    var manifests: [Manifest]
    if arguments.flag("delete_all"), arguments.text("state") == "absent",
      arguments["name"] == nil, arguments["resource_definition"] == nil,
      arguments["src"] == nil
    {
      manifests = try await everything(arguments)
    } else {
      manifests = try ResourceDefinitions(call: call, arguments: arguments)
        .all()
    }
    var results: [ObjectResult] = []
    for manifest in manifests {
      let found = try await validation?.faults(in: manifest) ?? []
      if !found.isEmpty, validation?.failsOnError == true,
        found.contains(where: \.isError)
      {
        return .failure(
          found.filter(\.isError).map(\.sentence).joined(separator: "\n"))
      }
      do {
        var result = try await ObjectTask(
          port: port, call: call, arguments: arguments, manifest: manifest
        ).perform()
        result.warnings += found.map(\.sentence)
        results.append(result)
      } catch let problem as ClusterPort.Problem {
        guard arguments.flag("continue_on_error") else {
          return .failure(problem.description)
        }
        var result = ObjectResult()
        result.error = problem.description
        results.append(result)
      } catch let timeout as ObjectTask.Timeout {
        var result = timeout.result.module(arguments)
        result.values["failed"] = true
        result.values["msg"] = Value(timeout.description)
        return result
      }
    }
    if results.count == 1 { return results[0].module(arguments) }
    var all = ModuleResult()
    all.values["changed"] = ObjectResult.changed(results)
    all.values["result"] = .dictionary([
      (
        "results",
        .list(
          results.map {
            .dictionary(
              $0.module(arguments).values.map { ($0.key, $0.value) })
          })
      )
    ])
    all.warnings = results.flatMap(\.warnings)
    return all
  }

  /// All objects of a kind, for `delete_all`.
  private func everything(_ arguments: CheckedArguments) async throws
    -> [Manifest]
  {
    guard let kind = arguments.text("kind") else {
      throw AnsibleFailure(
        "'kind' option is required to specify the resource type.")
    }
    let resource = try await port.resource(
      kind, arguments.text("api_version") ?? "v1")
    let selectors = try arguments.texts("label_selectors")
    let found = try await port.reader.listAll(
      ListQuery(
        resource.objectKind, namespace: arguments.text("namespace"),
        labelSelector: selectors.isEmpty
          ? nil : selectors.joined(separator: ",")))
    return try found.items.map { try Manifest($0.json.templateValue()) }
  }
}

/// What became of one object.
struct ObjectResult {
  var changed: Bool? = false
  var method: String?
  var object: Value = .dictionary([])
  var seconds: Int?
  var message: String?
  var error: String?
  var warnings: [String] = []

  /// Whether any of several changed; unknown where that is not known.
  static func changed(_ results: [ObjectResult]) -> Value {
    if results.contains(where: { $0.changed == true }) { return true }
    return results.contains { $0.changed == nil } ? .unknown : false
  }

  /// The result in the shape of kubernetes.core.
  func module(_ arguments: CheckedArguments) -> ModuleResult {
    var result = ModuleResult()
    result.values["changed"] = changed.map { Value($0) } ?? .unknown
    if let method { result.values["method"] = Value(method) }
    result.values["result"] = HiddenFields.hide(
      (try? arguments.texts("hidden_fields")) ?? [], in: object)
    if let seconds { result.values["duration"] = Value(seconds) }
    if let message { result.values["msg"] = Value(message) }
    if let error {
      result.values["error"] = .dictionary([("msg", Value(error))])
    }
    result.warnings = warnings
    if !warnings.isEmpty {
      result.values["warnings"] = .list(warnings.map { Value($0) })
    }
    return result
  }
}
