// Server-side apply and the ownership of fields, as the API server does it
// (kubernetes.io/docs/reference/using-api/server-side-apply).

/// One entry of `metadata.managedFields`.
public struct FieldManager: Hashable, Sendable {
  public var name: String
  /// `Apply`, or `Update` for every other way of writing.
  public var operation: String
  public var apiVersion: String
  public var time: String?
  public var subresource: String?
  public var fields: FieldSet

  init(
    name: String, operation: String, apiVersion: String, time: String?,
    subresource: String?, fields: FieldSet
  ) {
    self.name = name
    self.operation = operation
    self.apiVersion = apiVersion
    self.time = time
    self.subresource = subresource
    self.fields = fields
  }

  public init(_ json: JSON) {
    name = json["manager"]?.string ?? ""
    operation = json["operation"]?.string ?? "Update"
    apiVersion = json["apiVersion"]?.string ?? ""
    time = json["time"]?.string
    let part = json["subresource"]?.string ?? ""
    subresource = part.isEmpty ? nil : part
    fields = json["fieldsV1"].map(FieldSet.init(fieldsV1:)) ?? FieldSet()
  }

  public var json: JSON {
    var json: JSON = [
      "manager": .string(name), "operation": .string(operation),
      "apiVersion": .string(apiVersion), "fieldsType": "FieldsV1",
      "fieldsV1": fields.fieldsV1,
    ]
    json["time"] = time.map(JSON.string)
    json["subresource"] = subresource.map(JSON.string)
    return json
  }

  func isSame(_ name: String, _ operation: String, _ subresource: String?)
    -> Bool
  {
    self.name == name && self.operation == operation
      && self.subresource == subresource
  }
}

/// Applies objects and keeps the account of who owns which fields.
public enum ServerSideApply {
  /// What an apply would leave behind.
  public struct Outcome: Hashable, Sendable {
    /// The merged object, without `managedFields` of its own: see `managers`.
    public var object: KubernetesObject
    public var managers: [FieldManager]
    /// The fields that were other managers' and had another value.
    public var conflicts: [ClusterError.StatusCause]
  }

  /// Merges an applied object into what is there.
  ///
  /// Fields that the manager applied before and no longer applies go, unless
  /// another manager owns them too. Conflicts are told, and settled in favour
  /// of this apply; without force the caller then refuses it.
  ///
  /// `live` is nil when there is no object yet; `time` is when this happens, as
  /// `managedFields` is to say.
  public static func apply(
    _ applied: KubernetesObject, to live: KubernetesObject?, manager: String,
    subresource: String? = nil, time: Instant?
  ) -> Outcome {
    let rule = FieldSchema.root(of: applied.objectKind)
    let config = owned(applied.json)
    let fields = FieldSet(of: config, rule)
    var managers = live?.managedFields.map(FieldManager.init) ?? []
    let before = live.map { stripped($0.json) }
    var merged = merge(before, stripped(applied.json), rule) ?? [:]

    let change = FieldSet.compare(before.map(owned), owned(merged), rule)
    let touched = change.changed.union(change.added).intersection(fields)
    var conflicts: [ClusterError.StatusCause] = []
    for index in managers.indices
    where !managers[index].isSame(manager, "Apply", subresource) {
      let common = managers[index].fields.intersection(touched)
      if common.isEmpty { continue }
      managers[index].fields = managers[index].fields.subtracting(common)
      let other = managers[index]
      conflicts += common.paths.map {
        ClusterError.StatusCause(
          reason: "FieldManagerConflict", field: $0,
          message: "conflict with \"\(other.name)\""
            + (other.subresource.map { " with subresource \"\($0)\"" } ?? "")
            + " using \(other.apiVersion)")
      }
    }

    let mine = managers.firstIndex {
      $0.isSame(manager, "Apply", subresource)
    }
    if let mine {
      var others = FieldSet()
      for (index, other) in managers.enumerated() where index != mine {
        others = others.union(other.fields)
      }
      let dropped = managers[mine].fields.subtracting(fields)
        .subtracting(others)
      merged = pruned(merged, dropped, keeping: fields.union(others), rule)
      managers[mine].apiVersion = applied.apiVersion
      managers[mine].fields = fields
      managers[mine].time = time?.timestamp
    } else {
      managers.append(
        FieldManager(
          name: manager, operation: "Apply", apiVersion: applied.apiVersion,
          time: time?.timestamp, subresource: subresource, fields: fields))
    }
    managers.removeAll { $0.fields.isEmpty }
    return Outcome(
      object: KubernetesObject(merged), managers: managers,
      conflicts: conflicts)
  }

