// Every argument that the pinned Ansible documents for a module that this
// engine has is taken, or refused by its name; none is unknown.

import Ansible
import Foundation
import Oracle
import Testing

@testable import AnsibleKubernetes

@Suite("Documented arguments")
struct DocumentedArgumentTests {
  private static let modules =
    [
      "assert", "blockinfile", "command", "copy", "debug", "fail", "fetch",
      "file", "find", "get_url", "git",
      "include_vars", "lineinfile", "pause", "ping", "pip", "replace", "script",
      "set_stats", "setup", "shell", "slurp", "stat", "tempfile", "template",
      "unarchive", "uri", "validate_argument_spec", "wait_for",
    ].map { "ansible.builtin." + $0 }
    + [
      "k8s", "k8s_cluster_info", "k8s_cp", "k8s_drain", "k8s_exec", "k8s_info",
      "k8s_json_patch", "k8s_log",
      "k8s_rollback", "k8s_scale", "k8s_service", "k8s_taint",
    ].map { "kubernetes.core." + $0 }
    + [
      "ansible.utils.update_fact", "community.general.git_config",
      "community.general.htpasswd", "community.general.ini_file",
    ]

  @Test("every argument of every module is known")
  func known() async throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/arguments.py")
    let answer = try JSONSerialization.jsonObject(
      with: try judge.ask(
        try JSONSerialization.data(withJSONObject: Self.modules)))
    let told = answer as? [String: [String: [String: Any]]] ?? [:]
    #expect(told.keys.sorted() == Self.modules.sorted())
    var count = 0
    for (module, arguments) in told {
      for (name, about) in arguments {
        // The command line itself.
        if name == "free_form" || name == "free-form" { continue }
        let value = Self.sample(about)
        for written in [name] + (about["aliases"] as? [String] ?? []) {
          count += 1
          let rendering = await render(module, [written: value])
          let said = rendering.failures.map(\.description)
          #expect(
            !said.contains {
              $0.contains("Unsupported parameters")
                || $0.contains("is not a valid option")
            }, "\(module) \(written)")
          for refusal in rendering.refusals where refusal.kind == .argument {
            #expect(refusal.what.contains("\""), "\(refusal)")
          }
        }
      }
    }
    print("\(count) documented arguments of \(told.count) modules")
    #expect(count > 300)
  }

  @Test("an argument that no module documents is named")
  func unknown() async {
    for module in Self.modules {
      let rendering = await render(module, ["no_such_argument": "x"])
      #expect(
        rendering.failures.contains {
          $0.description.contains("no_such_argument")
        }, "\(module)")
    }
  }

  private func render(
    _ module: String, _ arguments: [String: Any]
  ) async -> RoleRendering {
    let play: [[String: Any]] = [
      [
        "hosts": "localhost", "gather_facts": false,
        "tasks": [[module: arguments]],
      ]
    ]
    let text = try? JSONSerialization.data(withJSONObject: play)
    let files = MemorySources([
      "/p/site.yml": String(decoding: text ?? Data(), as: UTF8.self)
    ])
    return await RoleEngine(files: files).render(
      RoleJob(
        .playbook("/p/site.yml"),
        in: Project(directory: "/p", rolePath: RolePath(project: "/p"))),
      over: FixtureCluster([]))
  }

  /// A value of the kind that an argument wants.
  private static func sample(_ about: [String: Any]) -> Any {
    if let choice = (about["choices"] as? [Any])?.first { return choice }
    switch about["type"] as? String {
    case "bool": return true
    case "int", "float": return 1
    case "list": return ["x"]
    case "dict":
      let names = about["suboptions"] as? [String] ?? []
      return Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })
    default: return "x"
    }
  }
}
