// Macros: functions that a template defines.

/// A macro as it is compiled.
final class MacroCode: @unchecked Sendable {
  let name: String?
  let position: Position
  /// Where the output is joined.
  let end: Position
  let parameters: [(name: String, slot: Int, fallback: ExpressionCode?)]
  /// Slots of the names that hold what the parameters do not take.
  let callerSlot: Int?
  let keywordsSlot: Int?
  let positionalSlot: Int?
  let hasExplicitCaller: Bool
  let entries: [Entry]
  let body: Body
  let slotCount: Int

  init(
    name: String?, position: Position, end: Position,
    parameters: [(name: String, slot: Int, fallback: ExpressionCode?)],
    callerSlot: Int?, keywordsSlot: Int?, positionalSlot: Int?,
    entries: [Entry], body: Body, slotCount: Int
  ) {
    self.name = name
    self.position = position
    self.end = end
    self.parameters = parameters
    self.callerSlot = callerSlot
    self.keywordsSlot = keywordsSlot
    self.positionalSlot = positionalSlot
    hasExplicitCaller = parameters.contains { $0.name == "caller" }
    self.entries = entries
    self.body = body
    self.slotCount = slotCount
  }
}

/// A macro with the variables around its definition.
final class MacroFunction: Function, @unchecked Sendable {
  private let code: MacroCode
  private let frame: Frame
  private let isNative: Bool

  init(_ code: MacroCode, _ frame: Frame, isNative: Bool) {
    self.code = code
    self.frame = frame
    self.isNative = isNative
    super.init(
      code.name ?? "anonymous", acceptsUndefined: true, handlesMarks: true,
      acceptsUnknown: true
    ) { _, _ in .none }
  }

  override var typeName: String { "Macro" }
  override var qualifiedTypeName: String { "jinja2.runtime.Macro" }
  override func repr() -> String {
    "<Macro \(code.name.map(Quoted.repr) ?? "anonymous")>"
  }

  override func attribute(_ name: String) throws -> Value? {
    switch name {
    case "name": code.name.map { Value($0) } ?? Value.none
    case "arguments": .tuple(code.parameters.map { Value($0.name) })
    case "catch_kwargs": Value(code.keywordsSlot != nil)
    case "catch_varargs": Value(code.positionalSlot != nil)
    case "caller": Value(code.callerSlot != nil || code.hasExplicitCaller)
    default: nil
    }
  }

  override func call(_ context: Context, _ arguments: Arguments) throws -> Value
  {
    let state = frame.state
    try state.enter()
    defer { state.leave() }
    let inner = frame.inner(slots: code.slotCount)
    try bind(arguments, inner)
    try Entry.run(code.entries, inner)
    for (name, slot, fallback) in code.parameters where inner.slots[slot] == nil
    {
      inner.slots[slot] =
        try fallback.map { try self.value(of: $0, inner) }
        ?? Value(
          .undefined(
            Undefined(
              hint: "parameter \(Quoted.repr(name)) was not provided",
              name: Value(name),
              policy: context.environment.options.undefined)))
    }
    var out = Output(isNative: isNative)
    _ = try code.body.run(inner, &out)
    let value: Value
    do {
      value = try out.value(frame.context)
    } catch let error as TemplateError where error.line == 0 {
      throw frame.template.source.place(error, at: code.end)
    }
    guard context.escapes, let text = value.text else { return value }
    return Value(.markup(text), value.annotation)
  }

  /// The value of a default, whose error belongs to the macro's own line.
  private func value(
    of fallback: ExpressionCode, _ frame: Frame
  ) throws -> Value {
    do {
      return try fallback.evaluate(frame)
    } catch let error as TemplateError {
      throw frame.template.source.place(error, at: code.position)
    }
  }

  private func bind(_ arguments: Arguments, _ inner: Frame) throws {
    let given = arguments.positional
    var keywords = arguments.keywords
    var foundCaller = false
    func take(_ name: String) -> Value? {
      guard let at = keywords.firstIndex(where: { $0.name == name }) else {
        return nil
      }
      return keywords.remove(at: at).value
    }
    for (place, parameter) in code.parameters.enumerated() {
      if place < given.count {
        inner.slots[parameter.slot] = given[place]
      } else {
        if parameter.name == "caller" { foundCaller = true }
        inner.slots[parameter.slot] = take(parameter.name)
      }
    }
    if given.count >= code.parameters.count {
      foundCaller = code.hasExplicitCaller
    }
    if let slot = code.callerSlot, !foundCaller {
      let caller = take("caller")
      inner.slots[slot] =
        caller.flatMap { $0.isNone ? nil : $0 }
        ?? Value(
          .undefined(
            Undefined(
              hint: "No caller defined", name: "caller",
              policy: frame.context.environment.options.undefined)))
    }
    let shown = code.name.map(Quoted.repr) ?? "None"
    if let slot = code.keywordsSlot {
      let rest = ValueDictionary(mutable: ())
      for (name, value) in keywords { rest.set(Value(name), value) }
      inner.slots[slot] = Value(.dictionary(rest))
    } else if let first = keywords.first {
      if keywords.contains(where: { $0.name == "caller" }) {
        throw TemplateError(
          .type,
          "macro \(shown) was invoked with two values for the special caller"
            + " argument. This is most likely a bug.")
      }
      throw TemplateError(
        .type,
        "macro \(shown) takes no keyword argument \(Quoted.repr(first.name))")
    }
    if let slot = code.positionalSlot {
      inner.slots[slot] = .tuple(Array(given.dropFirst(code.parameters.count)))
    } else if given.count > code.parameters.count {
      throw TemplateError(
        .type,
        "macro \(shown) takes not more than \(code.parameters.count)"
          + " argument(s)")
    }
  }
}
