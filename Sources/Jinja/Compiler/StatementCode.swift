// Compiled statements: small objects that run themselves in a frame.

/// Where a loop goes on after a statement.
enum Flow {
  case next
  case breakLoop
  case continueLoop
}

/// A compiled statement.
///
/// Each kind of statement is a final subclass.
class StatementCode {
  let position: Position

  init(_ position: Position) { self.position = position }

  func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    preconditionFailure("a subclass runs")
  }

  @inline(never)
  final func locate(_ error: any Error, _ frame: Frame) -> any Error {
    guard let error = error as? TemplateError else { return error }
    return frame.template.source.locate(error, at: position)
  }
}

/// Statements in order.
final class Body {
  let statements: [StatementCode]
  /// Slots that the statements assign to, for when it is not known whether
  /// they run.
  let stored: [Int]
  let hasSideEffects: Bool
  /// The statements again: run without counting references, which would take
  /// longer than many of them.
  private let first: UnsafeMutablePointer<Unmanaged<StatementCode>>
  private let count: Int

  init(
    _ statements: [StatementCode] = [], stored: [Int] = [],
    hasSideEffects: Bool = false
  ) {
    self.statements = statements
    self.stored = stored
    self.hasSideEffects = hasSideEffects
    count = statements.count
    first = .allocate(capacity: count)
    for (place, statement) in statements.enumerated() {
      (first + place).initialize(to: .passUnretained(statement))
    }
  }

  deinit { first.deallocate() }

  @inline(__always)
  func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    var place = 0
    do {
      while place < count {
        let flow = try first[place]._withUnsafeGuaranteedRef {
          try $0.run(frame, &out)
        }
        if flow != .next { return flow }
        place += 1
      }
    } catch {
      throw self.place(error, frame, statements[place].position)
    }
    return .next
  }

  @inline(never)
  private func place(
    _ error: any Error, _ frame: Frame, _ position: Position
  ) -> any Error {
    guard let error = error as? TemplateError else { return error }
    return frame.template.source.place(error, at: position)
  }

  /// Stands in for a run that hangs on an unknown value.
  func skip(_ frame: Frame, _ out: inout Output) throws {
    try out.write(.unknown)
    for slot in stored { frame.slots[slot] = .unknown }
    if hasSideEffects { frame.state.isPoisoned = true }
  }
}

/// What a slot is set to where a scope begins.
enum Entry {
  case clear(slot: Int)
  case copy(slot: Int, ExpressionCode)

  @inline(__always)
  static func run(_ entries: [Entry], _ frame: Frame) throws {
    for entry in entries {
      switch entry {
      case .clear(let slot): frame.slots[slot] = nil
      case .copy(let slot, let source):
        frame.slots[slot] = try source.stored(frame)
      }
    }
  }
}

// MARK: - Output

final class TextCode: StatementCode {
  private let text: ConstantText

  init(_ text: String, _ position: Position) {
    self.text = ConstantText(text)
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    out.write(constant: text)
    return .next
  }
}

/// Runs `{{ value }}`.
final class PrintCode: StatementCode {
  private let value: ExpressionCode
  private let isPlain: Bool
  private let escaping: Escaping.Mode

  /// Makes the statement; `isPlain` where nothing is escaped or finalized.
  init(
    _ value: ExpressionCode, isPlain: Bool, _ escaping: Escaping.Mode,
    _ position: Position
  ) {
    self.value = value
    self.isPlain = isPlain
    self.escaping = escaping
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      if isPlain {
        try value.write(frame, &out)
      } else {
        var result = try value.evaluate(frame)
        if let finalize = frame.context.environment.finalize, !result.isUnknown
        {
          result = try finalize(frame.context, result)
        }
        if !out.isNative, escaping.isOn(frame.context) {
          result = try Escaping.escaped(result)
        }
        try out.write(result)
      }
      out.place { frame.template.source.origin(of: value.position) }
      try out.checkSize(frame.state.limits)
    } catch is UnknownValue {
      try out.write(.unknown)
    } catch {
      throw locate(error, frame)
    }
    return .next
  }
}

