// The content of a role's meta/service.yml, the file that says what argument
// specs cannot: which service the role belongs to, what it requires, and how
// its parameters are shown and bounded.

import Ansible
import Jinja
import Kubernetes

/// One meta/service.yml as read.
///
/// Its keys: `service`, `title`, `description`, `group`, `stage`,
/// `upgrade_stage`, `requires` (component names), `nodes` (`label`, `value`,
/// `parameter`), `endpoints` (`name`, `service`, `port`, `path`), and
/// `parameters`, which holds for each parameter any of `title`, `group`,
/// `level` (basic or advanced), `minimum`, `maximum`, `pattern` (a Python
/// regular expression for the whole text), `unit`, and `generate` (`kind`:
/// password, hex, fernet or uuid; `length`).
struct ServiceMetadata {
  private let json: JSON
  private let value: Value
  private let file: String

  init(_ value: Value, file: String) {
    self.value = value
    self.file = file
    json = YAMLValues.json(value)
  }

  func text(_ key: String) -> String? { json[key]?.string }

  func component(
    _ name: String, path: String, entryPoints: [String], isFromStack: Bool
  ) -> Component {
    let stage = text("stage") ?? "services"
    let nodes = json["nodes"]
    return Component(
      name: name, service: text("service") ?? name, stage: stage,
      upgradeStage: text("upgrade_stage") ?? stage,
      requires: (json["requires"]?.array ?? []).compactMap(\.string),
      nodeRole: nodes?["label"]?.string.map {
        NodeRole(
          label: $0, value: nodes?["value"]?.string ?? "enabled",
          parameter: nodes?["parameter"]?.string)
      },
      entryPoints: entryPoints,
      endpoints: (json["endpoints"]?.array ?? []).compactMap { item in
        guard let service = item["service"]?.string,
          let port = item["port"]?.integer
        else { return nil }
        return EndpointRule(
          name: item["name"]?.string ?? "public", service: service, port: port,
          path: item["path"]?.string ?? "")
      },
      path: path, isFromStack: isFromStack)
  }

  // MARK: Parameters

  /// An option of an argument spec joined with what this file says about it.
  func parameter(from option: ArgumentOptions) -> Parameter {
    let about = json["parameters"]?[option.name] ?? .object([:])
    return Parameter(
      name: option.name, type: Self.type(of: option),
      limits: ParameterLimits(
        choices: option.choices,
        minimum: about["minimum"]?.double, maximum: about["maximum"]?.double,
        pattern: about["pattern"]?.string, unit: about["unit"]?.string),
      title: about["title"]?.string,
      description: option.description,
      group: about["group"]?.string ?? "General",
      level: about["level"]?.string.flatMap(Parameter.Level.init) ?? .advanced,
      isRequired: option.isRequired, isSecret: option.isSecret,
      generate: about["generate"].flatMap(Self.rule),
      defaultValue: option.defaultValue)
  }

  private static func rule(_ json: JSON) -> GenerateRule? {
    json["kind"]?.string.flatMap(GenerateRule.Kind.init).map {
      GenerateRule(kind: $0, length: json["length"]?.integer ?? 32)
    }
  }

  private static func type(of option: ArgumentOptions) -> ParameterType {
    func named(_ name: String) -> ParameterType {
      switch name {
      case "bool": .bool
      case "int": .int
      case "float": .float
      case "path": .path
      case "raw", "json", "jsonarg": .raw
      case "list": .list(of: option.elements.map(element) ?? .raw)
      case "dict": .dict(options: keys())
      default: .str
      }
    }
    func element(_ name: String) -> ParameterType {
      switch name {
      case "dict": .dict(options: keys())
      case "list": .list(of: .raw)
      default: named(name)
      }
    }
    func keys() -> [Parameter] {
      option.options.map {
        ServiceMetadata(.dictionary([]), file: "").parameter(from: $0)
      }
    }
    return named(option.type)
  }

  // MARK: Problems

  private static let keys = [
    "service", "title", "description", "group", "stage", "upgrade_stage",
    "requires", "nodes", "endpoints", "parameters",
  ]
  private static let parameterKeys = [
    "title", "group", "level", "minimum", "maximum", "pattern", "unit",
    "generate",
  ]

  /// Unknown keys, parameters that no spec has, and patterns that are none.
  func problems(parameters: [Parameter]) -> [StackProblem] {
    var problems: [StackProblem] = []
    func add(
      _ what: String, _ key: String, _ origin: Origin?, _ all: [String]
    ) {
      problems.append(
        StackProblem(
          .role, what, at: SourceLocation(origin, file: file),
          remedy: Spelling.suggestion(for: key, among: all) ?? "take it out",
          severity: .warning))
    }
    for entry in YAMLValues.entries(value)
    where !Self.keys.contains(entry.key) {
      add(
        "meta/service.yml knows no key \(entry.key.printable)", entry.key,
        entry.origin, Self.keys)
    }
    guard let about = try? value.member("parameters") else { return problems }
    let names = parameters.map(\.name)
    for entry in YAMLValues.entries(about) {
      if !names.contains(entry.key) {
        add(
          "the role has no parameter \(entry.key.printable)", entry.key,
          entry.origin, names)
      }
      for inner in YAMLValues.entries(entry.value)
      where !Self.parameterKeys.contains(inner.key) {
        add(
          "a parameter has no key \(inner.key.printable)", inner.key,
          inner.origin, Self.parameterKeys)
      }
      if let pattern = json["parameters"]?[entry.key]?["pattern"]?.string,
        !PatternMatch.isValid(pattern)
      {
        problems.append(
          StackProblem(
            .role, "\(pattern) is not a regular expression",
            at: SourceLocation(entry.origin, file: file), severity: .warning))
      }
    }
    return problems
  }
}
