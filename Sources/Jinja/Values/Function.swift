// Functions: filters, tests, globals, methods and macros.

/// One parameter of a function.
public struct Parameter: Sendable, ExpressibleByStringLiteral {
  public var name: String
  /// The value where the caller gives none; nil where the caller must.
  public var fallback: Value?

  public init(_ name: String, _ fallback: Value? = nil) {
    self.name = name
    self.fallback = fallback
  }
  public init(stringLiteral value: String) { self.init(value) }
}

/// The arguments of a call.
public struct Arguments: Sendable {
  /// The arguments by place.
  ///
  /// Filters and tests find the value that they are applied to at place 0.
  public var positional: [Value]
  /// The arguments by name, in the order given.
  public var keywords: [(name: String, value: Value)]

  public init(
    _ positional: [Value] = [], keywords: [(name: String, value: Value)] = []
  ) {
    self.positional = positional
    self.keywords = keywords
  }

  /// Whether something in an argument must not be shown.
  var isSecret: Bool {
    positional.contains { $0.deepMarks().contains(.secret) }
      || keywords.contains { $0.value.deepMarks().contains(.secret) }
  }

  public subscript(place: Int) -> Value { positional[place] }

  /// The argument of that name; nil where there is none.
  public subscript(name: String) -> Value? {
    keywords.first { $0.name == name }?.value
  }
}

/// A function that templates call.
///
/// Filters, tests and globals are functions.
open class Function: @unchecked Sendable {
  /// What a function does.
  ///
  /// With declared parameters the positional arguments are exactly those, in
  /// order, with fallbacks filled in.
  public typealias Body = @Sendable (Context, Arguments) throws -> Value

  public let name: String
  /// The declared parameters; nil for a function that takes what it gets.
  public let parameters: [Parameter]?
  /// Whether arguments beyond the parameters are taken: as further positional
  /// ones and as keywords.
  public let isVariadic: Bool
  /// Whether the function takes undefined arguments as they are.
  ///
  /// Others get them too, but with policy `chainableStrict` an undefined first
  /// argument is an error before the call.
  public let acceptsUndefined: Bool
  /// Whether the function handles the marks of its arguments itself.
  ///
  /// The result of any other carries the marks of all its arguments.
  public let handlesMarks: Bool
  /// Whether the function can work with arguments that are unknown.
  ///
  /// Any other is not called then, and its result is unknown.
  public let acceptsUnknown: Bool
  /// Whether arguments may be given by name; Python's own methods mostly take
  /// them by place alone.
  var takesKeywords = true
  let body: Body
  /// The same for one argument and the others as they are by default, where
  /// that is quicker.
  let single: Single?
  typealias Single = @Sendable (Context, Value) throws -> Value
  /// What a test of a value alone decides; nil for what is no such test.
  let decide: Decide?
  typealias Decide = @Sendable (Value) throws -> Bool

  /// A function that binds its arguments itself.
  public init(
    _ name: String, acceptsUndefined: Bool = false, handlesMarks: Bool = false,
    acceptsUnknown: Bool = false, body: @escaping Body
  ) {
    self.name = name
    self.parameters = nil
    self.isVariadic = true
    self.acceptsUndefined = acceptsUndefined
    self.handlesMarks = handlesMarks
    self.acceptsUnknown = acceptsUnknown
    self.body = body
    single = nil
    decide = nil
  }

  /// A function with declared parameters: a call that does not fit them is a
  /// `TypeError` in Python's words.
  public init(
    _ name: String, _ parameters: [Parameter], isVariadic: Bool = false,
    acceptsUndefined: Bool = false, handlesMarks: Bool = false,
    acceptsUnknown: Bool = false, body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    self.isVariadic = isVariadic
    self.acceptsUndefined = acceptsUndefined
    self.handlesMarks = handlesMarks
    self.acceptsUnknown = acceptsUnknown
    self.body = body
    single = nil
    decide = nil
  }

  /// A function with declared parameters that is mostly called with one
  /// argument.
  init(
    _ name: String, _ parameters: [Parameter], acceptsUndefined: Bool = false,
    handlesMarks: Bool = false, decide: Decide? = nil, single: @escaping Single,
    body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    self.isVariadic = false
    self.acceptsUndefined = acceptsUndefined
    self.handlesMarks = handlesMarks
    self.acceptsUnknown = false
    self.body = body
    self.single = single
    self.decide = decide
  }

