// Lookups of variables, environment, settings and hosts by name.

import Jinja

enum NameLookups {
  static let all: [(String, Lookups.Body)] = [
    ("vars", variables), ("varnames", names), ("env", environment),
    ("config", configuration), ("inventory_hostnames", hosts),
  ]

  private static func variables(_ call: LookupCall) throws -> [Value] {
    try call.requireOptions("default")
    return try call.terms.map { term in
      guard let name = term.text else {
        throw TemplateError(
          .type, "Variable name must be 'str' not '\(term.typeName)'.")
      }
      if let value = try call.context.value(of: name) { return value }
      if let fallback = call["default"], !fallback.isNone { return fallback }
      throw TemplateError(
        .undefined,
        "No variable named \(PythonQuote.repr(name)) was found.")
    }
  }

  private static func names(_ call: LookupCall) throws -> [Value] {
    let known = call.context.names.sorted()
    return try call.terms.flatMap { term -> [Value] in
      guard let pattern = term.text else {
        throw TemplateError.plugin(
          "Invalid setting identifier, \"\(try term.str())\" is not a "
            + "string, it is a <class '\(term.typeName)'>")
      }
      let regex: PythonRegex
      do {
        regex = try call.regexes.regex(pattern)
      } catch {
        throw TemplateError.plugin(
          "Unable to use \"\(pattern)\" as a search parameter: \(error)")
      }
      return try known.filter { try regex.search($0) != nil }
        .map { Value($0) }
    }
  }

  private static func environment(_ call: LookupCall) throws -> [Value] {
    try call.requireOptions("default")
    return try call.terms.map { term in
      let words = try call.name(term).split { $0.isWhitespace }
      guard let name = words.first.map(String.init) else {
        throw TemplateError(.index, "list index out of range")
      }
      if let value = call.world.environment[name] {
        return Value(value).with(
          origin: Origin(file: "<environment variable '\(name)'>")
        ).marked(.unsafe)
      }
      guard let fallback = call["default"] else { return "" }
      if case .undefined = fallback.payload {
        throw TemplateError(
          .undefined, "The environment variable '\(name)' is not set.")
      }
      return fallback
    }
  }

  private static func configuration(_ call: LookupCall) throws -> [Value] {
    let missing = try call.text("on_missing", "error")
    guard ["error", "warn", "skip"].contains(missing) else {
      throw TemplateError.plugin(
        "Invalid option for error handling, missing must be error, warn or "
          + "skip, got: \(missing)")
    }
    let showsOrigin = try call.flag("show_origin")
    return try call.terms.compactMap { term -> Value? in
      guard let name = term.text else {
        throw TemplateError.plugin(
          "Invalid setting identifier, \(try term.repr()) is not a "
            + "<class 'str'>, its a <class '\(term.typeName)'>.")
      }
      guard
        let setting = try AnsibleSetting.value(
          name, configuration: call.world.configuration,
          environment: call.world.environment,
          variable: { try call.context.value(of: $0) })
      else {
        guard missing == "error" else { return nil }
        throw TemplateError.plugin("No config definition exists for '\(name)'.")
      }
      return showsOrigin
        ? Value([setting.value, Value(setting.origin)]) : setting.value
    }
  }

  /// Hosts that a pattern chooses: names, groups, globs and the words around
  /// them as far as one local inventory has them.
  private static func hosts(_ call: LookupCall) throws -> [Value] {
    var groups: [(String, [String])] = []
    if let known = try call.context.value(of: "groups")?.dictionary {
      for entry in try known.entries() {
        groups.append(
          (try entry.key.str(), try entry.value.members().map { try $0.str() }))
      }
    }
    let all = groups.isEmpty ? call.world.hosts : distinct(groups.flatMap(\.1))
    func matching(_ pattern: String) -> [String] {
      if pattern == "all" || pattern == "*" { return all }
      let inGroups = groups.filter { FileGlob.isMatch($0.0, pattern) }
        .flatMap(\.1)
      return distinct(inGroups + all.filter { FileGlob.isMatch($0, pattern) })
    }
    var chosen: [String] = []
    let patterns = try call.terms.flatMap { term in
      try call.name(term).split { $0 == ":" || $0 == "," }
        .map { String($0.stripped) }
    }
    for pattern in patterns {
      if pattern.hasPrefix("!") {
        let out = matching(String(pattern.dropFirst()))
        if chosen.isEmpty { chosen = all }
        chosen.removeAll { out.contains($0) }
      } else if pattern.hasPrefix("&") {
        let kept = matching(String(pattern.dropFirst()))
        chosen.removeAll { !kept.contains($0) }
      } else {
        chosen = distinct(chosen + matching(pattern))
      }
    }
    return chosen.map { Value($0) }
  }

  private static func distinct(_ names: [String]) -> [String] {
    var seen = Set<String>()
    return names.filter { seen.insert($0).inserted }
  }
}
