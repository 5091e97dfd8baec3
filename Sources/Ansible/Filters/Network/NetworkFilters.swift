// The `ipaddr` family of ansible.utils.

import Jinja

enum NetworkFilters {
  static let all: [Function] = [
    address("ipaddr", version: nil), address("ipv4", version: 4),
    address("ipv6", version: 6), wrap, subnet, math, nthHost,
    nthUsable("next_nth_usable", sign: 1),
    nthUsable("previous_nth_usable", sign: -1),
    inside("network_in_network", usable: false),
    inside("network_in_usable", usable: true), reduce, merge,
    hardware("hwaddr"), hardware("macaddr"), hexadecimal, form, slaac,
  ]

  private static func address(_ name: String, version: Int?) -> Function {
    Plugin.make(
      name,
      [
        "value", Parameter("query", ""), Parameter("version", false),
        Parameter("alias", Value(name)),
      ]
    ) { _, arguments in
      let value = arguments[0]
      guard value.isString || value.list != nil || value.wholeNumber != nil
      else {
        if case .undefined(let undefined) = value.payload {
          throw undefined.error
        }
        throw TemplateError.plugin(
          "Unrecognized type <<class '\(value.typeName)'>> for \(name) filter "
            + "<value>")
      }
      let asked = try arguments[2].isOn ? arguments[2].integer : nil
      let wanted = version ?? asked
      return try AddressQuery.ask(
        value, try arguments[1].str(), version: wanted,
        alias: try arguments[3].str())
    }
  }

  private static let wrap = Plugin.make(
    "ipwrap", ["value", Parameter("query", "")]
  ) { _, arguments in
    let query = try arguments[1].str()
    func wrapped(_ value: Value) -> Value {
      guard
        let found = try? AddressQuery.ask(value, query, alias: "ipwrap"),
        (try? found.truth()) ?? false,
        let made = try? AddressQuery.ask(found, "wrap")
      else { return value }
      return made
    }
    guard arguments[0].isSequence else { return wrapped(arguments[0]) }
    return Value(
      try arguments[0].members().map { item in
        let found = try? AddressQuery.ask(item, query, alias: "ipwrap")
        guard let found, (try? found.truth()) ?? false else { return item }
        return try AddressQuery.ask(item, "wrap")
      })
  }

  /// The network that a value stands for: an address alone is one of one.
  private static func network(_ value: Value) throws -> IPNetwork? {
    guard try value.truth(), value.boolean == nil,
      let parsed = AddressQuery(value, version: nil)
    else { return nil }
    return parsed.network
  }

  private static let subnet = Plugin.make(
    "ipsubnet",
    ["value", Parameter("query", ""), Parameter("index", Value.none)]
  ) { _, arguments in
    guard let given = try network(arguments[0]) else { return .false }
    let v = IPNetwork(given.version, given.first, prefix: given.prefix)
    let isNetwork = given.isNetwork && given.value == given.first
    // An address inside a network stands for itself, prefix and all.
    let query = try arguments[1].str()
    guard !query.isEmpty else { return Value(v.cidr) }
    let isNumber = query.allSatisfy { $0.isASCII && $0.isNumber }
    guard isNumber, let prefix = Int(query) else {
      return try rank(of: v, in: query)
    }
    guard (0...v.width).contains(prefix) else { return .false }
    let isAddress = !v.isNetwork
    if arguments[2].isNone {
      if isAddress {
        return Value(IPNetwork(v.version, v.value, prefix: prefix).cidr)
      }
      guard prefix >= v.prefix else {
        throw TemplateError.plugin(
          "Requested subnet size of \(prefix) is invalid")
      }
      return Value(
        try IPNetwork.number(power: prefix - v.prefix, minus: 0).str())
    }
    let text = try arguments[2].str()
    guard var index = Int(text) else {
      throw TemplateError(
        .value,
        "invalid literal for int() with base 10: \(PythonQuote.repr(text))")
    }
    _ = isNetwork
    if isAddress {
      // netaddr lists the networks above an address from /query down.
      if index < prefix - v.width || index > v.width + 1 - index {
        return .false
      }
      let above = Array(prefix..<max(prefix, v.width))
      let place = index < 0 ? index + above.count : index
      guard above.indices.contains(place) else {
        throw TemplateError(.index, "list index out of range")
      }
      return Value(IPNetwork(v.version, v.value, prefix: above[place]).cidr)
    }
    guard prefix >= v.prefix, prefix - v.prefix < 63 else { return .false }
    let count = 1 << (prefix - v.prefix)
    if index < 0 { index += count }
    guard (0..<count).contains(index) else { return .false }
    let step = UInt128(index) << UInt128(v.width - prefix)
    return Value(IPNetwork(v.version, v.first + step, prefix: prefix).cidr)
  }

  /// Which subnet of `query` this one is, counted from 1.
  private static func rank(of v: IPNetwork, in query: String) throws -> Value {
    guard let outer = try network(Value(query)) else {
      throw TemplateError.plugin(
        "You must pass a valid subnet or IP address; \(query) is invalid")
    }
    guard outer.version == v.version, outer.contains(v) else {
      throw TemplateError.plugin("\(v.cidr) is not in the subnet \(outer.cidr)")
    }
    let shift = UInt128(v.width - v.prefix)
    let rank = (v.value - outer.first) >> shift
    return Value(String(rank + 1))
  }

