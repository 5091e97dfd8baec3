// A Python dictionary: insertion order, any hashable key, changeable, shared
// by reference.

/// A dictionary.
///
/// Its values may be lazy: made when they are first read.
///
/// An embedder reads it; only a render changes one, and then only one that the
/// same render made.
public final class ValueDictionary: @unchecked Sendable {
  private let markMemo = MarkMemo()

  // Only one thread changes a dictionary, and never while it is read: to check
  // that at every access would take longer than most of them.

  /// The keys in order, and the values as stored beside them.
  @exclusivity(unchecked) private(set) var keys: [Value] = []
  @exclusivity(unchecked) var values: [Value] = []
  /// Hashes of the keys and, from `indexFrom` entries on, an open-addressed
  /// table of positions (-1 is free).
  ///
  /// Smaller dictionaries are searched in order, which is faster.
  @exclusivity(unchecked) private var hashes: [UInt32] = []
  @exclusivity(unchecked) private var table: [Int32] = []
  /// Whether every key is a plain string or markup.
  @exclusivity(unchecked) private(set) var hasOnlyStringKeys = true
  /// Whether a render may change the dictionary in place.
  @exclusivity(unchecked) var isFrozen: Bool
  private let lazy: LazyMembers?

  private static let indexFrom = 9

  /// A dictionary with the entries in this order; a later entry with an equal
  /// key replaces the value of the earlier one.
  public init(_ entries: some Sequence<(String, Value)>) {
    isFrozen = true
    lazy = nil
    for (key, value) in entries { set(Value(key), value) }
  }

  /// A dictionary with keys of any type.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` for a key that cannot be
  ///   hashed.
  public init(pairs: some Sequence<(Value, Value)>) throws {
    isFrozen = true
    lazy = nil
    for (key, value) in pairs { try insert(key, value) }
  }

  /// A dictionary whose values are made from raw ones when they are first read.
  ///
  /// Each is made at most once.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` for a key that cannot be
  ///   hashed; a reader gets what the closure throws.
  public init(
    lazy pairs: some Sequence<(Value, Value)>,
    member: @escaping @Sendable (Value) throws -> Value
  ) throws {
    let raw = try ValueDictionary(pairs: pairs)
    isFrozen = true
    keys = raw.keys
    values = raw.values
    hashes = raw.hashes
    table = raw.table
    hasOnlyStringKeys = raw.hasOnlyStringKeys
    lazy = LazyMembers(count: raw.count, make: member)
  }

  /// A dictionary with the keys of another and values of its own, which the
  /// render that makes it may change.
  init(keysOf other: ValueDictionary, values: [Value]) {
    isFrozen = false
    lazy = nil
    keys = other.keys
    hashes = other.hashes
    table = other.table
    hasOnlyStringKeys = other.hasOnlyStringKeys
    self.values = values
  }

  /// An empty dictionary that the render that makes it may change.
  init(mutable: ()) {
    isFrozen = false
    lazy = nil
  }

  /// A shallow copy that the render that makes it may change.
  ///
  /// Lazy values are made.
  init(copying other: ValueDictionary) throws {
    isFrozen = false
    lazy = nil
    keys = other.keys
    values = try other.elements()
    hashes = other.hashes
    table = other.table
    hasOnlyStringKeys = other.hasOnlyStringKeys
  }

  /// A dictionary with the entries of both, in this order; `resolve` makes the
  /// value of a key that both have, from this one's and the other's.
  ///
  /// - Throws: what a lazy dictionary throws for a value, and what the closure
  ///   throws.
  public func merging(
    _ other: ValueDictionary, resolve: (Value, Value) throws -> Value
  ) throws -> ValueDictionary {
    let result = try ValueDictionary(copying: self)
    let added = try other.elements()
    for place in other.positions {
      let key = other.keys[place]
      if let at = try result.position(of: key, hash: other.hashes[place]) {
        result.values[at] = try resolve(result.values[at], added[place])
      } else {
        if !key.isString { result.hasOnlyStringKeys = false }
        result.append(key, added[place], other.hashes[place])
      }
    }
    result.isFrozen = true
    return result
  }

  deinit {
    if Nesting.isDeep(values) { Nesting.release(&values) }
  }

  /// Whether a mark may be found on a member.
  ///
  /// What is lazy may hold any.
  var mayHoldMarks: Bool {
    if lazy != nil || !isFrozen { return true }
    return markMemo.answer {
      values.contains { $0.mayHoldMarks } || keys.contains { $0.mayHoldMarks }
    }
  }

  public var count: Int { keys.count }
  public var isEmpty: Bool { keys.isEmpty }
  public var isLazy: Bool { lazy != nil }
  var positions: Range<Int> { 0..<keys.count }

  /// The keys in order.
  public var orderedKeys: [Value] { keys }
  /// The values as they were given to a lazy dictionary; those of any other.
  public var rawElements: [Value] { values }

  /// The values in order, all of them made.
  public func elements() throws -> [Value] {
    guard let lazy else { return values }
    return try lazy.all(values)
  }

