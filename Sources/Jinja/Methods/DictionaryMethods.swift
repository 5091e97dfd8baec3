// Methods of dictionaries.

extension Methods {
  static let ofDictionary: [String: Function] = methods([
    Function(
      "get", ["self", "key", .init("default", Value.none)], handlesMarks: true,
      acceptsUnknown: true
    ) { _, call in
      if call[0].isUnknown || call[1].isUnknown { return .unknown }
      guard let dictionary = call[0].dictionary else { return .none }
      return try dictionary.value(forKey: call[1]) ?? call[2]
    },
    Function("keys", ["self"], handlesMarks: true) { context, call in
      try view(.keys, call[0], context)
    },
    Function("values", ["self"], handlesMarks: true) { context, call in
      try view(.values, call[0], context)
    },
    Function("items", ["self"], handlesMarks: true) { context, call in
      try view(.items, call[0], context)
    },
    Function("copy", ["self"], handlesMarks: true) { _, call in
      guard let dictionary = call[0].dictionary else { return .none }
      return Value(.dictionary(try ValueDictionary(copying: dictionary)))
    },
    changing("update", [], isVariadic: true) { _, dictionary, call in
      if call.positional.count > 2 {
        throw TemplateError(
          .type,
          "update expected at most 1 argument, got"
            + " \(call.positional.count - 1)")
      }
      if call.positional.count == 2 { try merge(call[1], into: dictionary) }
      for (name, value) in call.keywords { dictionary.set(Value(name), value) }
      return .none
    },
    changing("setdefault", ["key", .init("default", Value.none)]) {
      _, dictionary, call in
      if let known = try dictionary.value(forKey: call[1]) { return known }
      try dictionary.insert(call[1], call[2])
      return call[2]
    },
    changing("pop", ["key"], isVariadic: true) { _, dictionary, call in
      if call.positional.count > 3 {
        throw TemplateError(
          .type,
          "pop expected at most 2 arguments, got \(call.positional.count - 1)")
      }
      // Nothing is looked for, and no key refused, where there is nothing.
      if dictionary.count > 0, let at = try dictionary.position(of: call[1]) {
        let value = try dictionary.element(at: at)
        dictionary.remove(at: at)
        return value
      }
      if call.positional.count > 2 { return call[2] }
      throw TemplateError(.key, try call[1].repr())
    },
    changing("popitem", []) { _, dictionary, _ in
      guard let key = dictionary.keys.last else {
        throw TemplateError(.key, "'popitem(): dictionary is empty'")
      }
      let value = try dictionary.element(at: dictionary.count - 1)
      dictionary.remove(at: dictionary.count - 1)
      return .tuple([key, value])
    },
    changing("clear", []) { _, dictionary, _ in
      dictionary.removeAll()
      return .none
    },
    Function("fromkeys", ["self", "keys", .init("value", Value.none)]) {
      _, call in
      let result = ValueDictionary(mutable: ())
      for key in try call[1].members() { try result.insert(key, call[2]) }
      return Value(.dictionary(result))
    },
  ])

  private static func changing(
    _ name: String, _ parameters: [Parameter], isVariadic: Bool = false,
    _ body:
      @escaping @Sendable (Context, ValueDictionary, Arguments) throws ->
      Value
  ) -> Function {
    Function(
      name, [""] + parameters, isVariadic: isVariadic, handlesMarks: true,
      acceptsUnknown: true
    ) { context, call in
      guard let dictionary = call[0].dictionary else { return .unknown }
      let changeable = try context.state.changeable(dictionary)
      if !context.state.hasMarks {
        context.state.hasMarks = call.positional.dropFirst().contains {
          $0.mayHoldMarks
        }
      }
      return try body(context, changeable, try context.state.current(call))
    }
  }

  /// What `keys`, `values` and `items` return: a list under Ansible.
  private static func view(
    _ kind: DictionaryView.Kind, _ value: Value, _ context: Context
  ) throws -> Value {
    let view = DictionaryView(kind, value)
    return context.environment.options.native == .ansible
      ? .fresh(try view.members()) : Value(view)
  }

  /// Adds the entries of a mapping or of a sequence of pairs.
  static func merge(_ other: Value, into target: ValueDictionary) throws {
    if let dictionary = other.dictionary {
      for (key, value) in try dictionary.entries() {
        try target.insert(key, value)
      }
      return
    }
    if case .undefined(let undefined) = other.payload { throw undefined.error }
    for (place, pair) in try other.members().enumerated() {
      guard pair.isIterable else {
        throw TemplateError(
          .type,
          "cannot convert dictionary update sequence element #\(place) to a"
            + " sequence")
      }
      let parts = try pair.members()
      guard parts.count == 2 else {
        throw TemplateError(
          .value,
          "dictionary update sequence element #\(place) has length"
            + " \(parts.count); 2 is required")
      }
      try target.insert(parts[0], parts[1])
    }
  }
}
