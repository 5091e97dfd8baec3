// Reads playbooks: their plays, and the playbooks that they import.

import Jinja

/// Reads a playbook file.
struct PlaybookParser {
  let reader: ProjectReader

  /// The plays of a file, those of imported playbooks in their places.
  ///
  /// Throws ``AnsibleFailure``.
  func plays(_ path: String, depth: Int = 0) throws -> [PlayDefinition] {
    let document = try reader.document(path)
    guard let items = try document.sequence() else {
      throw AnsibleFailure(
        "A playbook must be a list of plays, got a \(document.typeName) "
          + "instead: \(path)", at: SourcePlace(file: path))
    }
    guard depth < 20 else {
      throw AnsibleFailure(
        "playbooks import each other without end", at: SourcePlace(file: path))
    }
    return try items.flatMap { item -> [PlayDefinition] in
      guard let entries = try item.dictionary?.pairs() else {
        throw AnsibleFailure(
          "playbook entries must be either valid plays or 'import_playbook' "
            + "statements", at: SourcePlace(item.origin, file: path))
      }
      if let imported = entries.first(where: {
        ModuleName.short($0.key) == "import_playbook"
      }) {
        let name = PlainText.of(imported.value)
        let below = Paths.normalize(
          Paths.join(Paths.directory(of: path), name))
        return try plays(below, depth: depth + 1).map { play in
          var play = play
          for entry in entries where entry.key != imported.key {
            if entry.key == "vars" {
              for pair in entry.value.dictionary?.rawPairs() ?? [] {
                play.variables[pair.key] = pair.value
              }
            } else {
              var outer = Keywords()
              if try outer.take(entry.key, entry.value) {
                play.keywords.addOuter(outer)
              }
            }
          }
          return play
        }
      }
      return [
        try play(entries, at: SourcePlace(item.origin, file: path), path)
      ]
    }
  }

  private func play(
    _ entries: [ValueDictionary.Entry], at place: SourcePlace, _ path: String
  ) throws -> PlayDefinition {
    var parser = reader.parser(path)
    var handlers = parser
    handlers.readsHandlers = true
    var play = PlayDefinition(place: place)
    for entry in entries {
      switch entry.key {
      case "name": play.name = entry.value
      case "hosts": play.hosts = entry.value
      case "gather_facts": play.gatherFacts = entry.value
      case "vars":
        play.variables = try parser.variables(entry.value, of: "Play")
      case "vars_files": play.variableFiles = try Keywords.list(entry.value)
      case "roles":
        play.roles = try Keywords.list(entry.value).map {
          try RoleUse($0, parser: parser)
        }
      case "pre_tasks": play.preTasks = try parser.steps(entry.value)
      case "tasks": play.tasks = try parser.steps(entry.value)
      case "post_tasks": play.postTasks = try parser.steps(entry.value)
      case "handlers": play.handlers = try handlers.steps(entry.value)
      case "force_handlers": play.forceHandlers = entry.value
      case "vars_prompt":
        throw Refusal(
          .keyword, "vars_prompt", at: entry.place(in: path),
          remedy: "give the variables in a file or with -e")
      default:
        if try !play.keywords.take(entry.key, entry.value),
          !TaskKeyword.play.contains(entry.key)
        {
          throw AnsibleFailure(
            "'\(entry.key)' is not a valid attribute for a Play",
            at: entry.place(in: path))
        }
      }
    }
    guard play.hosts != nil else {
      throw AnsibleFailure(
        "the field 'hosts' is required but was not set", at: place)
    }
    return play
  }
}

extension Keywords {
  /// Takes in the keywords of a level around this one.
  mutating func addOuter(_ outer: Keywords) {
    if let conditions = outer.when { when = conditions + (when ?? []) }
    if let more = outer.tags { tags = more + (tags ?? []) }
    if let more = outer.environment { environment = more + (environment ?? []) }
    for keyword in Inherited.allCases where self[keyword] == nil {
      self[keyword] = outer[keyword]
    }
  }
}
