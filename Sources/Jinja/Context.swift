// What a render knows: its variables, its environment and how much it used.

/// Where a render finds its variables. Each name is asked for at most once in
/// a template, when it is first used.
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
public final class Context: @unchecked Sendable {
  public let environment: Environment
  /// The name of the template; nil where it has none.
  public let templateName: String?
  let variables: any Variables

  init(
    environment: Environment, templateName: String?, variables: any Variables
  ) {
    self.environment = environment
    self.templateName = templateName
    self.variables = variables
  }

  /// The value that the template sees under a name; nil where there is none.
  public func value(of name: String) throws -> Value? {
    try variables.value(of: name) ?? environment.globals[name]
  }

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

  /// Applies a test to a value. The answer may be unknown.
  public func apply(
    test name: String, to value: Value, _ arguments: [Value] = [],
    keywords: [(name: String, value: Value)] = []
  ) throws -> Value {
    guard let test = environment.tests[name] else {
      throw TemplateError(.runtime, "No test named '\(name)'.")
    }
    return try call(test, Arguments([value] + arguments, keywords: keywords))
  }

  /// Calls a function as a template does: unknown arguments give an unknown
  /// result, and marks pass on.
  public func call(
    _ function: Function, _ arguments: Arguments
  ) throws -> Value {
    try function.call(self, arguments)
  }
}
