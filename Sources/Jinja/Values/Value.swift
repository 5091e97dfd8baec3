// A value of the template language: what a template reads, computes and
// writes. It behaves as the Python object that Jinja2 would hold.

/// A value of the template language with its origin and marks.
///
/// A value is immutable but for lists and dictionaries, which are shared by
/// reference as in Python. Those that a render receives are copied before its
/// first change to them, so that one value may serve many renders at once.
public struct Value: Sendable {
  /// What kind of Python object the value stands for, and its content.
  public enum Payload: Sendable {
    /// Python's `None`.
    case none
    case bool(Bool)
    /// A whole number that fits in 64 bits.
    case integer(Int)
    /// A whole number that does not fit in 64 bits.
    case bigInteger(BigInteger)
    case float(Double)
    case string(String)
    /// A string that is safe to write where output is escaped.
    case markup(String)
    case list(ValueList)
    case tuple([Value])
    case dictionary(ValueDictionary)
    /// Anything that can be called: a function, a macro, a bound method.
    case function(Function)
    /// Any other object: a namespace, a module, a loop, an iterator, or an
    /// embedder's own.
    case object(Object)
    /// A name, attribute or item that does not exist.
    case undefined(Undefined)
    /// A value that is not known yet, such as the answer of a write that has
    /// not happened. Whatever is computed from it is unknown too.
    case unknown
  }

  /// The content.
  public var payload: Payload {
    didSet { annotation = annotation?.wholly() }
  }

  /// Origin and marks.
  ///
  /// Nil for nearly all values, so that they cost nothing.
  var annotation: Annotation?

  /// A value without origin or marks.
  public init(_ payload: Payload) {
    self.payload = payload
    self.annotation = nil
  }

  @inline(__always)
  init(_ payload: Payload, _ annotation: Annotation?) {
    self.payload = payload
    self.annotation = annotation
  }
}

extension Value {
  /// Python's `None`.
  public static let none = Value(.none)
  /// Python's `True`.
  public static let `true` = Value(.bool(true))
  /// Python's `False`.
  public static let `false` = Value(.bool(false))
  /// An unknown value: its marks hold ``Marks/unknown``.
  public static let unknown = Value(.unknown, Annotation(marks: .unknown))

  public init(_ value: Bool) { self.init(.bool(value)) }
  public init(_ value: Int) { self.init(.integer(value)) }
  public init(_ value: Double) { self.init(.float(value)) }
  public init(_ value: String) { self.init(.string(value)) }
  public init(_ value: [Value]) { self.init(.list(ValueList(value))) }
  public init(_ value: Object) { self.init(.object(value)) }
  public init(_ value: Function) { self.init(.function(value)) }

  /// A whole number of any size, in its smallest form.
  public init(_ value: BigInteger) {
    if let small = value.asInt {
      self.init(.integer(small))
    } else {
      self.init(.bigInteger(value))
    }
  }

  /// A list of the values.
  public static func list(_ items: [Value]) -> Value { Value(items) }
  /// A tuple of the values.
  public static func tuple(_ items: [Value]) -> Value { Value(.tuple(items)) }
  /// A dictionary with the entries in this order; a later entry with an equal
  /// key replaces the value of the earlier one.
  public static func dictionary(_ entries: [(String, Value)]) -> Value {
    Value(.dictionary(ValueDictionary(entries)))
  }
  /// A string that is safe to write where output is escaped.
  public static func markup(_ text: String) -> Value { Value(.markup(text)) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self.init(value) }
  public init(integerLiteral value: Int) { self.init(value) }
  public init(booleanLiteral value: Bool) { self.init(value) }
  public init(floatLiteral value: Double) { self.init(value) }
  public init(arrayLiteral elements: Value...) { self.init(elements) }
  public init(dictionaryLiteral elements: (String, Value)...) {
    self = .dictionary(elements)
  }
}

// MARK: - Reading

extension Value {
  /// The text of a string or of markup; nil for anything else.
  public var text: String? {
    switch payload {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  /// The boolean; nil for anything else.
  public var boolean: Bool? {
    if case .bool(let value) = payload { value } else { nil }
  }

  /// The whole number where it fits in 64 bits.
  ///
  /// A boolean counts as 0 or 1, as in Python.
  public var integer: Int? {
    switch payload {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// The float, or the nearest float to a whole number.
  public var double: Double? {
    switch payload {
    case .float(let value): value
    case .integer(let value): Double(value)
    case .bool(let value): value ? 1 : 0
    case .bigInteger(let value): value.asDouble
    default: nil
    }
  }

  /// The list; nil for anything else.
  public var list: ValueList? {
    if case .list(let list) = payload { list } else { nil }
  }

  /// The dictionary; nil for anything else.
  public var dictionary: ValueDictionary? {
    if case .dictionary(let value) = payload { value } else { nil }
  }

  public var isNone: Bool {
    if case .none = payload { true } else { false }
  }

  public var isUndefined: Bool {
    if case .undefined = payload { true } else { false }
  }

  /// Whether nothing is known of the value.
  ///
  /// A string with unknown parts is not wholly unknown; its marks still say so.
  public var isUnknown: Bool {
    if case .unknown = payload { true } else { false }
  }

  public var isString: Bool {
    switch payload {
    case .string, .markup: true
    default: false
    }
  }

  /// The members of a list or tuple; nil for anything else.
  ///
  /// - Throws: what a lazy list throws for a member.
  public func sequence() throws -> [Value]? {
    switch payload {
    case .list(let list): try list.elements()
    case .tuple(let items): items
    default: nil
    }
  }

  /// The value of a dictionary's string key; nil where there is none or the
  /// value is no dictionary.
  ///
  /// - Throws: what a lazy dictionary throws for the member.
  public func member(_ key: String) throws -> Value? {
    guard case .dictionary(let dictionary) = payload else { return nil }
    return try dictionary.value(forKey: key)
  }

  /// Python's name of the type, such as `str` or `NoneType`.
  public var typeName: String {
    switch payload {
    case .none: "NoneType"
    case .bool: "bool"
    case .integer, .bigInteger: "int"
    case .float: "float"
    case .string: "str"
    case .markup: "Markup"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .function(let function): function.typeName
    case .object(let object): object.typeName
    case .undefined(let undefined): undefined.typeName
    case .unknown: "unknown"
    }
  }
}
