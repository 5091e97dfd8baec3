// The cluster as modules use it: every write passes here, is told to whoever
// renders or runs, and only then made.

import Ansible
import Jinja
import Kubernetes
import Synchronization

/// A cluster behind the modules of one run.
struct ClusterPort: Sendable {
  let reader: any ClusterReader
  let writer: any ClusterWriter
  /// Nil while rendering: no pod is entered then.
  let pods: (any PodAccess)?
  /// The recorder while rendering: it knows what is unknown.
  let recorder: Recorder?
  let hooks: RunHooks
  let time: any LocalMachine
  private let served = Served()

  init(
    reader: any ClusterReader, writer: any ClusterWriter,
    pods: (any PodAccess)?, recorder: Recorder?, hooks: RunHooks,
    time: any LocalMachine
  ) {
    self.reader = reader
    self.writer = writer
    self.pods = pods
    self.recorder = recorder
    self.hooks = hooks
    self.time = time
  }

  private final class Served: Sendable {
    let discovery = Mutex<Discovery?>(nil)
    let schemas = Mutex<[String: ObjectSchemas?]>([:])
  }

  /// What is asked for, in the words of a module's failure.
  struct Problem: Error, CustomStringConvertible {
    var description: String
  }

  /// The resource of a kind, a plural or a short name.
  ///
  /// Throws ``Problem`` where the cluster serves none.
  func resource(_ kind: String, _ apiVersion: String) async throws
    -> APIResource
  {
    if let found = Self.find(kind, apiVersion, in: try await discovery(false)) {
      return found
    }
    // A CustomResourceDefinition may have come since.
    if let found = Self.find(kind, apiVersion, in: try await discovery(true)) {
      return found
    }
    if recorder != nil {
      // The plan itself may bring the definition of this kind.
      return APIResource(
        group: ObjectKind(apiVersion: apiVersion, kind: kind).group,
        version: ObjectKind(apiVersion: apiVersion, kind: kind).version,
        kind: kind, plural: kind.lowercased() + "s",
        isNamespaced: !Self.withoutNamespace.contains(kind))
    }
    throw Problem(
      description: "Failed to find exact match for \(apiVersion).\(kind) by "
        + "[kind, name, singularName, shortNames]")
  }

  /// Kinds of Kubernetes' own that no namespace holds, for a cluster that does
  /// not say.
  private static let withoutNamespace: Set<String> = [
    "Namespace", "Node", "PersistentVolume", "StorageClass", "ClusterRole",
    "ClusterRoleBinding", "CustomResourceDefinition", "PriorityClass",
    "IngressClass", "RuntimeClass", "CSIDriver", "APIService",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
  ]

  private func discovery(_ refresh: Bool) async throws -> Discovery {
    if !refresh, let known = served.discovery.withLock({ $0 }) { return known }
    let found = try await reader.resources(refresh: refresh)
    served.discovery.withLock { $0 = found }
    return found
  }

  /// The schemas of a group and version; nil where the cluster tells none.
  func schemas(of apiVersion: String) async throws -> ObjectSchemas? {
    if let known = served.schemas.withLock({ $0[apiVersion] }) { return known }
    let found = try await reader.openAPI(of: apiVersion)
      .flatMap { ObjectSchemas(openAPI: $0) }
    served.schemas.withLock { $0[apiVersion] = .some(found) }
    return found
  }

  private static func find(
    _ kind: String, _ apiVersion: String, in discovery: Discovery
  ) -> APIResource? {
    discovery[ObjectKind(apiVersion: apiVersion, kind: kind)]
      ?? discovery.resources.first {
        $0.apiVersion == apiVersion
          && ($0.plural == kind || $0.kind.lowercased() == kind
            || $0.shortNames.contains(kind))
      }
  }

  /// What a write would bring, asked of the server by a dry run.
  ///
  /// Throws ``Problem`` in the module's words.
  func rehearse(_ write: RenderedWrite) async throws -> KubernetesObject? {
    try await explained(write) { try await make(write, nil, isDryRun: true) }
  }

  /// Tells of a write and makes it, unless whoever runs says otherwise.
  ///
  /// - Returns: the object as it then is; nil after a deletion.
  /// - Throws: ``Problem`` in the module's words, and what the hook throws.
  func perform(_ write: RenderedWrite) async throws -> KubernetesObject? {
    switch try await hooks.beforeWrite(write) {
    case .skip: return try await reader.find(write.reference)
    case .write(let version):
      return try await explained(write) {
        try await make(write, version, isDryRun: false)
      }
    }
  }

  private func explained(
    _ write: RenderedWrite, _ make: () async throws -> KubernetesObject?
  ) async throws -> KubernetesObject? {
    do {
      return try await make()
    } catch let error as ClusterError {
      if case .cancelled = error.cause { throw CancellationError() }
      throw Problem(
        description:
          "Failed to \(write.verb) object: \(error.message.printable)")
    }
  }

  private func make(
    _ write: RenderedWrite, _ version: String?, isDryRun: Bool
  ) async throws -> KubernetesObject? {
    var json = write.object ?? .null
    if let version, write.operation.carriesVersion {
      json.set(.string(version), at: "metadata", "resourceVersion")
    }
    let object = KubernetesObject(json)
    let options = WriteOptions(
      dryRun: isDryRun, subresource: write.subresource)
    switch write.operation {
    case .apply(let manager, let force):
      return try await writer.apply(
        object,
        ApplyOptions(
          dryRun: isDryRun, fieldManager: manager, force: force,
          subresource: write.subresource))
    case .create: return try await writer.create(object, options)
    case .replace: return try await writer.replace(object, options)
    case .patch(let kind):
      let patch: Patch =
        switch kind {
        case .merge: .merge(json)
        case .strategic: .strategic(json)
        case .json: .json(json)
        }
      return try await writer.patch(write.reference, patch, options)
    case .delete(var options):
      if let version { options.resourceVersion = version }
      options.dryRun = isDryRun
      return try await writer.delete(write.reference, options)
    }
  }

  /// The parts of an object that the run alone will know.
  func unknown(_ reference: ObjectReference) async -> UnknownFields {
    await recorder?.unknownFields(of: reference) ?? UnknownFields()
  }
}

extension RenderedWrite {
  /// The verb of a failure's sentence.
  fileprivate var verb: String {
    switch operation {
    case .apply: "apply"
    case .create: "create"
    case .patch: "patch"
    case .replace: "replace"
    case .delete: "delete"
    }
  }
}

extension RenderedWrite.Operation {
  /// Whether the object that is sent says which version it is for.
  fileprivate var carriesVersion: Bool {
    switch self {
    case .apply, .replace, .patch(.merge), .patch(.strategic): true
    case .create, .patch(.json), .delete: false
    }
  }
}
