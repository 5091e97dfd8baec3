// Looks through every file of a role that its tasks can reach, and names what
// this engine does not support, before anything runs.

import Jinja

/// What the files of a role or playbook use.
public struct ScanResult: Sendable {
  /// Modules by the name that this engine gives them, or as written.
  public var modules: Set<String> = []
  /// Roles that tasks include or import by a written-out name.
  public var roles: Set<String> = []
  public var refusals: [Refusal] = []
  /// The files looked at, with their state.
  var files: [String: SourceStamp] = [:]

  /// Whether every file is still as it was.
  public func isFresh(_ sources: any SourceFiles) -> Bool {
    files.allSatisfy { sources.stamp($0.key) == $0.value }
  }
}

/// A scan of roles and playbooks.
struct RoleScan {
  var settings: EngineSettings
  private(set) var result = ScanResult()
  /// Every collection that some level has short names looked for in.
  private var collections: [String] = []
  private var seenRoles: Set<String> = []
  private var seenFiles: Set<String> = []
  /// The templates that roles have, looked at once all tasks are known.
  private var templateFolders: [String] = []
  /// Names of templates that a task reads with delimiters of its own.
  private var ownDelimiters: Set<String> = []
  /// Whether such a task names its template only when it runs.
  private var hasUnnamedDelimiters = false

  init(settings: EngineSettings) { self.settings = settings }

  /// Scans a role from one entry point, or from all of them.
  mutating func scan(role name: String, entryPoint: String?) {
    guard
      let found = settings.rolePath.find(
        name, collections: collections, in: settings.reader.files)
    else {
      refuse(
        .role, name, SourcePlace(file: settings.directory),
        what: "the role \"\(name)\" was not found in "
          + settings.rolePath.searched,
        remedy: "check its name and roles_path")
      return
    }
    let source = RoleSource(found, reader: settings.reader)
    scan(
      source,
      entryPoints: entryPoint.map { [$0] }
        ?? source.entryPoints().filter { isTaskList($0, of: source) })
  }

  /// Whether a file below a role's tasks may be an entry point: roles keep
  /// other YAML there too, which tasks read as templates.
  private func isTaskList(_ name: String, of source: RoleSource) -> Bool {
    guard name != "main",
      let path = try? source.files(
        "tasks", from: name, allowsDirectory: false
      ).first,
      let text = try? settings.reader.files.text(path)
    else { return true }
    guard let document = try? settings.reader.document(path) else {
      return !text.split(separator: "\n").contains { $0 == "---" }
        || !text.contains("\nkind:")
    }
    return document.list != nil || document.isNone
  }

  /// Scans the plays of a playbook.
  mutating func scan(playbook path: String) {
    note(path)
    do {
      let plays = try PlaybookParser(
        reader: settings.reader,
        scope: (try? PlayRunner(settings, observer: Silent()))?.projectScope
      ).plays(path)
      for play in plays { try play.refusePrompts(settings.extraVariables) }
      let home = settings
      defer { settings = home }
      for play in plays {
        // A play for hosts that there are not never runs.
        if let hosts = play.hosts, !Templating.isTemplate(PlainText.of(hosts)) {
          do {
            let chosen = try play.choice(from: &settings.inventory) { $0 }
            if chosen.hosts.isEmpty { continue }
          } catch {
            refuse(error, path)
          }
        }
        settings.directory = play.directory ?? home.directory
        settings.rolePath.project = settings.directory
        scan(play.keywords)
        for use in play.roles {
          if let name = use.name.text, !Templating.isTemplate(name) {
            scan(role: name, entryPoint: "main")
          }
        }
        for value in play.variables.values { scan(value) }
        for steps in [play.preTasks, play.tasks, play.postTasks, play.handlers]
        {
          scan(steps, role: nil, file: path)
        }
      }
    } catch {
      refuse(error, path)
    }
  }

  // MARK: - Roles

  private mutating func scan(_ source: RoleSource, entryPoints: [String]) {
    let isNew = seenRoles.insert(source.path).inserted
    do {
      if isNew {
        let metadata = try source.metadata()
        collections += metadata.collections
        if let own = source.found.collection { collections.append(own) }
        for file in ["meta/main.yml", "meta/argument_specs.yml"] {
          note(Paths.join(source.path, file))
        }
        for dependency in metadata.dependencies {
          guard let name = dependency.name.text,
            !Templating.isTemplate(name)
          else { continue }
          scan(role: name, entryPoint: "main")
        }
        for folder in ["defaults", "vars"] {
          for path in try source.files(folder, from: nil, allowsDirectory: true)
          {
            note(path)
            scan(try settings.reader.document(path))
          }
        }
        templateFolders.append(Paths.join(source.path, "templates"))
        if let path = try source.files(
          "handlers", from: nil, allowsDirectory: false
        ).first {
          scan(file: path, role: source, asHandlers: true)
        }
      }
      for entryPoint in entryPoints {
        if let path = try source.files(
          "tasks", from: entryPoint == "main" ? nil : entryPoint,
          allowsDirectory: false
        ).first {
          scan(file: path, role: source)
        }
      }
    } catch {
      refuse(error, source.path)
    }
  }

