// Where roles are looked for, in Ansible's order: beside the playbook, the
// configured roles path, collections, and the playbook's directory itself.

/// The directories in which a role is searched by its name.
public struct RolePath: Sendable, Hashable {
  /// The directory of the playbook: its `roles/` comes first.
  public var project: String
  /// `roles_path` of ansible.cfg or `ANSIBLE_ROLES_PATH`, in order.
  public var roots: [String]
  /// Roots that hold `ansible_collections/`.
  public var collectionRoots: [String]

  /// A search path with explicit roots.
  public init(
    project: String, roots: [String] = [], collectionRoots: [String] = []
  ) {
    self.project = project
    self.roots = roots
    self.collectionRoots = collectionRoots
  }

  /// The path that Ansible itself would use in `project`.
  ///
  /// The roles of `catalogue` are searched after the configured ones. Of the
  /// environment `ANSIBLE_ROLES_PATH`, `ANSIBLE_COLLECTIONS_PATH` and `HOME`
  /// are read.
  public init(
    project: String, catalogue: String? = nil, configuration: Configuration,
    environment: [String: String]
  ) {
    let home = environment["HOME"] ?? "/root"
    func expand(_ list: String, against base: String) -> [String] {
      list.split(separator: ":").map { entry in
        let entry = String(entry)
        if entry.hasPrefix("~") {
          return Paths.normalize(Paths.join(home, String(entry.dropFirst(2))))
        }
        return Paths.normalize(Paths.join(base, entry))
      }
    }
    self.project = project
    if let list = environment["ANSIBLE_ROLES_PATH"] {
      roots = expand(list, against: project)
    } else if let list = configuration["defaults", "roles_path"] {
      roots = expand(list, against: Paths.directory(of: configuration.file))
    } else {
      roots = [
        Paths.join(home, ".ansible/roles"), "/usr/share/ansible/roles",
        "/etc/ansible/roles",
      ]
    }
    if let catalogue { roots.append(catalogue) }
    if let list = environment["ANSIBLE_COLLECTIONS_PATH"] {
      collectionRoots = expand(list, against: project)
    } else if let list = configuration["defaults", "collections_path"] {
      collectionRoots = expand(
        list, against: Paths.directory(of: configuration.file))
    } else {
      collectionRoots = [
        Paths.join(home, ".ansible/collections"),
        "/usr/share/ansible/collections",
      ]
    }
  }

  /// A role's directory as found.
  public struct Found: Sendable, Hashable {
    /// The role's name without its collection.
    public var name: String
    /// `namespace.collection`, nil for a role outside one.
    public var collection: String?
    /// The directory, normalised.
    public var path: String
  }

  /// Finds the role called `name`: a plain name, a path, or
  /// `namespace.collection.role`; nil where no such directory exists.
  ///
  /// `base` is the directory that holds the role that asks, searched late;
  /// `collections` are searched first for a plain name.
  public func find(
    _ name: String, base: String? = nil, collections: [String] = [],
    in files: some SourceFiles
  ) -> Found? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count >= 3, !name.contains("/") {
      let collection = parts.prefix(2).joined(separator: ".")
      let role = parts.dropFirst(2).joined(separator: ".")
      if let found = find(role, in: collection, files) { return found }
    } else if !name.contains("/") {
      for collection in collections {
        if let found = find(name, in: collection, files) { return found }
      }
    }
    var places = [Paths.join(project, "roles")] + roots
    if let base { places.append(base) }
    places.append(project)
    for place in places {
      let path = Paths.normalize(Paths.join(place, name))
      if files.exists(path) { return Found(name: name, path: path) }
    }
    guard files.exists(name) else { return nil }
    return Found(name: Paths.name(of: name), path: Paths.normalize(name))
  }

  private func find(
    _ role: String, in collection: String, _ files: some SourceFiles
  ) -> Found? {
    let parts = collection.split(separator: ".")
    guard parts.count == 2 else { return nil }
    // Dots in a role's name are folders below its collection's roles.
    let folder = role.replacing(".", with: "/")
    for root in [Paths.join(project, "collections")] + collectionRoots {
      let path = Paths.join(
        root, "ansible_collections", String(parts[0]), String(parts[1]),
        "roles", folder)
      if files.isDirectory(path) {
        return Found(name: role, collection: collection, path: path)
      }
    }
    return nil
  }

  /// What was searched for a plain name, as an error message lists it.
  public var searched: String {
    ([Paths.join(project, "roles")] + roots + [project])
      .joined(separator: ":")
  }
}
