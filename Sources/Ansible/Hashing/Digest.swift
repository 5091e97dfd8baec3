// Digests as text, for this target and those above: swift-crypto is imported
// here alone.

import Crypto

/// Digests of bytes as lower-case hexadecimal text.
public enum Digest {
  /// The functions that roles ask for by name (`hash`, `checksum`).
  public enum Function: String, Sendable, CaseIterable {
    case md5
    case sha1
    case sha256
    case sha384
    case sha512
  }

  /// The digest of `bytes` by `function`, as text.
  public static func hex(
    _ bytes: some Sequence<UInt8>, _ function: Function
  ) -> String {
    hex(Self.bytes(bytes, function))
  }

  /// The digest of `bytes` by `function`.
  public static func bytes(
    _ bytes: some Sequence<UInt8>, _ function: Function
  ) -> [UInt8] {
    let all = Array(bytes)
    switch function {
    case .md5: return Array(Insecure.MD5.hash(data: all))
    case .sha1: return Array(Insecure.SHA1.hash(data: all))
    case .sha256: return Array(SHA256.hash(data: all))
    case .sha384: return Array(SHA384.hash(data: all))
    case .sha512: return Array(SHA512.hash(data: all))
    }
  }

  /// Lower-case hexadecimal text of `bytes`, two digits a byte.
  public static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// SHA-256 of a text's UTF-8 bytes.
  public static func sha256(_ text: String) -> String {
    hex(text.utf8, .sha256)
  }
}
