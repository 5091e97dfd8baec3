// The order of a dictionary's keys as `dictsort` shows them, which templates
// of configuration files ask for at every render.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum KeyOrder {
  /// Orders found before at one place of a template, whose dictionaries mostly
  /// have the same keys at every render.
  final class Memo: Sendable {
    private struct Entry {
      var digest: UInt64
      var keys: [Value]
      var order: [Int]
    }
    private let known = Mutex<[Entry]>([])
    private static let limit = 32

    func order(of dictionary: ValueDictionary) -> [Int]? {
      let digest = dictionary.keyDigest
      let found = known.withLock { known -> [Int]? in
        for place in known.indices
        where known[place].digest == digest
          && dictionary.hasKeys(known[place].keys)
        {
          return known[place].order
        }
        return nil
      }
      if let found { return found }
      guard let order = KeyOrder.of(dictionary) else { return nil }
      known.withLock {
        if $0.count >= Self.limit { $0.removeAll() }
        $0.append(Entry(digest: digest, keys: dictionary.keys, order: order))
      }
      return order
    }
  }

  /// The places of a dictionary's entries by their keys, whose case does not
  /// matter; nil where a key is no plain text or two differ in case alone.
  static func of(_ dictionary: ValueDictionary) -> [Int]? {
    let keys = dictionary.keys
    // All keys in one buffer: comparing them counts no references.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(keys.count * 24)
    var ends: [Int] = [0]
    ends.reserveCapacity(keys.count + 1)
    for key in keys {
      guard case .string(let text) = key.payload, !key.hasUnknownPart else {
        return nil
      }
      bytes.append(contentsOf: PythonText.lower(text).utf8)
      ends.append(bytes.count)
    }
    return bytes.withUnsafeBufferPointer { bytes in
      ends.withUnsafeBufferPointer { ends in
        sorted(keys.count) { left, right in
          let a = bytes[ends[left]..<ends[left + 1]]
          let b = bytes[ends[right]..<ends[right + 1]]
          let order = compare(a, b)
          return order == 0 ? a.count - b.count : order
        }
      }
    }
  }

  @inline(__always)
  private static func compare(
    _ a: Swift.Slice<UnsafeBufferPointer<UInt8>>,
    _ b: Swift.Slice<UnsafeBufferPointer<UInt8>>
  ) -> Int {
    guard let left = a.base.baseAddress, let right = b.base.baseAddress else {
      return 0
    }
    return Int(
      memcmp(left + a.startIndex, right + b.startIndex, min(a.count, b.count)))
  }

  /// A binary insertion sort; nil where two are equal.
  private static func sorted(
    _ count: Int, by order: (Int, Int) -> Int
  ) -> [Int]? {
    if count > 64 {
      var places = Array(0..<count)
      var hasTwins = false
      places.sort {
        let found = order($0, $1)
        if found == 0 { hasTwins = true }
        return found < 0
      }
      return hasTwins ? nil : places
    }
    var places: [Int] = []
    places.reserveCapacity(count)
    for place in 0..<count {
      var low = 0
      var high = places.count
      while low < high {
        let middle = (low + high) / 2
        let found = order(places[middle], place)
        if found == 0 { return nil }
        if found < 0 { low = middle + 1 } else { high = middle }
      }
      places.insert(place, at: low)
    }
    return places
  }
}