/// Output that only counts where the template extends no other.
final class UnextendedCode: StatementCode {
  private let body: Body
  private let steps: Int

  init(_ body: Body, steps: Int, _ position: Position) {
    self.body = body
    self.steps = steps
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    guard frame.ancestor(steps).extended == nil else { return .next }
    return try body.run(frame, &out)
  }
}

// MARK: - Control

final class IfCode: StatementCode {
  struct Branch {
    let test: ExpressionCode
    /// Where the test begins, whose line its errors name.
    let position: Position
    let body: Body
  }

  private let test: ExpressionCode
  private let body: Body
  /// What an `elif` tests, and what is run then.
  private let branches: [Branch]
  private let otherwise: Body

  init(
    _ test: ExpressionCode, _ body: Body,
    _ branches: [Branch], _ otherwise: Body,
    _ position: Position
  ) {
    self.test = test
    self.body = body
    self.branches = branches
    self.otherwise = otherwise
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    let isTrue: Bool
    do {
      isTrue = try test.truth(frame)
    } catch is UnknownValue {
      try body.skip(frame, &out)
      try skip(from: 0, frame, &out)
      return .next
    }
    if isTrue { return try body.run(frame, &out) }
    if branches.isEmpty { return try otherwise.run(frame, &out) }
    return try runElse(frame, &out)
  }

  private func runElse(_ frame: Frame, _ out: inout Output) throws -> Flow {
    for (place, branch) in branches.enumerated() {
      let isTrue: Bool
      do {
        isTrue = try branch.test.truth(frame)
      } catch is UnknownValue {
        try skip(from: place, frame, &out)
        return .next
      } catch let error as TemplateError {
        throw frame.template.source.place(error, at: branch.position)
      }
      if isTrue { return try branch.body.run(frame, &out) }
    }
    return try otherwise.run(frame, &out)
  }

  private func skip(
    from place: Int, _ frame: Frame, _ out: inout Output
  ) throws {
    for branch in branches[place...] { try branch.body.skip(frame, &out) }
    try otherwise.skip(frame, &out)
  }
}

final class BreakCode: StatementCode {
  private let flow: Flow

  init(_ flow: Flow, _ position: Position) {
    self.flow = flow
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow { flow }
}

/// Runs `{% do value %}`.
final class EvaluateCode: StatementCode {
  private let value: ExpressionCode

  init(_ value: ExpressionCode, _ position: Position) {
    self.value = value
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    _ = try value.evaluate(frame)
    return .next
  }
}

// MARK: - Assignment

/// What a statement assigns to.
indirect enum TargetCode {
  case slot(Int)
  case tuple([TargetCode])
  case namespace(ExpressionCode, attribute: String)

  @inline(__always)
  func assign(_ value: Value, _ frame: Frame) throws {
    if case .slot(let slot) = self {
      frame.slots[slot] = value
    } else {
      try assignParts(value, frame)
    }
  }

  @inline(never)
  private func assignParts(_ value: Value, _ frame: Frame) throws {
    switch self {
    case .slot(let slot): frame.slots[slot] = value
    case .namespace(let namespace, let attribute):
      let target = try namespace.evaluate(frame)
      guard case .object(let object) = target.payload,
        object is NamespaceObject
      else {
        throw TemplateError(
          .runtime, "cannot assign attribute on non-namespace object")
      }
      _ = try object.setAttribute(attribute, value)
    case .tuple(let targets):
      if case .tuple(let items) = value.payload, !value.isMarked,
        items.count == targets.count
      {
        for place in 0..<items.count {
          try targets[place].assign(items[place], frame)
        }
        return
      }
      if value.isUnknown {
        for target in targets { try target.assign(.unknown, frame) }
        return
      }
      guard value.isIterable else {
        throw TemplateError(
          .type, "cannot unpack non-iterable \(value.typeName) object")
      }
      let items = try value.members()
      if items.count < targets.count {
        throw TemplateError(
          .value,
          "not enough values to unpack (expected \(targets.count), got"
            + " \(items.count))")
      }
      if items.count > targets.count {
        throw TemplateError(
          .value, "too many values to unpack (expected \(targets.count))")
      }
      for (target, item) in zip(targets, items) {
        try target.assign(item, frame)
      }
    }
  }

  /// Checks before the value is evaluated that namespaces are such.
  func check(_ frame: Frame) throws {
    switch self {
    case .slot: break
    case .tuple(let targets): for target in targets { try target.check(frame) }
    case .namespace(let namespace, _):
      let target = try namespace.evaluate(frame)
      if case .object(let object) = target.payload, object is NamespaceObject {
        return
      }
      throw TemplateError(
        .runtime, "cannot assign attribute on non-namespace object")
    }
  }
}

/// Names that an assignment at the top of a template gives to its context.
struct Exports {
  var names: [(name: String, slot: Int)] = []

