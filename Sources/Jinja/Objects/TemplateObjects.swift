// Objects that stand for templates: imported modules, `self` and `super`.

/// What `{% import %}` gives: the names that a template exports.
final class ModuleObject: Object, @unchecked Sendable {
  private let name: String?
  private let exports: [String: Value]
  private let text: Result<Value, TemplateError>

  init(
    name: String?, exports: [String: Value], text: Result<Value, TemplateError>
  ) {
    self.name = name
    self.exports = exports
    self.text = text
  }

  /// What an imported template has written; nil for any other value.
  static func text(of value: Value) -> Value? {
    guard case .object(let object) = value.payload else { return nil }
    return try? (object as? ModuleObject)?.text.get()
  }

  override var typeName: String { "TemplateModule" }
  override var qualifiedTypeName: String { "jinja2.environment.TemplateModule" }
  override func string() throws -> String { try text.get().str() }
  override func html() throws -> String? { try text.get().str() }
  override func repr() -> String {
    name.map { "<TemplateModule \(Quoted.repr($0))>" }
      ?? "<TemplateModule memory:7f0000000000>"
  }
  override func attribute(_ name: String) -> Value? {
    if name == "__name__" { return self.name.map { Value($0) } ?? Value.none }
    return exports[name]
  }
  override var heldValues: [Value] {
    [(try? text.get()) ?? ""] + exports.values
  }
  override func truth() -> Bool { true }
}

/// `self`: the blocks of the template by name.
final class SelfObject: Object, @unchecked Sendable {
  private let context: Context
  private let isNative: Bool

  init(_ context: Context, isNative: Bool) {
    self.context = context
    self.isNative = isNative
  }

  override var typeName: String { "TemplateReference" }
  override var qualifiedTypeName: String { "jinja2.runtime.TemplateReference" }
  override func repr() -> String {
    "<TemplateReference \(context.templateName.map(Quoted.repr) ?? "None")>"
  }
  override func item(_ key: Value) throws -> Value? {
    guard let name = key.text, let stack = context.blocks[name] else {
      return nil
    }
    return Value(
      BlockObject(name, context, stack, 0, isNative: isNative))
  }
}

/// A block that can be called: `self.name` and `super`.
final class BlockObject: Object, @unchecked Sendable {
  private let name: String
  private let context: Context
  private let stack: [BlockCode]
  private let depth: Int
  private let isNative: Bool

  init(
    _ name: String, _ context: Context, _ stack: [BlockCode], _ depth: Int,
    isNative: Bool
  ) {
    self.name = name
    self.context = context
    self.stack = stack
    self.depth = depth
    self.isNative = isNative
  }

  override var typeName: String { "BlockReference" }
  override var qualifiedTypeName: String { "jinja2.runtime.BlockReference" }
  override var isCallable: Bool { true }

  override func attribute(_ attribute: String) -> Value? {
    guard attribute == "super" else { return nil }
    return Self.above(name, context, stack, depth, isNative: isNative)
  }

  override func call(
    _ context: Context, _ arguments: Arguments
  ) throws -> Value? {
    var out = Output(isNative: isNative)
    try stack[depth].run(self.context, &out)
    return try out.markupValue(self.context, self.context.escapes)
  }

  /// The block above one of a stack, or an undefined value.
  static func above(
    _ name: String, _ context: Context, _ stack: [BlockCode], _ depth: Int,
    isNative: Bool
  ) -> Value {
    guard depth + 1 < stack.count else {
      return Value(
        .undefined(
          Undefined(
            hint: "there is no parent block called \(Quoted.repr(name)).",
            name: "super", policy: context.environment.options.undefined)))
    }
    return Value(
      BlockObject(name, context, stack, depth + 1, isNative: isNative))
  }
}
