// What a render knows: its variables, its environment and how much it used.

/// Where a render finds its variables.
///
/// Each name is asked for at most once in a template, when it is first used.
public protocol Variables: Sendable {
  /// The value of a variable; nil where there is none.
  func value(of name: String) throws -> Value?
  /// The names of all variables, for templates that list them.
  var names: [String] { get }
}

extension Variables {
  public var names: [String] { [] }
}

extension ValueDictionary: Variables {
  public func value(of name: String) throws -> Value? {
    try value(forKey: name)
  }
  public var names: [String] { keys.compactMap(\.text) }
}

extension Swift.Dictionary: Variables
where Key == String, Value == Jinja.Value {
  public func value(of name: String) throws -> Jinja.Value? { self[name] }
  public var names: [String] { Array(keys) }
}

/// One template's part of a render, as filters, tests and functions see it.
///
/// A context belongs to one render and is used by one thread at a time.
public final class Context: @unchecked Sendable {
  public let environment: Environment
  /// The name of the template; nil where it has none.
  public let templateName: String?
  let state: RenderState
  /// The variables of the whole render.
  let allVariables: any Variables
  /// The context of the template that includes this one or asks for a scoped
  /// block, with the variables it had there.
  private let outer: (context: Context, locals: [String: Value])?
  /// The names that the template set at its top.
  @exclusivity(unchecked) var own: [String: Value] = [:]
  /// Whether anything may ask for them.
  let keepsNames: Bool
  /// Those of them that an importing template sees.
  @exclusivity(unchecked) var exported: Set<String> = []
  /// The blocks of the template and of those it extends, the newest first.
  @exclusivity(unchecked) var blocks: [String: [BlockCode]]
  /// Whether output is escaped here.
  @exclusivity(unchecked) var escapes: Bool

  init(
    _ template: Template, state: RenderState, variables: any Variables,
    outer: (context: Context, locals: [String: Value])? = nil,
    keepsNames: Bool = true
  ) {
    environment = template.environment
    templateName = template.name
    self.state = state
    allVariables = variables
    self.outer = outer
    self.keepsNames = keepsNames || outer != nil || template.sharesNames
    blocks = template.blocks.mapValues { [$0] }
    escapes = template.escaping == .on
  }

  /// The same context as it is now: what the template sets later does not
  /// count.
  init(snapshotOf other: Context) {
    environment = other.environment
    templateName = other.templateName
    state = other.state
    allVariables = other.allVariables
    outer = other.outer
    own = other.own
    keepsNames = true
    blocks = other.blocks
    escapes = other.escapes
  }

  /// The same template's context with variables of a scope on top.
  init(derivedFrom other: Context, locals: [String: Value]) {
    environment = other.environment
    templateName = other.templateName
    state = other.state
    allVariables = other.allVariables
    outer = (other, locals)
    keepsNames = true
    blocks = other.blocks
    escapes = other.escapes
  }

  /// The value that the template sees under a name; nil where there is none.
  public func value(of name: String) throws -> Value? {
    if let value = own[name] { return value }
    if let (context, locals) = outer {
      return try locals[name] ?? context.value(of: name)
    }
    if let value = try allVariables.value(of: name) {
      if !state.hasMarks { state.hasMarks = value.mayHoldMarks }
      return value
    }
    return environment.globals[name]
  }

  /// The names that the template sees, globals included.
  public var names: Set<String> {
    var result = Set(own.keys)
    if let (context, locals) = outer {
      result.formUnion(locals.keys)
      result.formUnion(context.names)
    } else {
      result.formUnion(allVariables.names)
      result.formUnion(environment.globals.keys)
    }
    return result
  }

  /// Ends the render where it computes for too long.
  ///
  /// For filters that go through many members or through nested ones.
  ///
  /// - Throws: ``TemplateError`` of kind `LimitError`.
  public func work() throws { try state.work() }

  /// Applies a filter to a value.
  ///
  /// - Throws: ``TemplateError`` where there is no such filter, and what the
  ///   filter throws.
  public func apply(
    filter name: String, to value: Value, _ arguments: [Value] = [],
    keywords: [(name: String, value: Value)] = []
  ) throws -> Value {
    guard let filter = environment.filters[name] else {
      throw TemplateError(.runtime, "No filter named '\(name)'.")
    }
    return try call(
      filter, Arguments([value] + arguments, keywords: keywords))
  }

