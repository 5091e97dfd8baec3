// Strategic merge patch: a merge patch that knows the keys of lists
// (kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch).

extension KubernetesObject {
  /// This object changed by a patch.
  /// - Throws: `ClusterError` with code 422 for a JSON Patch that cannot be
  ///   done.
  public func patched(by patch: Patch) throws -> KubernetesObject {
    switch patch {
    case .merge(let body): return KubernetesObject(json.merging(body))
    case .strategic(let body):
      let rule = FieldSchema.root(of: objectKind)
      return KubernetesObject(json.strategicallyMerging(body, rule) ?? .null)
    case .json(let body):
      do {
        return KubernetesObject(try json.applying(jsonPatch: body))
      } catch {
        throw ClusterError(
          code: 422, reason: "Invalid",
          message: "the server rejected our request due to an error in our "
            + "request: \(error)")
      }
    }
  }
}

extension JSON {
  fileprivate func strategicallyMerging(
    _ patch: JSON, _ rule: FieldSchema.Rule
  ) -> JSON? {
    guard case .object(var changes) = patch else { return patch }
    let directive = changes.removeValue(forKey: "$patch")?.string
    if directive == "delete" { return nil }
    if directive == "replace" { return .object(changes) }
    var members = object ?? [:]
    if let retained = changes.removeValue(forKey: "$retainKeys")?.array {
      let names = Set(retained.compactMap(\.string))
      members = members.filter { names.contains($0.key) }
    }
    for (key, change) in changes {
      if key.hasPrefix("$setElementOrder/") { continue }
      if key.hasPrefix("$deleteFromPrimitiveList/") {
        let name = String(key.dropFirst("$deleteFromPrimitiveList/".count))
        let gone = change.array ?? []
        if let list = members[name]?.array {
          members[name] = .array(list.filter { !gone.contains($0) })
        }
        continue
      }
      switch change {
      case .null: members[key] = nil
      case .object:
        members[key] = (members[key] ?? .null)
          .strategicallyMerging(change, rule.member(key))
      case .array(let elements):
        members[key] = .array(
          Self.merged(members[key]?.array ?? [], elements, rule.member(key)))
      default: members[key] = change
      }
    }
    return .object(members)
  }

  private static func merged(
    _ old: [JSON], _ changes: [JSON], _ rule: FieldSchema.Rule
  ) -> [JSON] {
    switch rule {
    case .set: return old + changes.filter { !old.contains($0) }
    case .keyed(let keys, let type):
      // Strategic merge goes by the first key alone.
      guard let name = keys.first?.name else { return changes }
      if changes.contains(where: { $0["$patch"]?.string == "replace" }) {
        return changes.filter { $0["$patch"] == nil }
      }
      var result = old
      for change in changes {
        let index = result.firstIndex { $0[name] == change[name] }
        if let index {
          if let element = result[index].strategicallyMerging(
            change, .type(type))
          {
            result[index] = element
          } else {
            result.remove(at: index)
          }
        } else if let element = JSON.null.strategicallyMerging(
          change, .type(type))
        {
          result.append(element)
        }
      }
      return result
    default: return changes
    }
  }
}
