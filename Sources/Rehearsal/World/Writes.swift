// How the rehearsed API server creates, applies, patches and replaces: place,
// version, defaults, rules, ownership of fields.

import Kubernetes

extension World {
  /// Makes an object; without `dryRun` the world has it then.
  mutating func create(_ object: KubernetesObject, _ options: WriteOptions)
    throws -> KubernetesObject
  {
    if options.subresource == "eviction" {
      _ = try delete(
        ObjectReference(
          ObjectKind.pod, namespace: object.namespace, name: object.name),
        DeleteOptions(
          dryRun: options.dryRun,
          gracePeriodSeconds: object.json["deleteOptions"]?[
            "gracePeriodSeconds"]?.integer))
      return object
    }
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
    if !object.name.isEmpty, objects[object.reference] != nil {
      let group = resource.group.isEmpty ? "" : ".\(resource.group)"
      throw ClusterError(
        code: 409, reason: "AlreadyExists",
        message: "\(resource.plural)\(group) \"\(object.name)\" already exists")
    }
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
