// The gzip format (RFC 1952), through zlib.

import CPlatform

/// Packs and unpacks bytes as gzip(1) does.
public enum Gzip {
  /// More than this is not unpacked: what it came from is broken or hostile.
  public static let unpackedLimit = 256 << 20

  /// The bytes in gzip format.
  public static func compress(_ bytes: [UInt8]) -> [UInt8] {
    let bound = qd_gzip_bound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = bytes.withUnsafeBufferPointer {
        qd_gzip($0.baseAddress, $0.count, buffer.baseAddress, bound)
      }
    }
  }

  /// The bytes that a gzip text holds; nil when it is none, or too large.
  public static func decompress(_ bytes: [UInt8]) -> [UInt8]? {
    var room = max(bytes.count * 8, 4096)
    while room <= unpackedLimit {
      var needsRoom = false
      var isBroken = false
      let unpacked = [UInt8](unsafeUninitializedCapacity: room) {
        buffer, count in
        let result = bytes.withUnsafeBufferPointer {
          qd_gunzip($0.baseAddress, $0.count, buffer.baseAddress, room)
        }
        needsRoom = result == -1
        isBroken = result == -2
        count = max(result, 0)
      }
      if isBroken { return nil }
      if !needsRoom { return unpacked }
      room *= 4
    }
    return nil
  }
}
