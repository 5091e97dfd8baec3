// What parameters something takes, in the form that the validator reads: a
// role's entry point from its file, a module from this program.

import Jinja
import OrderedCollections

/// The parameters that a role or module takes.
public struct ValidationSpec: Sendable {
  public var options: OrderedDictionary<String, Option> = [:]
  public var rules = Rules()

  /// One parameter.
  public struct Option: Sendable {
    /// The type's name as written; `str` where nil.
    public var type: String?
    public var elements: String?
    public var isRequired = false
    public var fallback: Value?
    public var choices: [Value]?
    public var aliases: [String] = []
    public var isSecret = false
    public var options: OrderedDictionary<String, Option>?
    public var rules = Rules()
    /// Whether a missing dictionary is filled from its options' defaults.
    public var appliesDefaults = false

    /// An option of a module.
    public init(
      _ type: String? = nil, elements: String? = nil, required: Bool = false,
      default fallback: Value? = nil, choices: [Value]? = nil,
      aliases: [String] = [], secret: Bool = false,
      options: OrderedDictionary<String, Option>? = nil
    ) {
      self.type = type
      self.elements = elements
      isRequired = required
      self.fallback = fallback
      self.choices = choices
      self.aliases = aliases
      isSecret = secret
      self.options = options
    }
  }

  /// What holds between parameters.
  public struct Rules: Sendable {
    public var mutuallyExclusive: [[String]] = []
    public var requiredTogether: [[String]] = []
    public var requiredOneOf: [[String]] = []
    public var requiredIf: [RequiredIf] = []
    public var requiredBy: [(name: String, needs: [String])] = []

    public init() {}
  }

  /// Parameters that one value of another makes required.
  public struct RequiredIf: Sendable {
    public var name: String
    public var value: Value
    public var needs: [String]
    /// Whether one of them is enough.
    public var anyOf: Bool
  }

  /// A module's parameters.
  public init(
    _ options: OrderedDictionary<String, Option>,
    mutuallyExclusive: [[String]] = []
  ) {
    self.options = options
    rules.mutuallyExclusive = mutuallyExclusive
  }

  /// The `options` of an argument spec.
  ///
  /// Throws what a lazy value throws.
  public init(options value: Value) throws {
    options = try Self.options(value)
  }

  private static func options(
    _ value: Value
  ) throws -> OrderedDictionary<String, Option> {
    var options: OrderedDictionary<String, Option> = [:]
    for entry in try value.dictionary?.pairs() ?? [] {
      options[entry.key] = try Option(entry.value)
    }
    return options
  }
}

extension ValidationSpec.Option {
  fileprivate init(_ spec: Value) throws {
    self.init()
    type = try spec.member("type").flatMap { $0.isNone ? nil : $0.text }
    elements = try spec.member("elements")?.text
    isRequired = try spec.member("required")?.boolean ?? false
    if let given = try spec.member("default"), !given.isNone {
      fallback = given
    }
    choices = try spec.member("choices")?.sequence()
    aliases = try spec.member("aliases")?.sequence()?.compactMap(\.text) ?? []
    isSecret = try spec.member("no_log")?.boolean ?? false
    appliesDefaults = try spec.member("apply_defaults")?.boolean ?? false
    if let below = try spec.member("options"), !below.isNone {
      options = try ValidationSpec(options: below).options
    }
    rules.mutuallyExclusive = try Self.groups(spec, "mutually_exclusive")
    rules.requiredTogether = try Self.groups(spec, "required_together")
    rules.requiredOneOf = try Self.groups(spec, "required_one_of")
    rules.requiredIf =
      try spec.member("required_if")?.sequence()?.compactMap { rule in
        guard let parts = try rule.sequence(), parts.count >= 3,
          let name = parts[0].text
        else { return nil }
        return ValidationSpec.RequiredIf(
          name: name, value: parts[1],
          needs: try parts[2].sequence()?.compactMap(\.text) ?? [],
          anyOf: parts.count > 3 && parts[3].boolean == true)
      } ?? []
    rules.requiredBy =
      try spec.member("required_by")?.dictionary?.pairs().map {
        ($0.key, try Keywords.list($0.value).compactMap(\.text))
      } ?? []
  }

  private static func groups(_ spec: Value, _ key: String) throws -> [[String]]
  {
    try spec.member(key)?.sequence()?.map {
      try $0.sequence()?.compactMap(\.text) ?? [$0.text ?? ""]
    } ?? []
  }
}
