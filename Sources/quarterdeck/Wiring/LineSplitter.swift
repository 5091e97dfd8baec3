// Bytes that come in pieces, cut into lines.

/// Collects pieces and gives out whole lines; a line beyond the limit is given
/// out in parts, so that an endless one cannot fill the memory.
struct LineSplitter {
  private var pending: [UInt8] = []
  private static let limit = 16 << 10

  mutating func lines(adding piece: [UInt8]) -> [String] {
    var lines: [String] = []
    for byte in piece {
      if byte == 0x0A || pending.count >= Self.limit {
        lines.append(String(decoding: pending, as: UTF8.self))
        pending.removeAll(keepingCapacity: true)
        if byte == 0x0A { continue }
      }
      pending.append(byte)
    }
    return lines
  }

  /// What came after the last newline.
  var rest: String? {
    pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self)
  }
}
