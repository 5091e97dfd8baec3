// `set_fact`, `set_stats` and `include_vars`: variables made by tasks.

import Jinja

struct SetFactModule: Module {
  let names = ["ansible.builtin.set_fact"]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    var facts: [(String, Value)] = []
    for (key, value) in call.arguments where key != "cacheable" {
      let name = PlainText.of(try call.scope.template(Value(key)))
      guard VariableName.isValid(name) else {
        throw AnsibleFailure.ofTask("Invalid variable name '\(name)'.")
      }
      facts.append((name, value))
    }
    guard !facts.isEmpty else {
      throw AnsibleFailure(
        "No key/value pairs provided, at least one is required for this "
          + "action to succeed")
    }
    var result = ModuleResult(changed: false)
    result.values["ansible_facts"] = .dictionary(facts)
    for (name, value) in facts { result.facts[name] = value }
    if let cacheable = call.arguments["cacheable"],
      TypeCheck.boolean(cacheable) == true
    {
      for (name, value) in facts { result.hostFacts[name] = value }
    }
    return result
  }
}

struct SetStatsModule: Module {
  let names = ["ansible.builtin.set_stats"]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    try call.refuseOthers(
      than: ["aggregate", "data", "per_host"], briefly: true)
    let data = call.arguments["data"] ?? .dictionary([])
    guard data.dictionary != nil else {
      return .failure("The 'data' option needs to be a dictionary/hash")
    }
    var result = ModuleResult(changed: false)
    result.values["ansible_stats"] = .dictionary([
      ("data", data),
      ("per_host", call.arguments["per_host"] ?? false),
      ("aggregate", call.arguments["aggregate"] ?? true),
    ])
    return result
  }
}

struct IncludeVarsModule: Module {
  let names = ["ansible.builtin.include_vars"]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let known: Set<String> = [
      "file", "dir", "name", "depth", "files_matching", "ignore_files",
      "extensions", "ignore_unknown_extensions", "hash_behaviour",
    ]
    if let other = call.arguments.keys.first(where: { !known.contains($0) }) {
      throw AnsibleFailure.ofTask(
        "\(other) is not a valid option in include_vars")
    }
    let isOfFiles = ["file", "_raw_params"].contains {
      call.arguments[$0] != nil
    }
    let isOfDirectory = [
      "dir", "depth", "files_matching", "ignore_files", "extensions",
      "ignore_unknown_extensions",
    ].contains { call.arguments[$0] != nil }
    if isOfDirectory, isOfFiles || call.free != nil {
      throw AnsibleFailure.ofTask(
        "You are mixing file only and dir only arguments, these are "
          + "incompatible")
    }
    let paths: [String]
    if let directory = call.arguments["dir"] {
      paths = try files(in: PlainText.of(directory), call)
    } else if let file = call.free ?? call.arguments["file"] {
      paths = [try call.find(PlainText.of(file), kind: "vars")]
    } else {
      throw AnsibleFailure("No file or dir was given to include_vars")
    }
    var values: [(String, Value)] = []
    for path in paths {
      let content = try call.project.document(path)
      if content.isNone { continue }
      guard let dictionary = content.dictionary else {
        throw AnsibleFailure(
          "\(path) must be stored as a dictionary/hash")
      }
      for entry in dictionary.rawPairs() {
        values.removeAll { $0.0 == entry.key }
        values.append((entry.key, entry.value))
      }
    }
    var result = ModuleResult(changed: false)
    if let name = call.arguments["name"]?.text {
      values = [(name, .dictionary(values))]
    }
    switch call.arguments["hash_behaviour"]?.text {
    case nil, "replace": break
    case "merge":
      values = try values.map {
        ($0.0, try call.scope.merging($0.1, into: $0.0))
      }
    case let other?:
      throw AnsibleFailure(
        "hash_behaviour must be one of: replace, merge, got: \(other)")
    }
    for (name, value) in values { result.includedVariables[name] = value }
    result.values["ansible_facts"] = .dictionary(values)
    result.values["ansible_included_var_files"] = .list(
      paths.map { Value($0) })
    return result
  }

  private func files(in name: String, _ call: ModuleCall) throws -> [String] {
    let directory = try call.find(name, kind: "vars")
    let files = call.search.files
    guard files.isDirectory(directory) else {
      throw AnsibleFailure("\(directory) is not a directory")
    }
    let depth = call.arguments["depth"]?.integer ?? 0
    let endings =
      try call.arguments["extensions"]?.sequence()?.compactMap(\.text)
      ?? ["yaml", "yml", "json"]
    let pattern = try call.arguments["files_matching"]?.text.map {
      try PythonRegex($0)
    }
    let ignored =
      try call.arguments["ignore_files"].map(Keywords.list)?
      .compactMap(\.text).map { try PythonRegex($0 + "$") } ?? []
    let ignoresUnknown =
      call.arguments["ignore_unknown_extensions"].flatMap {
        TypeCheck.boolean($0)
      } ?? false
    func walk(_ directory: String, _ level: Int) throws -> [String] {
      var found: [String] = []
      var below: [String] = []
      for name in try files.names(in: directory) {
        let path = Paths.join(directory, name)
        if files.isDirectory(path) {
          if depth == 0 || level < depth { below.append(path) }
          continue
        }
        if try ignored.contains(where: { try $0.search(name) != nil }) {
          continue
        }
        if let pattern, try pattern.search(name) == nil { continue }
        let ending = String(Paths.suffix(of: name).dropFirst())
        guard endings.contains(ending) else {
          if ignoresUnknown { continue }
          throw AnsibleFailure(
            "\(path) does not have a valid extension: "
              + endings.joined(separator: ", "))
        }
        found.append(path)
      }
      return found + (try below.flatMap { try walk($0, level + 1) })
    }
    return try walk(directory, 1)
  }
}
