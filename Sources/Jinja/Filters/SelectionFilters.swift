// map, select, reject and their kin.

extension BuiltinFilters {
  static let selections: [Function] = [
    Function("map", handlesMarks: true) { context, call in
      let value = try subject(call, "map")
      var rest = Arguments(
        Array(call.positional.dropFirst()), keywords: call.keywords)
      // As in Python, nothing is looked at before the first member is asked
      // for.
      var apply: ((Value) throws -> Value)?
      var next: (() throws -> Value?)?
      return try lazily("sync_do_map", context) {
        if next == nil {
          guard try value.truth() else { return nil }
          apply = try mapping(&rest, context)
          next = try LoopSource(value, context.state).iterator()
        }
        guard let item = try next?() else { return nil }
        try context.state.step()
        return try apply?(item)
      }
    },
    selecting("select", byAttribute: false, keeps: true),
    selecting("reject", byAttribute: false, keeps: false),
    selecting("selectattr", byAttribute: true, keeps: true),
    selecting("rejectattr", byAttribute: true, keeps: false),
  ]

  private static func subject(
    _ call: Arguments, _ name: String
  ) throws -> Value {
    guard let value = call.positional.first else {
      throw TemplateError(
        .type,
        "\(name)() missing 1 required positional argument: 'value'")
    }
    return value
  }

  private static func mapping(
    _ call: inout Arguments, _ context: Context
  ) throws -> (Value) throws -> Value {
    if call.positional.isEmpty, let attribute = call["attribute"] {
      let fallback = call["default"]
      if let other = call.keywords.first(where: {
        $0.name != "attribute" && $0.name != "default"
      }) {
        throw TemplateError(
          .filterArgument,
          "Unexpected keyword argument \(Quoted.repr(other.name))")
      }
      let getter = try Getter(attribute, context, fallback: fallback)
      return { try getter.value(of: $0) }
    }
    guard let name = call.positional.first else {
      throw TemplateError(
        .filterArgument, "map requires a filter argument")
    }
    if !name.isUndefined { _ = try Hash.of(name) }
    let filter = name.text.flatMap { context.environment.filters[$0] }
    let rest = Array(call.positional.dropFirst())
    let keywords = call.keywords
    return {
      guard let filter else { throw missing("filter", name) }
      return try context.call(
        filter, Arguments([$0] + rest, keywords: keywords))
    }
  }

  private static func missing(_ kind: String, _ name: Value) -> TemplateError {
    if case .undefined(let undefined) = name.payload {
      return TemplateError(
        .runtime,
        "No \(kind) named \(name.reprOrPlaceholder) (\(undefined.message))")
    }
    var error = TemplateError(
      .runtime, "No \(kind) named \(name.reprOrPlaceholder).")
    error.isSecret = name.deepMarks().contains(.secret)
    return error
  }

  private static func selecting(
    _ name: String, byAttribute: Bool, keeps: Bool
  ) -> Function {
    Function(name, handlesMarks: true) { context, call in
      let value = try subject(call, name)
      let rest = Array(call.positional.dropFirst())
      let keywords = call.keywords
      var decide: ((Value) throws -> Bool)?
      var next: (() throws -> Value?)?
      return try lazily("select_or_reject", context) {
        if next == nil {
          guard try value.truth() else { return nil }
          decide = try deciding(rest, keywords, byAttribute, context)
          next = try LoopSource(value, context.state).iterator()
        }
        while let item = try next?() {
          try context.state.step()
          if try decide?(item) == keeps { return item }
        }
        return nil
      }
    }
  }

  private static func deciding(
    _ arguments: [Value], _ keywords: [(name: String, value: Value)],
    _ byAttribute: Bool, _ context: Context
  ) throws -> (Value) throws -> Bool {
    var rest = arguments[...]
    var getter: Getter?
    if byAttribute {
      guard let attribute = rest.popFirst() else {
        throw TemplateError(
          .filterArgument, "Missing parameter for attribute name")
      }
      getter = try Getter(attribute, context)
    }
    guard let name = rest.popFirst() else {
      return { try (try getter?.value(of: $0) ?? $0).truth() }
    }
    if !name.isUndefined { _ = try Hash.of(name) }
    let test = name.text.flatMap { context.environment.tests[$0] }
    let others = Array(rest)
    return { item in
      guard let test else { throw missing("test", name) }
      let value = try getter?.value(of: item) ?? item
      return try context.call(
        test, Arguments([value] + others, keywords: keywords)
      ).truth()
    }
  }
}