  /// The managers after a write that was not an apply.
  ///
  /// What changed becomes the writer's; other managers lose it.
  public static func update(
    _ new: KubernetesObject, from old: KubernetesObject?, manager: String,
    subresource: String? = nil, time: Instant?
  ) -> [FieldManager] {
    let rule = FieldSchema.root(of: new.objectKind)
    var managers = old?.managedFields.map(FieldManager.init) ?? []
    var change = FieldSet.compare(
      owned(old.map { stripped($0.json) } ?? [:]), owned(stripped(new.json)),
      rule)
    if change.isEmpty { return managers }
    change.added.isMember = false
    let taken = change.changed.union(change.added)
    for index in managers.indices
    where !managers[index].isSame(manager, "Update", subresource) {
      managers[index].fields = managers[index].fields
        .subtracting(change.changed).subtracting(change.removed)
    }
    if let mine = managers.firstIndex(where: {
      $0.isSame(manager, "Update", subresource)
    }) {
      managers[mine].fields = managers[mine].fields.union(taken)
        .subtracting(change.removed)
      managers[mine].apiVersion = new.apiVersion
      managers[mine].time = time?.timestamp
    } else if !taken.isEmpty {
      managers.append(
        FieldManager(
          name: manager, operation: "Update", apiVersion: new.apiVersion,
          time: time?.timestamp, subresource: subresource, fields: taken))
    }
    managers.removeAll { $0.fields.isEmpty }
    return managers
  }

  /// The refusal of an apply that would take fields from others.
  public static func conflict(_ conflicts: [ClusterError.StatusCause])
    -> ClusterError
  {
    let count = conflicts.count
    return ClusterError(
      code: 409, reason: "Conflict",
      message: "Apply failed with \(count) conflict\(count == 1 ? "" : "s"): "
        + conflicts.map { "\($0.message): \($0.field)" }
        .joined(separator: ", "),
      causes: conflicts)
  }

  /// An object without its account of managers.
  static func stripped(_ json: JSON) -> JSON {
    guard json["metadata"]?["managedFields"] != nil else { return json }
    var json = json
    json.set(nil, at: "metadata", "managedFields")
    return json
  }

  /// The part of an object that managers own: not its identity.
  private static func owned(_ json: JSON) -> JSON {
    var json = json
    json["apiVersion"] = nil
    json["kind"] = nil
    if var metadata = json["metadata"] {
      for name in [
        "name", "namespace", "uid", "resourceVersion", "generation",
        "creationTimestamp", "selfLink", "managedFields", "generateName",
        "deletionTimestamp", "deletionGracePeriodSeconds",
      ] {
        metadata[name] = nil
      }
      json["metadata"] = metadata == [:] ? nil : metadata
    }
    return json
  }

  /// What is there, with the applied value's fields put in.
  private static func merge(
    _ live: JSON?, _ applied: JSON, _ rule: FieldSchema.Rule
  ) -> JSON? {
    switch (live, applied) {
    case (.object(var members), .object(let changes)) where !rule.isAtomic:
      for (key, change) in changes {
        // A member that is null is as good as not applied.
        if change.isNull { continue }
        members[key] = merge(members[key], change, rule.member(key))
      }
      return .object(members)
    case (.array(let old), .array(let new)):
      guard let before = FieldSet.elements(old, rule),
        FieldSet.elements(new, rule) != nil
      else { return applied }
      // The applied order, and after it what only others have.
      var result: [JSON] = []
      var seen = Set<String>()
      for element in new {
        guard let key = FieldSet.elements([element], rule)?.keys.first,
          seen.insert(key).inserted
        else { continue }
        result.append(merge(before[key], element, rule.element) ?? element)
      }
      for element in old {
        guard let key = FieldSet.elements([element], rule)?.keys.first,
          !seen.contains(key)
        else { continue }
        result.append(element)
      }
      return .array(result)
    case (_, .object(let members)) where !rule.isAtomic:
      return .object(
        members.filter { !$0.value.isNull }.compactMapValues { $0 })
    default: return applied
    }
  }

  /// A value without the dropped fields, and without what they leave empty.
  private static func pruned(
    _ value: JSON, _ dropped: FieldSet, keeping kept: FieldSet,
    _ rule: FieldSchema.Rule
  ) -> JSON {
    switch value {
    case .object(var members) where !rule.isAtomic:
      for (key, child) in dropped.children {
        let name = String(key.dropFirst(2))
        guard key.hasPrefix("f:"), let member = members[name] else { continue }
        let keptChild = kept.children[key] ?? FieldSet()
        if child.children.isEmpty {
          if keptChild.isEmpty { members[name] = nil }
          continue
        }
        let rest = pruned(member, child, keeping: keptChild, rule.member(name))
        let isGone =
          keptChild.isEmpty && (rest == .object([:]) || rest == .array([]))
        members[name] = isGone ? nil : rest
      }
      return .object(members)
    case .array(let elements):
      var result: [JSON] = []
      for element in elements {
        guard let key = FieldSet.elements([element], rule)?.keys.first,
          let child = dropped.children[key]
        else {
          result.append(element)
          continue
        }
        let keptChild = kept.children[key] ?? FieldSet()
        // An element goes with its last owner, defaults and all.
        if child.isMember, keptChild.isEmpty { continue }
        result.append(
          pruned(element, child, keeping: keptChild, rule.element))
      }
      return .array(result)
    default: return value
    }
  }
}
