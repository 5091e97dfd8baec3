// One object of a `k8s` task: found, written as the task says, waited for, and
// compared with what it was.

import Ansible
import Jinja
import Kubernetes

struct ObjectTask {
  let port: ClusterPort
  let call: ModuleCall
  let arguments: CheckedArguments
  var manifest: Manifest

  /// The object was written, but what the task waits for did not come.
  struct Timeout: Error, CustomStringConvertible {
    var description: String
    var result: ObjectResult
  }

  private var state: String { arguments.text("state") ?? "present" }

  /// Does the task for this object.
  ///
  /// Throws `ClusterPort.Problem`, ``Timeout``, and what the hooks throw.
  func perform() async throws -> ObjectResult {
    var task = self
    return try await task.performPrepared()
  }

  private mutating func performPrepared() async throws -> ObjectResult {
    let kind = manifest.json["kind"]?.string ?? ""
    let apiVersion = manifest.json["apiVersion"]?.string ?? ""
    if isUnknown("/kind") || isUnknown("/apiVersion")
      || isUnknown("/metadata/name") || isUnknown("/metadata/namespace")
    {
      call.reportDecidedDuringRun(
        "the object it writes is not known before the run")
      var result = ObjectResult()
      result.changed = nil
      result.object = .unknown
      return result
    }
    let resource = try await port.resource(kind, apiVersion)
    manifest.json["kind"] = .string(resource.kind)
    manifest.json["apiVersion"] = .string(resource.apiVersion)
    if arguments.flag("append_hash") {
      NameHash.append(to: &manifest.json)
    }
    let selectors = try arguments.texts("label_selectors")
    let existing = try await retrieve(resource, selectors)
    if state == "absent" { return try await delete(resource, existing) }
    if !selectors.isEmpty, !matches(selectors) {
      var result = ObjectResult()
      result.message =
        "resource 'kind=\(resource.kind),name=\(name ?? "None"),"
        + "namespace=\(namespace ?? "None")' filtered by label_selectors."
      return result
    }
    return try await write(resource, existing.first)
  }

  private func isUnknown(_ pointer: String) -> Bool {
    manifest.unknown.contains {
      $0.isEmpty || $0 == pointer || pointer.hasPrefix($0 + "/")
    }
  }

