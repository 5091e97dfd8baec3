// Compiled statements that name other templates, and blocks.

/// A block as it is compiled.
final class BlockCode: @unchecked Sendable {
  let name: String
  unowned let template: Template
  var entries: [Entry] = []
  var body = Body()
  var slotCount = 0
  var selfSlot: Int?
  var superSlot: Int?

  init(_ name: String, _ template: Template) {
    self.name = name
    self.template = template
  }

  func run(_ context: Context, _ out: inout Output) throws {
    let state = context.state
    try state.enter()
    defer { state.leave() }
    let frame = Frame(
      slots: slotCount, parent: nil, context: context, template: template)
    let isNative = out.isNative
    if let selfSlot {
      frame.slots[selfSlot] = Value(SelfObject(context, isNative: isNative))
    }
    if let superSlot {
      let stack = context.blocks[name] ?? []
      let depth = stack.firstIndex { $0 === self } ?? stack.count
      frame.slots[superSlot] = BlockObject.above(
        name, context, stack, depth, isNative: isNative)
    }
    try Entry.run(entries, frame)
    _ = try body.run(frame, &out)
  }
}

/// The variables that a scope hands to another template or to a block.
struct LocalsCode {
  var names: [(name: String, value: ExpressionCode)] = []

  func values(_ frame: Frame) throws -> [String: Value] {
    var result: [String: Value] = [:]
    for (name, value) in names {
      // A name that was never set, unlike one that was set to what is
      // undefined, is looked for further out.
      if let value = try value.stored(frame) { result[name] = value }
    }
    return result
  }
}

/// Runs `{% block name %}`.
final class BlockStatement: StatementCode {
  private let name: String
  private let isRequired: Bool
  /// The variables of the scope where the block is `scoped`.
  private let locals: LocalsCode?
  /// How many functions up the template's own frame is, where a template may
  /// turn out to extend another.
  private let checksExtends: Bool

  init(
    _ name: String, isRequired: Bool, locals: LocalsCode?, checksExtends: Bool,
    _ position: Position
  ) {
    self.name = name
    self.isRequired = isRequired
    self.locals = locals
    self.checksExtends = checksExtends
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    if checksExtends && frame.extended != nil { return .next }
    do {
      let stack = frame.context.blocks[name] ?? []
      if isRequired && stack.count <= 1 {
        throw TemplateError(
          .runtime, "Required block \(Quoted.repr(name)) not found")
      }
      guard let block = stack.first else { return .next }
      var context = frame.context
      if let locals {
        context = Context(
          derivedFrom: context, locals: try locals.values(frame))
      }
      try block.run(context, &out)
    } catch {
      throw locate(error, frame)
    }
    return .next
  }
}

/// Runs `{% extends template %}`.
final class ExtendsStatement: StatementCode {
  private let template: ExpressionCode

  init(_ template: ExpressionCode, _ position: Position) {
    self.template = template
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      if frame.extended != nil {
        throw TemplateError(.runtime, "extended multiple times")
      }
      let parent = try frame.load(try template.evaluate(frame))
      frame.extended = parent
      for (name, block) in parent.blocks {
        frame.context.blocks[name, default: []].append(block)
      }
    } catch {
      throw locate(error, frame)
    }
    return .next
  }
}

/// Runs `{% include template %}`.
final class IncludeStatement: StatementCode {
  private let template: ExpressionCode
  private let ignoresMissing: Bool
  /// The variables of the scope; nil without context.
  private let locals: LocalsCode?

  init(
    _ template: ExpressionCode, ignoresMissing: Bool, locals: LocalsCode?,
    _ position: Position
  ) {
    self.template = template
    self.ignoresMissing = ignoresMissing
    self.locals = locals
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      let name = try template.evaluate(frame)
      let included: Template
      do {
        included = try frame.loadAny(name)
      } catch let error as TemplateError
        where ignoresMissing && error.kind.isKind(of: .notFound)
      {
        return .next
      }
      let outer: (Context, [String: Value])? =
        try locals.map { (frame.context, try $0.values(frame)) }
      let context = Context(
        included, state: frame.state,
        variables: locals == nil
          ? [String: Value]() : frame.context.allVariables, outer: outer)
      try included.runRoot(context, &out)
    } catch is UnknownValue {
      try out.write(.unknown)
    } catch {
      throw locate(error, frame)
    }
    return .next
  }
}

