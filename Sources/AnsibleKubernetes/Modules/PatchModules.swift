// `kubernetes.core.k8s_json_patch`, `k8s_rollback` and `k8s_cluster_info`.

import Ansible
import Jinja
import Kubernetes

struct K8sJSONPatchModule: ClusterModule {
  let names = ["kubernetes.core.k8s_json_patch", "k8s_json_patch"]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection, ModuleArguments.waiting,
    [
      "api_version": .init(default: "v1", aliases: ["api", "version"]),
      "kind": .init("str", required: true), "namespace": .init("str"),
      "name": .init("str", required: true),
      "patch": .init("list", elements: "dict", required: true),
      "hidden_fields": .init("list", elements: "str", default: .list([])),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    let resource = try await port.resource(
      arguments.text("kind") ?? "", arguments.text("api_version") ?? "v1")
    let reference = ObjectReference(
      resource.objectKind,
      namespace: resource.isNamespaced ? arguments.text("namespace") : nil,
      name: arguments.text("name") ?? "")
    guard let before = try await port.reader.find(reference) else {
      return .failure(
        "\(reference.kind) \(reference.name): Failed to retrieve requested "
          + "object: not found")
    }
    let patch = try Manifest(arguments["patch"] ?? .list([]))
    let gate = try arguments.gate([reference])
    let write = RenderedWrite(
      .patch(.json), reference, object: patch.json, unknown: patch.unknown,
      secrets: patch.secrets, task: call.task, gate: gate,
      isCertain: !call.isUncertain)
    let after =
      call.isCheckMode
      ? try await port.rehearse(write) : try await port.perform(write)
    var result = ModuleResult([
      "changed": Value(!ObjectDiff.isSame(before.json, after?.json)),
      "result": HiddenFields.hide(
        try arguments.texts("hidden_fields"),
        in: (after?.json ?? .null).templateValue(
          unknown: await port.unknown(reference))),
    ])
    if let gate, !call.isPreview, !call.isCheckMode {
      let waited = try await port.wait(for: gate)
      result.values["duration"] = Value(waited.seconds)
      if !waited.isOpen { return .failure("Resource update timed out") }
    }
    return result
  }
}

struct K8sRollbackModule: ClusterModule {
  let names = ["kubernetes.core.k8s_rollback", "k8s_rollback"]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection, ModuleArguments.naming,
    [
      "label_selectors": .init("list", elements: "str", default: .list([])),
      "field_selectors": .init("list", elements: "str", default: .list([])),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    let kind = arguments.text("kind") ?? ""
    let resource = try await port.resource(
      kind, arguments.text("api_version") ?? "apps/v1")
    let namespace = arguments.text("namespace")
    var objects: [KubernetesObject]
    if let name = arguments.text("name") {
      objects =
        try await port.reader.find(
          ObjectReference(
            resource.objectKind, namespace: namespace, name: name)
        ).map { [$0] } ?? []
    } else {
      objects = try await port.reader.listAll(
        ListQuery(
          resource.objectKind, namespace: namespace,
          labelSelector: try arguments.texts("label_selectors")
            .joined(separator: ","))
      ).items
    }
    if !objects.isEmpty, kind != "Deployment", kind != "DaemonSet" {
      return .failure("Cannot perform rollback on resource of kind \(kind)")
    }
    var results: [Value] = []
    var isChanged = false
    for object in objects {
      let result = try await rollBack(object, call)
      if result.changed ?? true { isChanged = true }
      results.append(.dictionary(result.values.map { ($0.key, $0.value) }))
    }
    return ModuleResult([
      "changed": Value(isChanged), "rollback_info": .list(results),
    ])
  }

  private func rollBack(
    _ object: KubernetesObject, _ call: ModuleCall
  ) async throws -> ModuleResult {
    let isDeployment = object.kind == "Deployment"
    let key =
      isDeployment
      ? "deployment.kubernetes.io/revision"
      : "deprecated.daemonset.template.generation"
    let current =
      isDeployment
      ? object.annotations[key].flatMap { Int($0) } : object.generation
    let kind =
      isDeployment
      ? ObjectKind.replicaSet
      : ObjectKind(apiVersion: "apps/v1", kind: "ControllerRevision")
    let labels = object.spec["selector"]?["matchLabels"]?.strings ?? [:]
    let revisions = try await port.reader.listAll(
      ListQuery(
        kind, namespace: object.namespace,
        labelSelector: labels.sorted { $0.key < $1.key }
          .map { "\($0.key)=\($0.value)" }.joined(separator: ",")))
    let earlier = revisions.items.first {
      $0.annotations[key].flatMap { Int($0) } == (current ?? 0) - 1
    }
    guard let earlier else {
      var result = ModuleResult(changed: false)
      result.warnings = [
        "No rollout history found for resource \(object.kind)/\(object.name)"
      ]
      result.values["warnings"] = .list(result.warnings.map { Value($0) })
      return result
    }
    let body: JSON
    if isDeployment {
      var template = earlier.spec["template"] ?? .null
      template.set(nil, at: "metadata", "labels", "pod-template-hash")
      body = [
        ["op": "replace", "path": "/spec/template", "value": template],
        [
          "op": "replace", "path": "/metadata/annotations",
          "value": .object([key: .string(earlier.annotations[key] ?? "")]),
        ],
      ]
    } else {
      body = earlier.json["data"] ?? .null
    }
    let after =
      call.isCheckMode
      ? object
      : try await port.perform(
        RenderedWrite(
          .patch(isDeployment ? .json : .strategic), object.reference,
          object: body, task: call.task, isCertain: !call.isUncertain))
    return ModuleResult([
      "changed": true, "method": "patch", "body": body.templateValue(),
      "resources": (after?.json ?? .null).templateValue(),
    ])
  }
}

struct K8sClusterInfoModule: ClusterModule {
  let names = [
    "kubernetes.core.k8s_cluster_info", "community.kubernetes.k8s_cluster_info",
    "k8s_cluster_info",
  ]
  let port: ClusterPort

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    _ = try call.checked(
      ModuleArguments.joined(
        ModuleArguments.connection,
        ["invalidate_cache": .init("bool", default: true)]))
    let discovery = try await port.reader.resources()
    let version = try await port.reader.version()
    var versions: [String: [(String, Value)]] = [:]
    for resource in discovery.resources {
      versions[resource.apiVersion, default: []].append(
        (
          resource.kind,
          .dictionary([
            ("name", Value(resource.plural)),
            ("namespaced", Value(resource.isNamespaced)),
            ("singular_name", Value(resource.kind.lowercased())),
            ("short_names", .list(resource.shortNames.map { Value($0) })),
            ("categories", .list([])),
          ])
        ))
    }
    return ModuleResult([
      "changed": false,
      "apis": .dictionary(
        versions.sorted { $0.key < $1.key }.map {
          ($0.key, .dictionary($0.value))
        }),
      // This program is the client, through kubectl, which alone knows how it
      // reaches the server.
      "version": .dictionary([
        ("client", .none),
        (
          "server",
          .dictionary([
            (
              "kubernetes",
              .dictionary([
                ("major", Value(String(version.major))),
                ("minor", Value(String(version.minor))),
                ("gitVersion", Value(version.gitVersion)),
              ])
            )
          ])
        ),
      ]),
    ])
  }
}
