// Reads playbooks: their plays, and the playbooks that they import.

import Jinja

/// Reads a playbook file.
struct PlaybookParser {
  let reader: ProjectReader
  /// What the names of imported playbooks may use; nil where they are taken as
  /// they are.
  var scope: VariableScope?

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
      let place = SourcePlace(item.origin, file: path)
      if let imported = entries.first(where: {
        ModuleName.short($0.key) == "import_playbook"
      }) {
        let name = try template(imported.value, at: place)
        let below = Paths.normalize(
          Paths.join(Paths.directory(of: path), name))
        guard reader.files.isFile(below) else {
          throw AnsibleFailure(
            "Unable to retrieve file contents. Could not find or access "
              + "'\(below)'", at: place)
        }
        return try plays(below, depth: depth + 1).map { play in
          var play = play
          if play.directory == nil,
            Paths.directory(of: below) != Paths.directory(of: path)
          {
            play.directory = Paths.directory(of: below)
          }
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

  /// The name of an imported playbook.
  private func template(_ name: Value, at place: SourcePlace) throws -> String {
    guard let scope, let text = name.text, Templating.isTemplate(text) else {
      return PlainText.of(name)
    }
    do {
      return PlainText.of(try scope.template(name))
    } catch {
      throw AnsibleFailure(
        "the name of the imported playbook is not known: \(text)", at: place)
    }
  }

  private func checkHosts(_ value: Value, at place: SourcePlace) throws {
    let items = value.isString ? nil : try value.sequence()
    guard value.isNone || value.isString || value.list != nil else {
      throw AnsibleFailure(
        "Hosts list must be a sequence or string. Please check your playbook.",
        at: place)
    }
    guard !value.isNone, value.text?.isEmpty != true, items?.isEmpty != true
    else {
      throw AnsibleFailure(
        "Hosts list cannot be empty. Please check your playbook", at: place)
    }
  }

  /// With one host they all do the same; one that is not there is an error.
  private func checkStrategy(_ value: Value, at place: SourcePlace) throws {
    guard let text = value.text, !Templating.isTemplate(text) else { return }
    guard
      ["linear", "free", "host_pinned", "debug"].contains(
        ModuleName.short(text))
    else {
      throw AnsibleFailure(
        "Invalid play strategy specified: \(text)", at: place)
    }
  }

  private func prompt(
    _ value: Value, _ parser: TaskParser
  ) throws -> PlayDefinition.Prompt {
    let place = parser.place(value)
    let known: Set<String> = [
      "name", "prompt", "default", "private", "confirm", "encrypt",
      "salt_size", "salt", "unsafe",
    ]
    var prompt = PlayDefinition.Prompt(name: "", place: place)
    var encrypts = false
    for entry in try value.dictionary?.pairs() ?? [] {
      guard known.contains(entry.key) else {
        throw AnsibleFailure(
          "Invalid vars_prompt data structure, found unsupported key "
            + "'\(entry.key)'", at: place)
      }
      switch entry.key {
      case "name": prompt.name = PlainText.of(entry.value)
      case "default": prompt.fallback = entry.value
      case "encrypt": encrypts = !entry.value.isNone
      default: break
      }
    }
    guard !prompt.name.isEmpty else {
      throw AnsibleFailure(
        "Invalid vars_prompt data structure, missing 'name' key", at: place)
    }
    if encrypts { prompt.fallback = nil }
    return prompt
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
      case "hosts":
        play.hosts = entry.value
        try checkHosts(entry.value, at: entry.place(in: path))
      case "strategy":
        try checkStrategy(entry.value, at: entry.place(in: path))
      case "gather_facts": play.gatherFacts = entry.value
      case "gather_subset", "gather_timeout", "fact_path":
        if !entry.value.isNone {
          play.gatherOptions.append((entry.key, entry.value))
        }
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
        play.prompts = try Keywords.list(entry.value).map {
          try prompt($0, parser)
        }
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
