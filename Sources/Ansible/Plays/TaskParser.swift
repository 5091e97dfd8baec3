// Reads lists of tasks: what of a mapping is the module, what its arguments,
// what a keyword. The rules are those of ansible-core's playbook/task.py and
// parsing/mod_args.py; what it rejects is rejected here in its words.

import Jinja

/// Reads tasks of one file.
struct TaskParser {
  let file: String
  /// Whether the list holds handlers.
  var readsHandlers = false
  /// Whether what is read stands inside a block.
  private var isInBlock = false
  /// What a `with_…` keyword may name; any other is not a keyword.
  var lookups: Set<String>
  /// What is wrong but can be told together with the rest.
  var refusals: [Refusal] = []

  init(file: String, readsHandlers: Bool = false, lookups: Set<String>) {
    self.file = file
    self.readsHandlers = readsHandlers
    self.lookups = lookups
  }

  func place(_ value: Value) -> SourcePlace {
    SourcePlace(value.origin, file: file)
  }

  /// Reads a list of tasks and blocks.
  ///
  /// Throws ``AnsibleFailure``.
  mutating func steps(_ value: Value) throws -> [Step] {
    if value.isNone { return [] }
    guard let items = try value.sequence() else {
      throw AnsibleFailure.ofTask(
        "included task files must contain a list of tasks", at: place(value))
    }
    return try items.map { try step($0) }
  }

  private mutating func step(_ value: Value) throws -> Step {
    guard let entries = try value.dictionary?.pairs() else {
      throw AnsibleFailure(
        "a task must be a mapping, not \(value.typeName)", at: place(value))
    }
    let isBlock = entries.contains {
      ["block", "rescue", "always"].contains($0.key)
    }
    return isBlock
      ? .block(try block(entries, at: place(value)))
      : .task(try task(entries, at: place(value)))
  }

  private mutating func block(
    _ entries: [ValueDictionary.Entry], at place: SourcePlace
  ) throws -> BlockDefinition {
    if readsHandlers, isInBlock {
      throw AnsibleFailure(
        "Using a block as a handler is not supported.", at: place)
    }
    let outer = isInBlock
    isInBlock = true
    defer { isInBlock = outer }
    var block = BlockDefinition(place: place, block: [])
    var hasBlock = false
    for entry in entries {
      switch entry.key {
      case "block":
        guard !entry.value.isNone else {
          throw AnsibleFailure(
            "A malformed block was encountered while loading a block: it "
              + "should be a list", at: place)
        }
        block.block = try steps(entry.value)
        hasBlock = true
      case "rescue": block.rescue = try steps(entry.value)
      case "always": block.always = try steps(entry.value)
      case "name": block.name = entry.value
      case "vars": block.variables = try variables(entry.value, of: "Block")
      default:
        if try !block.keywords.take(entry.key, entry.value) {
          throw AnsibleFailure(
            "'\(entry.key)' is not a valid attribute for a Block",
            at: entry.place(in: file))
        }
      }
    }
    guard hasBlock else {
      let word = block.rescue.isEmpty ? "always" : "rescue"
      throw AnsibleFailure(
        "'\(word)' keyword cannot be used without 'block'", at: place)
    }
    return block
  }

  private mutating func task(
    _ entries: [ValueDictionary.Entry], at place: SourcePlace
  ) throws -> TaskDefinition {
    var task = TaskDefinition(
      action: "", actionPlace: place, place: place)
    var actions: [ValueDictionary.Entry] = []
    var extra: Value?
    for entry in entries {
      if try task.keywords.take(entry.key, entry.value) { continue }
      switch entry.key {
      case "name": task.name = entry.value
      case "args": extra = entry.value
      case "vars": task.variables = try variables(entry.value, of: "Task")
      case "loop": try setLoop(of: &task, nil, entry, place)
      case "loop_control": task.loopControl = try loopControl(entry.value)
      case "register": task.register = try variableName(entry)
      case "until": task.until = try Keywords.list(entry.value)
      case "retries": task.retries = entry.value
      case "delay": task.delay = entry.value
      case "changed_when": task.changedWhen = try Keywords.list(entry.value)
      case "failed_when": task.failedWhen = try Keywords.list(entry.value)
      case "async": task.asynchronous = entry.value
      case "poll": task.poll = entry.value
      case "listen" where readsHandlers:
        task.listen = try Keywords.list(entry.value).compactMap(\.text)
      default:
        if entry.key.hasPrefix("with_"),
          entry.key.contains(".")
            || lookups.contains(String(entry.key.dropFirst(5)))
        {
          try setLoop(of: &task, String(entry.key.dropFirst(5)), entry, place)
        } else {
          actions.append(entry)
        }
      }
    }
    try setAction(of: &task, from: actions, extra: extra)
    try checkInclude(task, entries)
    return task
  }

