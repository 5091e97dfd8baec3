// The variables of a stack as Ansible reads them: which file sets what, and
// which file wins.

import Ansible
import Jinja
import Kubernetes

/// The variables that a stack's files set for localhost.
struct StackVariables: Sendable {
  /// One variable as set.
  struct Entry: Sendable {
    var value: JSON
    /// Where it is set, the file as an absolute path.
    var location: SourceLocation
  }

  /// The winning entry of each variable.
  private(set) var entries: [String: Entry] = [:]
  /// The variables of each file that was read, by absolute path.
  private(set) var byFile: [String: [String: Entry]] = [:]
  private(set) var problems: [StackProblem] = []

  /// Reads group_vars and host_vars in Ansible's order of precedence.
  ///
  /// Source: docs.ansible.com, "Understanding variable precedence": group_vars
  /// of `all`, then host_vars; inside a folder by name, later files win.
  static func read(_ layout: StackLayout, _ roles: RoleReader)
    -> StackVariables
  {
    var variables = StackVariables()
    for base in ["group_vars/all", "host_vars/localhost"] {
      let path = layout.directory + "/" + base
      for file in files(at: path, roles.documents) {
        switch roles.documents.mapping(file) {
        case .success(let value):
          variables.add(value, file: file)
          variables.problems += roles.documents.warnings(of: file)
        case .failure(let problem): variables.problems.append(problem)
        }
      }
    }
    return variables
  }

  private mutating func add(_ value: Value, file: String) {
    var found: [String: Entry] = [:]
    for entry in YAMLValues.entries(value) {
      found[entry.key] = Entry(
        value: YAMLValues.json(entry.value),
        location: SourceLocation(entry.origin, file: file))
    }
    byFile[file] = found
    entries.merge(found) { $1 }
  }

  private static func files(
    at path: String, _ files: DocumentReader
  ) -> [String] {
    var found: [String] = []
    for ending in ["", ".yml", ".yaml", ".json"]
    where files.isFile(path + ending) {
      found.append(path + ending)
    }
    let names = files.names(in: path)
    for name in names where !name.hasPrefix(".") && !name.hasSuffix("~") {
      let file = path + "/" + name
      let isKnown = ["yml", "yaml", "json"].contains {
        name.hasSuffix("." + $0)
      }
      if files.isFile(file), isKnown || !name.contains(".") {
        found.append(file)
      }
    }
    return found
  }
}