  /// A test of a value alone.
  convenience init(test name: String, _ decide: @escaping Decide) {
    self.init(
      name, ["value"], acceptsUndefined: true, decide: decide,
      single: { _, value in Value(try decide(value)) },
      body: { _, call in Value(try decide(call[0])) })
  }

  /// A function of one argument.
  convenience init(
    _ name: String, _ parameter: Parameter, acceptsUndefined: Bool = false,
    handlesMarks: Bool = false, single: @escaping Single
  ) {
    self.init(
      name, [parameter], acceptsUndefined: acceptsUndefined,
      handlesMarks: handlesMarks, single: single
    ) { context, call in try single(context, call[0]) }
  }

  /// Whether the result is one of the arguments, with marks of its own: an
  /// unknown argument that was not picked does not make it unknown.
  open var picksArgument: Bool { false }
  open var typeName: String { "function" }
  open var qualifiedTypeName: String { typeName }
  open func repr() -> String { "<function \(name) at 0x7f0000000000>" }
  /// Whether Python's `==` holds between the functions.
  func isEqual(to other: Function) -> Bool { self === other }
  /// The same number for functions that are equal.
  var hash: Int { ObjectIdentifier(self).hashValue }
  /// An attribute of the function itself; nil where there is none.
  open func attribute(_ name: String) throws -> Value? { nil }

  /// Calls the function.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` where the arguments do
  ///   not fit, and what the function throws.
  open func call(_ context: Context, _ arguments: Arguments) throws -> Value {
    guard let parameters else { return try body(context, arguments) }
    if arguments.keywords.isEmpty
      && arguments.positional.count == parameters.count
    {
      return try body(context, arguments)
    }
    return try body(context, try bind(arguments, to: parameters))
  }

  /// The arguments in the order of the parameters.
  private func bind(
    _ arguments: Arguments, to parameters: [Parameter]
  ) throws -> Arguments {
    var bound = Arguments()
    bound.positional.reserveCapacity(parameters.count)
    var keywords = arguments.keywords
    if !takesKeywords, !keywords.isEmpty {
      throw TemplateError(.type, "\(name)() takes no keyword arguments")
    }
    let given = arguments.positional.count
    if given > parameters.count && !isVariadic {
      let least = parameters.count { $0.fallback == nil }
      let takes =
        least == parameters.count
        ? "\(parameters.count)" : "from \(least) to \(parameters.count)"
      let plural = parameters.count == 1 ? "" : "s"
      throw TemplateError(
        .type,
        "\(name)() takes \(takes) positional argument\(plural) but \(given)"
          + " \(given == 1 ? "was" : "were") given")
    }
    var missing: [String] = []
    for (place, parameter) in parameters.enumerated() {
      let named = keywords.firstIndex { $0.name == parameter.name }
      if place < given {
        if named != nil {
          throw TemplateError(
            .type,
            "\(name)() got multiple values for argument '\(parameter.name)'")
        }
        bound.positional.append(arguments.positional[place])
      } else if let named {
        bound.positional.append(keywords.remove(at: named).value)
      } else if let fallback = parameter.fallback {
        bound.positional.append(fallback)
      } else {
        missing.append("'\(parameter.name)'")
      }
    }
    if let unexpected = keywords.first, !isVariadic {
      throw TemplateError(
        .type,
        "\(name)() got an unexpected keyword argument '\(unexpected.name)'")
    }
    if !missing.isEmpty {
      let names =
        missing.count < 3
        ? missing.joined(separator: " and ")
        : missing.dropLast().joined(separator: ", ")
          + ", and \(missing[missing.count - 1])"
      let plural = missing.count == 1 ? "" : "s"
      throw TemplateError(
        .type,
        "\(name)() missing \(missing.count) required positional"
          + " argument\(plural): \(names)")
    }
    if given > parameters.count {
      bound.positional += arguments.positional[parameters.count...]
    }
    bound.keywords = keywords
    return bound
  }
}
