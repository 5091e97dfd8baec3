// The hosts that plays may name: those of inventories, and this machine, which
// is there though nobody names it.

import Jinja
import OrderedCollections

/// What inventories say.
public struct HostInventory: Sendable {
  /// A group of hosts.
  struct Group: Sendable {
    var hosts: [String] = []
    var children: [String] = []
    var variables: [String: Value] = [:]
  }

  /// The names by which this machine goes without being named anywhere.
  static let ownNames: Set<String> = ["localhost", "127.0.0.1", "::1"]

  var groups: OrderedDictionary<String, Group> = [:]
  /// Where inventories lie: group_vars and host_vars beside them count.
  var folders: [String] = []
  /// All hosts by name, in the order they were met, with their variables.
  private(set) var hosts: [(name: String, variables: [String: Value])] = []
  /// The name by which plays have this machine: that of an inventory, else the
  /// first by which anybody asks for it.
  private var ownName: String?
  /// Only these may play (`--limit`); nil for all.
  public var limit: [String]?

  /// Nothing but this machine.
  public init() {}

  /// Whether any inventory names a host.
  public var isEmpty: Bool { hosts.isEmpty }

  /// Adds a group, where there is none of the name yet.
  mutating func add(group name: String) {
    if groups[name] == nil { groups[name] = Group() }
  }

  /// Puts a group into another.
  mutating func add(child: String, to group: String) {
    if groups[group]?.children.contains(child) == false {
      groups[group]?.children.append(child)
    }
  }

  /// Adds variables to a group.
  mutating func set(_ variables: [String: Value], ofGroup name: String) {
    groups[name, default: Group()].variables.merge(variables) { $1 }
  }

  /// Adds what is said of a host, in a group where one says it.
  mutating func add(
    host name: String, _ variables: [String: Value] = [:],
    to group: String? = nil
  ) {
    if let group, groups[group, default: Group()].hosts.contains(name) == false
    {
      groups[group, default: Group()].hosts.append(name)
    }
    if let index = hosts.firstIndex(where: { $0.name == name }) {
      hosts[index].variables.merge(variables) { $1 }
    } else {
      hosts.append((name, variables))
      if ownName == nil, Self.ownNames.contains(name) { ownName = name }
    }
  }

  /// The hosts of a group and of those within it; nil where there is no such
  /// group.
  func members(of group: String) -> [String]? {
    if group == "all" { return hosts.map(\.name) }
    if group == "ungrouped" {
      let grouped = Set(
        groups.filter { !["all", "ungrouped"].contains($0.key) }
          .flatMap(\.value.hosts))
      return hosts.map(\.name).filter { !grouped.contains($0) }
    }
    guard groups[group] != nil else { return nil }
    let names = Set(descendants(of: group).flatMap { groups[$0]?.hosts ?? [] })
    return hosts.map(\.name).filter(names.contains)
  }

  /// A group and those within it.
  private func descendants(of group: String) -> Set<String> {
    var found: Set<String> = []
    var waiting = [group]
    while let next = waiting.popLast() {
      guard found.insert(next).inserted else { continue }
      waiting += groups[next]?.children ?? []
    }
    return found
  }

  /// The hosts that patterns choose, and the patterns that choose none.
  public struct Choice: Sendable, Hashable {
    public var hosts: [String] = []
    public var unmatched: [String] = []
  }

  /// The hosts of a play.
  ///
  /// By the rules of ansible-core's inventory/manager.py.
  ///
  /// - Parameter patterns: as `hosts` has them, several in one text too.
  /// - Returns: the hosts among those that ``limit`` leaves.
  public mutating func choose(_ patterns: [String]) -> Choice {
    let allowed = limit.map { evaluate($0.flatMap(Self.split)) }
    var choice = evaluate(patterns.flatMap(Self.split))
    if let allowed {
      choice.unmatched += allowed.unmatched.filter {
        !choice.unmatched.contains($0)
      }
      choice.hosts.removeAll { !allowed.hosts.contains($0) }
    }
    return choice
  }

