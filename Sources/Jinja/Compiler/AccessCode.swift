// Compiled access to members, and calls.

/// Evaluates `value.name`.
final class AttributeCode: ExpressionCode {
  private let base: ExpressionCode
  private let name: String
  private let hash: UInt32
  /// Whether a dictionary's method of that name comes before its member.
  private let isDictionaryMethod: Bool
  private let isPrivate: Bool
  /// The slot of the base where that is a variable of the running function.
  private let slot: Int?

  init(_ base: ExpressionCode, _ name: String, _ position: Position) {
    self.base = base
    self.name = name
    hash = Hash.of(name)
    isDictionaryMethod = Methods.ofDictionary[name] != nil
    isPrivate = name.utf8.first == UInt8(ascii: "_")
    slot = (base as? LocalNameCode)?.slot
    super.init(position)
  }

  var parts: (base: ExpressionCode, name: String) { (base, name) }

  /// The member where it takes no more than a look into a dictionary.
  @inline(__always)
  private func quick(_ value: Value) -> Value?? {
    guard case .dictionary(let dictionary) = value.payload,
      !isDictionaryMethod, !isPrivate, value.annotation == nil,
      !dictionary.isLazy
    else { return nil }
    guard let at = dictionary.position(of: name, hash: hash) else {
      return .some(nil)
    }
    return .some(dictionary.values[at])
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    if let slot, !frame.state.hasThawed, let value = frame.slots[slot],
      let found = quick(value), let member = found
    {
      return member
    }
    let value = try base.evaluate(frame)
    if let found = quick(value), let member = found { return member }
    do {
      return try Members.attribute(name, of: value, frame.context)
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }

  override func lookup(_ frame: Frame) throws -> Value? {
    let value = try base.evaluate(frame)
    if let found = quick(value) { return found }
    return try evaluate(value, frame)
  }

  private func evaluate(_ value: Value, _ frame: Frame) throws -> Value? {
    let result: Value
    do {
      result = try Members.attribute(name, of: value, frame.context)
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
    return result.isUndefined ? nil : result
  }
}

/// Evaluates `value[key]`.
final class ItemCode: ExpressionCode {
  private let base: ExpressionCode
  private let key: ExpressionCode

  init(_ base: ExpressionCode, _ key: ExpressionCode, _ position: Position) {
    self.base = base
    self.key = key
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.evaluate(frame)
    let key = try key.evaluate(frame)
    do {
      try frame.state.work()
      if value.isString { try frame.state.read(value) }
      return try Members.item(key, of: value, frame.context)
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }
}

/// Evaluates `value[start:stop:step]`.
final class SliceCode: ExpressionCode {
  private let base: ExpressionCode
  private let start: ExpressionCode?
  private let stop: ExpressionCode?
  private let step: ExpressionCode?

  init(
    _ base: ExpressionCode, _ start: ExpressionCode?, _ stop: ExpressionCode?,
    _ step: ExpressionCode?, _ position: Position
  ) {
    self.base = base
    self.start = start
    self.stop = stop
    self.step = step
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.evaluate(frame)
    let first = try start?.evaluate(frame) ?? .none
    let last = try stop?.evaluate(frame) ?? .none
    let step = try step?.evaluate(frame) ?? .none
    do {
      try frame.state.work()
      try frame.state.read(value)
      let result = try value.sliced(first, last, step)
      try frame.state.charge(result)
      return result
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }
}

/// The arguments of a call.
struct ArgumentsCode {
  /// Exactly the values of the function's parameters, the ones behind the
  /// first; nil where the call has to bind them.
  var bound: [ExpressionCode]?
  var positional: [ExpressionCode]
  var keywords: [(name: String, value: ExpressionCode)]
  var starred: ExpressionCode?
  var doubleStarred: ExpressionCode?

  var isSimple: Bool {
    keywords.isEmpty && starred == nil && doubleStarred == nil
  }

  /// The same arguments, bound to a function's parameters where its
  /// declaration tells how.
  func bound(to function: Function) -> ArgumentsCode {
    guard let parameters = function.parameters, !function.isVariadic,
      starred == nil, doubleStarred == nil,
      positional.count < parameters.count
    else { return self }
    var codes = positional
    var named = keywords
    for parameter in parameters.dropFirst(positional.count + 1) {
      if let at = named.firstIndex(where: { $0.name == parameter.name }) {
        codes.append(named.remove(at: at).value)
      } else if let fallback = parameter.fallback {
        codes.append(ConstantCode(fallback, 0))
      } else {
        return self
      }
    }
    guard named.isEmpty else { return self }
    var result = self
    result.bound = codes
    return result
  }

  /// The arguments behind those given.
  @inline(__always)
  func evaluate(_ frame: Frame, behind first: Value?) throws -> Arguments {
    var result = Arguments()
    if let bound, let first {
      result.positional.reserveCapacity(bound.count + 1)
      result.positional.append(first)
      for argument in bound {
        result.positional.append(try argument.evaluate(frame))
      }
      return result
    }
    result.positional.reserveCapacity(positional.count + 1)
    if let first { result.positional.append(first) }
    for argument in positional {
      result.positional.append(try argument.evaluate(frame))
    }
    if isSimple { return result }
    try addNamed(frame, &result)
    return result
  }

  @inline(never)
  private func addNamed(_ frame: Frame, _ result: inout Arguments) throws {
    for (name, value) in keywords {
      result.keywords.append((name, try value.evaluate(frame)))
    }
    if let starred {
      let value = try starred.evaluate(frame)
      guard value.isIterable || value.isUnknown else {
        throw TemplateError(
          .type,
          "argument after * must be an iterable, not \(value.typeName)")
      }
      result.positional += try value.members()
    }
    if let doubleStarred {
      let value = try doubleStarred.evaluate(frame)
      if value.isUnknown { throw UnknownValue() }
      if case .undefined(let undefined) = value.payload {
        throw undefined.error
      }
      guard let dictionary = value.dictionary else {
        throw TemplateError(
          .type, "argument after ** must be a mapping, not \(value.typeName)")
      }
      for (key, value) in try dictionary.entries() {
        guard let name = key.text else {
          throw TemplateError(.type, "keywords must be strings")
        }
        if result.keywords.contains(where: { $0.name == name }) {
          throw TemplateError(
            .type, "got multiple values for keyword argument '\(name)'")
        }
        result.keywords.append((name, value))
      }
    }
  }
}

/// Evaluates `value(arguments)`.
final class CallCode: ExpressionCode {
  private let callee: ExpressionCode
  private let arguments: ArgumentsCode
  /// The receiver and name where a method is called.
  private let method: (base: ExpressionCode, name: String)?
  private let methods: MethodsByType

  init(
    _ callee: ExpressionCode, _ arguments: ArgumentsCode, _ position: Position
  ) {
    self.callee = callee
    self.arguments = arguments
    method = (callee as? AttributeCode)?.parts
    methods = MethodsByType(method?.name ?? "")
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    try call(frame, caller: nil)
  }

  /// Calls, and hands a call block's body over as `caller`.
  func call(_ frame: Frame, caller: Value?) throws -> Value {
    let context = frame.context
    do {
      if let (base, name) = method, caller == nil {
        let receiver = try base.evaluate(frame)
        if let function = methods.find(on: receiver) {
          // A method of a built-in type: no bound function is made.
          return try context.call(
            function, try arguments.evaluate(frame, behind: receiver))
        }
        let value = try Members.attribute(name, of: receiver, context)
        return try context.call(
          value, try arguments.evaluate(frame, behind: nil))
      }
      let value = try callee.evaluate(frame)
      var arguments = try arguments.evaluate(frame, behind: nil)
      if let caller { arguments.keywords.append(("caller", caller)) }
      return try context.call(value, arguments)
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }
}

/// Evaluates `value | filter(arguments)` and `value is test(arguments)`.
final class FilterCode: ExpressionCode {
  private let base: ExpressionCode
  private let function: Function
  private let arguments: ArgumentsCode

  init(
    _ base: ExpressionCode, _ function: Function, _ arguments: ArgumentsCode,
    _ position: Position
  ) {
    self.base = base
    self.function = function
    self.arguments = arguments.bound(to: function)
    super.init(position)
  }

  /// The value that a `dictsort` without arguments is applied to; nil for any
  /// other filter.
  var sortedBase: ExpressionCode? {
    function === BuiltinFilters.all["dictsort"]
      && arguments.positional.isEmpty && arguments.isSimple ? base : nil
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    try apply(to: try base.evaluate(frame), frame)
  }

  func apply(to value: Value, _ frame: Frame) throws -> Value {
    do {
      return try frame.context.call(
        function, try arguments.evaluate(frame, behind: value))
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }
}

/// Evaluates a filter or a test that takes its value alone.
final class SingleCode: ExpressionCode {
  private let base: ExpressionCode
  private let function: Function
  private let single: Function.Single
  private let decide: Function.Decide?

  /// Makes the code; nil where the function or the call takes more.
  init?(
    _ base: ExpressionCode, _ function: Function, _ arguments: ArgumentsCode,
    _ position: Position
  ) {
    guard let single = function.single, arguments.isSimple,
      arguments.positional.isEmpty
    else { return nil }
    self.base = base
    self.function = function
    self.single = single
    decide = function.decide
    super.init(position)
  }

  override func truth(_ frame: Frame) throws -> Bool {
    guard let decide else { return try super.truth(frame) }
    let value = try base.evaluate(frame)
    if value.isUnknown { throw UnknownValue() }
    do {
      return try decide(value)
    } catch {
      throw locate(error, frame)
    }
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.evaluate(frame)
    do {
      return try frame.context.call(single: function, single, value)
    } catch is UnknownValue {
      return .unknown
    } catch {
      throw locate(error, frame)
    }
  }
}

/// `value is defined`, by far the most frequent test.
final class DefinedCode: ExpressionCode {
  private let base: ExpressionCode

  init(_ base: ExpressionCode, _ position: Position) {
    self.base = base
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    guard let value = try base.lookup(frame) else { return .false }
    return value.isUnknown ? .unknown : .true
  }

  override func truth(_ frame: Frame) throws -> Bool {
    guard let value = try base.lookup(frame) else { return false }
    if value.isUnknown { throw UnknownValue() }
    return true
  }
}

/// The filter `default` with one argument, by far the most frequent filter.
final class DefaultCode: ExpressionCode {
  private let base: ExpressionCode
  private let fallback: ExpressionCode

  init(
    _ base: ExpressionCode, _ fallback: ExpressionCode, _ position: Position
  ) {
    self.base = base
    self.fallback = fallback
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.lookup(frame)
    // As every argument, it is evaluated even where it is not needed.
    let other = try fallback.evaluate(frame)
    return value ?? other
  }
}

/// A filter of a constant: whether it escapes is decided where it is compiled,
/// not where it is reached.
final class FoldedCode: ExpressionCode {
  private let code: ExpressionCode
  private let escapes: Bool

  init(_ code: ExpressionCode, escapes: Bool, _ position: Position) {
    self.code = code
    self.escapes = escapes
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let context = frame.context
    let before = context.escapes
    defer { context.escapes = before }
    context.escapes = escapes
    return try code.evaluate(frame)
  }
}

/// A filter or test that does not exist, where Jinja2 minds only if it is
/// reached.
final class MissingFunctionCode: ExpressionCode {
  private let base: ExpressionCode
  private let arguments: ArgumentsCode
  private let message: String

  init(
    _ base: ExpressionCode, _ arguments: ArgumentsCode, _ message: String,
    _ position: Position
  ) {
    self.base = base
    self.arguments = arguments
    self.message = message
    super.init(position)
  }

  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try base.evaluate(frame)
    let given = try arguments.evaluate(frame, behind: value)
    if let (name, _) = given.keywords.first {
      // What stands in for it in Jinja2 takes none.
      throw locate(
        TemplateError(
          .type, "got an unexpected keyword argument '\(name)'"), frame)
    }
    throw locate(TemplateError(.runtime, message), frame)
  }
}
