// IP addresses and networks by the rules of Python's netaddr, on which the
// `ipaddr` filters stand.

import Glibc
import Jinja

/// An address of a network: value and prefix together, as netaddr keeps them.
struct IPNetwork: Sendable, Hashable {
  enum Version: Int, Sendable {
    case four = 4
    case six = 6
  }

  var version: Version
  var value: UInt128
  var prefix: Int

  init(_ version: Version, _ value: UInt128, prefix: Int) {
    self.version = version
    self.value = value
    self.prefix = prefix
  }

  /// Reads `address`, `address/prefix` or `address/netmask`; nil for anything
  /// else.
  init?(_ text: String) {
    let parts = text.split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first,
      let (version, value) = Self.address(String(first))
    else { return nil }
    let width = version == .four ? 32 : 128
    guard parts.count == 2 else {
      self.init(version, value, prefix: width)
      return
    }
    let written = String(parts[1])
    if let prefix = Int(written) {
      guard (0...width).contains(prefix) else { return nil }
      self.init(version, value, prefix: prefix)
      return
    }
    guard let (kind, mask) = Self.address(written), kind == version else {
      return nil
    }
    let all = Self.mask(width, version)
    if let prefix = (0...width).first(where: { Self.mask($0, version) == mask })
    {
      self.init(version, value, prefix: prefix)
    } else if let prefix = (0...width).first(where: {
      Self.mask($0, version) ^ all == mask
    }) {
      self.init(version, value, prefix: prefix)
    } else {
      return nil
    }
  }

  /// The value of an address in its full writing, nil for anything else.
  static func address(_ text: String) -> (Version, UInt128)? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      return (.four, UInt128(UInt32(bigEndian: four.s_addr)))
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    let bytes = withUnsafeBytes(of: &six) { Array($0) }
    return (.six, bytes.reduce(0) { $0 << 8 | UInt128($1) })
  }

  /// The text of an address.
  static func text(_ value: UInt128, _ version: Version) -> String {
    let width = version == .four ? 4 : 16
    let bytes = (0..<width).map {
      UInt8(truncatingIfNeeded: value >> UInt128(8 * (width - 1 - $0)))
    }
    var room = [CChar](repeating: 0, count: 64)
    let made = bytes.withUnsafeBytes {
      inet_ntop(
        version == .four ? AF_INET : AF_INET6, $0.baseAddress, &room,
        socklen_t(room.count))
    }
    guard made != nil else { return "" }
    return String(
      decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
      as: UTF8.self)
  }

  private static func mask(_ prefix: Int, _ version: Version) -> UInt128 {
    let width = version == .four ? 32 : 128
    if prefix == 0 { return 0 }
    let all: UInt128 = width == 128 ? .max : (1 << 32) - 1
    return all
      & ~(prefix == width ? 0 : (UInt128(1) << UInt128(width - prefix)) - 1)
  }

  var width: Int { version == .four ? 32 : 128 }
  /// Whether an address so many places further is one.
  func canMove(by offset: Int) -> Bool {
    let size = UInt128(offset.magnitude)
    return offset < 0
      ? value >= size : size <= largest && value <= largest - size
  }

  var largest: UInt128 { version == .four ? (1 << 32) - 1 : .max }
  var netmask: UInt128 { Self.mask(prefix, version) }
  var hostmask: UInt128 { netmask ^ largest }
  var first: UInt128 { value & netmask }
  var last: UInt128 { first | hostmask }
  /// Nil for networks of one or two addresses.
  var broadcast: UInt128? { width - prefix <= 1 ? nil : last }
  /// Whether there is more than one address, and more than two.
  var isNetwork: Bool { prefix < width }
  var isWide: Bool { width - prefix > 1 }
  var isPair: Bool { width - prefix == 1 }

  /// The number of addresses.
  var size: Value { Self.number(power: width - prefix, minus: 0) }

  /// Two to a power, less a little.
  static func number(power: Int, minus less: Int) -> Value {
    guard power < 128 else {
      // 2^128 is one more than the largest value.
      let text = "340282366920938463463374607431768211456"
      let whole = BigInteger(digits: text.utf8, radix: 10)
      return whole.map { Value($0) } ?? .none
    }
    return number((UInt128(1) << UInt128(power)) - UInt128(less))
  }

  static func number(_ value: UInt128) -> Value {
    if let small = Int(exactly: value) { return Value(small) }
    let whole = BigInteger(digits: String(value).utf8, radix: 10)
    return whole.map { Value($0) } ?? .none
  }

  func text(_ value: UInt128) -> String { Self.text(value, version) }
  var ip: String { text(value) }
  /// Address and prefix.
  var description: String { "\(ip)/\(prefix)" }
  /// Network address and prefix.
  var cidr: String { "\(text(first))/\(prefix)" }

  func contains(_ other: IPNetwork) -> Bool {
    version == other.version && first <= other.first && other.last <= last
  }

  /// The first and last address that a host may have; nil for one address.
  var usable: (first: UInt128, last: UInt128)? {
    if isPair { return (first, last) }
    return isNetwork ? (first + 1, last - 1) : nil
  }

  // MARK: Kinds of address

  private func isIn(_ networks: [String]) -> Bool {
    let address = IPNetwork(version, value, prefix: width)
    return networks.contains { IPNetwork($0)?.contains(address) ?? false }
  }

  var isLoopback: Bool { isIn(["127.0.0.0/8", "::1/128"]) }
  var isMulticast: Bool { isIn(["224.0.0.0/4", "ff00::/8"]) }
  var isLinkLocal: Bool { isIn(["169.254.0.0/16", "fe80::/10"]) }
  var isNetmask: Bool {
    let next = (value ^ largest) &+ 1
    return next & (next &- 1) == 0
  }
  var isHostmask: Bool {
    let next = value &+ 1
    return next & (next &- 1) == 0
  }

  /// Reachable from everywhere, by IANA's registries of special addresses.
  var isGlobal: Bool {
    !isIn([
      "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
      "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.0.170/31",
      "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
      "203.0.113.0/24", "240.0.0.0/4", "::1/128", "::/128", "::ffff:0:0/96",
      "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
      "fc00::/7", "fe80::/10",
    ])
      || isIn([
        "192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/128",
        "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28",
      ])
  }

  /// The name under which reverse DNS knows the address.
  var reverseName: String {
    if version == .four {
      return ip.split(separator: ".").reversed().joined(separator: ".")
        + ".in-addr.arpa."
    }
    let digits = String(value, radix: 16)
    let padded = String(repeating: "0", count: 32 - digits.count) + digits
    return padded.reversed().map { String($0) }.joined(separator: ".")
      + ".ip6.arpa."
  }
}
