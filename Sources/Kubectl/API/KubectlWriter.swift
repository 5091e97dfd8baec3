// Changing the cluster. Nothing here is ever sent twice.

import Kubernetes
import NIOHTTP1

extension Kubectl {
  public func create(
    _ object: KubernetesObject, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    try await throwingClusterErrors {
      let (resource, namespace) = try await place(
        object.objectKind, object.namespace)
      await log(
        .create(object, resource, namespace: namespace, options))
      return try await write(
        .POST,
        resource.path(
          namespace: namespace,
          name: options.subresource == nil ? nil : object.name,
          subresource: options.subresource), options.parameters, object.json)
    }
  }

  public func replace(
    _ object: KubernetesObject, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    try await throwingClusterErrors {
      let (resource, namespace) = try await place(
        object.objectKind, object.namespace)
      await log(
        .replace(object, resource, namespace: namespace, options))
      return try await write(
        .PUT,
        resource.path(
          namespace: namespace, name: object.name,
          subresource: options.subresource), options.parameters, object.json)
    }
  }

  public func apply(
    _ object: KubernetesObject, _ options: ApplyOptions
  ) async throws -> KubernetesObject {
    try await throwingClusterErrors {
      let (resource, namespace) = try await place(
        object.objectKind, object.namespace)
      await log(.apply(object, resource, namespace: namespace, options))
      return try await write(
        .PATCH,
        resource.path(
          namespace: namespace, name: object.name,
          subresource: options.subresource),
        dryRunParameter(options.dryRun) + [
          ("fieldManager", options.fieldManager),
          ("force", options.force ? "true" : "false"),
        ], object.json, contentType: "application/apply-patch+yaml")
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