  /// Applies a test to a value; the answer may be unknown.
  public func apply(
    test name: String, to value: Value, _ arguments: [Value] = [],
    keywords: [(name: String, value: Value)] = []
  ) throws -> Value {
    guard let test = environment.tests[name] else {
      throw TemplateError(.runtime, "No test named '\(name)'.")
    }
    return try call(test, Arguments([value] + arguments, keywords: keywords))
  }

  /// Calls a value as a template does.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` where it cannot be
  ///   called, and what the function throws.
  public func call(_ value: Value, _ arguments: Arguments) throws -> Value {
    switch value.payload {
    case .function(let function): return try call(function, arguments)
    case .object(let object):
      if let result = try object.call(self, arguments) { return result }
    case .undefined(let undefined): throw undefined.error
    case .unknown: return .unknown
    default: break
    }
    throw TemplateError(.type, "'\(value.typeName)' object is not callable")
  }

  /// Calls a function as a template does: unknown arguments give an unknown
  /// result, and marks pass on.
  public func call(
    _ function: Function, _ arguments: Arguments
  ) throws -> Value {
    try state.step()
    try state.work()
    for value in arguments.positional { try state.read(value) }
    if !function.acceptsUnknown {
      for value in arguments.positional where value.isUnknown {
        return .unknown
      }
      for (_, value) in arguments.keywords where value.isUnknown {
        return .unknown
      }
    }
    if !function.acceptsUndefined, let first = arguments.positional.first,
      case .undefined(let undefined) = first.payload,
      undefined.policy == .chainableStrict
    {
      throw undefined.error
    }
    let result: Value
    do {
      result = try function.call(self, arguments)
      try state.charge(result)
    } catch is UnknownValue {
      return .unknown
    } catch var error as TemplateError where state.hasMarks {
      // Messages quote arguments.
      error.isSecret = error.isSecret || arguments.isSecret
      throw error
    }
    guard state.hasMarks || result.isMarked, !function.picksArgument else {
      return result
    }
    return passMarks(of: arguments, to: result, function)
  }

  /// Calls a function of one argument.
  func call(
    single function: Function, _ body: Function.Single, _ value: Value
  ) throws -> Value {
    try state.step()
    try state.work()
    try state.read(value)
    switch value.payload {
    case .unknown: if !function.acceptsUnknown { return .unknown }
    case .undefined(let undefined):
      if !function.acceptsUndefined, undefined.policy == .chainableStrict {
        throw undefined.error
      }
    default: break
    }
    let result: Value
    do {
      result = try body(self, value)
      try state.charge(result)
    } catch is UnknownValue {
      return .unknown
    } catch var error as TemplateError where state.hasMarks {
      error.isSecret = error.isSecret || Arguments([value]).isSecret
      throw error
    }
    guard state.hasMarks || result.isMarked, !function.picksArgument else {
      return result
    }
    return passMarks(of: Arguments([value]), to: result, function)
  }

  private func passMarks(
    of arguments: Arguments, to result: Value, _ function: Function
  ) -> Value {
    var marks = Marks()
    for value in arguments.positional + arguments.keywords.map(\.value) {
      if function.handlesMarks {
        if !value.isString { marks.formUnion(value.marks) }
      } else {
        marks.formUnion(value.deepMarks())
      }
    }
    // What is partly unknown makes a result that cannot be relied on.
    if marks.contains(.unknown) && !function.handlesMarks { return .unknown }
    return result.marked(marks)
  }
}

extension Value {
  /// Whether a mark may be found on the value or inside it.
  var mayHoldMarks: Bool {
    if isMarked { return true }
    switch payload {
    case .list(let list): return list.mayHoldMarks
    case .dictionary(let dictionary): return dictionary.mayHoldMarks
    case .tuple(let items): return items.contains { $0.mayHoldMarks }
    case .object(let object):
      return object.heldValues.contains { $0.mayHoldMarks }
    case .unknown: return true
    default: return false
    }
  }
}
