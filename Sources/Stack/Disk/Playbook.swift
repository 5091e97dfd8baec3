// The text of a stack's playbooks and of its ansible.cfg: plain Ansible that
// runs without Quarterdeck.

/// Writes the playbooks of a stack.
public enum Playbook {
  /// The entry points that have a playbook of their own.
  public static let entryPoints = [
    "main", "upgrade", "remove", "check", "test",
  ]

  /// The playbook's file name: `site.yml` for `main`.
  public static func file(of entryPoint: String) -> String {
    entryPoint == "main" ? "site.yml" : "\(entryPoint).yml"
  }

  /// The text of a playbook.
  ///
  /// `components` are those of the chosen services in the order of the plan;
  /// removal goes through them from the last to the first.
  public static func text(
    _ entryPoint: String, components: [Component], stack: String
  ) -> String {
    var text = """
      # \(summary(of: entryPoint)) Quarterdeck keeps this file in step with
      # group_vars/all/services.yml; it runs under plain ansible-playbook too.
      - name: \(title(of: entryPoint)) \(quoted(stack))
        hosts: localhost
        connection: local
        gather_facts: false

      """
    let names = ordered(components, for: entryPoint).map(\.name)
    if names.isEmpty {
      text += entryPoint == "main" ? "  roles: []\n" : "  tasks: []\n"
    } else if entryPoint == "main" {
      text += "  roles:\n"
      for name in names { text += "    - role: \(name)\n" }
    } else {
      text += "  tasks:\n"
      for component in ordered(components, for: entryPoint) {
        let tasks = tasksFile(entryPoint, of: component)
        text += """
              - name: \(title(of: entryPoint)) \(component.name)
                ansible.builtin.include_role:
                  name: \(component.name)
                  tasks_from: \(tasks)

          """
      }
    }
    return text
  }

  /// The components that have the entry point, in the order of the run.
  static func ordered(
    _ components: [Component], for entryPoint: String
  ) -> [Component] {
    switch entryPoint {
    case "main": components
    case "upgrade":
      components.filter {
        $0.entryPoints.contains("upgrade") || $0.entryPoints.contains("main")
      }
    case "remove":
      components.reversed().filter { $0.entryPoints.contains("remove") }
    default: components.filter { $0.entryPoints.contains(entryPoint) }
    }
  }

  private static func tasksFile(
    _ entryPoint: String, of component: Component
  ) -> String {
    component.entryPoints.contains(entryPoint) ? entryPoint : "main"
  }

  private static func summary(of entryPoint: String) -> String {
    switch entryPoint {
    case "main": "Deploys the services of this stack."
    case "upgrade": "Upgrades the services of this stack."
    case "remove": "Removes the services of this stack, last one first."
    case "check": "Checks whether this stack could be deployed."
    default: "Tests whether the services of this stack really serve."
    }
  }

  private static func title(of entryPoint: String) -> String {
    switch entryPoint {
    case "main": "Deploy"
    case "upgrade": "Upgrade"
    case "remove": "Remove"
    case "check": "Check"
    default: "Test"
    }
  }

  /// A name that is safe inside a plain YAML scalar.
  private static func quoted(_ name: String) -> String {
    String(
      name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" })
  }

  /// The text of the stack's ansible.cfg.
  public static let configuration = """
    # Read by ansible-playbook when it is started in this directory.
    [defaults]
    roles_path = roles:.quarterdeck/catalogue
    interpreter_python = auto_silent
    retry_files_enabled = false
    localhost_warning = false

    [inventory]
    inventory_unparsed_warning = false

    """

  /// The text of the stack's .gitignore.
  public static let ignore = """
    # This machine's own: kube context, runs, rehearsal, link to the catalogue.
    /.quarterdeck/
    # Secrets in plain text; take the line away once they are encrypted.
    /group_vars/all/passwords.yml

    """
}
