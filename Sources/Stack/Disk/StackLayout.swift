// Where everything of a stack stands on disk.

/// The paths of one stack's files.
public struct StackLayout: Sendable, Hashable {
  /// The stack's directory, absolute and without a slash at its end.
  public var directory: String

  public init(directory: String) {
    var path = directory
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.directory = path
  }

  /// The directory's last part.
  public var name: String {
    directory.split(separator: "/").last.map(String.init) ?? "/"
  }

  /// The chosen services, release, namespace and the cluster's identity.
  public var services: String { variables + "/services.yml" }
  /// The values that differ from the roles' defaults.
  public var parameters: String { variables + "/parameters.yml" }
  /// The secrets; mode 0600.
  public var passwords: String { variables + "/passwords.yml" }
  public var variables: String { directory + "/group_vars/all" }
  public var configuration: String { directory + "/ansible.cfg" }
  /// The operator's own roles.
  public var roles: String { directory + "/roles" }
  /// What is this machine's alone; mode 0700 and ignored by git.
  public var local: String { directory + "/.quarterdeck" }
  /// Context of the kubeconfig, and whether the stack rehearses.
  public var localSettings: String { local + "/local.yml" }
  /// The link to the catalogue's roles.
  public var catalogue: String { local + "/catalogue" }
  public var runs: String { local + "/runs" }
  /// The state of the cluster in memory.
  public var rehearsal: String { local + "/rehearsal" }
  public var ignore: String { directory + "/.gitignore" }

  /// The playbook of an entry point: `site.yml` for `main`.
  public func playbook(_ entryPoint: String) -> String {
    directory + "/" + Playbook.file(of: entryPoint)
  }

  /// A path as the operator would type it from inside the stack.
  public func relative(_ path: String) -> String {
    path.hasPrefix(directory + "/")
      ? String(path.dropFirst(directory.count + 1)) : path
  }
}