  func run(_ frame: Frame) {
    guard frame.context.keepsNames else { return }
    for (name, slot) in names {
      frame.context.own[name] = frame.slots[slot]
      if !name.hasPrefix("_") { frame.context.exported.insert(name) }
    }
  }
}

final class SetCode: StatementCode {
  private let target: TargetCode
  private let value: ExpressionCode
  private let exports: Exports

  init(
    _ target: TargetCode, _ value: ExpressionCode, _ exports: Exports,
    _ position: Position
  ) {
    self.target = target
    self.value = value
    self.exports = exports
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      if case .slot(let slot) = target {
        frame.slots[slot] = try value.evaluate(frame)
      } else {
        try target.check(frame)
        try target.assign(try value.evaluate(frame), frame)
      }
    } catch {
      throw locate(error, frame)
    }
    if !exports.names.isEmpty { exports.run(frame) }
    return .next
  }
}

/// A value that a statement hands to an expression: the text of a block that
/// filters are applied to.
final class HandedCode: ExpressionCode {
  let slot: Int

  init(slot: Int, _ position: Position) {
    self.slot = slot
    super.init(position)
  }

  override func evaluate(_ frame: Frame) -> Value { frame.slots[slot] ?? "" }
}

/// Runs `{% set target %} … {% endset %}`.
final class SetBlockCode: StatementCode {
  private let target: TargetCode
  private let entries: [Entry]
  private let body: Body
  private let filter: (text: HandedCode, result: ExpressionCode)?
  private let exports: Exports
  private let escaping: Escaping.Mode

  init(
    _ target: TargetCode, _ entries: [Entry], _ body: Body,
    _ filter: (text: HandedCode, result: ExpressionCode)?, _ exports: Exports,
    _ escaping: Escaping.Mode, _ position: Position
  ) {
    self.escaping = escaping
    self.target = target
    self.entries = entries
    self.body = body
    self.filter = filter
    self.exports = exports
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      try Entry.run(entries, frame)
      var captured = Output(isNative: out.isNative)
      let flow = try body.run(frame, &captured)
      let context = frame.context
      var value = try captured.markupValue(
        context, filter == nil ? context.escapes : escaping.isOn(context))
      if let filter {
        frame.slots[filter.text.slot] = value
        value = try filter.result.evaluate(frame)
        if frame.context.escapes, !value.isUnknown {
          let string = try value.string()
          value = Value(.markup(string.text ?? ""), string.annotation)
        }
      }
      try target.check(frame)
      try target.assign(value, frame)
      exports.run(frame)
      return flow
    } catch {
      throw locate(error, frame)
    }
  }
}

extension Output {
  /// What was written; as markup where output is escaped.
  func markupValue(_ context: Context, _ isEscaped: Bool) throws -> Value {
    let value = try value(context)
    return isEscaped ? value.asMarkup : value
  }
}

extension Value {
  /// A text as markup; any other value as it is.
  var asMarkup: Value {
    text.map { Value(.markup($0), annotation) } ?? self
  }
}

