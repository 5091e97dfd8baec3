// Puts tasks, blocks and roles in their places: imports are read here, before
// anything runs, includes only when they are reached.

import Jinja

extension PlayRunner {
  /// Puts steps in their places inside a scope.
  ///
  /// Throws ``AnsibleFailure``.
  func compile(_ steps: [Step], in scope: Scope) throws -> [Node] {
    try steps.flatMap { step -> [Node] in
      switch step {
      case .block(let definition):
        return [.block(try compile(definition, in: scope))]
      case .task(let definition):
        switch definition.shortAction {
        case "import_tasks": return try importTasks(definition, in: scope)
        case "import_role": return try importRole(definition, in: scope)
        default: return [.task(TaskNode(definition, in: scope))]
        }
      }
    }
  }

  private func compile(
    _ definition: BlockDefinition, in scope: Scope
  ) throws -> BlockNode {
    let inner = Scope(
      .block, parent: scope, role: scope.role, keywords: definition.keywords,
      variables: definition.variables)
    return BlockNode(
      definition, block: try compile(definition.block, in: inner),
      rescue: try compile(definition.rescue, in: inner),
      always: try compile(definition.always, in: inner))
  }

  /// Handlers in their places; imported files are read, included ones not.
  func compileHandlers(_ steps: [Step], in scope: Scope) throws -> [TaskNode] {
    play.handlerGroups += 1
    return try handlers(steps, in: scope)
  }

  private func handlers(_ steps: [Step], in scope: Scope) throws -> [TaskNode] {
    try steps.flatMap { step -> [TaskNode] in
      let definition: TaskDefinition
      switch step {
      case .task(let task): definition = task
      case .block(let block):
        let inner = Scope(
          .block, parent: scope, role: scope.role, keywords: block.keywords,
          variables: block.variables)
        let made = try compileHandlers(block.block, in: inner)
        play.handlerGroups += 1
        return made
      }
      guard definition.shortAction == "import_tasks" else {
        return [
          TaskNode(
            definition, in: scope, isHandler: true, group: play.handlerGroups)
        ]
      }
      let (path, directory) = try importedFile(
        definition, in: scope, folder: "handlers")
      let inner = Scope(
        .imported(directory: directory), parent: scope, role: scope.role,
        keywords: definition.keywords, variables: definition.variables)
      return try handlers(
        try settings.reader.steps(path, asHandlers: true), in: inner)
    }
  }

  // MARK: - Imports

  /// How many imports may stand in each other: a file that imports itself
  /// never ends.
  private static let deepestImport = 60

  private func importTasks(
    _ definition: TaskDefinition, in scope: Scope
  ) throws -> [Node] {
    let (path, directory) = try importedFile(
      definition, in: scope, folder: "tasks")
    let inner = Scope(
      .imported(directory: directory), parent: scope, role: scope.role,
      keywords: definition.keywords, variables: definition.variables)
    return try compile(try settings.reader.steps(path), in: inner)
  }

  private func importedFile(
    _ definition: TaskDefinition, in scope: Scope, folder: String
  ) throws -> (path: String, directory: String) {
    guard scope.importDepth < Self.deepestImport else {
      throw AnsibleFailure(
        "A recursion loop was detected: more than \(Self.deepestImport) "
          + "imports stand in each other", at: definition.place)
    }
    guard let written = definition.free ?? definition["file"] else {
      throw AnsibleFailure(
        "No file specified for \(definition.action)", at: definition.place)
    }
    let name: String
    do {
      name = PlainText.of(
        try variables(for: definition, in: scope).template(written))
    } catch {
      throw AnsibleFailure(
        "Error when evaluating variable in import path "
          + "'\(PlainText.of(written))': \(sentence(error))",
        at: definition.place)
    }
    let path = taskFile(name, in: scope, folder: folder)
    guard settings.reader.files.isFile(path) else {
      throw AnsibleFailure(
        "Unable to retrieve file contents: Could not find or access '\(path)'",
        at: definition.place)
    }
    return (path, Paths.directory(of: name))
  }

