// Objects with behaviour of their own: namespaces, modules, loops, iterators,
// and whatever an embedder adds.

/// A Python object that is none of the built-in types.
///
/// Subclass it and override what the object can do; the rest fails as in
/// Python.
///
/// A subclass must be safe to use from any thread.
open class Object: @unchecked Sendable {
  public init() {}

  /// Python's name of the class.
  open var typeName: String { "object" }
  /// The name with its module, as `repr` and messages show it.
  open var qualifiedTypeName: String { typeName }
  /// Python's `str()`.
  open func string() throws -> String { try repr() }
  /// Python's `repr()`.
  open func repr() throws -> String {
    "<\(qualifiedTypeName) object at 0x7f0000000000>"
  }
  /// Writes `repr()` inside that of other values, so that what is written
  /// already is known; overridden where an object holds values.
  func writeRepr(into builder: inout TextBuilder, depth: Int) throws {
    builder.append(try repr())
  }
  /// Python's truth of the object.
  open func truth() throws -> Bool {
    if let count = try length() { return count > 0 }
    return true
  }
  /// Python's `len()`; nil where it has none.
  open func length() throws -> Int? { nil }
  /// An attribute; nil where there is none.
  open func attribute(_ name: String) throws -> Value? { nil }
  /// An item, `object[key]`; nil where there is none.
  open func item(_ key: Value) throws -> Value? { nil }
  /// Sets an attribute as `{% set object.name = value %}` does.
  ///
  /// False where the object does not allow it.
  open func setAttribute(_ name: String, _ value: Value) throws -> Bool {
    false
  }
  /// A function that yields the members one by one; nil where the object
  /// cannot be iterated.
  open func iterate() throws -> (() throws -> Value?)? { nil }
  /// Whether `iterate` works, without starting it.
  open var isIterable: Bool { false }
  /// Python's `in`; nil to look through the members.
  open func contains(_ value: Value) throws -> Bool? { nil }
  /// Python's `==`.
  open func isEqual(to other: Value) throws -> Bool {
    if case .object(let other) = other.payload { return self === other }
    return false
  }
  /// Python's `<`; nil where the two have no order.
  open func isLess(than other: Value) throws -> Bool? { nil }
  /// A hash that agrees with ``isEqual(to:)``.
  open func hash() throws -> UInt32 {
    UInt32(truncatingIfNeeded: ObjectIdentifier(self).hashValue)
  }
  /// The result of a binary operator (`+ - * / // % **`), `isReversed` where
  /// the object stands at the right; nil where it does not support it.
  open func operate(
    _ symbol: String, _ other: Value, isReversed: Bool
  ) throws -> Value? { nil }
  /// Calls the object; nil where it cannot be called.
  open func call(_ context: Context, _ arguments: Arguments) throws -> Value? {
    nil
  }
  open var isCallable: Bool { false }
  /// Python's `__html__`: the object as markup; nil where it has none.
  open func html() throws -> String? { nil }
  /// Values that the object holds, whose marks count as the object's.
  open var heldValues: [Value] { [] }
  /// Whether a container that holds it drops it where a template of Ansible's
  /// ends: `omit`.
  open var isOmitted: Bool { false }
  /// Whether it stands for a Python mapping or a sequence (tests `mapping`
  /// and `sequence`).
  open var isMapping: Bool { false }
  open var isSequence: Bool { false }
}

extension Value {
  /// A tuple of a class of its own as a tuple; any other value as it is.
  var plainTuple: Value {
    guard case .object(let object) = payload,
      let group = object as? GroupObject
    else { return self }
    return .tuple(group.parts)
  }

  /// Whether containers drop it where a template of Ansible's ends.
  var isOmitted: Bool {
    if case .object(let object) = payload { object.isOmitted } else { false }
  }
}
