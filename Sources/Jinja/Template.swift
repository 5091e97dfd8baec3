// Compiled templates and expressions.

import Synchronization

/// A compiled template: rendered as often as needed, from any thread.
public final class Template: @unchecked Sendable {
  public let environment: Environment
  /// The name by which other templates know it.
  public let name: String?
  let source: Source
  /// Whether output is escaped where the template does not say otherwise.
  let escaping: Escaping.Mode
  /// Whether a block or another template may ask for the names that this one
  /// sets at its top.
  let sharesNames: Bool
  private let syntax: [StatementSyntax]
  /// How much the last render wrote: the next one writes about as much.
  private let lastSize = Atomic<Int>(0)
  private var root = RootCode(body: Body(), slotCount: 0)
  private(set) var blocks: [String: BlockCode] = [:]

  /// Compiles a template.
  ///
  /// - Parameters:
  ///   - source: its text.
  ///   - name: what messages call it, and its loader knows it by.
  ///   - environment: its settings, filters, tests and globals.
  /// - Throws: ``TemplateError`` of kind `TemplateSyntaxError` or
  ///   `TemplateAssertionError`, with line, column and source line.
  public init(
    _ source: String, name: String? = nil, in environment: Environment
  ) throws {
    self.environment = environment
    self.name = name
    self.source = Source(
      source, name: name,
      keepsTrailingNewline: environment.options.keepsTrailingNewline)
    let parser = try Parser(self.source, environment.options)
    syntax = try parser.template()
    var sharesNames = false
    for statement in syntax {
      statement.walk {
        switch $0.kind {
        case .block, .include, .importModule, .importNames, .extends, .debug:
          sharesNames = true
        default: break
        }
      }
    }
    self.sharesNames = sharesNames
    escaping =
      environment.escapes?(name) ?? environment.options.autoescape
      ? .on : .off
    var compiler = Compiler(self)
    (root, blocks) = try compiler.compile(syntax)
  }

  /// A template without statements, for the errors of an expression.
  fileprivate init(bare source: Source, in environment: Environment) {
    self.environment = environment
    self.source = source
    name = source.name
    escaping = environment.options.autoescape ? .on : .off
    syntax = []
    sharesNames = true
  }

  /// Renders to text, without marks.
  ///
  /// - Throws: ``TemplateError``, with the place in the template.
  public func render(_ variables: some Variables) throws -> String {
    try renderText(variables).text ?? ""
  }

  /// Renders to text that carries the marks of its parts as spans.
  ///
  /// - Throws: ``TemplateError``, with the place in the template.
  public func renderText(_ variables: some Variables) throws -> Value {
    try run(variables, isNative: false)
  }

  /// Renders to a value as the environment's `native` option says; to text
  /// where that is off.
  ///
  /// - Throws: ``TemplateError``, with the place in the template.
  public func renderValue(_ variables: some Variables) throws -> Value {
    try run(variables, isNative: environment.options.native != .off)
  }

  private func run(_ variables: some Variables, isNative: Bool) throws -> Value
  {
    let state = RenderState(environment.options.limits)
    defer { state.finish() }
    let context = Context(
      self, state: state, variables: variables, keepsNames: false)
    var out = Output(
      isNative: isNative, limit: environment.options.limits.textSize,
      joinsEarly: environment.options.native == .jinja,
      joinsAsAnsible: !isNative && environment.options.native == .ansible)
    if !isNative { out.text.reserve(lastSize.load(ordering: .relaxed)) }
    do {
      try runRoot(context, &out)
      let size = out.text.count
      lastSize.store(min(size + size / 8, 1 << 20), ordering: .relaxed)
      if state.isPoisoned { return .unknown }
      let value = try out.value(context)
      var freezing = Freezing(environment.options)
      try freezing.close(value)
      return value
    } catch is UnknownValue {
      return .unknown
    }
  }

  /// Runs the template's own statements, then those of what it extends.
  func runRoot(_ context: Context, _ out: inout Output) throws {
    try context.state.enter()
    defer { context.state.leave() }
    let frame = Frame(
      slots: root.slotCount, parent: nil, context: context, template: self)
    if let slot = root.selfSlot {
      frame.slots[slot] = Value(SelfObject(context, isNative: out.isNative))
    }
    _ = try root.body.run(frame, &out)
    if let parent = frame.extended { try parent.runRoot(context, &out) }
  }

  /// Runs the template for the names that it exports.
  func makeModule(_ context: Context, isNative: Bool) throws -> ModuleObject {
    var out = Output(isNative: isNative)
    try runRoot(context, &out)
    let exports = context.own.filter { context.exported.contains($0.key) }
    // Jinja2 joins it only where it is asked for.
    let text =
      environment.options.native == .jinja
      ? out.joinedTexts : .success(try out.value(context))
    return ModuleObject(name: name, exports: exports, text: text)
  }

  /// The names that the template takes from its variables.
  ///
  /// Those that it reads and does not define itself, as far as can be told
  /// without running it; globals are not among them.
  public var undeclaredNames: Set<String> {
    UndeclaredNames.of(syntax).subtracting(environment.globals.keys)
  }

  /// The names of the templates that it includes, imports and extends; nil
  /// stands for one that is computed.
  public var referencedTemplates: [String?] {
    UndeclaredNames.templates(syntax)
  }
}

/// A compiled expression: what stands between `{{` and `}}`.
public final class Expression: @unchecked Sendable {
  public let environment: Environment
  private let template: Template
  private let code: ExpressionCode
  private let slotCount: Int
  private let syntax: ExpressionSyntax

  /// Compiles an expression.
  ///
  /// - Parameters:
  ///   - source: its text, without delimiters.
  ///   - name: what messages call it.
  ///   - environment: its settings, filters, tests and globals.
  /// - Throws: ``TemplateError`` of kind `TemplateSyntaxError` or
  ///   `TemplateAssertionError`.
  public init(
    _ source: String, name: String? = nil, in environment: Environment
  ) throws {
    self.environment = environment
    template = Template(
      bare: Source(source, name: name, keepsTrailingNewline: true),
      in: environment)
    let parser = try Parser(expression: template.source, environment.options)
    syntax = try parser.wholeExpression()
    let function = FunctionScope(parent: nil)
    var scope = Compiler.Scope(
      symbols: Symbols(parent: nil, function: function))
    scope.escaping = template.escaping
    scope.symbols.visit(syntax)
    code = try Compiler(template).expression(syntax, scope)
    slotCount = function.slotCount
  }

  /// Evaluates it; an undefined result is returned as such.
  ///
  /// - Throws: ``TemplateError``, with the place in the expression.
  public func evaluate(_ variables: some Variables) throws -> Value {
    let state = RenderState(environment.options.limits)
    defer { state.finish() }
    let context = Context(template, state: state, variables: variables)
    let frame = Frame(
      slots: slotCount, parent: nil, context: context, template: template)
    do {
      let value = try code.evaluate(frame)
      var freezing = Freezing(environment.options)
      try freezing.close(value)
      return value
    } catch is UnknownValue {
      return .unknown
    }
  }

  /// The names that it takes from its variables; globals are not among them.
  public var undeclaredNames: Set<String> {
    var names: Set<String> = []
    syntax.forEachName { names.insert($0) }
    return names.subtracting(environment.globals.keys)
  }
}
