// Tests of texts: regular expressions, versions, URIs, vault texts.

import Jinja

enum TextTests {
  /// The tests, with `regexes` as the place where expressions are kept.
  static func all(_ world: PluginWorld, _ regexes: RegexCache) -> [Function] {
    [
      matching("match", "match", regexes),
      matching("search", "search", regexes), regex(regexes),
      version("version"), version("version_compare"), uri("uri"), uri("url"),
      uri("urn"), vaultEncrypted, vaultedFile(world),
    ]
  }

  private static func isMatch(
    _ value: Value, _ pattern: Value, _ ignoreCase: Value, _ multiline: Value,
    _ kind: String, _ regexes: RegexCache
  ) throws -> Bool {
    guard value.isString else {
      if case .undefined(let undefined) = value.payload {
        throw undefined.error
      }
      throw TemplateError(
        .type,
        "expected string or bytes-like object, got '\(value.typeName)'")
    }
    var flags: RegexFlags = []
    if try ignoreCase.isOn { flags.insert(.ignoreCase) }
    if try multiline.isOn { flags.insert(.multiline) }
    let compiled = try regexes.regex(
      try pattern.requireText(
        "first argument must be string or compiled pattern"), flags)
    let text = try value.str()
    switch kind {
    case "match": return try compiled.match(text) != nil
    case "fullmatch": return try compiled.fullMatch(text) != nil
    default: return try compiled.search(text) != nil
    }
  }

  private static func matching(
    _ name: String, _ kind: String, _ regexes: RegexCache
  ) -> Function {
    Plugin.make(
      name,
      [
        "value", Parameter("pattern", ""), Parameter("ignorecase", false),
        Parameter("multiline", false),
      ]
    ) { _, arguments in
      Value(
        try isMatch(
          try text(arguments[0]), arguments[1], arguments[2], arguments[3],
          kind, regexes))
    }
  }

  /// Numbers and the like as text, as Ansible's `to_text` makes them.
  private static func text(_ value: Value) throws -> Value {
    if value.isUndefined || value.isString { return value }
    return Value(try value.str())
  }

  private static func regex(_ regexes: RegexCache) -> Function {
    Plugin.make(
      "regex",
      [
        Parameter("value", ""), Parameter("pattern", ""),
        Parameter("ignorecase", false), Parameter("multiline", false),
        Parameter("match_type", "search"),
      ]
    ) { _, arguments in
      Value(
        try isMatch(
          try text(arguments[0]), arguments[1], arguments[2], arguments[3],
          try arguments[4].str(), regexes))
    }
  }

  // MARK: Versions

  private static let operators: [String: String] = [
    "==": "eq", "=": "eq", "eq": "eq", "<": "lt", "lt": "lt", "<=": "le",
    "le": "le", ">": "gt", "gt": "gt", ">=": "ge", "ge": "ge", "!=": "ne",
    "<>": "ne", "ne": "ne",
  ]

  private static func version(_ name: String) -> Function {
    Plugin.make(
      name,
      [
        "value", "version", Parameter("operator", "eq"),
        Parameter("strict", Value.none), Parameter("version_type", Value.none),
      ]
    ) { _, arguments in
      if !arguments[3].isNone, !arguments[4].isNone {
        throw TemplateError.plugin(
          "Cannot specify both 'strict' and 'version_type'")
      }
      guard try arguments[0].truth() else {
        throw TemplateError.plugin("Input version value cannot be empty")
      }
      guard try arguments[1].truth() else {
        throw TemplateError.plugin(
          "Version parameter to compare against cannot be empty")
      }
      var kind = VersionKind.loose
      if try arguments[3].isOn {
        kind = .strict
      } else if try arguments[4].isOn {
        let given = try arguments[4].str()
        guard let known = VersionKind(name: given) else {
          throw TemplateError.plugin(
            "Invalid version type (\(given)). Must be one of 'loose', "
              + "'strict', 'semver', 'semantic', 'pep440'")
        }
        kind = known
      }
      let symbol = try arguments[2].str()
      guard let comparison = operators[symbol] else {
        throw TemplateError.plugin(
          "Invalid operator type (\(symbol)). Must be one of '==', '=', "
            + "'eq', '<', 'lt', '<=', 'le', '>', 'gt', '>=', 'ge', '!=', "
            + "'<>', 'ne'")
      }
      let left = try arguments[0].str()
      let right = try arguments[1].str()
      do {
        return Value(
          try Versions.holds(left, comparison, right, kind))
      } catch let error as VersionError {
        throw TemplateError.plugin(
          "Version comparison failed: \(error.message)")
      }
    }
  }

  // MARK: URIs

  private static func uri(_ name: String) -> Function {
    let parameters: [Parameter] =
      name == "urn" ? ["value"] : ["value", Parameter("schemes", Value.none)]
    return Plugin.make(name, parameters) { _, arguments in
      guard let text = arguments[0].text, let parts = try? URLParts(text) else {
        return .false
      }
      var schemes: [String]?
      if name == "urn" {
        schemes = ["urn"]
      } else if try arguments[1].truth() {
        schemes = try arguments[1].members().map { try $0.str() }
      }
      guard schemes?.contains(parts.scheme) ?? true else { return .false }
      guard name == "url" else { return .true }
      return Value(!parts.netloc.isEmpty || parts.scheme == "file")
    }
  }

  // MARK: Vault

  private static let vaultEncrypted = Plugin.make(
    "vault_encrypted", ["value"], acceptsUndefined: true
  ) { _, arguments in
    if case .object(let object) = arguments[0].payload {
      return Value(object is VaultedText)
    }
    if case .undefined(let undefined) = arguments[0].payload {
      throw undefined.error
    }
    return .false
  }

  private static func vaultedFile(_ world: PluginWorld) -> Function {
    Plugin.make("vaulted_file", ["value"]) { _, arguments in
      let path = try arguments[0].str()
      let place = Paths.join(world.directory, path)
      guard let bytes = try? world.files.read(place) else {
        throw TemplateError.plugin(
          "Cannot test if the file \(try arguments[0].repr()) is a vault: "
            + "[Errno 2] No such file or directory: b"
            + (try arguments[0].repr()))
      }
      return Value(Vault.isEncrypted(bytes))
    }
  }
}
