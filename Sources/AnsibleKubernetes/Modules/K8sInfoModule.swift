// `kubernetes.core.k8s_info`: objects read, and waited for.

import Ansible
import Jinja
import Kubernetes

struct K8sInfoModule: ClusterModule {
  let names = [
    "kubernetes.core.k8s_info", "community.kubernetes.k8s_info", "k8s_info",
    "kubernetes.core.k8s_facts",
  ]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection, ModuleArguments.waiting,
    [
      "kind": .init(required: true),
      "api_version": .init(default: "v1", aliases: ["api", "version"]),
      "name": .init(), "namespace": .init(),
      "label_selectors": .init("list", elements: "str", default: .list([])),
      "field_selectors": .init("list", elements: "str", default: .list([])),
      "hidden_fields": .init("list", elements: "str"),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    if ["kind", "api_version", "name", "namespace", "label_selectors"]
      .contains(where: {
        arguments[$0]?.deepMarks().contains(.unknown) ?? false
      })
    {
      call.reportDecidedDuringRun("what it reads is not known before the run")
      return .undecided
    }
    let kind = arguments.text("kind") ?? ""
    let apiVersion = arguments.text("api_version") ?? "v1"
    let resource: APIResource
    do {
      resource = try await port.resource(kind, apiVersion)
    } catch is ClusterPort.Problem {
      return ModuleResult([
        "changed": false, "resources": .list([]), "api_found": false,
        "msg": Value(
          "Failed to find API for resource with apiVersion \"\(apiVersion)\" "
            + "and kind \"\(kind)\""),
      ])
    }
    var objects = try await objects(resource, arguments)
    if arguments.flag("wait"), !call.isPreview {
      objects = try await waited(objects, resource, arguments)
    }
    let hidden = try arguments.texts("hidden_fields")
    var values: [Value] = []
    for object in objects {
      let unknown = await port.unknown(object.reference)
      values.append(
        HiddenFields.hide(
          hidden, in: object.json.templateValue(unknown: unknown)))
    }
    return ModuleResult([
      "changed": false, "resources": .list(values), "api_found": true,
    ])
  }

  private func objects(
    _ resource: APIResource, _ arguments: CheckedArguments
  ) async throws -> [KubernetesObject] {
    do {
      if let name = arguments.text("name"), !name.isEmpty {
        return try await port.reader.find(
          ObjectReference(
            resource.objectKind,
            namespace: resource.isNamespaced
              ? arguments.text("namespace") : nil, name: name)
        ).map { [$0] } ?? []
      }
      let labels = try arguments.texts("label_selectors")
      let fields = try arguments.texts("field_selectors")
      let found = try await port.reader.listAll(
        ListQuery(
          resource.objectKind, namespace: arguments.text("namespace"),
          labelSelector: labels.isEmpty ? nil : labels.joined(separator: ","),
          fieldSelector: fields.isEmpty ? nil : fields.joined(separator: ",")))
      return found.items.map { item in
        // Items of a list come without their kind.
        var item = item
        if item.kind.isEmpty { item.kind = resource.kind }
        if item.apiVersion.isEmpty { item.apiVersion = resource.apiVersion }
        return item
      }
    } catch let error as ClusterError {
      if case .cancelled = error.cause { throw CancellationError() }
      if error.isNotFound || error.code == 400 { return [] }
      throw AnsibleFailure(
        "Exception '\(error.message.printable)' raised while trying to get "
          + "resource using (name=\(arguments.text("name") ?? "None"), "
          + "namespace=\(arguments.text("namespace") ?? "None"))")
    }
  }

  private func waited(
    _ objects: [KubernetesObject], _ resource: APIResource,
    _ arguments: CheckedArguments
  ) async throws -> [KubernetesObject] {
    var references = objects.map(\.reference)
    if references.isEmpty {
      guard let name = arguments.text("name") else { return [] }
      references = [
        ObjectReference(
          resource.objectKind, namespace: arguments.text("namespace"),
          name: name)
      ]
    }
    guard let gate = try arguments.gate(references) else { return objects }
    let result = try await port.wait(for: gate)
    guard result.isOpen else {
      throw AnsibleFailure(
        "Failed to gather information about \(resource.kind)(s) even after "
          + "waiting for \(result.seconds) seconds"
          + (result.reason.isEmpty ? "" : ": \(result.reason)"))
    }
    return try await self.objects(resource, arguments)
  }
}

extension ModuleResult {
  /// The result of a task whose effect only the run will know.
  static let undecided: ModuleResult = {
    var result = ModuleResult()
    result.values["changed"] = .unknown
    return result
  }()
}
