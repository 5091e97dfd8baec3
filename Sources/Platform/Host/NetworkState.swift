// The addresses and routes of this machine, as `ip address` and `ip route`
// tell of them.

import CPlatform
import Glibc

/// The addresses of a machine, and the ways out of it.
public struct NetworkState: Sendable, Hashable {
  /// One address of an interface.
  public struct Address: Sendable, Hashable {
    /// The interface, such as `eth0`.
    public var interface: String
    /// The name of the address: the interface, or an alias of it (`eth0:1`).
    public var label: String
    public var isIPv6: Bool
    public var text: String
    /// The other end of a point-to-point connection.
    public var peer: String?
    /// Bits of the network.
    public var prefix: Int
    public var broadcast: String?
    /// How far it is known, such as `global` or `link`.
    public var scope: String
    /// Whether it is a second address of its network, or a temporary one.
    public var isSecondary: Bool

    public init(
      interface: String, label: String, isIPv6: Bool = false, text: String,
      peer: String? = nil, prefix: Int, broadcast: String? = nil,
      scope: String = "global", isSecondary: Bool = false
    ) {
      self.interface = interface
      self.label = label
      self.isIPv6 = isIPv6
      self.text = text
      self.peer = peer
      self.prefix = prefix
      self.broadcast = broadcast
      self.scope = scope
      self.isSecondary = isSecondary
    }
  }

  /// The way that a packet takes.
  public struct Route: Sendable, Hashable {
    public var interface: String?
    public var source: String?
    public var gateway: String?

    public init(
      interface: String? = nil, source: String? = nil, gateway: String? = nil
    ) {
      self.interface = interface
      self.source = source
      self.gateway = gateway
    }
  }

  public var addresses: [Address] = []
  /// The way out to the internet; nil where there is none.
  public var outwardIPv4: Route?
  public var outwardIPv6: Route?
  /// Networks all of whose addresses are this machine: `127.0.0.0/8`.
  public var localIPv4: [String] = []
  public var localIPv6: [String] = []

  /// A machine without a network.
  public init() {}

  /// What the kernel tells now; nothing where it may not be asked.
  ///
  /// The ways out are those to the name servers of Google and to a host of
  /// theirs, which Ansible looks for; no packet is sent.
  public static func current() -> NetworkState {
    var state = NetworkState()
    state.addresses = listedAddresses()
    state.outwardIPv4 = route([8, 8, 8, 8], family: AF_INET)
    state.outwardIPv6 = route(
      [
        0x24, 0x04, 0x68, 0x00, 0x40, 0x0a, 0x08, 0, 0, 0, 0, 0, 0, 0, 0x10,
        0x12,
      ], family: AF_INET6)
    state.localIPv4 = local(AF_INET)
    state.localIPv6 = local(AF_INET6)
    return state
  }

  // MARK: - From the kernel

  /// What the kernel's answers are collected in.
  private final class Collected<Item> {
    var items: [Item] = []
  }

  private typealias RouteListener =
    @convention(c) (UnsafePointer<qd_route>?, UnsafeMutableRawPointer?) -> Void

  private static func listedAddresses() -> [Address] {
    let collected = Collected<qd_address>()
    _ = qd_list_addresses(
      { item, context in
        guard let item, let context else { return }
        Unmanaged<Collected<qd_address>>.fromOpaque(context)
          .takeUnretainedValue().items.append(item.pointee)
      }, Unmanaged.passUnretained(collected).toOpaque())
    return collected.items.compactMap(address)
  }

  private static func routes(
    _ list: (RouteListener?, UnsafeMutableRawPointer?) -> Int32
  ) -> [qd_route] {
    let collected = Collected<qd_route>()
    _ = list(
      { item, context in
        guard let item, let context else { return }
        Unmanaged<Collected<qd_route>>.fromOpaque(context)
          .takeUnretainedValue().items.append(item.pointee)
      }, Unmanaged.passUnretained(collected).toOpaque())
    return collected.items
  }

  private static func address(_ raw: qd_address) -> Address? {
    guard let name = interfaceName(raw.interface) else { return nil }
    let own = text(raw.local, raw.family)
    let other = text(raw.address, raw.family)
    let label = bytes(raw.label)
    return Address(
      interface: name,
      label: label.first == 0
        ? name : String(decoding: label.prefix { $0 != 0 }, as: UTF8.self),
      isIPv6: raw.family == AF_INET6, text: own,
      peer: own == other ? nil : other, prefix: Int(raw.prefix),
      broadcast: raw.has_broadcast != 0
        ? text(raw.broadcast, raw.family) : nil,
      scope: scope(raw.scope), isSecondary: raw.is_secondary != 0)
  }

  private static func route(_ to: [UInt8], family: Int32) -> Route? {
    let found = routes { qd_route_to(family, to, $0, $1) }
    guard let raw = found.first else { return nil }
    return Route(
      interface: interfaceName(raw.interface),
      source: raw.has_source != 0 ? text(raw.source, family) : nil,
      gateway: raw.has_gateway != 0 ? text(raw.gateway, family) : nil)
  }

  private static func local(_ family: Int32) -> [String] {
    let bits = family == AF_INET6 ? 128 : 32
    var seen: [String] = []
    for raw in routes({ qd_list_routes(family, $0, $1) })
    where raw.is_local != 0 && raw.family == family {
      var name = text(raw.destination, family)
      if raw.prefix != bits { name += "/\(raw.prefix)" }
      if !seen.contains(name) { seen.append(name) }
    }
    return seen
  }

  private static func interfaceName(_ index: Int32) -> String? {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    guard index > 0, if_indextoname(UInt32(index), &name) != nil else {
      return nil
    }
    return String(
      decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
      as: UTF8.self)
  }

  private static func bytes<Value>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }

  private static func text<Value>(_ address: Value, _ family: Int32) -> String {
    var room = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let made = withUnsafeBytes(of: address) {
      inet_ntop(family, $0.baseAddress, &room, socklen_t(room.count))
    }
    guard made != nil else { return "" }
    return String(
      decoding: room.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
      as: UTF8.self)
  }

  /// Names of scopes as iproute2 has them.
  private static func scope(_ number: Int32) -> String {
    switch number {
    case 0: "global"
    case 200: "site"
    case 253: "link"
    case 254: "host"
    case 255: "nowhere"
    default: String(number)
    }
  }
}