  /// Looks at the templates of the roles that were scanned.
  mutating func finish() {
    let folders = templateFolders
    templateFolders = []
    for folder in folders { scanTemplates(folder) }
  }

  private mutating func scanTemplates(_ directory: String) {
    let files = settings.reader.files
    for name in (try? files.names(in: directory)) ?? [] {
      let path = Paths.join(directory, name)
      if files.isDirectory(path) {
        scanTemplates(path)
      } else if name.hasSuffix(".j2"), let text = try? files.text(path) {
        note(path)
        // A template with its own delimiters is read when it is used.
        if text.hasPrefix("#jinja2:") || hasUnnamedDelimiters
          || ownDelimiters.contains(name)
        {
          continue
        }
        check(template: text, at: SourcePlace(file: path), isFile: true)
        checkLookups(text, at: SourcePlace(file: path))
      }
    }
  }

  // MARK: - Tasks

  private mutating func scan(
    file path: String, role: RoleSource?, asHandlers: Bool = false
  ) {
    guard seenFiles.insert(path).inserted else { return }
    note(path)
    do {
      scan(
        try settings.reader.steps(path, asHandlers: asHandlers), role: role,
        file: path)
    } catch {
      refuse(error, path)
    }
  }

  private mutating func scan(_ steps: [Step], role: RoleSource?, file: String) {
    for step in steps {
      switch step {
      case .block(let block):
        scan(block.keywords)
        for value in block.variables.values { scan(value) }
        scan(
          block.block + block.rescue + block.always, role: role, file: file)
      case .task(let task): scan(task, role: role, file: file)
      }
    }
  }

  private mutating func scan(
    _ task: TaskDefinition, role: RoleSource?, file: String
  ) {
    scan(task.keywords)
    for value in task.variables.values { scan(value) }
    for argument in task.arguments { scan(argument.value) }
    for value in [
      task.name, task.loop, task.free, task.retries, task.delay,
      task.loopControl.label,
    ] {
      if let value { scan(value) }
    }
    for value in task.until + task.changedWhen + task.failedWhen {
      scan(condition: value)
    }
    let short = task.shortAction
    switch short {
    case "meta": return
    case "include_tasks", "import_tasks":
      guard let name = (task.free ?? task["file"])?.text,
        !Templating.isTemplate(name)
      else { return }
      follow(name, role: role, file: file)
    case "include_role", "import_role":
      guard let name = (task["name"] ?? task["role"])?.text,
        !Templating.isTemplate(name)
      else { return }
      result.roles.insert(name)
      let entry = task["tasks_from"]?.text ?? "main"
      if !Templating.isTemplate(entry) {
        scan(
          role: name,
          entryPoint: entry.hasSuffix(".yml")
            ? String(entry.dropLast(4)) : entry)
      }
    default:
      if Templating.isTemplate(task.action) { return }
      guard
        let module = settings.modules.find(
          task.action, collections: collections)
      else {
        result.modules.insert(task.action)
        refuse(.module, task.action, task.actionPlace)
        return
      }
      result.modules.insert(module.names.first ?? task.action)
      noteDelimiters(task, short)
      for argument in task.arguments
      where module.refusedArguments.contains(argument.name) {
        // What a template makes of it is known when the task is reached.
        if argument.value.isNone || argument.value.text == ""
          || Templating.isTemplate(argument.value.text ?? "")
        {
          continue
        }
        let refusal = module.refusal(of: argument.name, at: argument.place)
        if !result.refusals.contains(refusal) {
          result.refusals.append(refusal)
        }
      }
    }
  }

  /// Notes a template that a task gives other delimiters than the usual ones.
  private mutating func noteDelimiters(_ task: TaskDefinition, _ short: String)
  {
    let options = [
      "block_start_string", "variable_start_string", "comment_start_string",
    ]
    guard ["template", "k8s"].contains(short) else { return }
    let source =
      short == "template" ? task["src"]?.text : task["template"]?.text
    let isOwn =
      options.contains { task[$0] != nil }
      || task["template"].map { value in
        options.contains { (try? value.member($0)) ?? nil != nil }
      } ?? false
    guard isOwn else { return }
    if let source, !Templating.isTemplate(source) {
      ownDelimiters.insert(Paths.name(of: source))
    } else {
      hasUnnamedDelimiters = true
    }
  }

  private mutating func follow(
    _ name: String, role: RoleSource?, file: String
  ) {
    let files = settings.reader.files
    var places = [Paths.join(Paths.directory(of: file), name)]
    if let role { places.append(Paths.join(role.path, "tasks", name)) }
    if let path = places.map(Paths.normalize).first(where: files.isFile) {
      scan(file: path, role: role)
    }
  }

  // MARK: - Values

