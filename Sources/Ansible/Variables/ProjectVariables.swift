// The variables of a project's directory: what inventories say, group_vars and
// host_vars beside them and the playbook, and the vars_files of a play.

import Jinja

/// Reads variables that belong to a project.
enum ProjectVariables {
  /// What inventories say of this machine, and group_vars and host_vars beside
  /// them and beside the playbook, lowest first.
  ///
  /// - Parameters:
  ///   - directory: that of the playbook.
  ///   - reader: reads the files.
  ///   - inventory: what inventories say.
  ///   - host: the name by which the play has this machine.
  /// - Returns: the layers in Ansible's order of precedence.
  /// - Throws: ``AnsibleFailure``.
  static func layers(
    directory: String, reader: ProjectReader, inventory: HostInventory,
    host: String
  ) throws -> [VariableLayer] {
    let groups = inventory.groups(of: host)
    let beside = inventory.folders.filter { $0 != directory }
    var layers: [VariableLayer] = []
    for group in ["all"] + groups {
      let values = inventory.variables(ofGroup: group)
      if !values.isEmpty {
        layers.append(VariableLayer("inventory group \(group)", values))
      }
    }
    func add(_ folder: String, _ names: [String], in places: [String]) throws {
      for place in places {
        for name in names {
          if let layer = try layer(folder, name, in: place, reader) {
            layers.append(layer)
          }
        }
      }
    }
    try add("group_vars", ["all"], in: beside + [directory])
    try add("group_vars", groups, in: beside + [directory])
    // What this machine has where no inventory says otherwise.
    let implicit: [String: Value] = [
      "ansible_connection": "local",
      "ansible_python_interpreter": "/usr/bin/python3",
    ]
    layers.append(
      VariableLayer(
        "inventory host",
        implicit.merging(inventory.variables(of: host)) { $1 }))
    try add("host_vars", [host], in: beside + [directory])
    return layers
  }

  /// The variables of one group or host; nil where nobody wrote any.
  private static func layer(
    _ folder: String, _ name: String, in directory: String,
    _ reader: ProjectReader
  ) throws -> VariableLayer? {
    let base = Paths.join(directory, folder)
    guard reader.files.isDirectory(base) else { return nil }
    var values: [String: Value] = [:]
    let paths = reader.search.variableFiles(
      in: base, name, allowsDirectory: true)
    for path in paths {
      let content = try dictionary(reader, path)
      // By the stack's convention the whole file holds nothing but secrets.
      let isSecret = Paths.name(of: path).hasPrefix("passwords.")
      for entry in content.rawPairs() {
        values[entry.key] =
          isSecret ? entry.value.secretThroughout() : entry.value
      }
    }
    return VariableLayer("\(folder)/\(name)", values)
  }

  /// The files of a play's `vars_files`: of each list the first that exists.
  ///
  /// Throws ``AnsibleFailure``.
  static func files(
    _ names: [Value], scope: VariableScope, search: FileSearch,
    reader: ProjectReader, warn: (String) -> Void
  ) throws -> [VariableLayer] {
    try names.compactMap { entry -> VariableLayer? in
      for name in try Keywords.list(entry) {
        guard let templated = try? scope.template(name) else {
          warn(
            "skipping vars_files item due to an undefined variable: "
              + PlainText.of(name))
          return nil
        }
        guard let text = templated.text else {
          throw AnsibleFailure(
            "Invalid `vars_files` value of type '\(templated.typeName)'.",
            at: name.origin.map { SourcePlace($0, file: $0.file) })
        }
        guard
          let path = try? search.find(
            text, kind: "vars", stack: [search.project])
        else { continue }
        var values: [String: Value] = [:]
        for item in try dictionary(reader, path).rawPairs() {
          values[item.key] = item.value
        }
        return VariableLayer("vars_files", values)
      }
      return nil
    }
  }

  /// The content of a file of variables.
  ///
  /// Throws ``AnsibleFailure`` where it is no mapping.
  static func dictionary(
    _ reader: ProjectReader, _ path: String
  ) throws -> ValueDictionary {
    let content = try reader.document(path)
    if content.isNone { return ValueDictionary([(String, Value)]()) }
    guard let dictionary = content.dictionary else {
      throw AnsibleFailure(
        "Invalid variable file contents.", at: SourcePlace(file: path))
    }
    return dictionary
  }
}

extension Value {
  /// The value with every text and number in it marked as a secret.
  public func secretThroughout() -> Value {
    switch payload {
    case .list(let list):
      return Value(
        .list(
          ValueList(lazy: list.rawElements.map { $0.secretThroughout() }) {
            VaultedText.opened($0)
          })
      ).with(origin: origin)
    case .dictionary(let dictionary):
      let pairs = zip(
        dictionary.orderedKeys,
        dictionary.rawElements.map { $0.secretThroughout() })
      guard
        let made = try? ValueDictionary(
          lazy: Array(pairs), member: { VaultedText.opened($0) })
      else { return marked(.secret) }
      return Value(.dictionary(made)).with(origin: origin)
    case .none, .bool: return self
    default: return marked(.secret)
    }
  }
}
