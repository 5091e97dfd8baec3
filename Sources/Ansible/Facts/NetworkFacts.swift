// Facts of the network: interfaces as /sys/class/net has them, addresses and
// the way out as the kernel tells.

import Jinja
import Platform

extension FactReader {
  func network() -> Parameters {
    let state = source.network()
    var interfaces: [(name: String, facts: Parameters)] = []
    var outwardIPv4 = route(state.outwardIPv4)
    var outwardIPv6 = route(state.outwardIPv6)
    for name in source.names(in: "/sys/class/net") {
      let folder = "/sys/class/net/\(name)"
      guard source.files.isDirectory(folder) else { continue }
      Self.set(&interfaces, name, interface(name, folder))
    }
    var all: (v4: [Value], v6: [Value]) = ([], [])
    for (device, own) in interfaces {
      let common: Parameters = [
        "macaddress": Value(
          source.text("/sys/class/net/\(device)/address") ?? ""),
        "mtu": own["mtu"] ?? .none, "type": own["type"] ?? "unknown",
      ]
      let addresses = state.addresses.filter { $0.interface == device }
      let ordered =
        addresses.filter { !$0.isSecondary }
        + addresses.filter(\.isSecondary)
      for address in ordered {
        guard !address.isIPv6 else {
          let facts: Parameters = [
            "address": Value(address.text),
            "prefix": Value(String(address.prefix)),
            "scope": Value(address.scope),
          ]
          Self.append(facts, to: "ipv6", of: device, &interfaces)
          if outwardIPv6["address"]?.text == address.text {
            outwardIPv6.merge(facts) { $1 }
            outwardIPv6.merge(common) { $1 }
          }
          if address.text != "::1" { all.v6.append(Value(address.text)) }
          continue
        }
        let facts = Self.ipv4(address)
        Self.add(facts, address, device, &interfaces)
        if outwardIPv4["address"]?.text == address.text {
          outwardIPv4.merge(facts) { $1 }
          outwardIPv4.merge(common) { $1 }
          outwardIPv4["alias"] = Value(address.label)
        }
        if !address.text.hasPrefix("127.") {
          all.v4.append(Value(address.text))
        }
      }
    }
    var facts: Parameters = [:]
    // A colon is hard to write in a template.
    for (name, own) in interfaces {
      facts[name.replacing(":", with: "_")] = Self.dictionary(own)
    }
    facts["interfaces"] = .list(
      interfaces.map { Value($0.name.replacing(":", with: "_")) })
    facts["default_ipv4"] = Self.dictionary(outwardIPv4)
    facts["default_ipv6"] = Self.dictionary(outwardIPv6)
    facts["all_ipv4_addresses"] = .list(all.v4)
    facts["all_ipv6_addresses"] = .list(all.v6)
    facts["locally_reachable_ips"] = .dictionary([
      ("ipv4", .list(state.localIPv4.map { Value($0) })),
      ("ipv6", .list(state.localIPv6.map { Value($0) })),
    ])
    return facts
  }

  /// The names that storage networks know the machine by.
  func storageNames() -> Parameters {
    func first(_ path: String, _ prefix: String) -> String? {
      source.lines(path).first { $0.hasPrefix(prefix) }.map(String.init)
    }
    return [
      "iscsi_iqn": Value(
        first("/etc/iscsi/initiatorname.iscsi", "InitiatorName=")
          .map { String($0.dropFirst("InitiatorName=".count)) } ?? ""),
      "hostnqn": Value(first("/etc/nvme/hostnqn", "nqn.") ?? ""),
      "fibre_channel_wwn": .list(
        source.names(in: "/sys/class/fc_host").flatMap { host in
          source.lines("/sys/class/fc_host/\(host)/port_name")
            .filter { !$0.isEmpty }.map { Value(String($0.dropFirst(2))) }
        }),
    ]
  }

  // MARK: - Parts

  private static func dictionary(_ facts: Parameters) -> Value {
    .dictionary(facts.map { ($0.key, $0.value) })
  }

  private func route(_ route: NetworkState.Route?) -> Parameters {
    var facts: Parameters = [:]
    if let name = route?.interface { facts["interface"] = Value(name) }
    if let source = route?.source { facts["address"] = Value(source) }
    if let gateway = route?.gateway { facts["gateway"] = Value(gateway) }
    return facts
  }

