// Methods of lists and tuples.

extension Methods {
  static let ofTuple: [String: Function] = methods([
    Function("count", ["self", "value"]) { _, call in
      Value(try call[0].members().count { try $0.isEqual(to: call[1]) })
    },
    Function(
      "index",
      ["self", "value", .init("start", 0), .init("stop", Value(Int.max))]
    ) {
      _, call in
      try index(of: call)
    },
  ])

  static let ofList: [String: Function] = ofTuple.merging(
    methods([
      changing("append", ["value"]) { context, list, call in
        try context.limits.check(list: list.count + 1)
        list.items.append(call[1])
        return .none
      },
      changing("extend", ["values"]) { context, list, call in
        let more = try call[1].members()
        try context.limits.check(list: list.count + more.count)
        list.items += more
        return .none
      },
      changing("insert", ["index", "value"]) { context, list, call in
        try context.limits.check(list: list.count + 1)
        let index = try size(call[1])
        let at = index < 0 ? max(0, index + list.count) : min(index, list.count)
        list.items.insert(call[2], at: at)
        return .none
      },
      changing("pop", [.init("index", -1)]) { _, list, call in
        let index = try size(call[1])
        if list.isEmpty { throw TemplateError(.index, "pop from empty list") }
        guard let at = Value.position(index, in: list.count)
        else { throw TemplateError(.index, "pop index out of range") }
        return list.items.remove(at: at)
      },
      changing("remove", ["value"]) { _, list, call in
        guard
          let at = try list.items.firstIndex(where: {
            try $0.isEqual(to: call[1])
          })
        else {
          throw TemplateError(.value, "list.remove(x): x not in list")
        }
        list.items.remove(at: at)
        return .none
      },
      changing("clear", []) { _, list, _ in
        list.items = []
        return .none
      },
      changing("reverse", []) { _, list, _ in
        list.items.reverse()
        return .none
      },
      Function("sort", ["self"], isVariadic: true, handlesMarks: true) {
        context, call in
        guard let list = call[0].list else { return .none }
        if call.positional.count > 1 {
          throw TemplateError(.type, "sort() takes no positional arguments")
        }
        for (name, _) in call.keywords where name != "key" && name != "reverse"
        {
          throw TemplateError(
            .type, "'\(name)' is an invalid keyword argument for sort()")
        }
        let isReversed = try call["reverse"]?.truth() ?? false
        var items = try list.elements()
        if let key = call["key"], !key.isNone {
          items = try Sorting.sorted(items, reversed: isReversed) {
            try context.call(key, Arguments([$0]))
          }
        } else {
          items = try Sorting.sorted(items, reversed: isReversed) { $0 }
        }
        try context.state.changeable(list).items = items
        return .none
      },
      Function("copy", ["self"], handlesMarks: true) { _, call in
        .fresh(try call[0].members())
      },
    ])
  ) { $1 }

  /// A method that changes its list, within the rules for lists from outside.
  private static func changing(
    _ name: String, _ parameters: [Parameter],
    _ body: @escaping @Sendable (Context, ValueList, Arguments) throws -> Value
  ) -> Function {
    Function(
      name, ["self"] + parameters, handlesMarks: true, acceptsUnknown: true
    ) { context, call in
      guard let list = call[0].list else { return .unknown }
      let changeable = try context.state.changeable(list)
      if !context.state.hasMarks {
        context.state.hasMarks = call.positional.dropFirst().contains {
          $0.mayHoldMarks
        }
      }
      return try body(context, changeable, try context.state.current(call))
    }
  }

  private static func index(of call: Arguments) throws -> Value {
    let items = try call[0].members()
    func clamp(_ value: Int) -> Int {
      value < 0 ? max(0, value + items.count) : min(value, items.count)
    }
    guard let first = try integer(call[2]), let last = try integer(call[3])
    else {
      throw TemplateError(
        .type, "slice indices must be integers or have an __index__ method")
    }
    let start = clamp(first)
    let stop = clamp(last)
    for at in start..<max(start, stop)
    where try items[at].isEqual(to: call[1]) {
      return Value(at)
    }
    if case .tuple = call[0].payload {
      throw TemplateError(.value, "tuple.index(x): x not in tuple")
    }
    throw TemplateError(.value, "\(try call[1].repr()) is not in list")
  }
}

extension Context {
  /// The limits of the render.
  public var limits: Limits { state.limits }
}
