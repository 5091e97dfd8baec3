// Python's `random.Random` with a seed: the same numbers, so that
// `random(seed=inventory_hostname)` answers here as it does there. Nothing of
// it is fit for secrets.

import Jinja

/// The generator MT19937 as Python seeds and reads it.
struct MersenneTwister {
  private var state = [UInt32](repeating: 0, count: 624)
  private var at = 624

  /// Seeds with a value as Python's `Random(seed)` does: whole numbers by
  /// their size, texts and bytes by their content and its SHA-512.
  init(seed: Value) throws {
    switch seed.payload {
    case .integer(let number):
      self.init(key: Self.words(UInt64(number.magnitude)))
    case .bool(let flag): self.init(key: [flag ? 1 : 0])
    case .string(let text), .markup(let text):
      let bytes = Array(text.utf8)
      self.init(bigEndian: bytes + Digest.bytes(bytes, .sha512))
    case .bigInteger(let number):
      self.init(bigEndian: Self.bytes(of: number))
    case .unknown: throw UnknownValue()
    default:
      throw TemplateError(
        .type,
        "The only supported seed types are: None, int, float, str, bytes, "
          + "and bytearray.")
    }
  }

  private static func words(_ number: UInt64) -> [UInt32] {
    number >> 32 == 0
      ? [UInt32(number)]
      : [UInt32(truncatingIfNeeded: number), UInt32(number >> 32)]
  }

  private static func bytes(of number: BigInteger) -> [UInt8] {
    let digits = number.text(radix: 16).filter { $0 != "-" }
    var rest = Substring(digits.count % 2 == 0 ? digits : "0" + digits)
    var bytes: [UInt8] = []
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Seeds with a number given by its bytes, most significant first.
  private init(bigEndian bytes: [UInt8]) {
    var key: [UInt32] = []
    var rest = Array(bytes.drop { $0 == 0 }.reversed())[...]
    while !rest.isEmpty {
      var word: UInt32 = 0
      for (place, byte) in rest.prefix(4).enumerated() {
        word |= UInt32(byte) << UInt32(8 * place)
      }
      key.append(word)
      rest = rest.dropFirst(4)
    }
    self.init(key: key.isEmpty ? [0] : key)
  }

  /// `init_by_array` of the reference implementation.
  private init(key: [UInt32]) {
    state[0] = 19_650_218
    for index in 1..<624 {
      let last = state[index - 1]
      state[index] = 1_812_433_253 &* (last ^ last >> 30) &+ UInt32(index)
    }
    var i = 1
    var j = 0
    for _ in 0..<max(624, key.count) {
      let last = state[i - 1]
      state[i] =
        (state[i] ^ (last ^ last >> 30) &* 1_664_525) &+ key[j] &+ UInt32(j)
      i += 1
      j += 1
      if i >= 624 {
        state[0] = state[623]
        i = 1
      }
      if j >= key.count { j = 0 }
    }
    for _ in 0..<623 {
      let last = state[i - 1]
      state[i] =
        (state[i] ^ (last ^ last >> 30) &* 1_566_083_941) &- UInt32(i)
      i += 1
      if i >= 624 {
        state[0] = state[623]
        i = 1
      }
    }
    state[0] = 0x8000_0000
  }

  private mutating func next() -> UInt32 {
    if at >= 624 {
      for index in 0..<624 {
        let joined =
          state[index] & 0x8000_0000 | state[(index + 1) % 624] & 0x7FFF_FFFF
        state[index] =
          state[(index + 397) % 624] ^ joined >> 1
          ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
      }
      at = 0
    }
    var word = state[at]
    at += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9D2C_5680
    word ^= word << 15 & 0xEFC6_0000
    return word ^ word >> 18
  }

  private mutating func bits(_ count: Int) -> UInt64 {
    if count <= 32 { return UInt64(next() >> UInt32(32 - count)) }
    let low = UInt64(next())
    return low | UInt64(next() >> UInt32(64 - count)) << 32
  }

  /// A number from 0 to `bound - 1`.
  mutating func below(_ bound: Int) -> Int {
    guard bound > 1 else {
      if bound == 1 { _ = bits(1) }
      return 0
    }
    let width = Int.bitWidth - bound.leadingZeroBitCount
    while true {
      let drawn = Int(bits(width))
      if drawn < bound { return drawn }
    }
  }
}