  private func setLoop(
    of task: inout TaskDefinition, _ lookup: String?,
    _ entry: ValueDictionary.Entry, _ place: SourcePlace
  ) throws {
    // A plain loop takes the place of what a with_ loop before it goes over.
    guard task.loop == nil || lookup == nil else {
      throw AnsibleFailure(
        "duplicate loop in task: \(lookup ?? "loop")", at: place)
    }
    if lookup != nil, entry.value.isNone {
      throw AnsibleFailure(
        "you must specify a value when using \(entry.key)", at: place)
    }
    task.loop = entry.value
    if let lookup { task.loopLookup = lookup }
  }

  private func loopControl(_ value: Value) throws -> LoopControl {
    guard let entries = try value.dictionary?.pairs() else {
      throw AnsibleFailure(
        "the `loop_control` value must be specified as a dictionary and cannot "
          + "be a variable itself (though it can contain variables)",
        at: place(value))
    }
    var control = LoopControl()
    for entry in entries {
      switch entry.key {
      case "loop_var": control.variable = entry.value
      case "index_var": control.indexVariable = entry.value
      case "label": control.label = entry.value
      case "pause": control.pause = entry.value
      case "extended": control.extended = entry.value
      case "extended_allitems": control.extendedAllItems = entry.value
      case "break_when": control.breakWhen = try Keywords.list(entry.value)
      default:
        throw AnsibleFailure(
          "'\(entry.key)' is not a valid attribute for a LoopControl",
          at: entry.place(in: file))
      }
    }
    return control
  }

  private func variableName(_ entry: ValueDictionary.Entry) throws -> String {
    guard let name = entry.value.text, VariableName.isValid(name) else {
      throw AnsibleFailure(
        "Invalid 'register' specified.", at: entry.place(in: file))
    }
    return name
  }

  /// Reads a mapping of variables; `owner` names who has it in the message.
  func variables(_ value: Value, of owner: String) throws -> [String: Value] {
    if value.isNone { return [:] }
    guard let entries = value.dictionary?.rawPairs() else {
      throw AnsibleFailure(
        "Vars in a \(owner) must be specified as a dictionary.",
        at: place(value))
    }
    for entry in entries where !VariableName.isValid(entry.key) {
      throw AnsibleFailure(
        "Invalid variable name in vars specified for \(owner): "
          + "'\(entry.key)' is not a valid variable name.",
        at: entry.place(in: file))
    }
    return Dictionary(entries.map { ($0.key, $0.value) }) { $1 }
  }
}

// MARK: - Module and arguments

extension TaskParser {
  private func setAction(
    of task: inout TaskDefinition, from entries: [ValueDictionary.Entry],
    extra: Value?
  ) throws {
    // `listen` outside handlers, or any word that is neither a keyword nor a
    // module, shows as a second module here.
    var chosen: ValueDictionary.Entry?
    for entry in entries {
      if let earlier = chosen {
        // Of two unknown words, the one that looks like a misspelt keyword is
        // told; Ansible speaks of conflicting actions.
        throw AnsibleFailure(
          "conflicting action statements: \(earlier.key), \(entry.key)",
          at: entry.place(in: file))
      }
      chosen = entry
    }
    guard let entry = chosen else {
      throw AnsibleFailure(
        "no module/action detected in task.", at: task.place)
    }
    task.actionPlace = entry.place(in: file)
    if let extra, !extra.isNone {
      if extra.isString {
        task.argumentTemplate = extra
      } else if let pairs = try extra.dictionary?.pairs() {
        add(pairs, to: &task)
      } else {
        throw AnsibleFailure(
          "The value of the task `args` keyword is invalid.",
          at: place(extra))
      }
    }
    switch entry.key {
    case "action", "local_action":
      if entry.key == "local_action" {
        task.keywords[.delegateTo] = "localhost"
      }
      try setOldStyle(entry.value, of: &task)
    default:
      task.action = entry.key
      try setArguments(entry.value, of: &task)
    }
    for argument in task.arguments where argument.name.hasPrefix("_ansible_") {
      throw AnsibleFailure(
        "Invalid parameter specified beginning with keyword '_ansible_' for "
          + "action '\(task.action)': '\(argument.name)'. The prefix "
          + "'_ansible_' is reserved for internal use only.",
        at: argument.place)
    }
  }

  private func add(
    _ pairs: [ValueDictionary.Entry], to task: inout TaskDefinition
  ) {
    for pair in pairs {
      if pair.key == "_raw_params" {
        task.free = pair.value
        continue
      }
      task.arguments.removeAll { $0.name == pair.key }
      task.arguments.append(
        .init(
          name: pair.key, value: pair.value, place: pair.place(in: file)))
    }
  }

  private func setArguments(
    _ value: Value, of task: inout TaskDefinition
  ) throws {
    if value.isNone { return }
    if let pairs = try value.dictionary?.pairs() {
      add(pairs, to: &task)
    } else if let text = value.text {
      try setText(text, from: value, of: &task)
    } else {
      throw AnsibleFailure(
        "unexpected parameter type in action: \(value.typeName)",
        at: place(value))
    }
  }

