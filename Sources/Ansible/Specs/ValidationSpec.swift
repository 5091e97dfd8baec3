// What parameters something takes, in the form that the validator reads: a
// role's entry point from its file, a module from this program.

import Jinja
import OrderedCollections

/// The parameters that a role or module takes.
public struct ValidationSpec: Sendable {
  public var options: OrderedDictionary<String, Option> = [:]
  public var rules = Rules()

  /// One parameter.
  ///
  /// It is shared, not copied: every check walks all of them many times.
  public final class Option: Sendable {
    /// The type's name as written; `str` where nil.
    public let type: String?
    public let elements: String?
    public let isRequired: Bool
    public let fallback: Value?
    public let choices: [Value]?
    public let aliases: [String]
    public let isSecret: Bool
    public let options: OrderedDictionary<String, Option>?
    public let rules: Rules
    /// Whether a missing dictionary is filled from its options' defaults.
    public let appliesDefaults: Bool

    /// An option of a module.
    public init(
      _ type: String? = nil, elements: String? = nil, required: Bool = false,
      default fallback: Value? = nil, choices: [Value]? = nil,
      aliases: [String] = [], secret: Bool = false,
      options: OrderedDictionary<String, Option>? = nil, rules: Rules = Rules(),
      appliesDefaults: Bool = false
    ) {
      self.type = type
      self.elements = elements
      isRequired = required
      self.fallback = fallback
      self.choices = choices
      self.aliases = aliases
      isSecret = secret
      self.options = options
      self.rules = rules
      self.appliesDefaults = appliesDefaults
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
  /// Reads an option of a role's spec.
  fileprivate convenience init(_ spec: Value) throws {
    let fallback = try spec.member("default")
    let below = try spec.member("options")
    self.init(
      try spec.member("type").flatMap { $0.isNone ? nil : $0.text },
      elements: try spec.member("elements")?.text,
      required: try spec.member("required")?.boolean ?? false,
      default: fallback.flatMap { $0.isNone ? nil : .some($0) },
      choices: try spec.member("choices")?.sequence(),
      aliases: try spec.member("aliases")?.sequence()?.compactMap(\.text) ?? [],
      secret: try spec.member("no_log")?.boolean ?? false,
      options: try below.flatMap {
        $0.isNone ? nil : try ValidationSpec(options: $0).options
      },
      rules: try Self.rules(spec),
      appliesDefaults: try spec.member("apply_defaults")?.boolean ?? false)
  }

  private static func rules(_ spec: Value) throws -> ValidationSpec.Rules {
    var rules = ValidationSpec.Rules()
    rules.mutuallyExclusive = try groups(spec, "mutually_exclusive")
    rules.requiredTogether = try groups(spec, "required_together")
    rules.requiredOneOf = try groups(spec, "required_one_of")
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
    return rules
  }

  private static func groups(_ spec: Value, _ key: String) throws -> [[String]]
  {
    try spec.member(key)?.sequence()?.map {
      try $0.sequence()?.compactMap(\.text) ?? [$0.text ?? ""]
    } ?? []
  }
}
