// A cluster that only listens: reads go through to a reader, writes are
// collected, and later reads see what was written.

/// Collects writes over a reader, which it never changes.
///
/// Rendering a role is running it against a recorder. A field conflict does
/// not stop the recording: it is kept with the write, for the plan to show.
/// What a server's validation or admission would refuse is not judged here.
/// A watch is the reader's own: nothing ever happens to what was written.
public actor Recorder: ForwardingReader, ClusterWriter {
  public nonisolated let upstream: any ClusterReader
  /// What writes have left; nil for what they deleted.
  private var written: [ObjectReference: KubernetesObject?] = [:]
  private var unknown: [ObjectReference: UnknownFields] = [:]
  private var generated = 0

  /// All writes but dry runs, in order.
  public private(set) var writes: [RecordedWrite] = []

  public init(over reader: any ClusterReader) { upstream = reader }

  /// The parts of an object, as `get` answers it, that are not known.
  ///
  /// Empty for an object that was not written, or written without a change.
  public func unknownFields(of reference: ObjectReference) -> UnknownFields {
    unknown[reference] ?? UnknownFields()
  }

  public func get(_ reference: ObjectReference) async throws
    -> KubernetesObject
  {
    if let known = written[reference] {
      guard let known else { throw Self.notFound(reference) }
      return known
    }
    return try await upstream.get(reference)
  }

  /// The reader's objects with the written ones in their places.
  ///
  /// A page token of the reader is passed on; written objects that the reader
  /// lacks stand at the end of the last page.
  public func list(_ query: ListQuery) async throws -> ObjectList {
    var list: ObjectList
    do {
      list = try await upstream.list(query)
    } catch let error as ClusterError where error.isNotFound {
      // The namespace or kind may be among what was written.
      list = ObjectList(items: [], resourceVersion: "0")
    }
    let labels = try query.labelSelector.map(LabelSelector.init(parsing:))
    let fields = try query.fieldSelector.map(FieldSelector.init(parsing:))
    func matches(_ object: KubernetesObject) -> Bool {
      (labels?.matches(object.labels) ?? true)
        && (fields?.matches(object) ?? true)
    }
    let mine = written.filter {
      $0.key.objectKind == query.kind
        && (query.namespace == nil || $0.key.namespace == query.namespace)
    }
    if mine.isEmpty { return list }
    var seen = Set<ObjectReference>()
    list.items = list.items.compactMap { item in
      let reference = item.reference
      seen.insert(reference)
      guard let known = mine[reference] else { return item }
      return known.flatMap { matches($0) ? $0 : nil }
    }
    if list.continueToken == nil {
      list.items += mine.filter { !seen.contains($0.key) }
        .compactMap { $0.value }.filter(matches)
        .sorted { $0.reference < $1.reference }
    }
    return list
  }

  public func create(_ object: KubernetesObject, _ options: WriteOptions)
    async throws -> KubernetesObject
  {
    var object = object
    var nameIsUnknown = false
    if object.name.isEmpty {
      guard let prefix = object.generateName else {
        throw ClusterError(
          code: 422, reason: "Invalid",
          message:
            "\(object.kind) is invalid: name or generateName is required",
          causes: [
            ClusterError.StatusCause(
              reason: "FieldValueRequired", field: "metadata.name",
              message: "name or generateName is required")
          ])
      }
      generated += 1
      object.name = "\(prefix)\(generated)"
      nameIsUnknown = true
    }
    if try await find(object.reference) != nil {
      throw ClusterError(
        code: 409, reason: "AlreadyExists",
        message: "\(object.reference) already exists")
    }
    var fields = UnknownFields.ofCreated(object)
    if nameIsUnknown { fields.pointers.insert("/metadata/name") }
    record(
      .create, object, before: nil, after: object, fields,
      dryRun: options.dryRun, options.fieldManager, options.subresource)
    return object
  }

  public func apply(_ object: KubernetesObject, _ options: ApplyOptions)
    async throws -> KubernetesObject
  {
    let before = try await find(object.reference)
    var outcome = ServerSideApply.apply(
      object, to: before, manager: options.fieldManager,
      subresource: options.subresource, time: nil)
    outcome.object.managedFields = outcome.managers.map(\.json)
    record(
      .apply(force: options.force), object, before: before,
      after: outcome.object,
      known(before, outcome.object), conflicts: outcome.conflicts,
      dryRun: options.dryRun, options.fieldManager, options.subresource)
    return outcome.object
  }

  public func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    let before = try await get(reference)
    let after = try before.patched(by: patch)
    record(
      .patch(patch), nil, before: before, after: after, known(before, after),
      dryRun: options.dryRun, options.fieldManager, options.subresource)
    return after
  }

  public func replace(_ object: KubernetesObject, _ options: WriteOptions)
    async throws -> KubernetesObject
  {
    let before = try await get(object.reference)
    if let version = object.resourceVersion,
      let live = before.resourceVersion, version != live
    {
      throw ClusterError(
        code: 409, reason: "Conflict",
        message: "\(object.reference) was changed since it was read")
    }
    var after = object
    // What the server keeps whatever a replacement says.
    for name in ["uid", "resourceVersion", "creationTimestamp", "generation"] {
      after.metadata[name] = before.metadata[name]
    }
    if options.subresource == nil {
      after.json["status"] = before.json["status"]
    }
    record(
      .replace, object, before: before, after: after, known(before, after),
      dryRun: options.dryRun, options.fieldManager, options.subresource)
    return after
  }

  @discardableResult
  public func delete(_ reference: ObjectReference, _ options: DeleteOptions)
    async throws -> KubernetesObject?
  {
    let before = try await get(reference)
    if let uid = options.uid, let live = before.uid, uid != live {
      throw ClusterError(
        code: 409, reason: "Conflict",
        message: "\(reference) has another uid than \(uid)")
    }
    record(
      .delete(options), nil, before: before, after: nil, UnknownFields(),
      dryRun: options.dryRun, "", nil)
    return nil
  }

  private func known(_ before: KubernetesObject?, _ after: KubernetesObject)
    -> UnknownFields
  {
    guard let before else { return .ofCreated(after) }
    var fields = UnknownFields.ofChanged(before, after)
    // What an earlier write left unknown stays so.
    fields.pointers.formUnion(unknownFields(of: after.reference).pointers)
    return fields
  }

  private func record(
    _ operation: RecordedWrite.Operation, _ request: KubernetesObject?,
    before: KubernetesObject?, after: KubernetesObject?,
    _ fields: UnknownFields, conflicts: [ClusterError.StatusCause] = [],
    dryRun: Bool, _ fieldManager: String, _ subresource: String?
  ) {
    guard !dryRun, let reference = (after ?? before)?.reference else { return }
    written[reference] = .some(after)
    unknown[reference] = fields
    writes.append(
      RecordedWrite(
        operation: operation, reference: reference,
        fieldManager: fieldManager, subresource: subresource,
        request: request, before: before, after: after, unknown: fields,
        conflicts: conflicts))
  }

  private static func notFound(_ reference: ObjectReference) -> ClusterError {
    ClusterError(
      code: 404, reason: "NotFound", message: "\(reference) not found")
  }
}
