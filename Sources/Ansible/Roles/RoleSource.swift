// One role's directory: which of its files stand for what, read through the
// project's cache.

import Jinja

/// A role on disk.
public struct RoleSource: Sendable {
  public let found: RolePath.Found
  let reader: ProjectReader

  /// A role at a directory that was found.
  public init(_ found: RolePath.Found, reader: ProjectReader) {
    self.found = found
    self.reader = reader
  }

  public var name: String { found.name }
  public var path: String { found.path }

  /// The name with its collection.
  var fullName: String {
    found.collection.map { "\($0).\(found.name)" } ?? found.name
  }

  /// Reads `defaults` or `vars`: one file, or every file of a directory.
  ///
  /// Throws ``AnsibleFailure``.
  func variables(_ folder: String, from name: String?) throws
    -> [String: Value]
  {
    var merged: [String: Value] = [:]
    for path in try files(folder, from: name, allowsDirectory: true) {
      let content = try reader.document(path)
      if content.isNone { continue }
      guard let entries = content.dictionary?.rawPairs() else {
        throw AnsibleFailure(
          "The \(folder)/main.yml file for role '\(self.name)' must contain a "
            + "dictionary of variables", at: SourcePlace(file: path))
      }
      for entry in entries { merged[entry.key] = entry.value }
    }
    return merged
  }

  /// Reads `tasks` or `handlers`, with the file it came from; an empty list
  /// where the role has none.
  ///
  /// Throws ``AnsibleFailure`` where `name` is given and no such file exists.
  func steps(_ folder: String, from name: String?) throws -> [Step] {
    guard
      let path = try files(folder, from: name, allowsDirectory: false).first
    else { return [] }
    return try reader.steps(path, asHandlers: folder == "handlers")
  }

  /// The file behind `tasks`, `handlers`, `vars` or `defaults`.
  func files(
    _ folder: String, from name: String?, allowsDirectory: Bool
  ) throws -> [String] {
    let directory = Paths.join(path, folder)
    guard reader.files.isDirectory(directory) else { return [] }
    let endings =
      name == nil
      ? [".yml", ".yaml", ".json", ""] : ["", ".yml", ".yaml", ".json"]
    let found = reader.search.variableFiles(
      in: directory, name ?? "main", endings: endings,
      allowsDirectory: allowsDirectory)
    if found.isEmpty, let name {
      throw AnsibleFailure(
        "Could not find specified file in role: \(folder)/\(name)",
        at: SourcePlace(file: directory))
    }
    if let outside = found.first(where: { !Paths.contains(directory, $0) }) {
      throw AnsibleFailure(
        "Failed loading '\(outside)' for role (\(self.name)) as it is not "
          + "inside the expected role path: '\(directory)'")
    }
    return found
  }

  /// Reads meta/main.yml.
  ///
  /// Throws ``AnsibleFailure`` where it holds what Ansible does not know.
  func metadata() throws -> RoleMetadata {
    guard
      let path = try files("meta", from: nil, allowsDirectory: false).first
    else { return RoleMetadata() }
    return try RoleMetadata(
      try reader.document(path), file: path, role: name,
      parser: reader.parser(path))
  }

  /// The argument specs of all entry points; empty where the role has none.
  ///
  /// Throws ``AnsibleFailure``.
  public func argumentSpecs() throws -> [ArgumentSpec] {
    let directory = Paths.join(path, "meta")
    for ending in [".yml", ".yaml", ".json"] {
      let path = Paths.join(directory, "argument_specs" + ending)
      if reader.files.isFile(path) {
        return try reader.specs(path)
      }
    }
    guard
      let main = try files("meta", from: nil, allowsDirectory: false).first
    else { return [] }
    return try reader.specs(main)
  }

  /// The names of the tasks files, endings dropped, sorted.
  public func entryPoints() -> [String] {
    let directory = Paths.join(path, "tasks")
    let names = (try? reader.files.names(in: directory)) ?? []
    return names.compactMap { name in
      let ending = Paths.suffix(of: name)
      return [".yml", ".yaml"].contains(ending)
        ? String(name.dropLast(ending.count)) : nil
    }
  }
}

extension RoleSource {
  /// The names of the variables with defaults, sorted.
  ///
  /// Throws ``AnsibleFailure``.
  public func defaultNames() throws -> [String] {
    try variables("defaults", from: nil).keys.sorted()
  }

  /// The roles that meta/main.yml names.
  ///
  /// Throws ``AnsibleFailure``.
  public func dependencyNames() throws -> [String] {
    try metadata().dependencies.map { PlainText.of($0.name) }
  }
}

/// What meta/main.yml says that matters to a run.
struct RoleMetadata: Sendable {
  var allowsDuplicates = false
  var dependencies: [RoleUse] = []
  var collections: [String] = []

  init() {}

  init(
    _ document: Value, file: String, role: String, parser: TaskParser
  ) throws {
    if document.isNone { return }
    guard let entries = try document.dictionary?.pairs() else {
      throw AnsibleFailure(
        "the 'meta/main.yml' for role \(role) is not a dictionary",
        at: SourcePlace(file: file))
    }
    for entry in entries {
      switch entry.key {
      case "allow_duplicates":
        allowsDuplicates = entry.value.boolean ?? false
      case "dependencies":
        dependencies = try Keywords.list(entry.value).map {
          try RoleUse($0, parser: parser)
        }
      case "collections":
        collections = try Keywords.list(entry.value).compactMap(\.text)
      case "galaxy_info", "argument_specs": break
      default:
        var ignored = Keywords()
        if try !ignored.take(entry.key, entry.value),
          !["name", "vars"].contains(entry.key)
        {
          throw AnsibleFailure(
            "'\(entry.key)' is not a valid attribute for a RoleMetadata",
            at: entry.place(in: file))
        }
      }
    }
  }
}

extension RoleUse {
  /// Reads an entry of `roles:` or of a role's dependencies.
  ///
  /// Throws ``AnsibleFailure``.
  init(_ value: Value, parser: TaskParser) throws {
    let place = parser.place(value)
    if value.isString || value.integer != nil {
      self.init(
        name: value.isString ? value : Value(PlainText.of(value)),
        place: place)
      return
    }
    guard let entries = try value.dictionary?.pairs() else {
      throw AnsibleFailure(
        "role definitions must contain a role name", at: place)
    }
    let name = try value.member("role") ?? value.member("name")
    guard let name, name.isString else {
      throw AnsibleFailure(
        "role definitions must contain a role name", at: place)
    }
    self.init(name: name, place: place)
    for entry in entries {
      if ["role", "name"].contains(entry.key) { continue }
      if try keywords.take(entry.key, entry.value) { continue }
      if entry.key == "vars" {
        variables = try parser.variables(entry.value, of: "RoleInclude")
      } else {
        parameters[entry.key] = entry.value
      }
    }
  }
}