/// Runs `{% filter name %} … {% endfilter %}`.
final class FilterBlockCode: StatementCode {
  private let entries: [Entry]
  private let body: Body
  private let text: HandedCode
  private let result: ExpressionCode
  private let escaping: Escaping.Mode

  init(
    _ entries: [Entry], _ body: Body, _ text: HandedCode,
    _ result: ExpressionCode, _ escaping: Escaping.Mode, _ position: Position
  ) {
    self.escaping = escaping
    self.entries = entries
    self.body = body
    self.text = text
    self.result = result
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      try Entry.run(entries, frame)
      var captured = Output(isNative: out.isNative)
      let flow = try body.run(frame, &captured)
      frame.slots[text.slot] = try captured.markupValue(
        frame.context, escaping.isOn(frame.context))
      try out.write(filtered: try result.evaluate(frame))
      return flow
    } catch {
      throw locate(error, frame)
    }
  }
}

/// Runs `{% with target = value %} … {% endwith %}`.
final class WithCode: StatementCode {
  private let entries: [Entry]
  private let items: [(target: TargetCode, value: ExpressionCode)]
  private let body: Body

  init(
    _ entries: [Entry], _ items: [(target: TargetCode, value: ExpressionCode)],
    _ body: Body, _ position: Position
  ) {
    self.entries = entries
    self.items = items
    self.body = body
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    try Entry.run(entries, frame)
    for (target, value) in items {
      do {
        try target.assign(try value.evaluate(frame), frame)
      } catch {
        throw value.locate(error, frame)
      }
    }
    return try body.run(frame, &out)
  }
}

/// Runs `{% autoescape flag %} … {% endautoescape %}`.
final class AutoescapeCode: StatementCode {
  private let entries: [Entry]
  private let flag: ExpressionCode
  private let body: Body

  init(
    _ entries: [Entry], _ flag: ExpressionCode, _ body: Body,
    _ position: Position
  ) {
    self.entries = entries
    self.flag = flag
    self.body = body
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    try Entry.run(entries, frame)
    let context = frame.context
    let before = context.escapes
    defer { context.escapes = before }
    context.escapes = try flag.truth(frame)
    return try body.run(frame, &out)
  }
}

/// Runs `{% trans %}`.
final class TranslateCode: StatementCode {
  private let variables: [(name: String, value: ExpressionCode)]
  private let singular: String
  private let plural: String?
  private let count: ExpressionCode?

  init(
    _ variables: [(name: String, value: ExpressionCode)], singular: String,
    plural: String?, count: ExpressionCode?, _ position: Position
  ) {
    self.variables = variables
    self.singular = singular
    self.plural = plural
    self.count = count
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      var text = singular
      if let plural, let count {
        let number = try count.evaluate(frame)
        if try !number.isEqual(to: 1) { text = plural }
      }
      let values = ValueDictionary(mutable: ())
      let escapes = frame.context.escapes
      for (name, value) in variables {
        var value = try value.evaluate(frame)
        if escapes { value = try Escaping.escaped(value) }
        values.set(Value(name), value)
      }
      let format: Value = escapes ? .markup(text) : Value(text)
      try out.write(
        try PercentFormat.format(
          format, Value(.dictionary(values)), frame.state.limits))
    } catch {
      throw locate(error, frame)
    }
    return .next
  }
}

/// Runs `{% debug %}`.
final class DebugCode: StatementCode {
  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    let context = frame.context
    let names = context.names.sorted()
    var text = "{'context': {"
    text += names.map { "\(Quoted.repr($0))" }.joined(separator: ", ")
    text += "},\n 'filters': ["
    text += context.environment.filters.keys.sorted().map(Quoted.repr)
      .joined(separator: ", ")
    text += "],\n 'tests': ["
    text += context.environment.tests.keys.sorted().map(Quoted.repr)
      .joined(separator: ", ")
    try out.write(Value(text + "]}"))
    return .next
  }
}
