// Compiled templates and expressions.

/// A compiled template: rendered as often as needed, from any thread.
public final class Template: Sendable {
  public let environment: Environment
  /// The name by which other templates know it.
  public let name: String?

  /// Compiles a template.
  ///
  /// - Parameters:
  ///   - source: its text.
  ///   - name: what messages call it, and its loader knows it by.
  /// - Throws: ``TemplateError`` of kind `TemplateSyntaxError` or
  ///   `TemplateAssertionError`, with line, column and source line.
  public init(
    _ source: String, name: String? = nil, in environment: Environment
  ) throws {
    self.environment = environment
    self.name = name
  }

  /// Renders to text, without marks.
  ///
  /// - Throws: ``TemplateError``, with the place in the template.
  public func render(_ variables: some Variables) throws -> String {
    try renderText(variables).text ?? ""
  }

  /// Renders to text that carries the marks of its parts as spans.
  public func renderText(_ variables: some Variables) throws -> Value {
    throw TemplateError(.runtime, "the engine is not built yet")
  }

  /// Renders to a value as the environment's `native` option says.
  public func renderValue(_ variables: some Variables) throws -> Value {
    throw TemplateError(.runtime, "the engine is not built yet")
  }

  /// The names that the template takes from its variables: those that it
  /// reads and does not define itself.
  public var undeclaredNames: Set<String> { [] }
  /// The names of the templates that it includes, imports and extends, as far
  /// as they are written out.
  public var referencedTemplates: [String] { [] }
}

/// A compiled expression: what stands between `{{` and `}}`.
public final class Expression: Sendable {
  public let environment: Environment

  /// Compiles an expression.
  ///
  /// - Throws: ``TemplateError`` of kind `TemplateSyntaxError`.
  public init(
    _ source: String, name: String? = nil, in environment: Environment
  ) throws {
    self.environment = environment
  }

  /// Evaluates it. An undefined result is returned as such.
  public func evaluate(_ variables: some Variables) throws -> Value {
    throw TemplateError(.runtime, "the engine is not built yet")
  }

  /// The names that it takes from its variables.
  public var undeclaredNames: Set<String> { [] }
}
