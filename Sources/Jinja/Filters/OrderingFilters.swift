// sort, dictsort, unique, groupby, min and max.

extension BuiltinFilters {
  static let ordering: [Function] = [
    Function(
      "sort",
      [
        "value", .init("reverse", false), .init("case_sensitive", false),
        .init("attribute", Value.none),
      ], handlesMarks: true
    ) { context, call in
      let minds = try call[2].truth()
      let getters = try Getter.several(call[3], context)
      let items = try call[0].members()
      let sorted = try Sorting.sorted(
        items, reversed: try call[1].truth(), inLists: true
      ) { item in
        var keys: [Value] = []
        for getter in getters {
          let key = try getter.value(of: item)
          keys.append(minds ? key : ignoringCase(key))
        }
        return keys.count == 1 ? keys[0] : .tuple(keys)
      }
      return .fresh(sorted)
    },
    Function(
      "dictsort",
      [
        "value", .init("case_sensitive", false), .init("by", "key"),
        .init("reverse", false),
      ], handlesMarks: true
    ) { _, call in
      let byKey: Bool
      switch call[2].text {
      case "key": byKey = true
      case "value": byKey = false
      default:
        throw TemplateError(
          .filterArgument, "You can only sort by either \"key\" or \"value\"")
      }
      guard let dictionary = call[0].dictionary else {
        if case .undefined(let undefined) = call[0].payload {
          throw undefined.error
        }
        throw TemplateError(
          .attribute, "'\(call[0].typeName)' object has no attribute 'items'")
      }
      let minds = try call[1].truth()
      if byKey, !minds, let order = KeyOrder.of(dictionary) {
        let values = try dictionary.elements()
        let places = try call[3].truth() ? order.reversed() : order
        return .fresh(
          places.map { .tuple([dictionary.keys[$0], values[$0]]) })
      }
      let items = try dictionary.entries().map {
        Value.tuple([$0.key, $0.value])
      }
      return .fresh(
        try Sorting.sorted(items, reversed: try call[3].truth()) { item in
          guard case .tuple(let pair) = item.payload else { return item }
          let key = byKey ? pair[0] : pair[1]
          return minds ? key : ignoringCase(key)
        })
    },
    Function(
      "unique",
      [
        "value", .init("case_sensitive", false), .init("attribute", Value.none),
      ],
      handlesMarks: true
    ) { context, call in
      let sensitive = call[1]
      var minds = false
      let attribute = call[2]
      var getter: Getter?
      let value = call[0]
      let seen = ValueDictionary(mutable: ())
      var next: (() throws -> Value?)?
      return try lazily("sync_do_unique", context) {
        if next == nil {
          minds = try sensitive.truth()
          getter = try Getter(attribute, context)
          next = try LoopSource(value, context.state).iterator()
        }
        while let item = try next?() {
          let key = try getter?.value(of: item) ?? item
          let shown = minds ? key : ignoringCase(key)
          if shown.isUnknown { throw UnknownValue() }
          guard try seen.position(of: shown) == nil else { continue }
          try seen.insert(shown, .none)
          return item
        }
        return nil
      }
    },
    extreme("min", isMaximum: false),
    extreme("max", isMaximum: true),
    Function(
      "groupby",
      [
        "value", "attribute", .init("default", Value.none),
        .init("case_sensitive", false),
      ], handlesMarks: true
    ) { context, call in
      let getter = try Getter(call[1], context, fallback: call[2])
      let minds = try call[3].truth()
      func key(_ item: Value) throws -> Value {
        let key = try getter.value(of: item)
        return minds ? key : ignoringCase(key)
      }
      let sorted = try Sorting.sorted(try call[0].members(), key: key)
      var groups: [(key: Value, items: [Value])] = []
      for item in sorted {
        let own = try key(item)
        if let last = groups.last, try last.key.isEqual(to: own) {
          groups[groups.count - 1].items.append(item)
        } else {
          groups.append((own, [item]))
        }
      }
      return .fresh(
        try groups.map { group in
          let shown = minds ? group.key : try getter.value(of: group.items[0])
          return Value(GroupObject(shown, .fresh(group.items)))
        })
    },
  ]

  private static func extreme(_ name: String, isMaximum: Bool) -> Function {
    Function(
      name,
      [
        "value", .init("case_sensitive", false), .init("attribute", Value.none),
      ],
      handlesMarks: true
    ) { context, call in
      let minds = try call[1].truth()
      let getter = try Getter(call[2], context)
      var best: (key: Value, item: Value)?
      for item in try call[0].members() {
        let own = try getter.value(of: item)
        let key = minds ? own : ignoringCase(own)
        guard let current = best else {
          best = (key, item)
          continue
        }
        let isBetter =
          isMaximum
          ? try current.key.isLess(than: key, symbol: ">", swapped: true)
          : try key.isLess(than: current.key)
        if isBetter { best = (key, item) }
      }
      return best?.item
        ?? undefined("No aggregated item, sequence was empty.", context)
    }
  }
}

/// One group of `groupby`: a tuple of two with names.
final class GroupObject: Object, @unchecked Sendable {
  let parts: [Value]

  init(_ key: Value, _ items: Value) { parts = [key, items] }

  override var typeName: String { "_GroupTuple" }
  override func repr() throws -> String { try Value.tuple(parts).repr() }
  override func writeRepr(
    into builder: inout TextBuilder, depth: Int
  ) throws {
    try Value.tuple(parts).writeRepr(into: &builder, depth: depth + 1)
  }
  override func length() -> Int? { 2 }
  override var isIterable: Bool { true }
  override var isSequence: Bool { true }
  override var heldValues: [Value] { parts }

  override func iterate() -> (() throws -> Value?)? {
    var rest = parts[...]
    return { rest.popFirst() }
  }

  override func item(_ key: Value) -> Value? {
    key.integer.flatMap { Value.position($0, in: 2) }.map { parts[$0] }
  }

  override func attribute(_ name: String) -> Value? {
    switch name {
    case "grouper": parts[0]
    case "list": parts[1]
    default:
      Methods.ofTuple[name].map {
        Value(BoundMethod($0, on: .tuple(parts)))
      }
    }
  }

  override func isEqual(to other: Value) throws -> Bool {
    try Value.tuple(parts).isEqual(to: other.plainTuple)
  }

  override func isLess(than other: Value) throws -> Bool? {
    guard case .tuple = other.plainTuple.payload else { return nil }
    return try Value.tuple(parts).isLess(than: other.plainTuple)
  }

  override func hash() throws -> UInt32 { try Hash.of(.tuple(parts)) }
}