  /// The file that an include or import means, relative to those around it.
  func taskFile(_ name: String, in scope: Scope, folder: String) -> String {
    let search = settings.search
    var cumulative: String?
    for directory in scope.includeDirectories {
      if let inner = cumulative, !Paths.isAbsolute(inner) {
        cumulative = Paths.join(directory, inner)
      } else {
        cumulative = directory
      }
      let below = cumulative ?? ""
      let candidates: [String]
      if let role = scope.role {
        let base = Paths.join(role.path, folder, below)
        candidates = [
          search.relative(to: role.path, kind: folder, name, isRole: true),
          search.relative(to: base, kind: folder, name, isRole: true),
        ]
      } else {
        candidates = [
          search.relative(to: settings.directory, kind: below, name)
        ]
      }
      if let found = candidates.first(where: search.files.isFile) {
        return found
      }
    }
    if let role = scope.role {
      return search.relative(to: role.path, kind: folder, name, isRole: true)
    }
    return Paths.normalize(Paths.join(settings.directory, name))
  }

  private func importRole(
    _ definition: TaskDefinition, in scope: Scope
  ) throws -> [Node] {
    let values = variables(for: definition, in: scope)
    let inner = Scope(
      .imported(directory: ""), parent: scope, role: scope.role,
      keywords: definition.keywords, variables: definition.variables)
    return try includedRole(
      definition,
      arguments: definition.arguments.map {
        ($0.name, try values.template($0.value))
      }, in: inner, isStatic: true)
  }

  // MARK: - Roles

  /// A role of a play's list, its dependencies first.
  func compileRole(_ use: RoleUse) throws -> [Node] {
    let role = try loadRole(use, parent: nil)
    play.roles.append(role)
    play.magic = nil
    return try compile(role, in: play.scope)
  }

  /// The tasks of a role and of those it depends on.
  func compile(_ role: RoleInstance, in outer: Scope) throws -> [Node] {
    var nodes: [Node] = []
    for dependency in role.dependencies {
      nodes += try compile(dependency, in: outer)
    }
    let scope = roleScope(role, in: outer)
    var steps = try role.source.steps("tasks", from: role.files.tasks)
    if role.checksArguments, let check = try argumentCheck(of: role) {
      steps.insert(.task(check), at: 0)
    }
    nodes += try compile(steps, in: scope)
    nodes.append(.roleEnd(role))
    return nodes
  }

  /// The level of a role: its keywords and those of the roles that led to it.
  private func roleScope(_ role: RoleInstance, in outer: Scope) -> Scope {
    var scope = outer
    if !role.isIncluded {
      for above in role.chain {
        scope = Scope(
          .role, parent: scope, role: above, keywords: above.keywords)
      }
    }
    return Scope(.role, parent: scope, role: role, keywords: role.keywords)
  }

  /// Handlers of a role and of those it depends on.
  func handlers(of role: RoleInstance, in outer: Scope) throws -> [TaskNode] {
    try role.dependencies.flatMap { try handlers(of: $0, in: outer) }
      + compileHandlers(
        try role.source.steps("handlers", from: role.files.handlers),
        in: roleScope(role, in: outer))
  }

  /// Loads a role and those it depends on.
  ///
  /// Throws ``AnsibleFailure`` where there is no such role or its files are
  /// wrong.
  private func loadRole(
    _ use: RoleUse, parent: RoleInstance?
  ) throws -> RoleInstance {
    let written = try variables(for: nil, in: play.scope).template(use.name)
    let source = try findRole(
      PlainText.of(written), at: use.place, from: parent,
      in: roleKeywords(use, parent))
    let metadata = try source.metadata()
    let role = try RoleInstance(
      source, metadata: metadata, use: use, parent: parent)
    try finishLoading(role, metadata)
    if parent == nil {
      play.handlers += try handlers(of: role, in: play.scope)
    }
    return role
  }