  /// The entries in order, all values made.
  public func entries() throws -> [(key: Value, value: Value)] {
    let values = try elements()
    return positions.map { (keys[$0], values[$0]) }
  }

  /// The value at a position.
  @inline(__always)
  func element(at position: Int) throws -> Value {
    guard let lazy else { return values[position] }
    return try lazy.member(position, of: values[position])
  }

  /// The value of a string key; nil where there is none.
  @inline(__always)
  public func value(forKey key: String) throws -> Value? {
    guard let position = position(of: key) else { return nil }
    return try element(at: position)
  }

  /// The value of a key of any type; nil where there is none.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` for a key that cannot be
  ///   hashed.
  public func value(forKey key: Value) throws -> Value? {
    guard let position = try position(of: key) else { return nil }
    return try element(at: position)
  }

  /// A number that dictionaries with the same keys in the same order share.
  var keyDigest: UInt64 {
    var digest = UInt64(hashes.count)
    for hash in hashes {
      digest = (digest ^ UInt64(hash)) &* 0x9e37_79b9_7f4a_7c15
      digest ^= digest >> 29
    }
    return digest
  }

  /// Whether the keys are these plain texts, in this order.
  func hasKeys(_ others: [Value]) -> Bool {
    guard keys.count == others.count else { return false }
    let areSame = keys.withUnsafeBufferPointer { mine in
      others.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress }
    }
    if areSame { return true }
    for place in 0..<keys.count {
      guard keys[place].annotation == nil,
        case .string(let mine) = keys[place].payload,
        case .string(let other) = others[place].payload,
        mine.isIdentical(other)
      else { return false }
    }
    return true
  }

  // MARK: Search

  func position(of key: String) -> Int? {
    if keys.isEmpty { return nil }
    return position(of: key, hash: Hash.of(key))
  }

  /// The same with the key's hash computed before.
  func position(of key: String, hash: UInt32) -> Int? {
    if table.isEmpty {
      for index in 0..<hashes.count where hashes[index] == hash {
        if isKey(key, at: index) { return index }
      }
      return nil
    }
    let mask = table.count - 1
    var slot = Int(hash) & mask
    while true {
      let at = Int(table[slot])
      if at < 0 { return nil }
      if hashes[at] == hash, isKey(key, at: at) { return at }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private func isKey(_ key: String, at index: Int) -> Bool {
    switch keys[index].payload {
    case .string(let text), .markup(let text): text.isIdentical(key)
    default: false
    }
  }

  func position(of key: Value) throws -> Int? {
    if case .string(let text) = key.payload { return position(of: text) }
    return try position(of: key, hash: try Hash.of(key))
  }

  private func position(of key: Value, hash: UInt32) throws -> Int? {
    if table.isEmpty {
      for index in keys.indices where hashes[index] == hash {
        if try keys[index].isKeyEqual(key) { return index }
      }
      return nil
    }
    let mask = table.count - 1
    var slot = Int(hash) & mask
    while true {
      let at = Int(table[slot])
      if at < 0 { return nil }
      if hashes[at] == hash, try keys[at].isKeyEqual(key) { return at }
      slot = (slot + 1) & mask
    }
  }

  // MARK: Change

  /// Sets a value under a key that is a string.
  func set(_ key: Value, _ value: Value) {
    guard let text = key.text else { return }
    let hash = Hash.of(text)
    if let at = position(of: text, hash: hash) {
      values[at] = value
    } else {
      append(key, value, hash)
    }
  }

  /// Sets a value under a key of any type.
  func insert(_ key: Value, _ value: Value) throws {
    if key.isString { return set(key, value) }
    let hash = try Hash.of(key)
    if let at = try position(of: key, hash: hash) {
      values[at] = value
    } else {
      hasOnlyStringKeys = false
      append(key, value, hash)
    }
  }

  private func append(_ key: Value, _ value: Value, _ hash: UInt32) {
    keys.append(key)
    values.append(value)
    hashes.append(hash)
    if table.isEmpty {
      if keys.count >= Self.indexFrom { rebuildTable() }
    } else if keys.count * 2 > table.count {
      rebuildTable()
    } else {
      place(keys.count - 1)
    }
  }

  func remove(at position: Int) {
    keys.remove(at: position)
    values.remove(at: position)
    hashes.remove(at: position)
    if !table.isEmpty { rebuildTable() }
  }

  func removeAll() {
    keys = []
    values = []
    hashes = []
    table = []
  }

  private func rebuildTable() {
    guard keys.count >= Self.indexFrom else {
      table = []
      return
    }
    var size = 32
    while size < keys.count * 4 { size *= 2 }
    table = Array(repeating: -1, count: size)
    for index in keys.indices { place(index) }
  }

  private func place(_ index: Int) {
    let mask = table.count - 1
    var slot = Int(hashes[index]) & mask
    while table[slot] >= 0 { slot = (slot + 1) & mask }
    table[slot] = Int32(index)
  }
}
