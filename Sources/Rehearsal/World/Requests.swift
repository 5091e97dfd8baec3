// What the rehearsed API server answers to those who read.

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
  func placed(_ reference: ObjectReference, _ resource: APIResource)
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