  private mutating func scan(_ keywords: Keywords) {
    if let written = keywords[.collections],
      let names = try? Keywords.list(written)
    {
      collections += names.compactMap(\.text)
    }
    for condition in keywords.when ?? [] { scan(condition: condition) }
    for value in (keywords.environment ?? []) + (keywords.moduleDefaults ?? [])
    {
      scan(value)
    }
  }

  private mutating func scan(_ value: Value) {
    switch value.payload {
    case .string(let text):
      guard Templating.isTemplate(text), !value.marks.contains(.unsafe) else {
        return
      }
      let place = SourcePlace(value.origin, file: "")
      check(template: text, at: place, isFile: false)
      checkLookups(text, at: place)
    case .list(let list):
      for item in list.rawElements { scan(item) }
    case .dictionary(let dictionary):
      for item in dictionary.rawElements { scan(item) }
    default: break
    }
  }

  private mutating func scan(condition: Value) {
    guard let text = condition.text else { return }
    if Templating.isTemplate(text) { return scan(condition) }
    let place = SourcePlace(condition.origin, file: "")
    do {
      _ = try settings.templating.expression(text)
    } catch let error as TemplateError {
      refuse(error, place)
    } catch {}
    checkLookups(text, at: place)
  }

  private mutating func check(
    template text: String, at place: SourcePlace, isFile: Bool
  ) {
    do {
      _ = try settings.templating.template(text)
    } catch let error as TemplateError {
      var place = place
      if isFile {
        place.line = error.line
        place.column = error.column
      } else if error.line > 1 {
        place.line += error.line - 1
      }
      refuse(error, place)
    } catch {}
  }

  /// Names `lookup('x', …)`, `query('x', …)` and `q('x', …)` that are not
  /// there.
  private mutating func checkLookups(_ text: String, at place: SourcePlace) {
    guard !settings.reader.lookups.isEmpty else { return }
    for call in ["lookup(", "query(", "q("] {
      var rest = text[...]
      while let found = rest.firstRange(of: call) {
        let before =
          found.lowerBound == text.startIndex
          ? " " : text[text.index(before: found.lowerBound)]
        rest = rest[found.upperBound...].drop { $0.isWhitespace }
        guard !before.isLetter, before != "_", before != ".",
          let quote = rest.first, quote == "'" || quote == "\""
        else { continue }
        let name = String(rest.dropFirst().prefix { $0 != quote })
        if !settings.reader.lookups.contains(ModuleName.short(name)) {
          refuse(.lookup, name, place)
        }
      }
    }
  }

  // MARK: - Findings

  private mutating func note(_ path: String) {
    if let stamp = settings.reader.files.stamp(path) {
      result.files[path] = stamp
    }
  }

  private mutating func refuse(
    _ kind: Refusal.Kind, _ name: String, _ place: SourcePlace,
    what: String? = nil, remedy: String? = nil
  ) {
    let refusal = Refusal(kind, name, at: place, what: what, remedy: remedy)
    if !result.refusals.contains(refusal) { result.refusals.append(refusal) }
  }

  private mutating func refuse(_ error: any Error, _ path: String) {
    switch error {
    case let refusal as Refusal:
      if !result.refusals.contains(refusal) { result.refusals.append(refusal) }
    case let failure as AnsibleFailure:
      refuse(
        .syntax, Paths.name(of: path), failure.place ?? SourcePlace(file: path),
        what: failure.message, remedy: "correct the file")
    default:
      refuse(
        .syntax, Paths.name(of: path), SourcePlace(file: path),
        what: "\(error)", remedy: "correct the file")
    }
  }

  /// A template that does not compile: an unknown filter or test by its name,
  /// anything else as wrong syntax.
  private mutating func refuse(_ error: TemplateError, _ place: SourcePlace) {
    let words = error.message.split(separator: "'")
    if words.count > 1 {
      for (word, kind) in [("filter", Refusal.Kind.filter), ("test", .test)]
      where error.message.lowercased().hasPrefix("no \(word) named") {
        return refuse(kind, String(words[1]), place)
      }
    }
    refuse(
      .syntax, "template", place,
      what: "the template is wrong: "
        + error.message, remedy: "correct the template")
  }
}

extension AnsibleRun {
  /// Looks through the files that a target can reach.
  public static func scan(_ target: Target, settings: EngineSettings)
    -> ScanResult
  {
    var scan = RoleScan(settings: settings)
    switch target {
    case .playbook(let path): scan.scan(playbook: path)
    case .role(let name, let entryPoint):
      scan.scan(
        role: name, entryPoint: entryPoint.isEmpty ? nil : entryPoint)
    }
    scan.finish()
    return scan.result
  }
}

/// Listens to a run that never runs.
private struct Silent: RunObserver {
  func happened(_ event: RunEvent) async {}
  func decidedDuringRun(_ task: TaskReference, _ reason: String) {}
  func local(_ action: LocalAction) {}
  func warned(_ sentence: String) {}
}