  private func interface(_ name: String, _ folder: String) -> Parameters {
    func text(_ file: String) -> String? { source.text("\(folder)/\(file)") }
    func number(_ file: String) -> Value? {
      text(file).flatMap { Int($0) }.map { Value($0) }
    }
    var facts: Parameters = ["device": Value(name)]
    if let address = text("address"), address != "00:00:00:00:00:00" {
      facts["macaddress"] = Value(address)
    }
    facts["mtu"] = number("mtu")
    facts["active"] = text("operstate").map { Value($0 != "down") }
    if let driver = source.linkTarget("\(folder)/device/driver/module") {
      facts["module"] = Value(Paths.name(of: driver))
    }
    if let kind = text("type") {
      facts["type"] = Value(Self.kinds[kind] ?? "unknown")
    }
    if source.exists("\(folder)/bridge") {
      facts["type"] = "bridge"
      facts["interfaces"] = .list(
        source.names(in: "\(folder)/brif").map { Value($0) })
      facts["id"] = Value(text("bridge/bridge_id") ?? "")
      facts["stp"] = Value(text("bridge/stp_state") == "1")
    }
    if source.exists("\(folder)/bonding") {
      func words(_ file: String) -> [Value] {
        (text("bonding/\(file)") ?? "").split { $0.isWhitespace }
          .map { Value(String($0)) }
      }
      facts["type"] = "bonding"
      facts["slaves"] = .list(words("slaves"))
      for file in ["mode", "miimon", "lacp_rate"] {
        facts[file] = words(file).first
      }
      if let primary = text("bonding/primary") {
        facts["primary"] = Value(primary)
        facts["all_slaves_active"] = Value(
          text("bonding/all_slaves_active") == "1")
      }
    }
    if source.exists("\(folder)/bonding_slave") {
      facts["perm_macaddress"] = Value(text("bonding_slave/perm_hwaddr") ?? "")
    }
    if let device = source.linkTarget("\(folder)/device") {
      facts["pciid"] = Value(Paths.name(of: device))
    }
    facts["speed"] = number("speed")
    if let flags = text("flags").flatMap({ Int($0.dropFirst(2), radix: 16) }) {
      facts["promisc"] = Value(flags & 0x100 != 0)
    }
    return facts
  }

  /// The kernel's numbers for kinds of interfaces (ARPHRD_…).
  private static let kinds = [
    "1": "ether", "32": "infiniband", "512": "ppp", "772": "loopback",
    "65534": "tunnel",
  ]

  private static func ipv4(_ address: NetworkState.Address) -> Parameters {
    // Without a network of its own it is a network by itself.
    let prefix = address.peer == nil ? address.prefix : 32
    let mask: UInt32 =
      prefix <= 0 ? 0 : UInt32.max << UInt32(32 - min(prefix, 32))
    let number = address.text.split(separator: ".").reduce(UInt32(0)) {
      $0 << 8 | (UInt32($1) ?? 0)
    }
    func dotted(_ number: UInt32) -> Value {
      Value(
        [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xFF) }
          .joined(separator: "."))
    }
    return [
      "address": Value(address.text),
      "broadcast": Value(
        address.peer == nil ? address.broadcast ?? "" : ""),
      "netmask": dotted(mask), "network": dotted(number & mask),
      "prefix": Value(String(prefix)),
    ]
  }

  private static func set(
    _ interfaces: inout [(name: String, facts: Parameters)], _ name: String,
    _ facts: Parameters
  ) {
    if let at = interfaces.firstIndex(where: { $0.name == name }) {
      interfaces[at].facts = facts
    } else {
      interfaces.append((name, facts))
    }
  }

  private static func append(
    _ facts: Parameters, to key: String, of name: String,
    _ interfaces: inout [(name: String, facts: Parameters)]
  ) {
    guard let at = interfaces.firstIndex(where: { $0.name == name }) else {
      return
    }
    let before = interfaces[at].facts[key]?.list?.rawElements ?? []
    interfaces[at].facts[key] = .list(before + [dictionary(facts)])
  }

  /// Puts an IPv4 address where Ansible has it: an alias is an interface of its
  /// own, and a second address stands with the interface as well.
  private static func add(
    _ facts: Parameters, _ address: NetworkState.Address, _ device: String,
    _ interfaces: inout [(name: String, facts: Parameters)]
  ) {
    let label = address.label
    if label != device { set(&interfaces, label, [:]) }
    let known = interfaces.first { $0.name == label }?.facts ?? [:]
    if !address.isSecondary, known["ipv4"] == nil {
      var known = known
      known["ipv4"] = dictionary(facts)
      set(&interfaces, label, known)
    } else {
      append(facts, to: "ipv4_secondaries", of: label, &interfaces)
    }
    if address.isSecondary, label != device {
      append(facts, to: "ipv4_secondaries", of: device, &interfaces)
    }
  }
}
