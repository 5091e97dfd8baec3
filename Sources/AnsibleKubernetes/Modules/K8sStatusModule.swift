// `operator_sdk.util.k8s_status`: the status of a resource, as roles that serve
// an operator set it. By the rules of that module's own documentation and code,
// github.com/operator-framework/operator-sdk-ansible-util.

import Ansible
import Jinja
import Kubernetes

struct K8sStatusModule: ClusterModule {
  let names = ["operator_sdk.util.k8s_status", "k8s_status"]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection,
    [
      "kind": .init(), "name": .init(), "namespace": .init(),
      "api_version": .init(aliases: ["api", "version"]),
      "status": .init("dict"),
      "conditions": .init(
        "list", elements: "dict",
        options: [
          "type": .init("str", required: true),
          "status": .init(
            "str", required: true, choices: ["True", "False", "Unknown"]),
          "reason": .init("str"), "message": .init("str"),
          "lastHeartbeatTime": .init("str"),
          "lastTransitionTime": .init("str"),
        ]),
      "replace": .init("bool", default: false, aliases: ["force"]),
      "replace_lists": .init("bool", default: false),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    if call.isCheckMode {
      var result = ModuleResult(
        changed: false,
        message: "remote module (\(call.task.action)) does not support check "
          + "mode")
      result.values["skipped"] = true
      return result
    }
    let given = try Manifest(arguments["status"] ?? .dictionary([]))
    let conditions = try Manifest(arguments["conditions"] ?? .list([]))
    var status = given.json
    var unknown = given.unknown.map { "/status" + $0 }
    var secrets = given.secrets.map {
      SecretSpan(pointer: "/status" + $0.pointer, range: $0.range)
    }
    let filled = (conditions.json.array ?? []).map(Self.filled)
    if !filled.isEmpty {
      if let problem = try filled.lazy.compactMap(Self.problem).first {
        return .failure(
          "The specified conditions failed to validate: \(problem)")
      }
      if status["conditions"]?.array?.isEmpty == false {
        return .failure(
          "You cannot specify conditions in both the 'status' and 'conditions' "
            + "parameters")
      }
      status.set(.array(filled), at: "conditions")
      unknown += conditions.unknown.map { "/status/conditions" + $0 }
      secrets += conditions.secrets.map {
        SecretSpan(
          pointer: "/status/conditions" + $0.pointer, range: $0.range)
      }
    }
    let resource = try await port.resource(
      arguments.text("kind") ?? "", arguments.text("api_version") ?? "")
    let reference = ObjectReference(
      resource.objectKind,
      namespace: resource.isNamespaced ? arguments.text("namespace") : nil,
      name: arguments.text("name") ?? "")
    guard let instance = try await port.reader.find(reference) else {
      if call.isPreview {
        // A task before it, or whoever called the role, makes the object.
        call.reportDecidedDuringRun(
          "the object whose status it sets is not there yet")
        return .undecided
      }
      return .failure("Failed to retrieve requested object")
    }
    let before = instance.json["status"] ?? .object([:])
    let replaces = arguments.flag("replace")
    if !replaces { Self.merge(&status, before) }
    let isSame =
      unknown.isEmpty
      && (replaces
        ? status == before
        : Self.contains(
          before, status, replacesLists: arguments.flag("replace_lists"),
          key: nil))
    var after = instance
    if !isSame {
      var json = instance.json
      json.set(status, at: "status")
      let write = RenderedWrite(
        replaces ? .replace : .patch(.merge), reference, object: json,
        subresource: "status", unknown: unknown, secrets: secrets,
        task: call.task, isCertain: !call.isUncertain)
      after = try await port.perform(write) ?? instance
    }
    return ModuleResult([
      "changed": Value(!isSame), "result": after.json.templateValue(),
    ])
  }

  /// A condition without what was not given.
  private static func filled(_ condition: JSON) -> JSON {
    .object((condition.object ?? [:]).filter { $0.value != .null })
  }

  /// What is wrong with a condition; nil where nothing is.
  private static func problem(_ condition: JSON) throws -> String? {
    if let reason = condition["reason"]?.string, !reason.isEmpty,
      !reason.utf8.allSatisfy({
        (65...90).contains($0) || (97...122).contains($0)
      })
    {
      return "Condition 'reason' must be a single, CamelCase word"
    }
    let time = try PythonRegex(
      #"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(([+-]\d\d:\d\d)|Z)$"#)
    for key in ["lastHeartbeatTime", "lastTransitionTime"] {
      if let text = condition[key]?.string, !text.isEmpty,
        try time.match(text) == nil
      {
        return "'\(key)' must be an RFC3339 compliant datetime string"
      }
    }
    return nil
  }

  /// Puts new conditions among those that are there; one whose values are the
  /// same stays, whatever its time.
  private static func merge(_ status: inout JSON, _ before: JSON) {
    guard var all = before["conditions"]?.array, !all.isEmpty,
      let new = status["conditions"]?.array, !new.isEmpty
    else { return }
    for condition in new {
      guard
        let index = all.firstIndex(where: { $0["type"] == condition["type"] })
      else {
        all.append(condition)
        continue
      }
      let differs = (condition.object ?? [:]).contains {
        $0.key != "lastTransitionTime" && all[index][$0.key] != $0.value
      }
      if differs { all[index] = condition }
    }
    status.set(.array(all), at: "conditions")
  }

  /// Whether a value holds another: all members, all items.
  private static func contains(
    _ whole: JSON, _ part: JSON, replacesLists: Bool, key: String?
  ) -> Bool {
    if let members = part.object, let all = whole.object {
      return members.allSatisfy { name, value in
        contains(
          all[name] ?? .null, value, replacesLists: replacesLists, key: name)
      }
    }
    if let items = part.array, let all = whole.array,
      !replacesLists || key == "conditions"
    {
      return items.allSatisfy(all.contains)
    }
    return whole == part
  }
}