/// Runs `{% import template as name %}` and `{% from template import name %}`.
final class ImportStatement: StatementCode {
  enum Kind {
    case module(slot: Int, name: String)
    case names([(name: String, alias: String, slot: Int)])
  }

  private let template: ExpressionCode
  private let kind: Kind
  private let locals: LocalsCode?
  /// Whether the names go to the template's context too.
  private let isAtTop: Bool

  init(
    _ template: ExpressionCode, _ kind: Kind, locals: LocalsCode?,
    isAtTop: Bool, _ position: Position
  ) {
    self.template = template
    self.kind = kind
    self.locals = locals
    self.isAtTop = isAtTop
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      let imported = try frame.load(try template.evaluate(frame))
      let module = try module(imported, frame, isNative: out.isNative)
      switch kind {
      case .module(let slot, let name):
        frame.slots[slot] = Value(module)
        if isAtTop {
          frame.context.own[name] = Value(module)
          frame.context.exported.remove(name)
        }
      case .names(let names):
        for (name, alias, slot) in names {
          let value =
            module.attribute(name) ?? missing(name, imported.name, frame)
          frame.slots[slot] = value
          if isAtTop {
            frame.context.own[alias] = value
            frame.context.exported.remove(alias)
          }
        }
      }
    } catch {
      throw locate(error, frame)
    }
    return .next
  }

  private func module(
    _ template: Template, _ frame: Frame, isNative: Bool
  ) throws -> ModuleObject {
    if let locals {
      let context = Context(
        template, state: frame.state, variables: frame.context.allVariables,
        outer: (
          Context(snapshotOf: frame.context), try locals.values(frame)
        ))
      return try template.makeModule(context, isNative: isNative)
    }
    let key = ObjectIdentifier(template)
    if let known = frame.state.modules[key] { return known }
    let context = Context(
      template, state: frame.state, variables: [String: Value]())
    let module = try template.makeModule(context, isNative: isNative)
    frame.state.modules[key] = module
    return module
  }

  private func missing(
    _ name: String, _ module: String?, _ frame: Frame
  ) -> Value {
    var place = "line \(frame.template.source.line(at: position))"
    if let own = frame.template.name { place += " in \(Quoted.repr(own))" }
    let from = module.map(Quoted.repr) ?? "None"
    return Value(
      .undefined(
        Undefined(
          hint: "the template \(from) (imported on \(place)) does not export"
            + " the requested name \(Quoted.repr(name))",
          name: Value(name),
          policy: frame.context.environment.options.undefined)))
  }
}

extension Frame {
  /// The template of that name.
  func load(_ name: Value) throws -> Template {
    switch name.payload {
    case .string(let text), .markup(let text):
      let found = try context.environment.template(
        named: text, parent: context.templateName)
      state.keep(found)
      return found
    case .undefined(let undefined): throw undefined.error
    case .unknown: throw UnknownValue()
    case .none: throw TemplateError(.notFound, "None")
    default:
      _ = try Hash.of(name)
      throw TemplateError(
        .notFound,
        "a template is named by a string, not by \(name.describedType)")
    }
  }

  /// The template of that name, or the first there is of a list of names.
  func loadAny(_ name: Value) throws -> Template {
    if name.isNone {
      throw TemplateError(
        .noneFound, "Tried to select from an empty list of templates.")
    }
    if name.isString || name.isUndefined || name.isUnknown {
      return try load(name)
    }
    let names = try name.truth() ? try name.members() : []
    if names.isEmpty {
      throw TemplateError(
        .noneFound,
        "Tried to select from an empty list of templates.")
    }
    for candidate in names {
      do {
        return try load(candidate)
      } catch let error as TemplateError
        where error.kind.isKind(of: .notFound)
        || error.kind.isKind(of: .undefined)
      {
        continue
      }
    }
    // Jinja2 asks for the last of them by its index, for its message.
    if let dictionary = name.dictionary,
      try dictionary.value(forKey: Value(-1)) == nil
    {
      throw TemplateError(.key, "-1")
    }
    if case .object(let object) = name.payload, !object.isSequence {
      throw name.notSubscriptable
    }
    let list = names.map {
      $0.text ?? "\($0.reprOrPlaceholder)"
    }.joined(separator: ", ")
    throw TemplateError(
      .noneFound,
      "none of the templates given were found: \(list)")
  }
}
