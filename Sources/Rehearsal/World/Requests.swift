// What the rehearsed API server answers to each request.

import Kubernetes

extension World {
  /// The resource of a kind, if whoever asks may do the verb with it.
  func resource(
    _ kind: ObjectKind, _ verb: String, _ namespace: String?,
    name: String? = nil, subresource: String? = nil
  ) throws -> APIResource {
    if let downUntil, now < downUntil {
      throw ClusterError(
        .unreachable, "the rehearsed API server is down (fault api-down)")
    }
    guard let resource = discovery[kind] else {
      throw ClusterError(
        code: 404, reason: "NotFound",
        message: "the server could not find the requested resource (\(kind))")
    }
    let space = resource.isNamespaced ? namespace : nil
    let access = AccessQuery(
      verb: verb, group: resource.group, resource: resource.plural,
      subresource: subresource, namespace: space, name: name)
    if configuration.denials.contains(where: { $0.covers(access) }) {
      throw Self.forbidden(access, resource)
    }
    if resource.isNamespaced, namespace == nil,
      !["list", "watch"].contains(verb)
    {
      throw ClusterError(
        code: 400, reason: "BadRequest",
        message: "an empty namespace may not be set during \(verb)")
    }
    return resource
  }

  private static func forbidden(_ access: AccessQuery, _ resource: APIResource)
    -> ClusterError
  {
    let object = access.name.map { " \"\($0)\"" } ?? ""
    let place =
      access.namespace.map { " in the namespace \"\($0)\"" }
      ?? " at the cluster scope"
    return ClusterError(
      code: 403, reason: "Forbidden",
      message: "\(resource.plural)\(object) is forbidden: User \"rehearsal\" "
        + "cannot \(access.verb) resource \"\(resource.plural)\" in API group "
        + "\"\(resource.group)\"\(place)")
  }

  static func notFound(_ resource: APIResource, _ name: String) -> ClusterError
  {
    let group = resource.group.isEmpty ? "" : ".\(resource.group)"
    return ClusterError(
      code: 404, reason: "NotFound",
      message: "\(resource.plural)\(group) \"\(name)\" not found")
  }

  func get(_ reference: ObjectReference) throws -> KubernetesObject {
    let resource = try resource(
      reference.objectKind, "get", reference.namespace, name: reference.name)
    guard let object = objects[placed(reference, resource)] else {
      throw Self.notFound(resource, reference.name)
    }
    return object
  }

  /// A reference without the namespace that its kind does not have.
  private func placed(_ reference: ObjectReference, _ resource: APIResource)
    -> ObjectReference
  {
    var reference = reference
    if !resource.isNamespaced { reference.namespace = nil }
    return reference
  }

  func list(_ query: ListQuery) throws -> ObjectList {
    let resource = try resource(query.kind, "list", query.namespace)
    let matches = try Matcher(query)
    let space = resource.isNamespaced ? query.namespace : nil
    var items = all(query.kind, in: space).filter(matches.matches)
    guard let limit = query.limit, limit > 0 else {
      return ObjectList(items: items, resourceVersion: String(revision))
    }
    var version = String(revision)
    if let token = query.continueToken {
      // A token is the version of the first page and the last name of it.
      let parts = token.split(separator: "\n", omittingEmptySubsequences: false)
      guard parts.count == 3, let first = Int(parts[0]),
        first >= oldestRevision
      else {
        throw Self.expired("The provided continue parameter is too old")
      }
      version = String(first)
      let last = (String(parts[1]), String(parts[2]))
      items.removeAll { ($0.namespace ?? "", $0.name) <= last }
    }
    guard items.count > limit else {
      return ObjectList(items: items, resourceVersion: version)
    }
    let page = Array(items.prefix(limit))
    let last = page[limit - 1]
    return ObjectList(
      items: page, resourceVersion: version,
      continueToken: "\(version)\n\(last.namespace ?? "")\n\(last.name)")
  }

  /// The oldest version from which a watch may go on.
  var oldestRevision: Int { (history.first?.revision ?? revision + 1) - 1 }

  static func expired(_ message: String) -> ClusterError {
    ClusterError(code: 410, reason: "Expired", message: message)
  }