  /// The single patterns of a text: separated by commas, else by colons.
  static func split(_ text: String) -> [String] {
    let text = String(text.stripped)
    guard !text.contains(",") else {
      return text.split(separator: ",").flatMap { split(String($0)) }
    }
    if ownNames.contains(text) { return [text] }
    var parts: [String] = []
    var part = ""
    var depth = 0
    for character in text {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if character == ":", depth <= 0 {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    return (parts + [part]).map { String($0.stripped) }.filter { !$0.isEmpty }
  }

  private mutating func evaluate(_ patterns: [String]) -> Choice {
    var regular = patterns.filter { !"&!".contains($0.first ?? " ") }
    if regular.isEmpty { regular = ["all"] }
    var choice = Choice()
    for pattern in regular {
      for name in match(pattern, &choice) where !choice.hosts.contains(name) {
        choice.hosts.append(name)
      }
    }
    for (sign, keeps) in [("&", true), ("!", false)] {
      for pattern in patterns where pattern.hasPrefix(sign) {
        let names = Set(match(String(pattern.dropFirst()), &choice))
        choice.hosts.removeAll { names.contains($0) != keeps }
      }
    }
    return choice
  }

  /// The hosts of one pattern: groups and hosts of that name, or this machine.
  private mutating func match(_ written: String, _ choice: inout Choice)
    -> [String]
  {
    let (pattern, range) = Self.subscripted(written)
    func isMatch(_ name: String) -> Bool {
      guard pattern.hasPrefix("~") else {
        return FileGlob.isMatch(name, pattern)
      }
      let regex = try? PythonRegex(String(pattern.dropFirst()))
      return ((try? regex?.match(name)) ?? nil) != nil
    }
    var names = Set(groups.keys).union(["all", "ungrouped"])
    if isEmpty { names = ["all", "ungrouped"] }
    let matched = names.filter(isMatch).sorted()
    var found: [String] = []
    for name in matched.flatMap({ members(of: $0) ?? [] })
    where !found.contains(name) {
      found.append(name)
    }
    if matched.isEmpty || pattern.hasPrefix("~")
      || pattern.contains(where: { ".?*[".contains($0) })
    {
      for host in hosts where isMatch(host.name) && !found.contains(host.name) {
        found.append(host.name)
      }
    }
    if found.isEmpty, Self.ownNames.contains(pattern) {
      let name = ownName ?? pattern
      ownName = name
      found = [name]
    }
    if found.isEmpty, matched.isEmpty, pattern != "all" {
      choice.unmatched.append(pattern)
    }
    guard let range else { return found }
    return Self.slice(found, range)
  }

  /// A pattern and the part of its hosts that it wants: `web[0]`, `web[1:]`.
  private static func subscripted(
    _ pattern: String
  ) -> (String, (first: Int?, last: Int?, isOne: Bool)?) {
    guard !pattern.hasPrefix("~"), pattern.hasSuffix("]"),
      let open = pattern.lastIndex(of: "[")
    else { return (pattern, nil) }
    let inner = pattern[pattern.index(after: open)...].dropLast()
    let ends = inner.split(
      omittingEmptySubsequences: false, whereSeparator: { ":-".contains($0) })
    if inner.hasPrefix("-"), let one = Int(inner) {
      return (String(pattern[..<open]), (one, nil, true))
    }
    guard !inner.isEmpty, ends.count <= 2,
      ends.allSatisfy({ $0.isEmpty || Int($0) != nil })
    else { return (pattern, nil) }
    let numbers = ends.map { Int($0) }
    return (
      String(pattern[..<open]),
      (numbers[0], numbers.count == 2 ? numbers[1] : nil, numbers.count == 1)
    )
  }

  private static func slice(
    _ names: [String], _ range: (first: Int?, last: Int?, isOne: Bool)
  ) -> [String] {
    if range.isOne {
      let index = range.first ?? 0
      let place = index < 0 ? names.count + index : index
      return names.indices.contains(place) ? [names[place]] : []
    }
    let first = max(range.first ?? 0, 0)
    let last = min(range.last ?? names.count - 1, names.count - 1)
    return first > last ? [] : Array(names[first...last])
  }

  // MARK: - This machine

  /// The groups of a host, those that hold others first, without `all`.
  ///
  /// - Parameter name: the host.
  /// - Returns: their names, in the order in which their variables win.
  func groups(of name: String) -> [String] {
    func depth(of group: String, _ seen: Set<String>) -> Int {
      let parents = groups.filter {
        $0.value.children.contains(group) && !seen.contains($0.key)
      }.keys
      return 1
        + (parents.map { depth(of: $0, seen.union([group])) }.max() ?? 0)
    }
    let own = Set(groups.keys).union(["ungrouped"]).filter { group in
      group != "all" && members(of: group)?.contains(name) == true
    }
    return own.map { (depth(of: $0, []), $0) }.sorted { $0 < $1 }.map(\.1)
  }

  /// The variables that inventories give a group.
  func variables(ofGroup name: String) -> [String: Value] {
    groups[name]?.variables ?? [:]
  }

  /// The variables that inventories give a host itself.
  func variables(of name: String) -> [String: Value] {
    hosts.first { $0.name == name }?.variables ?? [:]
  }

  /// The hosts of each group, as the variable `groups` tells them.
  var memberships: Value {
    let names =
      ["all", "ungrouped"]
      + groups.keys.filter { !["all", "ungrouped"].contains($0) }
    return .dictionary(
      names.map { name in
        (name, .list((members(of: name) ?? []).map { Value($0) }))
      })
  }
}
