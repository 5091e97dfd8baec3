// `kubernetes.core.k8s_scale`: how many pods a workload has.

import Ansible
import Jinja
import Kubernetes

struct K8sScaleModule: ClusterModule {
  let names = [
    "kubernetes.core.k8s_scale", "community.kubernetes.k8s_scale", "k8s_scale",
  ]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.naming, ModuleArguments.resource,
    ModuleArguments.connection,
    [
      "replicas": .init("int", required: true),
      "current_replicas": .init("int"), "resource_version": .init(),
      "wait": .init("bool", default: true),
      "wait_timeout": .init("int", default: 20),
      "wait_sleep": .init("int", default: 5),
      "label_selectors": .init("list", elements: "str", default: .list([])),
      "continue_on_error": .init("bool", default: false),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(
      Self.options, mutuallyExclusive: [["resource_definition", "src"]])
    guard
      let definition = try ResourceDefinitions(
        call: call, arguments: arguments
      ).all().first?.json
    else { return .failure("no object to scale is named") }
    let resource = try await port.resource(
      definition["kind"]?.string ?? "", definition["apiVersion"]?.string ?? "")
    let objects = try await found(resource, definition, arguments)
    guard !objects.isEmpty else {
      return .failure("Failed to retrieve requested object: not found")
    }
    var results: [ModuleResult] = []
    for object in objects {
      results.append(try await scale(object, arguments, call))
      if results.last?.isFailed == true, !arguments.flag("continue_on_error") {
        return results[results.count - 1]
      }
    }
    if results.count == 1 { return results[0] }
    return ModuleResult([
      "changed": Value(results.contains { $0.changed ?? true }),
      "results": .list(
        results.map { .dictionary($0.values.map { ($0.key, $0.value) }) }),
    ])
  }

  private func found(
    _ resource: APIResource, _ definition: JSON, _ arguments: CheckedArguments
  ) async throws -> [KubernetesObject] {
    let namespace = definition["metadata"]?["namespace"]?.string
    if let name = definition["metadata"]?["name"]?.string {
      return try await port.reader.find(
        ObjectReference(resource.objectKind, namespace: namespace, name: name)
      ).map { [$0] } ?? []
    }
    return try await port.reader.listAll(
      ListQuery(
        resource.objectKind, namespace: namespace,
        labelSelector: try arguments.texts("label_selectors")
          .joined(separator: ","))
    ).items
  }

  private func scale(
    _ object: KubernetesObject, _ arguments: CheckedArguments,
    _ call: ModuleCall
  ) async throws -> ModuleResult {
    let wanted = arguments.number("replicas") ?? 0
    let isJob = object.kind == "Job"
    let field = isJob ? "parallelism" : "replicas"
    let who =
      "kind=\(object.kind) name=\(object.name) "
      + "namespace=\(object.namespace ?? "None")"
    guard let present = object.spec[field]?.integer else {
      return .failure(
        "Failed to retrieve the available count for object \(who).")
    }
    func warning(_ sentence: String) -> ModuleResult {
      ModuleResult(["changed": false, "warning": Value(sentence)])
    }
    if let version = arguments.text("resource_version"),
      version != object.resourceVersion
    {
      return warning(
        "expected resource version \(version) does not match with actual "
          + "\(object.resourceVersion ?? "") for object \(who).")
    }
    if let current = arguments.number("current_replicas"), current != present {
      return warning(
        "current replicas \(current) does not match with actual \(present) "
          + "for object \(who).")
    }
    var result = ModuleResult(changed: false)
    let gate = isJob ? nil : try arguments.gate([object.reference])
    guard present != wanted else {
      result.values["result"] = object.json.templateValue()
      if arguments.flag("wait") { result.values["duration"] = 0 }
      return result
    }
    if call.isCheckMode {
      var scaled = object.json
      scaled.set(.integer(wanted), at: "spec", field)
      result.values["changed"] = true
      result.values["result"] = scaled.templateValue()
      if arguments.flag("wait") { result.values["duration"] = 0 }
      return result
    }
    let after = try await port.perform(
      RenderedWrite(
        .patch(.merge), object.reference,
        object: ["spec": .object([field: .integer(wanted)])],
        subresource: isJob ? nil : "scale", task: call.task, gate: gate,
        isCertain: !call.isUncertain))
    result.values["changed"] = true
    let now = try await port.reader.find(object.reference) ?? after
    result.values["result"] = (now?.json ?? .null).templateValue(
      unknown: await port.unknown(object.reference))
    guard let gate, !call.isPreview else { return result }
    let waited = try await port.wait(for: gate)
    result.values["duration"] = Value(waited.seconds)
    guard waited.isOpen else {
      return .failure(
        "Resource scaling timed out"
          + (waited.reason.isEmpty ? "" : ": \(waited.reason)"))
    }
    return result
  }
}
