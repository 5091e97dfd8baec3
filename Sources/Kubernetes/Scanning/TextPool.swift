// Texts that thousands of objects have in common, such as images and labels,
// kept once.

import Glibc

/// Hands out one copy of each text.
///
/// It belongs to one stream of objects; no two threads may use it at once.
final class TextPool {
  private var slots: [String?]
  private var count = 0
  private var recent: [[String: String]] = []
  /// Texts that are kept at most; then it begins anew.
  private static let limit = 2_048
  private static let size = 4_096

  init() { slots = Array(repeating: nil, count: Self.size) }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    // Shorter ones stand in the value itself; very long ones are not shared.
    guard bytes.count > 15, bytes.count <= 256, let base = bytes.baseAddress
    else { return String(decoding: bytes, as: UTF8.self) }
    var slot = Self.hash(base, bytes.count)
    while let known = slots[slot] {
      let isSame =
        known.utf8.withContiguousStorageIfAvailable {
          guard let other = $0.baseAddress, $0.count == bytes.count else {
            return false
          }
          return memcmp(other, base, $0.count) == 0
        } ?? false
      if isSame { return known }
      slot = (slot + 1) & (Self.size - 1)
    }
    let fresh = String(decoding: bytes, as: UTF8.self)
    if count == Self.limit {
      slots = Array(repeating: nil, count: Self.size)
      count = 0
    }
    slots[slot] = fresh
    count += 1
    return fresh
  }

  /// One copy of labels that many objects in a row have.
  func shared(_ strings: [String: String]) -> [String: String] {
    guard !strings.isEmpty else { return [:] }
    if let known = recent.first(where: { $0 == strings }) { return known }
    if recent.count == 16 { recent.removeFirst() }
    recent.append(strings)
    return strings
  }

  func text(_ text: String) -> String {
    text.utf8.withContiguousStorageIfAvailable { self.text($0) } ?? text
  }

  /// A place by the text's length, beginning, middle and end.
  private static func hash(_ base: UnsafePointer<UInt8>, _ count: Int) -> Int {
    let raw = UnsafeRawPointer(base)
    let first = raw.loadUnaligned(as: UInt64.self)
    let middle = raw.loadUnaligned(
      fromByteOffset: count / 2 - 4, as: UInt64.self)
    let last = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
      let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
      return product ^ product >> 32
    }
    let hash = mixed(mixed(mixed(UInt64(count), first), middle), last)
    return Int(truncatingIfNeeded: hash) & (size - 1)
  }
}
