// One public role with what is refused of it, and the rules by which it counts.

import Ansible
import Foundation
import Oracle

/// A role of the corpus.
///
/// What is refused falls into four heaps. A name that none of the collections
/// below has is `foreign`: the role brings Python code of its own or wants that
/// of another collection. A file that the pinned ansible-core does not load
/// either is `broken`. Modules of Helm are `helm`. All else is what this engine
/// lacks.
struct CorpusRole: CustomStringConvertible {
  /// Repository and folder.
  let name: String
  let refusals: [Refusal]
  private(set) var foreign: [String] = []
  private(set) var broken: [String] = []
  private(set) var helm: [String] = []

  /// The collections that this engine has plugins of.
  private static let collections = [
    "ansible.builtin", "kubernetes.core", "ansible.utils", "community.general",
    "operator_sdk.util",
  ]

  init(_ name: String, _ refusals: [Refusal]) {
    self.name = name
    self.refusals = refusals
  }

  var description: String {
    let lacks = Set(refusals.map(\.what))
      .subtracting(foreign + broken + helm)
    var parts: [String] = []
    for (title, reasons) in [
      ("foreign", foreign), ("broken", broken), ("Helm", helm),
      ("", lacks.sorted()),
    ] where !reasons.isEmpty {
      parts.append(
        (title.isEmpty ? "" : title + ": ") + reasons.joined(separator: ", "))
    }
    return "\(name): " + parts.joined(separator: "; ")
  }

  /// The roles with their refusals in heaps, as the real Ansible sees them.
  static func judged(
    _ roles: [CorpusRole], by judge: Oracle
  ) throws -> [CorpusRole] {
    let all = roles.flatMap(\.refusals)
    let names = Set(all.filter { kind($0) != nil }).sorted {
      $0.description < $1.description
    }
    let files = Set(all.filter { $0.kind == .syntax }.map(\.place.file))
      .filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }.sorted()
    let tries = names.map { [kind($0) ?? "", $0.name] }
    // Roles may name the collections that short names are looked for in.
    let questions = tries.flatMap { pair in
      [pair]
        + (pair[1].contains(".")
          ? [] : collections.map { [pair[0], "\($0).\(pair[1])"] })
    }
    let answer =
      try JSONSerialization.jsonObject(
        with: try judge.ask(
          try JSONSerialization.data(withJSONObject: [
            "plugins": questions, "tasks": files,
          ]))) as? [String: [Any]] ?? [:]
    var known: Set<[String]> = []
    for (question, found) in zip(questions, answer["found"] ?? []) {
      guard let found = found as? String ?? own(question[1]),
        collections.contains(where: { found.hasPrefix($0 + ".") })
      else { continue }
      known.insert([
        question[0], question[1],
      ])
      known.insert([
        question[0],
        question[1].split(separator: ".").last.map(String.init) ?? "",
      ])
    }
    var broken: Set<String> = []
    for (file, error) in zip(files, answer["errors"] ?? [])
    where error is String { broken.insert(file) }
    return roles.map { $0.sorted(known, broken) }
  }

  private func sorted(
    _ known: Set<[String]>, _ unloadable: Set<String>
  ) -> CorpusRole {
    var role = self
    func add(_ reason: String, to heap: inout [String]) {
      if !heap.contains(reason) { heap.append(reason) }
    }
    for refusal in refusals {
      if let kind = Self.kind(refusal) {
        if !known.contains([kind, refusal.name]) {
          add(refusal.what, to: &role.foreign)
        } else if Self.isHelm(refusal.name) {
          add(refusal.what, to: &role.helm)
        }
      } else if refusal.kind == .role {
        add(refusal.what, to: &role.foreign)
      } else if refusal.kind == .syntax,
        unloadable.contains(refusal.place.file)
      {
        add(refusal.what, to: &role.broken)
      }
    }
    return role
  }

  /// What the judge calls the kind of plugin that was refused.
  private static func kind(_ refusal: Refusal) -> String? {
    switch refusal.kind {
    case .module: "module"
    case .filter: "filter"
    case .test: "test"
    case .lookup: "lookup"
    default: nil
    }
  }

  /// The modules of the one collection that PyPI's ansible does not bring.
  private static func own(_ name: String) -> String? {
    ["k8s_status", "k8s_event", "requeue_after", "osdk_metrics"]
      .contains { name == "operator_sdk.util.\($0)" } ? name : nil
  }

  private static func isHelm(_ name: String) -> Bool {
    let short = name.split(separator: ".").last ?? ""
    return short == "helm" || short.hasPrefix("helm_")
  }
}
