// Where a task's templates, files, variables and included tasks are looked
// for: beside the roles that led to it, then beside the playbook.

/// A file that none of the searched places holds.
public struct FileNotFound: Error, Sendable, CustomStringConvertible {
  /// The name as the task gave it.
  public var name: String
  /// The paths that were tried, in order.
  public var searched: [String]

  /// Ansible's sentence for it.
  public var description: String {
    let list = searched.map { "\n\t" + $0 }.joined()
    return """
      Could not find or access '\(name)'
      Searched in:\(list) on the Ansible Controller.
      If you are using a module and expect the file to exist on the remote, see \
      the remote_src option
      """
  }
}

/// The search rules of Ansible's DataLoader for one project.
public struct FileSearch: Sendable {
  /// The directory of the playbook.
  public var project: String
  /// Where files are looked at.
  public var files: any SourceFiles

  /// A search in one project.
  public init(project: String, files: any SourceFiles) {
    self.project = project
    self.files = files
  }

  /// Finds `name` in the first directory of `stack` that has it, each with and
  /// without `kind` (templates, files, vars), then beside the playbook.
  ///
  /// Throws ``FileNotFound``.
  public func find(
    _ name: String, kind: String, stack: [String]
  ) throws(FileNotFound) -> String {
    if name.hasPrefix("/") || name.hasPrefix("~") {
      guard files.exists(name) else {
        throw FileNotFound(name: name, searched: [name])
      }
      return Paths.normalize(name)
    }
    let namesKind =
      name.split(separator: "/", maxSplits: 1).first.map(String.init) == kind
    var places: [String] = []
    for directory in stack {
      if !namesKind { places.append(Paths.join(directory, kind, name)) }
      places.append(Paths.join(directory, name))
    }
    if !namesKind { places.append(Paths.join(project, kind, name)) }
    places.append(Paths.join(project, name))
    guard let found = places.first(where: { files.exists($0) }) else {
      throw FileNotFound(name: name, searched: places)
    }
    return Paths.normalize(found)
  }

  /// Finds one file in a role or beside the playbook (`path_dwim_relative`):
  /// the first that exists, else the last place tried.
  public func relative(
    to base: String, kind: String, _ name: String, isRole: Bool = false
  ) -> String {
    if name.hasPrefix("/") || name.hasPrefix("~") {
      return Paths.normalize(name)
    }
    let inTasks = Paths.name(of: Paths.normalize(base)) == "tasks"
    let root = isRole && inTasks ? Paths.directory(of: base) : base
    var places = [
      Paths.join(base, kind, name),
      Paths.normalize(Paths.join(root, kind, name)),
    ]
    if isRole, !name.hasSuffix(kind) {
      places.append(Paths.normalize(Paths.join(root, "tasks", name)))
    }
    places.append(Paths.normalize(Paths.join(root, name)))
    places.append(Paths.normalize(Paths.join(project, kind, name)))
    let last = Paths.normalize(Paths.join(project, name))
    return places.first { files.exists($0) }.map(Paths.normalize) ?? last
  }

  /// The files that stand for `name` in a directory of variables: a file with
  /// a known ending, or every file of a directory of that name.
  ///
  /// The order of `endings` decides; `""` stands for the bare name.
  public func variableFiles(
    in directory: String, _ name: String,
    endings: [String] = ["", ".yml", ".yaml", ".json"], allowsDirectory: Bool
  ) -> [String] {
    for ending in endings {
      let path = Paths.join(directory, name + ending)
      guard let stamp = files.stamp(path) else { continue }
      if !stamp.isDirectory { return [path] }
      if allowsDirectory { return variableFiles(below: path) }
    }
    return []
  }

  private func variableFiles(below directory: String) -> [String] {
    var found: [String] = []
    for name in (try? files.names(in: directory)) ?? []
    where !name.hasPrefix(".") && !name.hasSuffix("~") {
      let path = Paths.join(directory, name)
      let ending = Paths.suffix(of: name)
      guard let stamp = files.stamp(path) else { continue }
      if stamp.isDirectory {
        if ending.isEmpty { found += variableFiles(below: path) }
      } else if ["", ".yml", ".yaml", ".json"].contains(ending) {
        found.append(path)
      }
    }
    return found
  }
}
