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

  /// Whether containers among the values hold containers, as far as a short
  /// look tells.
  static func isDeep(_ items: [Value]) -> Bool {
    var budget = 1024
    return items.withUnsafeBufferPointer { items in
      for place in items.indices where items[place].isContainer {
        if items[place].holdsContainers(&budget) { return true }
      }
      return false
    }
  }

  /// Lets go of values one by one, however deep they are nested: Swift would
  /// otherwise use the stack for each level.
  static func release(_ items: inout [Value]) {
    var waiting = Waiting()
    waiting.take(&items)
    while waiting.releaseOne() {}
  }

  /// What is still to be let go of, by type: only of a variable of its own
  /// class can be told whether anything else refers to an object.
  private struct Waiting {
    private var lists: [ValueList] = []
    private var dictionaries: [ValueDictionary] = []
    private var namespaces: [NamespaceObject] = []

    mutating func take(_ items: inout [Value]) {
      var seen: Set<UnsafeRawPointer> = []
      for item in items { add(item, &seen) }
      items = []
    }

    /// Adds what a value holds; tuples are never nested deep, but may hold one
    /// another over and over again: `seen` are those looked through.
    private mutating func add(
      _ value: Value, _ seen: inout Set<UnsafeRawPointer>
    ) {
      switch value.payload {
      case .list(let list): lists.append(list)
      case .dictionary(let dictionary): dictionaries.append(dictionary)
      case .tuple(let items):
        if items.count > 16 || items.contains(where: { $0.isContainer }),
          let place = items.withUnsafeBytes({ $0.baseAddress }),
          !seen.insert(place).inserted
        {
          return
        }
        for item in items { add(item, &seen) }
      case .object(let object):
        if let namespace = object as? NamespaceObject {
          namespaces.append(namespace)
        }
      default: break
      }
    }

    /// Takes the members out of one object that nothing else refers to, and
    /// lets go of it; false when none is left.
    mutating func releaseOne() -> Bool {
      if var list = lists.popLast() {
        if isKnownUniquelyReferenced(&list) { take(&list.items) }
      } else if var dictionary = dictionaries.popLast() {
        if isKnownUniquelyReferenced(&dictionary) { take(&dictionary.values) }
      } else if var namespace = namespaces.popLast() {
        if isKnownUniquelyReferenced(&namespace) {
          take(&namespace.attributes.values)
        }
      } else {
        return false
      }
      return true
    }
  }
}

extension Value {
  /// Whether a container holds containers, at which letting go of it goes
  /// deeper than can be seen from here; true too where the budget does not
  /// reach to look.
  func holdsContainers(_ budget: inout Int) -> Bool {
    let members: [Value]
    switch payload {
    case .list(let list): members = list.items
    case .dictionary(let dictionary): members = dictionary.values
    case .tuple(let items): members = items
    default: return true
    }
    budget -= members.count
    return budget < 0
      || members.withUnsafeBufferPointer { members in
        members.contains { $0.isContainer }
      }
  }

  var isContainer: Bool {
    switch payload {
    case .list, .dictionary, .tuple: true
    case .object(let object): object is NamespaceObject
    default: false
    }
  }
}
