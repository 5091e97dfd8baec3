// The facts of the host that tasks gathered: one dictionary, and variables of
// their own.

import Jinja

/// What is known of the machine, by the names that modules give it.
struct HostFacts {
  private var facts: Parameters = [:]

  /// The fact that says that facts were gathered as a play begins.
  static let gathered = "_ansible_facts_gathered"

  var isGathered: Bool { facts[Self.gathered]?.boolean ?? false }

  /// Takes in new facts; those of the same name go.
  mutating func add(_ new: Parameters) { facts.merge(new) { $1 } }

  /// Forgets all (`meta: clear_facts`).
  mutating func clear() { facts = [:] }

  /// The variables that they make; each is one of its own where they are
  /// injected (INJECT_FACTS_AS_VARS).
  func layer(areInjected: Bool) -> VariableLayer {
    var values: [String: Value] = [:]
    values["ansible_facts"] = .dictionary(
      facts.map { name, value in
        let isLocal = name == "ansible_local"
        return (
          name.hasPrefix("ansible_") && !isLocal
            ? String(name.dropFirst("ansible_".count)) : name, value
        )
      })
    if areInjected {
      for (name, value) in facts where !Self.isOfConnection(name) {
        values[name] = value
      }
    } else {
      values["ansible_local"] = facts["ansible_local"] ?? .dictionary([])
    }
    return VariableLayer("facts", values, isFinal: true)
  }

  /// Whether a name steers how the host is reached, which no fact may.
  private static func isOfConnection(_ name: String) -> Bool {
    if name.hasPrefix("_ansible_") || name.hasPrefix("ansible_become_") {
      return true
    }
    if name.hasPrefix("ansible_ssh_host_key_") { return false }
    let isOfPlugin = ["local", "ssh", "paramiko_ssh", "psrp", "winrm"]
      .contains { name.hasPrefix("ansible_\($0)_") }
    return isOfPlugin && !name.hasSuffix("_bridge")
      && !name.hasSuffix("_gwbridge")
      || name.hasPrefix("ansible_") && name.hasSuffix("_interpreter")
      || connection.contains(name)
  }

  private static let connection: Set<String> = [
    "ansible_connection", "ansible_host", "ansible_user",
    "ansible_shell_executable", "ansible_port", "ansible_pipelining",
    "ansible_password", "ansible_timeout", "ansible_shell_type",
    "ansible_module_compression", "ansible_private_key_file",
    "ansible_rsync_path", "ansible_playbook_python", "ansible_facts",
  ]
}
