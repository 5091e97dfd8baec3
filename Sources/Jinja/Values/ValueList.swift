// A Python list: ordered, changeable, shared by reference.

/// A list.
///
/// Its members may be lazy: made when they are first read.
///
/// An embedder reads it; only a render changes one, and then only a list that
/// the same render made.
public final class ValueList: @unchecked Sendable {
  private let markMemo = MarkMemo()

  /// The members as stored: a lazy list holds the raw ones here.
  @exclusivity(unchecked) var items: [Value]
  /// Whether a render may change the list in place.
  @exclusivity(unchecked) var isFrozen: Bool
  /// Makes the members of a lazy list from the raw ones.
  let lazy: LazyMembers?

  /// A list of these members.
  public init(_ items: [Value]) {
    self.items = items
    self.isFrozen = true
    self.lazy = nil
  }

  /// A list whose members are made from raw values when they are first read.
  ///
  /// Each is made at most once. The closure may be called from any thread, but
  /// only from one at a time.
  ///
  /// - Throws: a reader gets what the closure throws.
  public init(
    lazy raw: [Value], member: @escaping @Sendable (Value) throws -> Value
  ) {
    self.items = raw
    self.isFrozen = true
    self.lazy = LazyMembers(count: raw.count, make: member)
  }

  /// A list that the render that makes it may change.
  init(mutable items: [Value]) {
    self.items = items
    self.isFrozen = false
    self.lazy = nil
  }

  deinit {
    if Nesting.isDeep(items) { Nesting.release(&items) }
  }

  /// Whether a mark may be found on a member.
  ///
  /// What is lazy may hold any.
  var mayHoldMarks: Bool {
    if lazy != nil || !isFrozen { return true }
    return markMemo.answer { items.contains { $0.mayHoldMarks } }
  }

  public var count: Int { items.count }
  public var isEmpty: Bool { items.isEmpty }
  public var isLazy: Bool { lazy != nil }

  /// The members as they were given to a lazy list; those of any other list.
  public var rawElements: [Value] { items }

  /// The members, all of them made.
  @inline(__always)
  public func elements() throws -> [Value] {
    guard let lazy else { return items }
    return try lazy.all(items)
  }

  /// The member at an index from 0 to `count - 1`.
  @inline(__always)
  public func element(at index: Int) throws -> Value {
    guard let lazy else { return items[index] }
    return try lazy.member(index, of: items[index])
  }
}