  private static let math = Plugin.make("ipmath", ["value", "amount"]) {
    _, arguments in
    let text = try arguments[0].str()
    guard let v = IPNetwork(text) else {
      throw TemplateError.plugin(
        "You must pass a valid IP address; \(text) is invalid")
    }
    guard
      let amount = arguments[1].integer
        ?? arguments[1].text.flatMap({ Int($0) })
    else {
      throw TemplateError.plugin(
        "You must pass an integer for arithmetic; "
          + "\(try arguments[1].str()) is not a valid integer")
    }
    let size = UInt128(amount.magnitude)
    guard v.canMove(by: amount) else {
      throw TemplateError(.index, "result outside valid IP address boundary!")
    }
    return Value(v.text(amount >= 0 ? v.value + size : v.value - size))
  }

  private static let nthHost = Plugin.make(
    "nthhost", ["value", Parameter("query", "")]
  ) { _, arguments in
    guard let v = try network(arguments[0]), try arguments[1].truth(),
      let index = Int(try arguments[1].str()),
      let parsed = AddressQuery(Value(v.cidr), version: nil),
      index < 0 || UInt128(index) <= v.last - v.first,
      let address = parsed.nth(index)
    else { return .false }
    return Value(v.text(address))
  }

  private static func nthUsable(_ name: String, sign: Int) -> Function {
    Plugin.make(name, ["value", "offset"]) { _, arguments in
      guard try network(arguments[0]) != nil,
        let parsed = AddressQuery(arguments[0], version: nil)
      else { return .false }
      guard
        let offset = arguments[1].integer
          ?? arguments[1].text.flatMap({ Int($0) })
      else { throw TemplateError.plugin("Must pass in an integer") }
      // What is given as a network begins at its first address.
      let (step, isTooFar) = offset.multipliedReportingOverflow(by: sign)
      return isTooFar ? .none : parsed.step(step)
    }
  }

  /// First and last address, of hosts alone where `usable`.
  private static func span(_ value: Value, usable: Bool) throws
    -> (UInt128, UInt128)?
  {
    guard let v = try network(value) else { return nil }
    let isBlock = v.isNetwork && v.value == v.first
    guard isBlock || v.isNetwork else { return (v.value, v.value) }
    guard usable, let range = v.usable else { return (v.first, v.last) }
    return range
  }

  private static func inside(_ name: String, usable: Bool) -> Function {
    Plugin.make(name, ["value", "test"]) { _, arguments in
      guard let outer = try span(arguments[0], usable: usable),
        let inner = try span(arguments[1], usable: false)
      else { return .false }
      return Value(outer.0 <= inner.0 && inner.1 <= outer.1)
    }
  }

  private static let reduce = Plugin.make(
    "reduce_on_network", ["value", "network"]
  ) { _, arguments in
    guard let outer = try span(arguments[1], usable: false) else { return [] }
    return Value(
      try arguments[0].members().filter { item in
        guard let inner = try span(item, usable: false) else { return false }
        return outer.0 <= inner.0 && inner.1 <= outer.1
      })
  }

  private static let merge = Plugin.make(
    "cidr_merge", ["value", Parameter("action", "merge")]
  ) { _, arguments in
    let action = try arguments[1].str()
    let networks = try arguments[0].members().map { item -> IPNetwork in
      let text = try item.str()
      guard let v = IPNetwork(text) else {
        throw TemplateError.plugin(
          "cidr_merge: error in netaddr:\ninvalid IPNetwork \(text)")
      }
      return v
    }
    switch action {
    case "merge": return Value(merged(networks).map { Value($0.cidr) })
    case "span":
      guard let first = networks.first else { return .none }
      guard networks.count > 1 else { return Value(first.description) }
      guard networks.allSatisfy({ $0.version == first.version }) else {
        throw TemplateError.plugin(
          "cidr_merge: error in netaddr:\nIP sequence cannot contain both "
            + "IPv4 and IPv6!")
      }
      let low = networks.map(\.first).min() ?? 0
      let high = networks.map(\.last).max() ?? 0
      var prefix = first.width
      while prefix > 0,
        IPNetwork(first.version, low, prefix: prefix).last < high
      {
        prefix -= 1
      }
      return Value(IPNetwork(first.version, low, prefix: prefix).cidr)
    default:
      throw TemplateError.plugin("cidr_merge: invalid action '\(action)'")
    }
  }

  /// The fewest networks with the same addresses, in order.
  private static func merged(_ networks: [IPNetwork]) -> [IPNetwork] {
    var result: [IPNetwork] = []
    let sorted = networks.sorted {
      ($0.version.rawValue, $0.first, $0.prefix)
        < ($1.version.rawValue, $1.first, $1.prefix)
    }
    for one in sorted {
      var next = IPNetwork(one.version, one.first, prefix: one.prefix)
      if let last = result.last, last.contains(next) { continue }
      while let last = result.last, last.version == next.version,
        last.prefix == next.prefix, last.prefix > 0,
        case let parent = IPNetwork(
          last.version, last.first, prefix: last.prefix - 1),
        parent.first == last.first, parent.last == next.last
      {
        result.removeLast()
        next = parent
      }
      result.append(next)
    }
    return result
  }

