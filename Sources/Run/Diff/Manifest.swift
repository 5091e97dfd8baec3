// What of an object counts when two are compared: the part that somebody asked
// for, without what the server keeps for itself.

import Ansible
import Kubernetes

/// The comparable part of objects.
public enum Manifest {
  /// An object without status and the server's own metadata.
  public static func comparable(_ object: JSON) -> JSON {
    var result = object
    result["status"] = nil
    guard var metadata = object["metadata"] else { return result }
    for field in [
      "managedFields", "resourceVersion", "uid", "generation",
      "creationTimestamp", "selfLink", "deletionTimestamp",
      "deletionGracePeriodSeconds",
    ] {
      metadata[field] = nil
    }
    if var annotations = metadata["annotations"] {
      for name in [
        "kubectl.kubernetes.io/last-applied-configuration",
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
      ] {
        annotations[name] = nil
      }
      metadata["annotations"] =
        annotations.object?.isEmpty == true ? nil : annotations
    }
    if metadata["labels"]?.object?.isEmpty == true { metadata["labels"] = nil }
    result["metadata"] = metadata
    return result
  }

  /// SHA-256 of what counts of an object, some places left out.
  ///
  /// `unknown` are JSON Pointers.
  public static func digest(_ object: JSON, without unknown: [String] = [])
    -> String
  {
    var counted = comparable(object)
    for pointer in unknown {
      guard let path = try? JSON.pointerParts(pointer) else { continue }
      counted = counted.removing(path[...])
    }
    return Digest.sha256(counted.text())
  }

  /// What an object was when a plan was made.
  public static func mark(_ object: KubernetesObject) -> LiveMark {
    LiveMark(
      uid: object.uid ?? "", generation: object.generation,
      digest: digest(object.json))
  }

  /// The part of a live object that a manifest speaks of.
  ///
  /// For comparisons that no server dry run can make: fields that the manifest
  /// does not name are the server's business. Elements of lists are matched by
  /// their keys (`name` and the like), else by place.
  public static func projection(of live: JSON, onto wanted: JSON) -> JSON {
    switch (live, wanted) {
    case (.object(let members), .object(let named)):
      var result: [String: JSON] = [:]
      for (key, value) in named {
        guard let existing = members[key] else { continue }
        result[key] = projection(of: existing, onto: value)
      }
      return .object(result)
    case (.array(let items), .array(let named)):
      guard let key = mergeKey(of: named) else {
        return .array(
          items.enumerated().map { index, item in
            index < named.count
              ? projection(of: item, onto: named[index]) : item
          })
      }
      return .array(
        items.map { item in
          guard let twin = named.first(where: { $0[key] == item[key] })
          else { return item }
          return projection(of: item, onto: twin)
        })
    default: return live
    }
  }

  /// The member that tells the elements of a list apart, if all have one.
  private static func mergeKey(of items: [JSON]) -> String? {
    ["name", "containerPort", "port", "mountPath", "key", "topologyKey"]
      .first { key in
        !items.isEmpty && items.allSatisfy { $0[key] != nil }
      }
  }
}

extension JSON {
  /// The value without what stands at a path; list places hold null instead.
  fileprivate func removing(_ path: ArraySlice<String>) -> JSON {
    guard let key = path.first else { return .null }
    let rest = path.dropFirst()
    switch self {
    case .object(var members):
      guard let inner = members[key] else { return self }
      members[key] = rest.isEmpty ? nil : inner.removing(rest)
      return .object(members)
    case .array(var items):
      guard let index = Int(key), items.indices.contains(index) else {
        return self
      }
      items[index] = rest.isEmpty ? .null : items[index].removing(rest)
      return .array(items)
    default: return self
    }
  }
}