  private var name: String? {
    manifest.json["metadata"]?["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  private var namespace: String? {
    manifest.json["metadata"]?["namespace"]?.string
  }

  private func reference(_ resource: APIResource) throws -> ObjectReference {
    if resource.isNamespaced, namespace == nil {
      throw ClusterPort.Problem(
        description: "Namespace is required for \(resource.apiVersion)."
          + resource.kind)
    }
    return ObjectReference(
      resource.objectKind, namespace: resource.isNamespaced ? namespace : nil,
      name: name ?? "")
  }

  /// The objects as they are: the named one, or all that the labels select.
  private func retrieve(
    _ resource: APIResource, _ selectors: [String]
  ) async throws -> [KubernetesObject] {
    do {
      if name != nil {
        return try await port.reader.find(try reference(resource)).map { [$0] }
          ?? []
      }
      guard !selectors.isEmpty else { return [] }
      return try await port.reader.listAll(
        ListQuery(
          resource.objectKind, namespace: namespace,
          labelSelector: selectors.joined(separator: ","))
      ).items
    } catch let error as ClusterError {
      if case .cancelled = error.cause { throw CancellationError() }
      if error.isNotFound { return [] }
      throw ClusterPort.Problem(
        description: "Failed to retrieve requested object: "
          + error.message.printable)
    }
  }

  private func matches(_ selectors: [String]) -> Bool {
    guard let labels = manifest.json["metadata"]?["labels"]?.strings,
      let selector = try? LabelSelector(
        parsing: selectors.joined(separator: ","))
    else { return false }
    return selector.matches(labels)
  }

  // MARK: - Delete

  private func delete(
    _ resource: APIResource, _ existing: [KubernetesObject]
  ) async throws -> ObjectResult {
    var result = ObjectResult()
    result.method = "delete"
    result.changed = !existing.isEmpty
    let options = try deleteOptions()
    for object in existing {
      let gate = try arguments.gate([object.reference], absent: true)
      let left =
        call.isCheckMode
        ? object
        : try await port.perform(
          RenderedWrite(
            .delete(options), object.reference, task: call.task, gate: gate,
            isCertain: !call.isUncertain))
      result.object = (left?.json ?? .object([:])).templateValue()
    }
    if !call.isPreview, !call.isCheckMode, let first = existing.first,
      let gate = try arguments.gate(existing.map(\.reference), absent: true)
    {
      let waited = try await port.wait(for: gate)
      result.seconds = waited.seconds
      if !waited.isOpen { throw timeout(first.reference, waited, gate, result) }
    } else if arguments.flag("wait") {
      result.seconds = 0
    }
    return result
  }

  private func deleteOptions() throws -> DeleteOptions {
    var options = DeleteOptions()
    guard let given = arguments["delete_options"] else { return options }
    options.propagation = try given.member("propagationPolicy")?.text.flatMap {
      PropagationPolicy(rawValue: $0)
    }
    options.gracePeriodSeconds = try given.member("gracePeriodSeconds")?.integer
    if let conditions = try given.member("preconditions") {
      options.uid = try conditions.member("uid")?.text
      options.resourceVersion = try conditions.member("resourceVersion")?.text
    }
    return options
  }

  // MARK: - Write

  private func write(
    _ resource: APIResource, _ existing: KubernetesObject?
  ) async throws -> ObjectResult {
    var result = ObjectResult()
    let reference = try reference(resource)
    let gate = try arguments.gate([reference])
    let after: KubernetesObject?
    if arguments.flag("apply") {
      result.method = "apply"
      after = try await apply(reference, existing, gate)
    } else if existing == nil {
      if state == "patched" {
        result.warnings.append(
          "resource 'kind=\(resource.kind),name=\(name ?? "None")' was not "
            + "found but will not be created as 'state' parameter has been set "
            + "to 'patched'")
        return result
      }
      result.method = "create"
      after = try await send(.create, reference, manifest.json, gate)
      result.changed = true
    } else if arguments.flag("force"), let existing {
      result.method = "replace"
      var json = manifest.json
      if let version = existing.resourceVersion {
        json.set(.string(version), at: "metadata", "resourceVersion")
      }
      after = try await send(.replace, reference, json, gate)
    } else {
      result.method = "update"
      after = try await update(reference, gate)
    }
    guard let after else {
      result.object = manifest.json.templateValue()
      return result
    }
    if result.method != "create" {
      result.changed = !ObjectDiff.isSame(existing?.json, after.json)
    }
    result.object = after.json.templateValue(
      unknown: await port.unknown(reference))
    if let gate, !call.isPreview, !call.isCheckMode {
      let waited = try await port.wait(for: gate)
      result.seconds = waited.seconds
      if let now = try await port.reader.find(reference) {
        result.object = now.json.templateValue()
      }
      if !waited.isOpen { throw timeout(reference, waited, gate, result) }
    } else if gate != nil {
      result.seconds = 0
    }
    return result
  }

  private func timeout(
    _ reference: ObjectReference, _ waited: GateResult, _ gate: Gate,
    _ result: ObjectResult
  ) -> Timeout {
    // What cannot come good any more was not waited out: its reason is all
    // there is to say.
    if waited.seconds < gate.timeoutSeconds, !waited.reason.isEmpty {
      return Timeout(description: waited.reason, result: result)
    }
    var sentence =
      "\"\(reference.kind)\" \"\(reference.name)\": Timed out waiting on "
      + "resource"
    if !waited.reason.isEmpty { sentence += ": \(waited.reason)" }
    return Timeout(description: sentence, result: result)
  }

  private func send(
    _ operation: RenderedWrite.Operation, _ reference: ObjectReference,
    _ json: JSON, _ gate: Gate?
  ) async throws -> KubernetesObject? {
    let write = RenderedWrite(
      operation, reference, object: json, unknown: manifest.unknown,
      secrets: manifest.secrets, task: call.task, gate: gate,
      isCertain: !call.isUncertain)
    guard call.isCheckMode else { return try await port.perform(write) }
    // A task in check mode writes in no run, so it is no part of a plan.
    return call.isPreview
      ? KubernetesObject(json) : try await port.rehearse(write)
  }

  private func apply(
    _ reference: ObjectReference, _ existing: KubernetesObject?, _ gate: Gate?
  ) async throws -> KubernetesObject? {
    if let server = arguments["server_side_apply"] {
      let manager = try server.member("field_manager")?.text ?? "quarterdeck"
      let force = try server.member("force_conflicts")?.boolean ?? false
      return try await send(
        .apply(fieldManager: manager, force: force), reference, manifest.json,
        gate)
    }
    switch ClientSideApply.change(to: existing?.json, manifest.json) {
    case .create(let json):
      return try await send(.create, reference, json, gate)
    case .patch(let json):
      return try await send(.patch(.merge), reference, json, gate)
    case .none: return existing
    }
  }

  private func update(
    _ reference: ObjectReference, _ gate: Gate?
  ) async throws -> KubernetesObject? {
    let given = try arguments.texts("merge_type")
    let types = given.isEmpty ? ["strategic-merge", "merge"] : given
    var problem: (any Error)?
    for type in types {
      do {
        return try await send(
          .patch(type == "merge" ? .merge : .strategic), reference,
          manifest.json, gate)
      } catch let error as ClusterPort.Problem {
        problem = error
      }
    }
    if let problem { throw problem }
    return nil
  }
}
