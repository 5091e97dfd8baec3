// The members of a lazy list or dictionary: each made from its raw value when
// it is first read, and then kept.

import Synchronization

final class LazyMembers: Sendable {
  private let make: @Sendable (Value) throws -> Value
  private let made: Mutex<[Value?]>

  init(count: Int, make: @escaping @Sendable (Value) throws -> Value) {
    self.make = make
    self.made = Mutex(Array(repeating: nil, count: count))
  }

  /// The member at an index.
  ///
  /// The lock is not held while it is made, since making it may read the same
  /// container again.
  func member(_ index: Int, of raw: Value) throws -> Value {
    if let value = made.withLock({ $0[index] }) { return value }
    let value = try make(raw)
    return made.withLock { made in
      if let earlier = made[index] { return earlier }
      made[index] = value
      return value
    }
  }

  func all(_ raw: [Value]) throws -> [Value] {
    var result: [Value] = []
    result.reserveCapacity(raw.count)
    for index in raw.indices {
      result.append(try member(index, of: raw[index]))
    }
    return result
  }
}
