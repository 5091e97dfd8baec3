// What belongs to a stack in the cluster, by component.

import Kubernetes

/// The objects of a stack's components, as releases recorded them.
public struct Inventory: Sendable, Hashable {
  /// One object and the uid that it had.
  public struct Item: Sendable, Hashable, Codable {
    public var reference: ObjectReference
    public var uid: String?

    public init(_ reference: ObjectReference, uid: String? = nil) {
      self.reference = reference
      self.uid = uid
    }
  }

  /// The objects by component.
  public var components: [String: [Item]]

  public init(components: [String: [Item]] = [:]) {
    self.components = components
  }

  /// Whether an object is among them; one of the same name that was made anew
  /// by somebody else is not.
  public func contains(_ reference: ObjectReference, uid: String?) -> Bool {
    components.values.contains { items in
      items.contains { item in
        item.reference == reference
          && (item.uid == nil || uid == nil || item.uid == uid)
      }
    }
  }

  /// Takes in what a later run wrote.
  public mutating func merge(_ other: Inventory) {
    for (component, items) in other.components {
      var known = components[component] ?? []
      for item in items {
        known.removeAll { $0.reference == item.reference }
        known.append(item)
      }
      components[component] = known
    }
  }

  /// The inventory without objects of some kinds.
  func without(_ kinds: Set<ObjectKind>) -> Inventory {
    Inventory(
      components: components.mapValues { items in
        items.filter { !kinds.contains($0.reference.objectKind) }
      })
  }

  /// The inventory as the rollout tree wants it, in the order of the names.
  public func rollout(of names: [String]) -> [ComponentInventory] {
    names.map { name in
      ComponentInventory(
        name: name,
        items: (components[name] ?? []).map {
          ComponentInventory.Item($0.reference, uid: $0.uid)
        })
    }
  }
}
