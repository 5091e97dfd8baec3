// Jinja2's rules for `value.name` and `value[key]`.

enum Members {
  /// `value.name`: an attribute first, then an item.
  static func attribute(
    _ name: String, of value: Value, _ context: Context
  ) throws -> Value {
    let environment = context.environment
    switch value.payload {
    case .unknown: return .unknown
    case .undefined(let undefined):
      if undefined.isChainable && !isSpecial(name) { return value }
      if isSpecial(name) && ofObjects.contains(name) { break }
      throw undefined.error
    default: break
    }
    if let found = try attribute(name, of: value) {
      if environment.options.isSandboxed, name.utf8.first == UInt8(ascii: "_") {
        return unsafe(name, value, environment)
      }
      return found.marked(value.marks(within: found))
    }
    if let found = try value.subscripted(Value(name)) {
      return found.marked(value.marks(within: found))
    }
    return missing(name, Value(name), of: value, environment)
  }

  /// What an attribute is that a value has not, or that a sandbox refuses.
  ///
  /// The name comes as a value too, with its marks.
  static func missing(
    _ name: String, _ key: Value, of value: Value, _ environment: Environment
  ) -> Value {
    environment.options.isSandboxed && isRefused(name, of: value)
      ? unsafe(name, value, environment)
      : undefined(value, key, environment)
  }

  /// `value[key]`: an item first, then an attribute.
  static func item(
    _ key: Value, of value: Value, _ context: Context
  ) throws -> Value {
    let environment = context.environment
    switch (value.payload, key.payload) {
    case (.unknown, _), (_, .unknown): return .unknown
    case (.undefined(let undefined), _):
      if undefined.isChainable { return value }
      throw undefined.error
    case (_, .undefined(let undefined)):
      // Looking a key up hashes it, which strict policies forbid.
      if case .dictionary = value.payload { try undefined.requireDefault() }
      return Members.undefined(value, key, environment)
    default: break
    }
    if let found = try value.subscripted(key) {
      return found.marked(value.marks(within: found).union(key.marks))
    }
    if let name = key.text, let found = try attribute(name, of: value) {
      if environment.options.isSandboxed, name.utf8.first == UInt8(ascii: "_") {
        return unsafe(name, value, environment)
      }
      return found.marked(value.marks(within: found))
    }
    if let name = key.text {
      return missing(name, key, of: value, environment)
    }
    return undefined(value, key, environment)
  }

  /// Attributes that every Python object has, and those of containers and
  /// functions that lead out of a sandbox.
  private static let ofObjects: Set<String> = [
    "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__",
    "__ge__", "__getattribute__", "__getstate__", "__gt__", "__hash__",
    "__init__", "__init_subclass__", "__le__", "__lt__", "__ne__", "__new__",
    "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__",
    "__str__", "__subclasshook__",
  ]
  private static let ofSome: Set<String> = [
    "__add__", "__bool__", "__call__", "__closure__", "__code__",
    "__contains__", "__defaults__", "__delitem__", "__dict__", "__float__",
    "__floordiv__", "__getitem__", "__globals__", "__int__", "__iter__",
    "__len__", "__mod__", "__mro__", "__mul__", "__neg__", "__next__",
    "__pow__", "__radd__", "__reversed__", "__rmul__", "__self__",
    "__setitem__", "__sub__", "__subclasses__", "__truediv__",
  ]

  /// Whether a sandbox refuses an attribute that Python's value has and ours
  /// does without.
  private static func isRefused(_ name: String, of value: Value) -> Bool {
    if case .undefined = value.payload { return false }
    if name == "mro" { return value.typeName == "type" }
    return isSpecial(name)
      && (ofObjects.contains(name) || ofSome.contains(name))
  }

  private static func isSpecial(_ name: String) -> Bool {
    name.utf8.count > 4 && name.hasPrefix("__") && name.hasSuffix("__")
  }

  /// A Python attribute: a method, or what an object offers.
  static func attribute(_ name: String, of value: Value) throws -> Value? {
    switch value.payload {
    case .object(let object): return try object.attribute(name)
    case .function(let function):
      if name == "__name__" { return Value(function.name) }
      return try function.attribute(name)
    default: break
    }
    if let method = Methods.find(name, on: value) {
      return Value(BoundMethod(method, on: value))
    }
    return try Methods.property(name, of: value)
  }

  private static func undefined(
    _ value: Value, _ name: Value, _ environment: Environment
  ) -> Value {
    Value(
      .undefined(
        Undefined(
          object: value, name: name, policy: environment.options.undefined)))
  }

  private static func unsafe(
    _ name: String, _ value: Value, _ environment: Environment
  ) -> Value {
    Value(
      .undefined(
        Undefined(
          hint: "access to attribute \(Quoted.repr(name)) of"
            + " \(Quoted.repr(value.typeName)) object is unsafe.",
          object: value, name: Value(name),
          policy: environment.options.undefined, kind: .security)))
  }
}

extension Value {
  /// The marks that pass from a value to one of its members: none to a part of
  /// a string, which has its own.
  func marks(within member: Value) -> Marks {
    isMarked && !(isString && member.isString) ? marks : []
  }
}

/// A method with the value that it was taken from.
final class BoundMethod: Function, @unchecked Sendable {
  private let method: Function
  private let receiver: Value

  init(_ method: Function, on receiver: Value) {
    self.method = method
    self.receiver = receiver
    super.init(
      method.name, handlesMarks: method.handlesMarks,
      acceptsUnknown: method.acceptsUnknown
    ) { _, _ in .none }
  }

  /// Whether Python's own code has the method, not that of a library.
  private var isBuiltIn: Bool {
    !receiver.isMarkup || !Methods.writtenForMarkup.contains(name)
  }

  override var typeName: String {
    isBuiltIn ? "builtin_function_or_method" : "method"
  }
  override func repr() -> String {
    if !isBuiltIn {
      return "<bound method Markup.\(name) of \(receiver.reprOrPlaceholder)>"
    }
    return
      "<built-in method \(name) of \(receiver.typeName) object at 0x7f0000000000>"
  }

  /// Python compares the methods, and the objects that they were taken from by
  /// identity: of small numbers and of most texts it keeps one.
  override func isEqual(to other: Function) -> Bool {
    guard let other = other as? BoundMethod, other.method === method else {
      return self === other
    }
    switch (receiver.payload, other.receiver.payload) {
    case (.list(let left), .list(let right)): return left === right
    case (.dictionary(let left), .dictionary(let right)): return left === right
    case (.object(let left), .object(let right)): return left === right
    default:
      return receiver.typeName == other.receiver.typeName
        && (try? receiver.isEqual(to: other.receiver)) == true
    }
  }

  /// The same for methods that are equal.
  override var hash: Int { name.hashValue }

  override func call(_ context: Context, _ arguments: Arguments) throws -> Value
  {
    try context.call(
      method,
      Arguments([receiver] + arguments.positional, keywords: arguments.keywords)
    )
  }
}
