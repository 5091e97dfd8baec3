// Makes the secrets that an operator does not want to think up.

/// Makes secrets by their rules from the system's random numbers.
public struct SecretGenerator<Random: RandomNumberGenerator> {
  private var random: Random

  /// A generator over a source of random numbers that cannot be predicted.
  public init(random: Random) {
    self.random = random
  }

  /// A fresh secret.
  public mutating func secret(for rule: GenerateRule) -> String {
    switch rule.kind {
    case .password:
      text(from: Self.alphanumeric, length: max(8, rule.length))
    case .hex:
      text(from: Self.hexadecimal, length: max(8, rule.length))
    case .fernet: Self.urlSafeBase64(bytes(32))
    case .uuid: uuid()
    }
  }

  private static var alphanumeric: [UInt8] {
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  }

  private static var hexadecimal: [UInt8] { Array("0123456789abcdef".utf8) }

  private mutating func text(from alphabet: [UInt8], length: Int) -> String {
    // `random(in:using:)` rejects rather than folds: every letter is equally
    // likely.
    var letters: [UInt8] = []
    for _ in 0..<length {
      letters.append(
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
    }
    return String(decoding: letters, as: UTF8.self)
  }

  private mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// A random UUID; source: RFC 9562, section 5.4.
  private mutating func uuid() -> String {
    var value = bytes(16)
    value[6] = value[6] & 0x0f | 0x40
    value[8] = value[8] & 0x3f | 0x80
    var text = ""
    for (index, byte) in value.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      let digits = String(byte, radix: 16)
      text += digits.count == 1 ? "0" + digits : digits
    }
    return text
  }

  /// Base64 with the URL-safe alphabet; source: RFC 4648, section 5.
  static func urlSafeBase64(_ bytes: [UInt8]) -> String {
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      var bits = 0
      for byte in chunk { bits = bits << 8 | Int(byte) }
      bits <<= 8 * (3 - chunk.count)
      for place in 0..<4 {
        text.append(
          place <= chunk.count
            ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension SecretGenerator where Random == SystemRandomNumberGenerator {
  /// A generator over the kernel's random numbers.
  public init() {
    self.init(random: SystemRandomNumberGenerator())
  }
}
