// What a lookup is given, and how its answers become one value.

import Jinja

/// One call of a lookup.
struct LookupCall {
  let context: Context
  let terms: [Value]
  let options: [(name: String, value: Value)]
  let world: PluginWorld
  let regexes: RegexCache
  let templates: TemplateCache

  /// A named option as given.
  subscript(name: String) -> Value? {
    options.first { $0.name == name }?.value
  }

  func text(_ name: String, _ fallback: String) throws -> String {
    guard let value = self[name], !value.isNone else { return fallback }
    return try value.str()
  }

  func flag(_ name: String, _ fallback: Bool = false) throws -> Bool {
    guard let value = self[name] else { return fallback }
    if let text = value.text?.lowercased() {
      if ["yes", "on", "true", "1", "y", "t"].contains(text) { return true }
      if ["no", "off", "false", "0", "n", "f"].contains(text) { return false }
      throw TemplateError.plugin(
        "Invalid type for configuration option \(name): "
          + "\(PythonQuote.repr(text)) is not a boolean")
    }
    return try value.truth()
  }

  /// A term that must be text.
  func name(_ term: Value) throws -> String {
    if case .undefined(let undefined) = term.payload { throw undefined.error }
    if term.isUnknown || term.marks.contains(.unknown) { throw UnknownValue() }
    return try term.str()
  }

  /// Refuses options that the lookup does not have.
  func requireOptions(_ known: String...) throws {
    for option in options where !known.contains(option.name) {
      throw TemplateError.plugin(
        "Requested option \(option.name) was not defined in configuration")
    }
  }

  // MARK: Files

  /// The directories of roles and plays that led here, innermost first.
  var searchStack: [String] {
    get throws {
      if let paths = try context.value(of: "ansible_search_path")?.sequence() {
        return try paths.map { try $0.str() }
      }
      if let role = try context.value(of: "role_path")?.text { return [role] }
      return [world.directory]
    }
  }

  /// The path of a file of the project, nil where no searched place has it.
  func find(_ name: String, kind: String) throws -> String? {
    let expanded = PosixPath.expandingUser(name, world.environment)
    let search = FileSearch(project: world.directory, files: world.files)
    return try? search.find(expanded, kind: kind, stack: try searchStack)
  }

  /// The text of a file, opened where it is a vault file.
  func content(of path: String, encoding: String = "utf-8") throws -> Value {
    let bytes = try world.files.read(path)
    guard Vault.isEncrypted(bytes) else {
      return Value(try TextEncoding.text(of: bytes, encoding))
        .with(origin: Origin(file: path)).marked(.unsafe)
    }
    let opened = try world.vault.decrypt(bytes)
    return Value(try TextEncoding.text(of: opened, encoding))
      .with(origin: Origin(file: path)).marked([.secret, .unsafe])
  }

  /// What only a real run can answer.
  func effects() throws -> any PluginEffects {
    guard let effects = world.effects else { throw UnknownValue() }
    return effects
  }
}

/// All lookups by name, and the globals through which templates call them.
struct Lookups: Sendable {
  typealias Body = @Sendable (LookupCall) throws -> [Value]

  private let bodies: [String: Body]
  let world: PluginWorld
  let regexes: RegexCache
  private let templates = TemplateCache()

  init(world: PluginWorld, regexes: RegexCache) {
    self.world = world
    self.regexes = regexes
    var bodies: [String: Body] = [:]
    for (name, body) in SequenceLookups.all + FileLookups.all
      + NameLookups.all + EffectLookups.all + CommunityLookups.all
      + ClusterLookups.all
    {
      bodies[name] = body
    }
    self.bodies = bodies
  }

  /// Short names, sorted.
  var names: [String] { bodies.keys.sorted() }

  /// Lookups whose terms may be undefined.
  private static let takesUndefined: Set<String> = ["env", "first_found"]
  /// Lookups that hand their terms on: an unknown term is an unknown item.
  private static let handsOn: Set<String> = [
    "items", "list", "indexed_items", "together", "nested",
  ]

  /// `lookup(name, *terms)` or, with `wantsList`, `query(name, *terms)`.
  func global(_ name: String, wantsList: Bool) -> Function {
    Function(
      name, acceptsUndefined: true, handlesMarks: true, acceptsUnknown: true
    ) {
      context, arguments in
      try call(context, arguments, wantsList: wantsList)
    }
  }

  private func call(
    _ context: Context, _ arguments: Arguments, wantsList: Bool
  ) throws -> Value {
    guard let first = arguments.positional.first else {
      throw TemplateError(
        .type,
        "_lookup() missing 1 required positional argument: 'plugin_name'")
    }
    let plugin = try first.str()
    var short = plugin
    for prefix in ["ansible.builtin.", "ansible.legacy."]
    where plugin.hasPrefix(prefix) {
      short = String(plugin.dropFirst(prefix.count))
    }
    guard let body = bodies[short] ?? bodies["community.general.\(short)"]
    else {
      throw TemplateError.plugin("The lookup plugin '\(plugin)' was not found.")
    }
    var options = arguments.keywords
    var wantsList = wantsList
    var errors = "strict"
    options.removeAll { option in
      switch option.name {
      case "wantlist":
        wantsList = wantsList || ((try? option.value.truth()) ?? false)
        return true
      case "errors":
        errors = option.value.text ?? "strict"
        return true
      default: return false
      }
    }
    let terms = Array(arguments.positional.dropFirst())
    if !Self.takesUndefined.contains(short) {
      for value in terms + options.map(\.value) {
        if case .undefined(let undefined) = value.payload {
          throw undefined.error
        }
        if value.isUnknown, !Self.handsOn.contains(short) { return .unknown }
      }
    }
    let call = LookupCall(
      context: context, terms: terms, options: options, world: world,
      regexes: regexes, templates: templates)
    do {
      return try Self.result(
        try Plugin.translatingErrors { try body(call) }, wantsList: wantsList)
    } catch is UnknownValue {
      return .unknown
    } catch var error as TemplateError {
      guard !error.kind.isKind(of: .undefined), error.kind != .limit,
        error.kind != .awaited
      else {
        throw error
      }
      if error.kind.isKind(of: .syntax), short == "template" {
        error.message = "Syntax error in template: \(error.message)"
        throw error
      }
      if errors == "ignore" || errors == "warn" {
        return wantsList ? [] : .none
      }
      error.message =
        "The lookup plugin '\(plugin)' failed: \(error.message)"
      error.kind = .pluginRuntime
      throw error
    }
  }

  /// One item stands for itself, several texts are joined with commas.
  private static func result(
    _ items: [Value], wantsList: Bool
  ) throws -> Value {
    guard !wantsList, !items.isEmpty else { return Value(items) }
    if items.count == 1 { return items[0] }
    guard items.allSatisfy(\.isString) else { return Value(items) }
    var builder = TextBuilder()
    for (index, item) in items.enumerated() {
      if index > 0 { builder.append(",") }
      try builder.append(item)
    }
    return builder.value
  }
}