  // MARK: Hardware addresses

  /// The 48 bits of a MAC address in any of the usual writings.
  private static func bits(of value: Value) throws -> UInt64? {
    if let number = value.integer, value.boolean == nil {
      return number >= 0 && number < 1 << 48 ? UInt64(number) : nil
    }
    guard let text = value.text else { return nil }
    let groups = text.split(
      omittingEmptySubsequences: false
    ) { ":-.".contains($0) }
    let widths: [Int: Int] = [1: 12, 2: 6, 3: 4, 6: 2]
    guard let width = widths[groups.count],
      groups.allSatisfy({
        (1...width).contains($0.count) && $0.allSatisfy(\.isHexDigit)
      }), groups.count > 1 || text.count == 12 || text.count == 11
    else { return nil }
    return UInt64(
      groups.map {
        String(repeating: "0", count: width - $0.count) + $0
      }.joined(), radix: 16)
  }

  private static func groups(
    _ bits: UInt64, width: Int, separator: String, upper: Bool, padded: Bool
  ) -> String {
    let digits = String(bits, radix: 16, uppercase: upper)
    let all = String(repeating: "0", count: 12 - digits.count) + digits
    return stride(from: 0, to: 12, by: width).map { start in
      let group = all.dropFirst(start).prefix(width)
      guard !padded else { return String(group) }
      let short = group.drop { $0 == "0" }
      return short.isEmpty ? "0" : String(short)
    }.joined(separator: separator)
  }

  private static func hardware(_ name: String) -> Function {
    Plugin.make(
      name, ["value", Parameter("query", ""), Parameter("alias", Value(name))]
    ) { _, arguments in
      let query = try arguments[1].str()
      let alias = try arguments[2].str()
      let found = try bits(of: arguments[0])
      guard let found else {
        guard query.isEmpty || query == "bool" else {
          throw TemplateError.plugin(
            "\(alias): not a hardware address: \(try arguments[0].str())")
        }
        return .none
      }
      switch query {
      case "": return arguments[0]
      case "bool": return .true
      case "int": return Value(Int(found))
      case "bare":
        return Value(
          groups(found, width: 12, separator: "", upper: true, padded: true))
      case "cisco":
        return Value(
          groups(found, width: 4, separator: ".", upper: false, padded: true))
      case "eui48", "win":
        return Value(
          groups(found, width: 2, separator: "-", upper: true, padded: true))
      case "linux":
        return Value(
          groups(found, width: 2, separator: ":", upper: false, padded: true))
      case "unix":
        return Value(
          groups(found, width: 2, separator: ":", upper: false, padded: false))
      case "pgsql", "postgresql", "psql":
        return Value(
          groups(found, width: 6, separator: ":", upper: false, padded: true))
      default:
        throw TemplateError.plugin("\(alias): unknown filter type: \(query)")
      }
    }
  }

  private static let slaac = Plugin.make(
    "slaac", ["value", Parameter("query", "")]
  ) { _, arguments in
    guard let v = try network(arguments[0]), v.version == .six,
      let mac = try bits(of: arguments[1])
    else { return .false }
    // The seventh bit is turned and ff:fe put in the middle.
    let high = UInt128(mac >> 24 ^ 0x02_0000)
    let id = high << 40 | 0xFFFE << 24 | UInt128(mac & 0xFF_FFFF)
    return Value(v.text(v.first &+ id))
  }

  // MARK: Writings

  private static let hexadecimal = Plugin.make(
    "ip4_hex", ["arg", Parameter("delimiter", "")]
  ) { _, arguments in
    let text = try arguments[0].str()
    guard let (version, value) = IPNetwork.address(text), version == .four
    else {
      throw TemplateError.plugin(
        "You must pass a valid IP address; \(text) is invalid")
    }
    let bytes = (0..<4).map {
      Digest.hex([UInt8(truncatingIfNeeded: value >> UInt128(24 - 8 * $0))])
    }
    return Value(bytes.joined(separator: try arguments[1].str()))
  }

  private static let form = Plugin.make("ipv6form", ["value", "format"]) {
    _, arguments in
    let text = try arguments[0].str()
    guard let (version, value) = IPNetwork.address(text) else {
      throw TemplateError.plugin(
        "You must pass a valid IP address; \(text) is invalid")
    }
    let words = (0..<8).map { place in
      String((value >> UInt128(16 * (7 - place))) & 0xFFFF, radix: 16)
    }
    switch try arguments[1].str() {
    case "expand":
      guard version == .six else { return Value(text) }
      return Value(
        words.map { String(repeating: "0", count: 4 - $0.count) + $0 }
          .joined(separator: ":"))
    case "compress": return Value(IPNetwork.text(value, version))
    case "x509": return Value(words.joined(separator: ":"))
    default: return .none
    }
  }
}
