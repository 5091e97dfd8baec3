// The facts of this machine as ansible-core's own `setup` finds them, and as
// this engine does: equal key by key, and none lacking but those that are named.

import Foundation
import Oracle
import Testing

@testable import Ansible

@Suite("Facts against ansible-core")
struct FactJudgeTests {
  /// Facts that are left out here, by their name, and why.
  private static let left: [String: (why: String, isEverywhere: Bool)] = [
    "ansible_system_capabilities": ("only capsh writes them so", true),
    "ansible_system_capabilities_enforced": (
      "only capsh writes them so", true
    ),
    "ansible_systemd": ("only systemctl tells its version", false),
  ]

  /// What moves from one look to the next: only whether it is there is compared.
  private static let moving = [
    #"^ansible_date_time\.(?!date$|tz|year|month|weekday|weeknumber|day)"#,
    "^ansible_loadavg", "^ansible_uptime_seconds$", "^ansible_mem(free|ory)_mb",
    "^ansible_swapfree_mb$",
    #"^ansible_mounts\.\d+\.(size|block|inode)_(available|used)$"#,
    // What the processes that start the module add.
    #"^ansible_env\.(_|PWD|OLDPWD|SHLVL|LC_.*|LANG.*|PYTHON.*|ANSIBLE.*|XCTest.*|SWIFT.*|OBJC.*|DYLD.*|VIRTUAL_ENV|PATH)$"#,
  ]

  /// What Ansible asks programs for that need not be there: lspci, ethtool,
  /// sg_inq, dmidecode.
  private static let ofPrograms = [
    #"^ansible_devices\.[^.]+\.(host|serial)$"#,
    #"^ansible_[^.]+\.(features|timestamping|hw_timestamp_filters|phc_index)(\.|$)"#,
  ]

  /// Lists without an order of their own.
  private static let sets = [
    "ansible_interfaces", "ansible_all_ipv4_addresses",
    "ansible_all_ipv6_addresses", "ansible_virtualization_tech_guest",
    "ansible_virtualization_tech_host", "ansible_mounts",
  ]

  @Test("every fact that both have is the same")
  func same() async throws {
    let (theirs, ours) = try await Self.facts("- setup:\n")
    var equal = 0
    let (left, right) = (Self.flat(theirs), Self.flat(ours))
    for (key, value) in left.sorted(by: { $0.key < $1.key }) {
      let name = String(key.prefix { $0 != "." })
      if Self.left[name] != nil || Self.matches(key, Self.ofPrograms) {
        continue
      }
      guard let own = right[key] else {
        if !Self.matches(key, Self.moving) {
          Issue.record("no \(key): \(value)")
        }
        continue
      }
      if Self.matches(key, Self.moving) { continue }
      #expect(own == value, "\(key)")
      equal += 1
    }
    for key in right.keys.sorted()
    where left[key] == nil && !Self.matches(key, Self.moving + Self.ofPrograms)
    {
      Issue.record("\(key) is none of Ansible's: \(right[key] ?? "")")
    }
    let lacking = Set(theirs.keys).subtracting(ours.keys).sorted()
    print(
      "\(equal) values of \(theirs.count) facts as ansible-core finds them, "
        + "lacking: \(lacking.joined(separator: ", "))")
    for name in lacking { #expect(Self.left[name] != nil, "\(name)") }
    for (name, about) in Self.left {
      #expect(ours[name] == nil, "\(name) is given now: \(about.why)")
      if about.isEverywhere { #expect(theirs[name] != nil, "\(name)") }
    }
    #expect(equal > 200)
  }

  @Test(
    "the same facts for every choice of subsets and filters",
    arguments: [
      "gather_subset: [min]", "gather_subset: ['!all']",
      "gather_subset: ['!all', '!min']", "gather_subset: ['!hardware']",
      "gather_subset: [all, '!hardware', '!network']",
      "gather_subset: ['!all', '!min', network]",
      "gather_subset: ['!all', '!min', processor_cores]",
      "gather_subset: ['!min', is_chroot]", "gather_subset: [pkg_mgr, '!min']",
      "gather_subset: virtual,loadavg", "gather_subset: ['!nothing']",
      "gather_subset: [none_such]", "filter: ansible_distribution*",
      "filter: [distribution, 'ansible_user_*', '*_mb']", "filter: ''",
      "filter: gather_subset", "{gather_timeout: 5, filter: [env]}",
      "{gather_subset: [min], filter: ['ansible_k[a-f]*']}", "nothing: 1",
      "gather_timeout: soon",
    ])
  func chosen(_ arguments: String) async throws {
    let written =
      arguments.hasPrefix("{") ? arguments : "{\(arguments)}"
    let (theirs, ours) = try await Self.facts("- setup: \(written)\n")
    #expect(
      Set(ours.keys) == Set(theirs.keys).subtracting(Self.left.keys))
    #expect(
      "\(ours["gather_subset"] ?? "")" == "\(theirs["gather_subset"] ?? "")")
  }

  // MARK: - Asking

  /// The facts that the only task of a play finds, by both; of ours those of
  /// the same Python.
  private static func facts(
    _ tasks: String
  ) async throws -> (theirs: [String: Any], ours: [String: Any]) {
    let judge = try Oracle(venv: "ansible", script: "ansible/plays.py")
    var one = PlaybookCase(
      name: "facts",
      playbook: "- hosts: localhost\n  gather_facts: false\n  tasks:\n    "
        + tasks)
    var question = one.question(PlaybookJudgeTests.project)
    question["fresh"] = true
    let answer =
      try JSONSerialization.jsonObject(
        with: try judge.ask(JSONSerialization.data(withJSONObject: question)))
      as? [String: Any] ?? [:]
    let event = (answer["events"] as? [[String: Any]])?.last
    let theirs =
      (event?["result"] as? [String: Any])?["ansible_facts"] as? [String: Any]
      ?? [:]
    let python = theirs["ansible_python"] as? [String: Any]
    if let path = python?["executable"] as? String {
      one.extra["ansible_python_interpreter"] = path
    }
    let (ended, refusal) = try await PlaybookJudgeTests.run(
      one, project: PlaybookJudgeTests.project)
    #expect(refusal == nil)
    #expect(
      (ended.last?.status ?? "") == (event?["status"] as? String ?? ""),
      "\(ended)")
    let result =
      try JSONSerialization.jsonObject(
        with: Data((ended.last?.result ?? "{}").utf8)) as? [String: Any]
    return (theirs, result?["ansible_facts"] as? [String: Any] ?? [:])
  }

  /// The leaves of a structure by their paths, as JSON.
  private static func flat(
    _ value: Any, at path: String = ""
  ) -> [String: String] {
    func below(_ name: String) -> String {
      path.isEmpty ? name : "\(path).\(name)"
    }
    var found: [String: String] = [:]
    if let dictionary = value as? [String: Any], !dictionary.isEmpty {
      for (name, value) in dictionary {
        found.merge(flat(value, at: below(name))) { $1 }
      }
    } else if let list = value as? [Any], !list.isEmpty {
      let items =
        sets.contains(path)
        ? list.map { (text($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1) : list
      for (index, value) in items.enumerated() {
        found.merge(flat(value, at: below(String(index)))) { $1 }
      }
    } else {
      found[path] = text(value)
    }
    return found
  }

  private static func text(_ value: Any) -> String {
    let data = try? JSONSerialization.data(
      withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
  }

  private static func matches(_ key: String, _ patterns: [String]) -> Bool {
    patterns.contains {
      key.range(of: $0, options: .regularExpression) != nil
    }
  }
}
