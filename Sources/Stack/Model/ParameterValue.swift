// The value that a parameter has in one stack, and where it comes from.

import Kubernetes

/// A parameter with its value in one stack.
public struct ParameterValue: Sendable, Hashable, Identifiable {
  public var parameter: Parameter
  /// The effective value; nil when there is neither a value nor a default.
  ///
  /// Text may be a template that Ansible resolves at the time of the run.
  public var value: JSON?
  public var origin: ValueOrigin
  /// What is wrong with the value; nil when it is good.
  public var problem: StackProblem?

  public var id: String { parameter.name }

  public init(
    parameter: Parameter, value: JSON?, origin: ValueOrigin,
    problem: StackProblem? = nil
  ) {
    self.parameter = parameter
    self.value = value
    self.origin = origin
    self.problem = problem
  }

  /// Whether the stack gives a value that differs from the role's default.
  public var isChanged: Bool {
    switch origin {
    case .roleDefault, .missing: false
    case .generated: false
    case .file, .quarterdeck: value != parameter.defaultValue
    }
  }

  /// The value for a screen: secrets are eight stars, whatever they are.
  public var display: String {
    if parameter.isSecret { return value == nil ? "" : Self.mask }
    return value.map(Self.text) ?? ""
  }

  /// What stands on a screen for a secret: it gives no length away.
  public static let mask = "********"

  /// A value in one line: text as it is, everything else as JSON.
  public static func text(_ value: JSON) -> String {
    switch value {
    case .string(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    case .null: ""
    default: value.text()
    }
  }
}

/// Where a parameter's value comes from.
public enum ValueOrigin: Sendable, Hashable {
  /// The role's default.
  case roleDefault
  /// A file that the operator wrote: parameters.yml or another group_vars file.
  case file(SourceLocation)
  /// A secret that Quarterdeck made, in passwords.yml.
  case generated(SourceLocation)
  /// A value that Quarterdeck sets itself (namespace, release, API versions);
  /// `why` says from what.
  case quarterdeck(why: String)
  /// There is no value and no default.
  case missing

  /// One word or place for the form's origin column.
  public var title: String {
    switch self {
    case .roleDefault: "default"
    case .file(let location): location.description
    case .generated: "generated"
    case .quarterdeck(let why): why
    case .missing: "not set"
    }
  }
}
