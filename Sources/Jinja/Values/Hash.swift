// Python's hashing as far as it can be seen: keys that are equal share a hash
// (1, 1.0 and True), and what can change cannot be a key.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum Hash {
  /// The hash of a text, over its UTF-8.
  static func of(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { bytes in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bytes.count)
      var at = 0
      while at + 8 <= bytes.count {
        let word = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped)
          .loadUnaligned(fromByteOffset: at, as: UInt64.self)
        hash = mix(hash ^ word)
        at += 8
      }
      var last: UInt64 = 0
      while at < bytes.count {
        last = last << 8 | UInt64(bytes[at])
        at += 1
      }
      return fold(mix(hash ^ last))
    }
  }

  /// The hash of a key.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` where the value cannot be
  ///   a key.
  static func of(_ value: Value) throws -> UInt32 {
    var left = 1_000_000
    return try of(value, &left)
  }

  /// The same, of no more members than are `left`: tuples may hold each other
  /// over and over again.
  private static func of(_ value: Value, _ left: inout Int) throws -> UInt32 {
    switch value.payload {
    case .string(let text), .markup(let text): return of(text)
    case .integer(let number): return of(number)
    case .bool(let flag): return of(flag ? 1 : 0)
    case .float(let number):
      if let whole = Int(exactly: number) { return of(whole) }
      if number.isFinite, number == number.rounded() {
        return of(BigInteger(number))
      }
      return fold(mix(number.bitPattern))
    case .bigInteger(let number): return of(number)
    case .none: return fold(mix(0x6e6f_6e65))
    case .tuple(let items):
      var hash: UInt64 = 0x345678
      left -= items.count
      if left < 0 { throw Limits.reached("a key of too many members") }
      for item in items { hash = mix(hash ^ UInt64(try of(item, &left))) }
      return fold(hash)
    case .list, .dictionary:
      throw TemplateError(.type, "unhashable type: '\(value.typeName)'")
    case .function(let function):
      return of(function.hash)
    case .object(let object): return try object.hash()
    case .undefined(let undefined):
      try undefined.requireDefault()
      return 0
    case .unknown: throw UnknownValue()
    }
  }

  private static func of(_ number: Int) -> UInt32 {
    fold(mix(UInt64(bitPattern: Int64(number))))
  }

  private static func of(_ number: BigInteger) -> UInt32 {
    if let small = number.asInt { return of(small) }
    var hash: UInt64 = number.isNegative ? 1 : 0
    for limb in number.magnitude { hash = mix(hash ^ UInt64(limb)) }
    return fold(hash)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
  }

  private static func fold(_ value: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: value ^ (value >> 32))
  }
}

extension String {
  /// Whether two strings hold the same code points.
  ///
  /// Swift's `==` also takes different spellings of one character for equal,
  /// which Python does not.
  @inline(__always)
  func isIdentical(_ other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let same = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in
        guard let a = left.baseAddress, let b = right.baseAddress else {
          return left.isEmpty
        }
        return memcmp(a, b, left.count) == 0
      }
    }
    return (same ?? nil) ?? utf8.elementsEqual(other.utf8)
  }

  /// Python's order of strings: by code point.
  func isBefore(_ other: String) -> Bool {
    let order = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right -> Bool in
        guard let a = left.baseAddress, let b = right.baseAddress else {
          return left.count < right.count
        }
        let order = memcmp(a, b, min(left.count, right.count))
        return order == 0 ? left.count < right.count : order < 0
      }
    }
    return (order ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
  }
}
