// JSON as a value: what every object of a cluster is made of.

/// One JSON value.
///
/// Integers are kept apart from other numbers because Kubernetes has both and
/// writes them back as they came. Two objects are equal whatever the order of
/// their members.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])
}

extension JSON {
  /// The member `key` of an object; nil when absent or when not an object.
  ///
  /// Setting turns `null` into an object; setting nil removes the member.
  /// On any other kind of value a set replaces the value by an object.
  public subscript(key: String) -> JSON? {
    get {
      guard case .object(let members) = self else { return nil }
      return members[key]
    }
    _modify {
      var members: [String: JSON] = [:]
      if case .object(let old) = self { members = old }
      self = .null  // so that `members` is the only owner and changes in place
      defer { self = .object(members) }
      yield &members[key]
    }
  }

  /// The element at `index` of an array; nil when out of range.
  public subscript(index: Int) -> JSON? {
    guard case .array(let elements) = self, elements.indices.contains(index)
    else { return nil }
    return elements[index]
  }

  /// The value below the given member names; nil when any is missing.
  public func value(at path: String...) -> JSON? { value(at: path) }

  /// The value below the given member names; nil when any is missing.
  public func value(at path: [String]) -> JSON? {
    var here = self
    for key in path {
      guard let next = here[key] else { return nil }
      here = next
    }
    return here
  }

  /// Sets (or with nil removes) the value below member names, making parents.
  public mutating func set(_ value: JSON?, at path: String...) {
    set(value, at: path[...])
  }

  /// Sets (or with nil removes) the value below member names, making parents.
  ///
  /// Removing what is not there makes no parents.
  public mutating func set(_ value: JSON?, at path: ArraySlice<String>) {
    guard let key = path.first else {
      self = value ?? .null
      return
    }
    if path.count == 1 {
      if value == nil, self[key] == nil { return }
      self[key] = value
    } else {
      if value == nil, self[key] == nil { return }
      self[key, orNull: ()].set(value, at: path.dropFirst())
    }
  }

  private subscript(key: String, orNull _: Void) -> JSON {
    get { self[key] ?? .null }
    _modify {
      var child = self[key] ?? .null
      self[key] = .null
      defer { self[key] = child }
      yield &child
    }
  }

  public var isNull: Bool { self == .null }

  public var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// The whole number; also of a `number` that is one.
  public var integer: Int? {
    switch self {
    case .integer(let value): return value
    case .number(let value): return Int(exactly: value)
    default: return nil
    }
  }

  /// The number, whole or not.
  public var double: Double? {
    switch self {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: return nil
    }
  }

  public var string: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  public var array: [JSON]? {
    if case .array(let value) = self { return value }
    return nil
  }

  public var object: [String: JSON]? {
    if case .object(let value) = self { return value }
    return nil
  }

  /// The object's members whose values are strings, such as labels.
  public var strings: [String: String]? {
    guard case .object(let members) = self else { return nil }
    return members.compactMapValues(\.string)
  }

  /// An object of strings, such as labels.
  public init(_ strings: [String: String]) {
    self = .object(strings.mapValues(JSON.string))
  }

  /// The word for this kind of value in error messages.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
