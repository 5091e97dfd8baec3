// One option of a role's argument spec, joined with what meta/service.yml says
// about it: everything that a form needs to show and check it.

import Kubernetes

/// One option that the operator can set.
///
/// A name that several roles declare is one parameter: setting it sets it for
/// all of them, as in Ansible.
public struct Parameter: Sendable, Hashable, Identifiable {
  /// The variable's name: `keystone_replicas`.
  public var name: String
  /// The components whose roles declare it, in catalogue order.
  public var components: [String]
  /// The service that it belongs to; nil when several services share it.
  public var service: String?
  public var type: ParameterType
  public var limits: ParameterLimits
  /// The name for people; the variable's name when the role gives none.
  public var title: String
  /// The argument spec's description, paragraphs joined by newlines.
  public var description: String
  /// The heading in the form: "Scale".
  public var group: String
  public var level: Level
  public var isRequired: Bool
  /// Whether the spec says `no_log`: never shown, kept in passwords.yml.
  public var isSecret: Bool
  /// How a value is made when there is none.
  public var generate: GenerateRule?
  /// The role's default; nil when it has none.
  ///
  /// Text in it may be a template.
  public var defaultValue: JSON?
  /// Where the role sets the default.
  public var defaultLocation: SourceLocation?

  public var id: String { name }

  /// Who is expected to touch it.
  public enum Level: String, Sendable, Hashable, CaseIterable {
    case basic
    case advanced
  }

  public init(
    name: String, components: [String] = [], service: String? = nil,
    type: ParameterType = .str, limits: ParameterLimits = ParameterLimits(),
    title: String? = nil, description: String = "", group: String = "General",
    level: Level = .basic, isRequired: Bool = false, isSecret: Bool = false,
    generate: GenerateRule? = nil, defaultValue: JSON? = nil,
    defaultLocation: SourceLocation? = nil
  ) {
    self.name = name
    self.components = components
    self.service = service
    self.type = type
    self.limits = limits
    self.title = title ?? name
    self.description = description
    self.group = group
    self.level = level
    self.isRequired = isRequired
    self.isSecret = isSecret
    self.generate = generate
    self.defaultValue = defaultValue
    self.defaultLocation = defaultLocation
  }
}

/// A parameter's type, by Ansible's argument specs.
///
/// Source: docs.ansible.com, "Argument spec", `type`, `elements`, `options`.
public indirect enum ParameterType: Sendable, Hashable {
  case bool
  case int
  case float
  case str
  /// A file name; `~` and variables in it are expanded by Ansible.
  case path
  /// Any value at all.
  case raw
  /// A list; `of` is the type of its elements.
  case list(of: ParameterType)
  /// A dictionary; `options` are its known keys, empty when any key goes.
  case dict(options: [Parameter])

  /// The type's name as an argument spec has it.
  public var name: String {
    switch self {
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .str: "str"
    case .path: "path"
    case .raw: "raw"
    case .list: "list"
    case .dict: "dict"
    }
  }

  /// The type for people: "list of str".
  public var title: String {
    switch self {
    case .bool: "yes or no"
    case .int: "whole number"
    case .float: "number"
    case .str: "text"
    case .path: "file name"
    case .raw: "any value"
    case .list(let element): "list of \(element.title)"
    case .dict: "dictionary"
    }
  }
}

/// The bounds that a value must keep.
public struct ParameterLimits: Sendable, Hashable {
  /// The allowed values; empty when any goes.
  public var choices: [JSON]
  public var minimum: Double?
  public var maximum: Double?
  /// A regular expression in Python's dialect that the whole text must match.
  public var pattern: String?
  /// What the number counts: "pods", "MiB".
  public var unit: String?

  public init(
    choices: [JSON] = [], minimum: Double? = nil, maximum: Double? = nil,
    pattern: String? = nil, unit: String? = nil
  ) {
    self.choices = choices
    self.minimum = minimum
    self.maximum = maximum
    self.pattern = pattern
    self.unit = unit
  }
}

/// How a secret is made when the operator gives none.
public struct GenerateRule: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Letters and digits.
    case password
    /// Lower-case hexadecimal digits.
    case hex
    /// 32 random bytes in URL-safe base64, as Fernet keys are written.
    case fernet
    /// A random UUID (version 4).
    case uuid
  }

  public var kind: Kind
  /// The number of characters; of use to `password` and `hex` alone.
  public var length: Int

  public init(kind: Kind, length: Int = 32) {
    self.kind = kind
    self.length = length
  }
}
