// `kubernetes.core.k8s_service`: a Service from its ports, selector and type.

import Ansible
import Jinja
import Kubernetes

struct K8sServiceModule: ClusterModule {
  let names = [
    "kubernetes.core.k8s_service", "community.kubernetes.k8s_service",
    "k8s_service",
  ]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection, ModuleArguments.resource,
    [
      "state": .init(default: "present", choices: ["present", "absent"]),
      "force": .init("bool", default: false),
      "apply": .init("bool", default: false),
      "name": .init(required: true), "namespace": .init(required: true),
      "merge_type": .init(
        "list", elements: "str", choices: ["json", "merge", "strategic-merge"]),
      "selector": .init("dict"),
      "type": .init(
        "str",
        choices: ["NodePort", "ClusterIP", "LoadBalancer", "ExternalName"]),
      "ports": .init("list", elements: "dict"),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    var manifest =
      try ResourceDefinitions(call: call, arguments: arguments).all().first
      ?? Manifest(.dictionary([]))
    manifest.json["kind"] = "Service"
    manifest.json["apiVersion"] = "v1"
    for name in ["name", "namespace"] {
      try manifest.put(arguments[name] ?? .none, at: "metadata", name)
    }
    // What the task does not say is said to be nothing, unless the definition
    // says it.
    for name in ["type", "ports", "selector"] {
      let isEmpty =
        arguments[name].map {
          $0.list?.isEmpty ?? $0.dictionary?.isEmpty ?? false
        } ?? true
      if isEmpty, manifest.json["spec"]?[name] != nil { continue }
      try manifest.put(arguments[name] ?? .none, at: "spec", name)
    }
    do {
      return try await ObjectTask(
        port: port, call: call, arguments: arguments, manifest: manifest
      ).perform().module(arguments)
    } catch let problem as ClusterPort.Problem {
      return .failure(problem.description)
    }
  }
}

extension Manifest {
  /// Puts an argument at two levels of names, with what in it is unknown or
  /// secret.
  fileprivate mutating func put(
    _ value: Value, at outer: String, _ inner: String
  ) throws {
    let part = try Manifest(value)
    let pointer = "/\(outer)/\(inner)"
    if json[outer]?.object == nil { json[outer] = .object([:]) }
    json.set(part.json, at: outer, inner)
    unknown.removeAll { $0 == pointer || $0.hasPrefix(pointer + "/") }
    secrets.removeAll {
      $0.pointer == pointer || $0.pointer.hasPrefix(pointer + "/")
    }
    unknown += part.unknown.map { pointer + $0 }
    secrets += part.secrets.map {
      SecretSpan(pointer: pointer + $0.pointer, range: $0.range)
    }
  }
}
