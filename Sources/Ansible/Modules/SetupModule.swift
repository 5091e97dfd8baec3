// `setup` and `gather_facts`: what the machine is like, as variables.

import Jinja
import OrderedCollections

struct SetupModule: Module {
  let names = ["ansible.builtin.setup"]

  static let spec = ValidationSpec([
    "gather_subset": .init(
      "list", elements: "str", default: .list(["all"])),
    "gather_timeout": .init("int", default: 10),
    "filter": .init("list", elements: "str", default: .list([])),
    "fact_path": .init("path", default: "/etc/ansible/facts.d"),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    try await Self.gathered(call.arguments, call)
  }

  static func gathered(
    _ arguments: Parameters, _ call: ModuleCall
  ) async throws -> ModuleResult {
    var call = call
    call.arguments = arguments
    let checked = try call.validated(by: spec)
    func texts(_ name: String) throws -> [String] {
      try checked[name]?.sequence()?.map { PlainText.of($0) } ?? []
    }
    let words = try texts("gather_subset")
    let filter = try texts("filter")
    let folder = checked["fact_path"]?.text.map { call.onThisMachine($0) }
    let gathering = FactGathering(
      reader: FactReader(
        source: call.factSource,
        environment: call.factSource.environment.merging(call.environment) {
          $1
        }, timeout: checked["gather_timeout"]?.integer ?? 10),
      call: call, subsets: try FactSubset.chosen(words), localFolder: folder)
    var facts = Parameters(
      try await gathering.facts().map {
        ("ansible_" + $0.key.replacing("-", with: "_"), $0.value)
      }, uniquingKeysWith: { $1 })
    facts["gather_subset"] = .list(words.map { Value($0) })
    facts["module_setup"] = true
    var result = ModuleResult(changed: false)
    result.hostFacts = facts.filter {
      FactSubset.passes($0.key, filter: filter)
    }
    result.values["ansible_facts"] = .dictionary(
      result.hostFacts.map { ($0.key, $0.value) })
    return result
  }
}

/// `gather_facts`: what a play begins with.
struct GatherFactsModule: Module {
  let names = ["ansible.builtin.gather_facts"]
  /// What `setup` takes by default it takes here too.
  let underlyingNames = ["ansible.builtin.setup"]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    var arguments = call.arguments.filter { !$0.value.isNone }
    arguments["parallel"] = nil
    var result: ModuleResult
    do {
      result = try await SetupModule.gathered(arguments, call)
    } catch let failure as AnsibleFailure {
      result = .failure(
        "The following modules failed to execute: ansible.legacy.setup.")
      result.values["failed_modules"] = .dictionary([
        (
          "ansible.legacy.setup",
          .dictionary([
            ("failed", true), ("msg", Value(failure.message)),
          ])
        )
      ])
      result.values["ansible_facts"] = .dictionary([])
      return result
    }
    result.hostFacts[HostFacts.gathered] = true
    return result
  }
}
