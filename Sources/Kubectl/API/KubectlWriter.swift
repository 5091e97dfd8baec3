// Changing the cluster. Nothing here is ever sent twice.

import Kubernetes
import NIOHTTP1

extension Kubectl {
  public func create(
    _ object: KubernetesObject, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    try await write(
      object, .POST, options.parameters, subresource: options.subresource,
      // A new object's name is in its body; only what is below an object that
      // is there already goes by its name.
      isNamed: options.subresource != nil
    ) { .create(object, $0, namespace: $1, options) }
  }

  public func replace(
    _ object: KubernetesObject, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    try await write(
      object, .PUT, options.parameters, subresource: options.subresource
    ) { .replace(object, $0, namespace: $1, options) }
  }

  public func apply(
    _ object: KubernetesObject, _ options: ApplyOptions
  ) async throws -> KubernetesObject {
    try await write(
      object, .PATCH,
      dryRunParameter(options.dryRun) + [
        ("fieldManager", options.fieldManager),
        ("force", options.force ? "true" : "false"),
      ], subresource: options.subresource,
      contentType: "application/apply-patch+yaml"
    ) { .apply(object, $0, namespace: $1, options) }
  }

  /// Sends a whole object, and logs the command that would do the same.
  private func write(
    _ object: KubernetesObject, _ method: HTTPMethod,
    _ query: [(name: String, value: String)], subresource: String?,
    isNamed: Bool = true, contentType: String = "application/json",
    command: (APIResource, _ namespace: String) -> EquivalentCommand
  ) async throws -> KubernetesObject {
    try await throwingClusterErrors {
      // An eviction is posted below the pod that is to leave.
      let (resource, namespace) = try await place(
        subresource == "eviction" ? .pod : object.objectKind, object.namespace)
      await log(command(resource, namespace))
      return try await write(
        method,
        resource.path(
          namespace: namespace, name: isNamed ? object.name : nil,
          subresource: subresource), query, object.json,
        contentType: contentType)
    }
  }

  public func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    try await throwingClusterErrors {
      let (resource, namespace) = try await place(
        reference.objectKind, reference.namespace)
      await log(
        .patch(reference, resource, namespace: namespace, patch, options))
      return try await write(
        .PATCH,
        resource.path(
          namespace: namespace, name: reference.name,
          subresource: options.subresource),
        options.parameters, patch.body, contentType: patch.contentType)
    }
  }

  @discardableResult
  public func delete(
    _ reference: ObjectReference, _ options: DeleteOptions
  ) async throws -> KubernetesObject? {
    try await throwingClusterErrors {
      let (resource, namespace) = try await place(
        reference.objectKind, reference.namespace)
      await log(
        .delete(reference, resource, namespace: namespace, options))
      let object = try await write(
        .DELETE, resource.path(namespace: namespace, name: reference.name),
        [], options.json)
      // Some kinds answer with the object even when it is gone. A namespace
      // has its finalizers elsewhere.
      let waits =
        !object.finalizers.isEmpty
        || object.spec["finalizers"]?.array?.isEmpty == false
        || (object.metadata["deletionGracePeriodSeconds"]?.integer ?? 0) > 0
      return object.isTerminating && waits ? object : nil
    }
  }

  private func write(
    _ method: HTTPMethod, _ path: String,
    _ query: [(name: String, value: String)], _ body: JSON,
    contentType: String = "application/json"
  ) async throws -> KubernetesObject {
    KubernetesObject(
      try await api.json(
        APIRequest(
          method: method, path: path, query: query, body: body,
          contentType: contentType, deadline: deadlines.write, isRead: false)))
  }
}

private func dryRunParameter(_ dryRun: Bool) -> [(name: String, value: String)]
{
  dryRun ? [("dryRun", "All")] : []
}

extension WriteOptions {
  fileprivate var parameters: [(name: String, value: String)] {
    dryRunParameter(dryRun) + [("fieldManager", fieldManager)]
  }
}
