// Takes lines out of pieces that end anywhere.

import Glibc

/// Finds the lines of a stream.
struct LineSplitter {
  /// The beginning of a line whose end has not come yet.
  private var pending: [UInt8] = []

  /// Reads a piece and hands over each line that ends in it, without its end.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer,
    each: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) rethrows {
    guard let base = bytes.baseAddress else { return }
    var start = 0
    while start < bytes.count,
      let found = memchr(base + start, 0x0a, bytes.count - start)
    {
      let end = base.distance(to: UnsafeRawPointer(found))
      let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        .assumingMemoryBound(to: UInt8.self)
      start = end + 1
      if pending.isEmpty {
        if !line.isEmpty { try each(line) }
      } else {
        pending.append(contentsOf: line)
        defer { pending.removeAll(keepingCapacity: true) }
        try pending.withUnsafeBufferPointer { try each($0) }
      }
    }
    if start < bytes.count { pending.append(contentsOf: bytes[start...]) }
  }

  /// Whether the stream ended inside a line.
  var hasRest: Bool { !pending.isEmpty }
}
