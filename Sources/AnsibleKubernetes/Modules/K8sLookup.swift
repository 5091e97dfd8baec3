// The lookup `kubernetes.core.k8s`: objects of the cluster in a template.

import Ansible
import Jinja
import Kubernetes

/// Answers `lookup('kubernetes.core.k8s', …)` by the rules of
/// kubernetes.core's lookup/k8s.py.
struct K8sLookup: Sendable {
  let port: ClusterPort

  /// The objects that a question is about; none where there is no such one.
  func items(_ question: AwaitedLookups.Question) async throws
    -> [Jinja.Value]
  {
    for name in ["src", "cluster_info", "kubeconfig", "context", "host"]
    where question.options[name].map({ !$0.isNone }) ?? false {
      throw AnsibleFailure(
        "the k8s lookup's option \(name) is not supported; use k8s_info or "
          + "--engine ansible")
    }
    let definition = question.options["resource_definition"]
    func text(_ name: String, _ path: [String]) throws -> String? {
      var member = definition
      for key in path { member = try member?.member(key) }
      let given = member?.text ?? question.options[name]?.text
      return given.flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let kind = try text("kind", ["kind"]) else {
      throw AnsibleFailure(
        "Error: no Kind specified. Use the 'kind' parameter, or provide an "
          + "object YAML configuration using the 'resource_definition' "
          + "parameter.")
    }
    let resource = try await port.resource(
      kind, try text("api_version", ["apiVersion"]) ?? "v1")
    let namespace = try text("namespace", ["metadata", "namespace"])
    guard let name = try text("resource_name", ["metadata", "name"]) else {
      let found = try await port.reader.listAll(
        ListQuery(
          resource.objectKind,
          namespace: resource.isNamespaced ? namespace : nil,
          labelSelector: try text("label_selector", []),
          fieldSelector: try text("field_selector", [])))
      var items: [Jinja.Value] = []
      for object in found.items { items.append(await value(of: object)) }
      return items
    }
    let reference = ObjectReference(
      resource.objectKind, namespace: resource.isNamespaced ? namespace : nil,
      name: name)
    guard let object = try await port.reader.find(reference) else { return [] }
    return [await value(of: object)]
  }

  private func value(of object: KubernetesObject) async -> Jinja.Value {
    object.json.templateValue(unknown: await port.unknown(object.reference))
  }
}