  private func finishLoading(
    _ role: RoleInstance, _ metadata: RoleMetadata
  ) throws {
    guard role.chain.count < 60 else {
      throw AnsibleFailure(
        "A recursion loop was detected with the roles specified. Make sure "
          + "child roles do not have dependencies on parent roles",
        at: SourcePlace(file: role.path))
    }
    for spec in try role.source.argumentSpecs() {
      secretNames.formUnion(
        spec.options.filter(\.isSecret).map(\.name))
    }
    role.dependencies = try metadata.dependencies.map {
      try loadRole($0, parent: role)
    }
    play.uses.append(role)
    assembled = AssembledLayers()
    play.magic = nil
  }

  /// The collections that a use of a role names, or the play.
  private func roleKeywords(
    _ use: RoleUse, _ parent: RoleInstance?
  ) -> Value? {
    use.keywords[.collections]
      ?? (parent == nil ? play.scope.inherited(.collections) : nil)
  }

  private func findRole(
    _ name: String, at place: SourcePlace, from parent: RoleInstance?,
    in written: Value?
  ) throws -> RoleSource {
    let collections = try written.flatMap { try Keywords.list($0) } ?? []
    guard
      let found = settings.rolePath.find(
        name, base: parent.map { Paths.directory(of: $0.path) },
        collections: collections.compactMap(\.text)
          + (parent?.collections ?? []), in: settings.reader.files)
    else {
      throw AnsibleFailure.ofTask(
        "the role '\(name)' was not found in \(settings.rolePath.searched)",
        at: place)
    }
    return RoleSource(found, reader: settings.reader)
  }

  /// The tasks that include_role or import_role stands for, its arguments
  /// templated.
  func includedRole(
    _ definition: TaskDefinition, arguments: [(String, Value)],
    in scope: Scope, isStatic: Bool
  ) throws -> [Node] {
    var values: [String: Value] = [:]
    for (name, value) in arguments { values[name] = value }
    let name = values["name"] ?? values["role"] ?? .none
    let source = try findRole(
      PlainText.of(name), at: definition.place, from: scope.role,
      in: definition.keywords[.collections] ?? scope.inherited(.collections))
    let metadata = try source.metadata()
    var files = RoleInstance.FromFiles()
    files.tasks = values["tasks_from"]?.text
    files.vars = values["vars_from"]?.text
    files.defaults = values["defaults_from"]?.text
    files.handlers = values["handlers_from"]?.text
    func flag(_ key: String) -> Bool? {
      values[key].flatMap { TypeCheck.boolean($0) }
    }
    let role = try RoleInstance(
      source, metadata: metadata, files: files, isIncluded: true,
      isPublic: flag("public") ?? isStatic,
      variables: scope.variables.merging(scope.fixed) { $1 },
      parent: scope.role)
    role.allowsDuplicates = flag("allow_duplicates") ?? true
    role.checksArguments = flag("rolespec_validate") ?? true
    play.roles.append(role)
    try finishLoading(role, metadata)
    play.handlers += try handlers(of: role, in: scope)
    return try compile(role, in: scope)
  }

  /// The task that checks a role's arguments; nil where it has no spec.
  private func argumentCheck(of role: RoleInstance) throws -> TaskDefinition? {
    let entryPoint = role.files.tasks ?? "main"
    guard
      let spec = try role.source.argumentSpecs().first(where: {
        $0.entryPoint == entryPoint
      })
    else { return nil }
    var name = "Validating arguments against arg spec '\(entryPoint)'"
    if !spec.shortDescription.isEmpty { name += " - \(spec.shortDescription)" }
    var task = TaskDefinition(
      action: "ansible.builtin.validate_argument_spec",
      actionPlace: spec.place, place: spec.place)
    task.name = Value(name).marked(.unsafe)
    task.isImplicit = true
    task.validation = spec.validation
    task.keywords.tags = ["always"]
    let context = Value.dictionary([
      ("type", "role"), ("name", Value(role.name)),
      ("argument_spec_name", Value(entryPoint)), ("path", Value(role.path)),
    ])
    task.arguments = [
      ("argument_spec", spec.raw),
      ("provided_arguments", Value.sorted(role.parameters)),
      ("validate_args_context", context),
    ].map { .init(name: $0.0, value: $0.1, place: spec.place) }
    return task
  }
}
