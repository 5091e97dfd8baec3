// The tests of ansible.utils about addresses and networks that roles use.

import Jinja

enum NetworkTests {
  static let all: [Function] = [
    test("ip_address") { address($0) != nil },
    test("ipv4_address") { address($0)?.version == .four },
    test("ipv6_address") { address($0)?.version == .six },
    inside("in_network", isOuterFirst: false),
    inside("subnet_of", isOuterFirst: false),
    inside("supernet_of", isOuterFirst: true),
  ]

  private static func test(
    _ name: String, _ holds: @escaping @Sendable (String) -> Bool
  ) -> Function {
    Plugin.make(name, ["ip"]) { _, arguments in
      Value(holds(try arguments[0].str()))
    }
  }

  private static func inside(_ name: String, isOuterFirst: Bool) -> Function {
    Plugin.make(name, ["a", "b"]) { _, arguments in
      guard let a = network(try arguments[0].str()),
        let b = network(try arguments[1].str()), a.version == b.version
      else { return false }
      let (inner, outer) = isOuterFirst ? (b, a) : (a, b)
      return Value(outer.first <= inner.first && inner.last <= outer.last)
    }
  }

  /// An address alone.
  private static func address(_ text: String) -> IPNetwork? {
    text.contains("/") ? nil : IPNetwork(text)
  }

  /// A network, or an address as one of its own; none where an address in it
  /// is given for it.
  private static func network(_ text: String) -> IPNetwork? {
    guard let network = IPNetwork(text), network.value == network.first else {
      return nil
    }
    return network
  }
}