  private func setText(
    _ text: String, from value: Value, of task: inout TaskDefinition
  ) throws {
    let parsed: KeyValueArguments
    do {
      parsed = try KeyValueArguments(
        text, keepsFree: ModuleName.freeForm.contains(task.shortAction))
    } catch {
      throw AnsibleFailure(
        "failed at splitting arguments, either an unbalanced jinja2 block or "
          + "quotes: \(text)", at: place(value))
    }
    func part(_ text: String) -> Value {
      let made = Value(text).with(origin: value.origin)
      return value.marks.isEmpty ? made : made.marked(value.marks)
    }
    add(
      parsed.pairs.map {
        .init(key: $0.key, value: part($0.value), origin: value.origin)
      }, to: &task)
    if let free = parsed.free { task.free = part(free) }
  }

  private func setOldStyle(
    _ value: Value, of task: inout TaskDefinition
  ) throws {
    if let pairs = try value.dictionary?.pairs() {
      guard let module = pairs.first(where: { $0.key == "module" }),
        let text = module.value.text
      else {
        throw AnsibleFailure(
          "no module/action detected in task.", at: place(value))
      }
      try setOldStyle(Value(text).with(origin: value.origin), of: &task)
      for pair in pairs where pair.key != "module" {
        if pair.key == "args" {
          try setArguments(pair.value, of: &task)
        } else {
          add([pair], to: &task)
        }
      }
      return
    }
    guard let text = value.text else {
      throw AnsibleFailure(
        "unexpected parameter type in action: \(value.typeName)",
        at: place(value))
    }
    let pieces: [String]
    do {
      pieces = try KeyValueArguments.split(text)
    } catch {
      throw AnsibleFailure(
        "failed at splitting arguments, either an unbalanced jinja2 block or "
          + "quotes: \(text)", at: place(value))
    }
    task.action = pieces.first.map { String($0.stripped) } ?? ""
    let rest = pieces.dropFirst().joined(separator: " ")
    if !rest.isEmpty { try setText(rest, from: value, of: &task) }
  }

  /// What Ansible checks of an include while it loads the file.
  private func checkInclude(
    _ task: TaskDefinition, _ entries: [ValueDictionary.Entry]
  ) throws {
    let action = task.shortAction
    guard
      ModuleName.includes.contains(action)
        || ModuleName.imports.contains(action)
    else { return }
    if ModuleName.includes.contains(action) {
      for entry in entries
      where entry.key != task.action
        && !TaskKeyword.include.contains(entry.key)
        && !entry.key.hasPrefix("with_")
        && !(readsHandlers && entry.key == "listen")
      {
        let kind = action == "include_role" ? "IncludeRole" : "TaskInclude"
        throw AnsibleFailure(
          "'\(entry.key)' is not a valid attribute for a \(kind)",
          at: entry.place(in: file))
      }
    }
    let known: Set<String> =
      action.hasSuffix("_role")
      ? [
        "name", "role", "tasks_from", "vars_from", "defaults_from",
        "handlers_from", "apply", "public", "allow_duplicates",
        "rolespec_validate",
      ] : ["file", "apply"]
    let unknown = task.arguments.map(\.name).filter { !known.contains($0) }
    if !unknown.isEmpty {
      throw AnsibleFailure(
        "Invalid options for \(task.action): "
          + unknown.joined(separator: ","), at: task.place)
    }
    if action.hasSuffix("_role") {
      guard task["name"] != nil || task["role"] != nil else {
        throw AnsibleFailure(
          "'name' is a required field for \(task.action).", at: task.place)
      }
      for argument in task.arguments
      where argument.name.hasSuffix("_from") && !argument.value.isString {
        throw AnsibleFailure(
          "Expected a string for \(argument.name) but got "
            + "\(argument.value.typeName) instead", at: argument.place)
      }
      if readsHandlers {
        throw AnsibleFailure(
          "Using '\(task.action)' as a handler is not supported.",
          at: task.place)
      }
    } else if task.free == nil && task["file"] == nil {
      throw AnsibleFailure(
        "No file specified for \(task.action)", at: task.place)
    }
    if let apply = task["apply"], !apply.isNone {
      if ModuleName.imports.contains(action) {
        throw AnsibleFailure(
          "Invalid options for \(task.action): apply", at: task.place)
      }
      if apply.dictionary == nil {
        throw AnsibleFailure(
          "Expected a dict for apply but got \(apply.typeName) instead",
          at: place(apply))
      }
    }
    if action == "import_role" || action == "import_tasks", task.loop != nil {
      throw AnsibleFailure(
        "You cannot use loops on '\(task.action)' statements. You should use "
          + "'include_\(action.dropFirst(7))' instead.", at: task.place)
    }
  }
}
