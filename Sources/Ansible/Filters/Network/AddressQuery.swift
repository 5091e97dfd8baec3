// `ipaddr` and what it can be asked about an address or network.

import Jinja

/// One value taken for an address, and the questions about it.
struct AddressQuery {
  /// Whether the value was written as an address or with a prefix.
  enum Kind: String {
    case address
    case network
  }

  /// The value as it is handed on where a question only filters.
  let value: Value
  let network: IPNetwork
  let kind: Kind

  /// `ipaddr(value, query)`, which answers false for what is no address.
  static func ask(
    _ value: Value, _ query: String, version: Int? = nil,
    alias: String = "ipaddr"
  ) throws -> Value {
    if value.isUnknown { return .unknown }
    if value.isSequence, let items = try value.sequence() {
      let answers = try items.map {
        try ask($0, query, version: version, alias: alias)
      }
      return Value(try answers.filter { try $0.truth() })
    }
    guard try value.truth(), value.boolean == nil,
      let parsed = AddressQuery(value, version: version)
    else { return .false }
    if let version, parsed.network.version.rawValue != version { return .false }
    return try parsed.answer(query, alias: alias)
  }

  /// The value where it is an address, a number or a network.
  init?(_ value: Value, version: Int?) {
    guard let text = try? value.str() else { return nil }
    let digits = text.allSatisfy { $0.isASCII && $0.isNumber }
    if digits, let number = UInt128(text) {
      let isFour = version != 6 && number < 1 << 32
      network = IPNetwork(
        isFour ? .four : .six, number, prefix: isFour ? 32 : 128)
      self.value = Value(network.description)
      kind = .address
      return
    }
    if let network = IPNetwork(text) {
      self.network = network
      self.value = value
      kind =
        text.split(separator: "/", omittingEmptySubsequences: false).count == 2
        ? .network : .address
      return
    }
    // Perhaps a number with a prefix.
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = UInt128(parts[0]),
      let prefix = Int(parts[1]), prefix >= 0
    else { return nil }
    if number < 1 << 32, prefix <= 32 {
      network = IPNetwork(.four, number, prefix: prefix)
    } else if prefix <= 128 {
      network = IPNetwork(.six, number, prefix: prefix)
    } else {
      return nil
    }
    self.value = Value(network.description)
    kind = .network
  }

  private var isAtEdge: Bool {
    network.value == network.first || network.value == network.broadcast
  }

  private func requireNetwork() throws {
    guard kind == .network else {
      throw TemplateError.plugin("Not a network address")
    }
  }

  /// The answer; `none` and false both mean no.
  func answer(_ query: String, alias: String) throws -> Value {
    let v = network
    switch query {
    case "":
      return Value(kind == .address ? v.ip : v.description)
    case "bool": return .true
    case "address", "ip":
      if !v.isNetwork || v.value != v.first || v.broadcast == nil {
        return Value(v.ip)
      }
      return v.version == .six ? Value(v.ip) : .none
    case "address/prefix", "gateway", "gw", "host/prefix", "hostnet", "router":
      return v.isWide && isAtEdge ? .false : Value(v.description)
    case "broadcast": return v.isWide ? Value(v.text(v.last)) : .none
    case "cidr": return Value(v.description)
    case "host":
      if !v.isNetwork { return Value(v.description) }
      return v.value != v.first || v.broadcast == nil
        ? Value(v.description) : .none
    case "hostmask", "wildcard": return Value(v.text(v.hostmask))
    case "int":
      return kind == .address
        ? IPNetwork.number(v.value) : Value("\(v.value)/\(v.prefix)")
    case "ip/prefix", "ip_netmask":
      guard v.isPair || (v.isNetwork && v.value != v.first) else {
        return .none
      }
      return Value(
        query == "ip/prefix"
          ? v.description : "\(v.ip) \(v.text(v.netmask))")
    case "ipv4", "v4": return asVersion4()
    case "ipv6", "v6":
      guard v.version == .four else { return value }
      let mapped = IPNetwork(
        .six, 0xFFFF_0000_0000 + v.value, prefix: v.prefix + 96)
      return Value(mapped.description)
    case "link-local": return v.isLinkLocal ? value : .none
    case "lo", "loopback": return v.isLoopback ? value : .none
    case "multicast": return v.isMulticast ? value : .none
    case "unicast": return v.isMulticast ? .none : value
    case "private": return v.isGlobal ? .none : value
    case "public":
      return !v.isMulticast && v.isGlobal && !v.isLoopback && !v.isNetmask
        && !v.isHostmask ? value : .none
    case "net":
      return v.isNetwork && v.value == v.first ? Value(v.cidr) : .none
    case "netmask": return Value(v.text(v.netmask))
    case "network", "network_id": return Value(v.text(v.first))
    case "network/prefix", "subnet": return Value(v.cidr)
    case "network_netmask":
      return Value("\(v.text(v.first)) \(v.text(v.netmask))")
    case "network_wildcard":
      return Value("\(v.text(v.first)) \(v.text(v.hostmask))")
    case "prefix": return Value(v.prefix)
    case "revdns": return Value(v.reverseName)
    case "size": return v.size
    case "size_usable":
      if !v.isNetwork { return 0 }
      return v.isPair
        ? 2 : IPNetwork.number(power: v.width - v.prefix, minus: 2)
    case "type":
      return Value(
        v.isNetwork && v.value == v.first ? "network" : "address")
    case "version": return Value(v.version.rawValue)
    case "wrap":
      guard v.version == .six else { return value }
      return Value(
        kind == .address ? "[\(v.ip)]" : "[\(v.ip)]/\(v.prefix)")
    case "first_usable", "last_usable", "next_usable", "previous_usable",
      "range_usable", "peer":
      return try usable(query)
    case "6to4": return sixToFour()
    default: return try other(query, alias: alias)
    }
  }

