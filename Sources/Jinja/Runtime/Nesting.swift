// Values inside values: how deep, and how they are let go of.

enum Nesting {
  private static let limit = 1000

  /// The members, where a tuple of them is not nested too deep to be let go of
  /// again without running out of stack.
  static func checked(_ items: [Value]) throws -> [Value] {
    for item in items {
      guard case .tuple = item.payload else { continue }
      var level = 1
      var inner = item
      while case .tuple(let members) = inner.payload,
        let next = members.first(where: {
          if case .tuple = $0.payload { true } else { false }
        })
      {
        level += 1
        if level > limit {
          throw Limits.reached("tuples nested deeper than \(limit)")
        }
        inner = next
      }
    }
    return items
  }

  /// Lets go of values one by one, however deep they are nested: Swift would
  /// otherwise use the stack for each level.
  static func release(_ items: inout [Value]) {
    var waiting: [Value] = []
    take(&items, &waiting)
    while let value = waiting.popLast() {
      var value = value
      release(&value, &waiting)
    }
  }

  private static func take(_ items: inout [Value], _ waiting: inout [Value]) {
    for item in items where item.isContainer { waiting.append(item) }
    items = []
  }

  private static func release(_ value: inout Value, _ waiting: inout [Value]) {
    switch value.payload {
    case .list(var list):
      value = .none
      if isKnownUniquelyReferenced(&list) { take(&list.items, &waiting) }
    case .dictionary(var dictionary):
      value = .none
      if isKnownUniquelyReferenced(&dictionary) {
        take(&dictionary.values, &waiting)
      }
    case .object(let object):
      value = .none
      guard var namespace = object as? NamespaceObject else { return }
      _ = consume object
      if isKnownUniquelyReferenced(&namespace) {
        take(&namespace.attributes.values, &waiting)
      }
    default: break
    }
  }
}

extension Value {
  var isContainer: Bool {
    switch payload {
    case .list, .dictionary: true
    case .object(let object): object is NamespaceObject
    default: false
    }
  }
}