  /// What a watch tells of the changes after a version.
  func changes(_ query: ListQuery, after version: Int) throws -> [WatchEvent] {
    if version < oldestRevision {
      throw Self.expired("too old resource version: \(version)")
    }
    let matches = try Matcher(query)
    var low = 0
    var high = history.count
    while low < high {
      let middle = (low + high) / 2
      if history[middle].revision <= version {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return history[low...].compactMap { change in
      guard let any = change.new ?? change.old,
        any.objectKind == query.kind,
        query.namespace == nil || any.namespace == query.namespace
      else { return nil }
      let before = change.old.map(matches.matches) ?? false
      guard let new = change.new else {
        return before ? change.old.map(WatchEvent.deleted) : nil
      }
      switch (before, matches.matches(new)) {
      case (false, true): return .added(new)
      case (true, true): return .modified(new)
      case (true, false): return .deleted(new)
      case (false, false): return nil
      }
    }
  }

  func review(_ access: AccessQuery) -> AccessReview {
    configuration.denials.contains { $0.covers(access) }
      ? AccessReview(isAllowed: false, reason: "denied in this rehearsal")
      : AccessReview(isAllowed: true)
  }
}

/// The selectors of a query, read once.
private struct Matcher {
  var labels: LabelSelector?
  var fields: FieldSelector?

  init(_ query: ListQuery) throws {
    labels = try query.labelSelector.map(LabelSelector.init(parsing:))
    fields = try query.fieldSelector.map(FieldSelector.init(parsing:))
  }

  func matches(_ object: KubernetesObject) -> Bool {
    (labels?.matches(object.labels) ?? true)
      && (fields?.matches(object) ?? true)
  }
}

extension World {
  /// Makes an object; without `dryRun` the world has it then.
  mutating func create(_ object: KubernetesObject, _ options: WriteOptions)
    throws -> KubernetesObject
  {
    let resource = try resource(
      object.objectKind, "create", object.namespace,
      name: object.name.isEmpty ? nil : object.name)
    var object = object
    if !resource.isNamespaced { object.namespace = nil }
    if object.json["metadata"]?["resourceVersion"]?.string != nil {
      throw ClusterError(
        code: 400, reason: "BadRequest",
        message: "resourceVersion should not be set on objects to be created")
    }
    if object.name.isEmpty, let prefix = object.generateName, !prefix.isEmpty {
      repeat {
        object.name = prefix + nameSuffix()
      } while objects[object.reference] != nil
    }
    object = try prepareNew(object, resource)
    object.managedFields = ServerSideApply.update(
      object, from: nil, manager: options.fieldManager, time: now
    ).map(\.json)
    return options.dryRun ? object : put(object)
  }

  /// What every new object goes through: place, defaults, rules, identity.
  private mutating func prepareNew(
    _ object: KubernetesObject, _ resource: APIResource
  ) throws -> KubernetesObject {
    var object = object
    if let namespace = object.namespace {
      guard let place = objects[ObjectReference(.namespace, name: namespace)]
      else {
        throw ClusterError(
          code: 404, reason: "NotFound",
          message: "namespaces \"\(namespace)\" not found")
      }
      if place.isTerminating {
        throw ClusterError(
          code: 403, reason: "Forbidden",
          message: "\(resource.plural) \"\(object.name)\" is forbidden: unable "
            + "to create new content in namespace \(namespace) because it is "
            + "being terminated",
          causes: [
            ClusterError.StatusCause(
              reason: "NamespaceTerminating", field: "metadata.namespace",
              message: "namespace \(namespace) is being terminated")
          ])
      }
    }
    if !object.name.isEmpty, objects[object.reference] != nil {
      let group = resource.group.isEmpty ? "" : ".\(resource.group)"
      throw ClusterError(
        code: 409, reason: "AlreadyExists",
        message: "\(resource.plural)\(group) \"\(object.name)\" already exists")
    }
    for name in [
      "uid", "resourceVersion", "creationTimestamp",
      "deletionTimestamp", "generation", "managedFields",
    ] {
      object.metadata[name] = nil
    }
    if object.metadata["annotations"] == [:] {
      object.metadata["annotations"] = nil
    }
    try Validation.checkReadable(object)
    object = Defaults.applied(to: object)
    let causes = Validation.causes(in: object)
    if !causes.isEmpty { throw Validation.error(object, causes) }
    object.json["status"] = nil
    stampCreated(&object)
    admit(&object)
    return object
  }

  /// What the server fills in only when an object is made.
  private mutating func admit(_ object: inout KubernetesObject) {
    switch object.objectKind {
    case .service:
      let type = object.spec["type"]?.string
      guard type != "ExternalName" else { return }
      let address = object.spec["clusterIP"]?.string ?? ""
      if address.isEmpty {
        let number = nextRandom()
        object.spec["clusterIP"] = .string(
          "10.96.\(number >> 8 & 0xFF).\(1 + number % 250)")
      }
      object.spec["clusterIPs"] = object.spec["clusterIP"].map { [$0] }
      object.spec["ipFamilies"] = ["IPv4"]
      object.spec["ipFamilyPolicy"] = "SingleStack"
      if type == "NodePort" || type == "LoadBalancer",
        let ports = object.spec["ports"]?.array
      {
        object.spec["ports"] = .array(
          ports.map {
            var port = $0
            if port["nodePort"] == nil {
              port["nodePort"] = .integer(30_000 + Int(nextRandom() % 2_768))
            }
            return port
          })
      }
      object.status["loadBalancer"] = [:]
    case .job:
      let uid = object.uid ?? ""
      object.spec["selector"] = [
        "matchLabels": ["controller-uid": .string(uid)]
      ]
      object.spec.set(
        .string(uid), at: "template", "metadata", "labels", "controller-uid")
      object.spec.set(
        .string(object.name), at: "template", "metadata", "labels", "job-name")
    case .persistentVolumeClaim:
      object.finalizers = ["kubernetes.io/pvc-protection"]
      object.status["phase"] = "Pending"
      if object.spec["storageClassName"] == nil,
        let standard = all(.storageClass).first(where: {
          $0.annotations["storageclass.kubernetes.io/is-default-class"]
            == "true"
        })
      {
        object.spec["storageClassName"] = .string(standard.name)
      }
    case .pod: object.status["phase"] = "Pending"
    case .namespace: object.status["phase"] = "Active"
    default: break
    }
  }

  /// Changes an object to `new`, by the rules for changes.
  private mutating func update(
    _ new: KubernetesObject, from old: KubernetesObject,
    subresource: String?, managers: [FieldManager], dryRun: Bool
  ) throws -> KubernetesObject {
    var new = new
    for name in [
      "uid", "creationTimestamp", "generation", "deletionTimestamp",
      "deletionGracePeriodSeconds",
    ] {
      new.metadata[name] = old.metadata[name]
    }
    if subresource == "status" {
      let status = new.json["status"]
      new = old
      new.json["status"] = status
    } else {
      new.json["status"] = old.json["status"]
      if new.kind == "Service" {
        // An address that is not named again stays.
        for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
        where new.spec[name] == nil { new.spec[name] = old.spec[name] }
      }
      if new.kind == "PersistentVolumeClaim" {
        for name in ["volumeName", "storageClassName"]
        where new.spec[name] == nil { new.spec[name] = old.spec[name] }
      }
      if new.kind == "Job" {
        // The server wrote these itself; they need not be named again.
        if new.spec["selector"] == nil {
          new.spec["selector"] = old.spec["selector"]
        }
        for name in ["controller-uid", "job-name"] {
          new.spec.set(
            old.spec.value(at: "template", "metadata", "labels", name),
            at: "template", "metadata", "labels", name)
        }
      }
      try Validation.checkReadable(new)
      new = Defaults.applied(to: new)
      let causes =
        Validation.causes(in: new) + Immutability.causes(from: old, to: new)
      if !causes.isEmpty { throw Validation.error(new, causes) }
      if hasGeneration(new.objectKind), old.json["spec"] != new.json["spec"] {
        new.generation = (old.generation ?? 0) + 1
      }
    }
    new.managedFields = managers.map(\.json)
    new.resourceVersion = old.resourceVersion
    if Self.isSame(old, new) { return old }
    if dryRun { return new }
    if new.isTerminating, new.finalizers.isEmpty, new.kind != "Pod",
      new.kind != "Namespace"
    {
      remove(new.reference)
      return new
    }
    return put(new)
  }

  /// Whether two forms differ in nothing but the times of field managers.
  private static func isSame(_ old: KubernetesObject, _ new: KubernetesObject)
    -> Bool
  {
    func timeless(_ object: KubernetesObject) -> KubernetesObject {
      var object = object
      object.managedFields = object.managedFields.map {
        var entry = $0
        entry["time"] = nil
        return entry
      }
      return object
    }
    return old == new || timeless(old) == timeless(new)
  }

  private func checkVersion(
    _ object: KubernetesObject, against live: KubernetesObject,
    _ resource: APIResource
  ) throws {
    let group = resource.group.isEmpty ? "" : ".\(resource.group)"
    if let version = object.resourceVersion, !version.isEmpty,
      version != live.resourceVersion
    {
      throw ClusterError(
        code: 409, reason: "Conflict",
        message: "Operation cannot be fulfilled on \(resource.plural)\(group) "
          + "\"\(live.name)\": the object has been modified; please apply your "
          + "changes to the latest version and try again")
    }
    if let uid = object.uid, uid != live.uid {
      throw ClusterError(
        code: 409, reason: "Conflict",
        message: "Operation cannot be fulfilled on \(resource.plural)\(group) "
          + "\"\(live.name)\": Precondition failed: UID in precondition: "
          + "\(uid), UID in object meta: \(live.uid ?? "")")
    }
  }

  mutating func apply(_ object: KubernetesObject, _ options: ApplyOptions)
    throws -> KubernetesObject
  {
    var object = object
    let resource = try resource(
      object.objectKind, "patch", object.namespace, name: object.name,
      subresource: options.subresource)
    if !resource.isNamespaced { object.namespace = nil }
    if object.name.isEmpty {
      throw ClusterError(
        code: 400, reason: "BadRequest", message: "name must be provided")
    }
    if object.json["metadata"]?["managedFields"] != nil {
      throw ClusterError(
        code: 400, reason: "BadRequest",
        message: "metadata.managedFields must be nil")
    }
    guard let live = objects[object.reference] else {
      if object.resourceVersion != nil {
        throw ClusterError(
          code: 409, reason: "Conflict",
          message: "Operation cannot be fulfilled on \(resource.plural) "
            + "\"\(object.name)\": the object has been deleted")
      }
      let outcome = ServerSideApply.apply(
        object, to: nil, manager: options.fieldManager,
        subresource: options.subresource, time: now)
      var created = try prepareNew(outcome.object, resource)
      created.managedFields = outcome.managers.map(\.json)
      return options.dryRun ? created : put(created)
    }
    try checkVersion(object, against: live, resource)
    let outcome = ServerSideApply.apply(
      object, to: live, manager: options.fieldManager,
      subresource: options.subresource, time: now)
    if !options.force, !outcome.conflicts.isEmpty {
      throw ServerSideApply.conflict(outcome.conflicts)
    }
    return try update(
      outcome.object, from: live, subresource: options.subresource,
      managers: outcome.managers, dryRun: options.dryRun)
  }

  mutating func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) throws -> KubernetesObject {
    let resource = try resource(
      reference.objectKind, "patch", reference.namespace, name: reference.name,
      subresource: options.subresource)
    guard let live = objects[placed(reference, resource)] else {
      throw Self.notFound(resource, reference.name)
    }
    if case .strategic = patch,
      !ServedKinds.builtIn.contains(where: { $0.group == resource.group })
    {
      throw ClusterError(
        code: 415, reason: "UnsupportedMediaType",
        message: "the body of the request was in an unknown format - accepted "
          + "media types include: application/json-patch+json, "
          + "application/merge-patch+json, application/apply-patch+yaml")
    }
    let new = try live.patched(by: patch)
    return try write(new, over: live, resource, options)
  }

  mutating func replace(_ object: KubernetesObject, _ options: WriteOptions)
    throws -> KubernetesObject
  {
    let resource = try resource(
      object.objectKind, "update", object.namespace, name: object.name,
      subresource: options.subresource)
    var object = object
    if !resource.isNamespaced { object.namespace = nil }
    guard let live = objects[object.reference] else {
      throw Self.notFound(resource, object.name)
    }
    return try write(object, over: live, resource, options)
  }

  private mutating func write(
    _ new: KubernetesObject, over live: KubernetesObject,
    _ resource: APIResource, _ options: WriteOptions
  ) throws -> KubernetesObject {
    if new.name != live.name || new.kind != live.kind
      || new.namespace != live.namespace
    {
      throw ClusterError(
        code: 400, reason: "BadRequest",
        message: "the name, namespace and kind of an object cannot change")
    }
    try checkVersion(new, against: live, resource)
    var full =
      options.subresource == "status" ? live : Defaults.applied(to: new)
    full.json["status"] =
      options.subresource == "status"
      ? new.json["status"] : live.json["status"]
    full.managedFields = live.managedFields
    let managers = ServerSideApply.update(
      full, from: live, manager: options.fieldManager,
      subresource: options.subresource, time: now)
    return try update(
      new, from: live, subresource: options.subresource, managers: managers,
      dryRun: options.dryRun)
  }
}
