// The variables of a project's directory: group_vars and host_vars beside the
// playbook, and the vars_files of a play.

import Jinja

/// Reads variables that belong to a project.
enum ProjectVariables {
  /// group_vars/all, then what a host that no inventory names has, then
  /// host_vars/localhost, lowest first.
  ///
  /// Throws ``AnsibleFailure``.
  static func layers(
    directory: String, reader: ProjectReader
  ) throws -> [VariableLayer] {
    var layers: [VariableLayer] = []
    for (folder, name) in [("group_vars", "all"), ("host_vars", "localhost")] {
      let base = Paths.join(directory, folder)
      if folder == "host_vars" {
        layers.append(
          VariableLayer(
            "implicit host",
            [
              "ansible_connection": "local",
              "ansible_python_interpreter": "/usr/bin/python3",
            ]))
      }
      guard reader.files.isDirectory(base) else { continue }
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
      layers.append(VariableLayer("\(folder)/\(name)", values))
    }
    return layers
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