  private func asVersion4() -> Value {
    let v = network
    guard v.version == .six else { return value }
    if v.value < 1 << 32, v.prefix >= 96 {
      return Value(IPNetwork(.four, v.value, prefix: v.prefix - 96).description)
    }
    guard (0xFFFF_0000_0000...0xFFFF_FFFF_FFFF).contains(v.value),
      v.prefix >= 96
    else { return .false }
    return Value(
      IPNetwork(.four, v.value - 0xFFFF_0000_0000, prefix: v.prefix - 96)
        .description)
  }

  private func usable(_ query: String) throws -> Value {
    try requireNetwork()
    let v = network
    if query == "peer" {
      if v.isPair { return Value(v.text(v.value ^ 1)) }
      guard v.width - v.prefix == 2 else {
        throw TemplateError.plugin("Not a point-to-point network")
      }
      if v.value % 4 == 0 {
        throw TemplateError.plugin("Network address of /30 has no peer")
      }
      if v.value % 4 == 3 {
        throw TemplateError.plugin("Broadcast address of /30 has no peer")
      }
      return Value(v.text(v.value ^ 3))
    }
    guard let range = v.usable else { return .none }
    switch query {
    case "first_usable": return Value(v.text(range.first))
    case "last_usable": return Value(v.text(range.last))
    case "range_usable":
      return Value("\(v.text(range.first))-\(v.text(range.last))")
    default:
      return step(query == "next_usable" ? 1 : -1)
    }
  }

  /// The address `offset` after this one where a host may have it.
  func step(_ offset: Int) -> Value {
    let v = network
    guard let range = v.usable else { return .none }
    let size = UInt128(offset.magnitude)
    guard v.canMove(by: offset) else { return .none }
    let moved = offset >= 0 ? v.value + size : v.value - size
    return range.first <= moved && moved <= range.last
      ? Value(v.text(moved)) : .none
  }

  private func sixToFour() -> Value {
    let v = network
    if v.version == .four {
      guard !v.isNetwork || v.value != v.first else { return .false }
      func byte(_ shift: UInt128) -> String {
        let digits = String((v.value >> shift) & 255, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
      }
      return Value(
        "2002:\(byte(24))\(byte(16)):\(byte(8))\(byte(0))::1/48")
    }
    guard let block = IPNetwork("2002::/16"),
      block.contains(IPNetwork(.six, v.value, prefix: 128)),
      kind == .address || v.value != v.first
    else { return .false }
    return value
  }

  /// A network to be in, or a position in this one.
  private func other(_ query: String, alias: String) throws -> Value {
    let isNumber =
      !query.isEmpty && query.allSatisfy { $0.isASCII && $0.isNumber }
    if !isNumber, let range = AddressQuery(Value(query), version: nil) {
      // The whole of it must be inside.
      let block = IPNetwork(
        range.network.version, range.network.value,
        prefix: range.network.prefix)
      return block.contains(network) ? value : .none
    }
    guard let index = Double(query) else {
      throw TemplateError.plugin("\(alias): unknown filter type: \(query)")
    }
    guard network.isNetwork else {
      return Value(kind == .address ? network.ip : network.description)
    }
    guard let whole = Int(query), index.isFinite else { return .false }
    guard let address = nth(whole) else { return .false }
    return Value("\(network.text(address))/\(network.prefix)")
  }

  /// The address at a position, counted from the end where negative.
  func nth(_ index: Int) -> UInt128? {
    let size = UInt128(index.magnitude)
    if index >= 0 {
      return size <= network.last - network.first ? network.first + size : nil
    }
    return size - 1 <= network.last - network.first
      ? network.last - (size - 1) : nil
  }
}
