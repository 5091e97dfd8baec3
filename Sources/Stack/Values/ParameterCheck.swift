// Whether a value is one that a parameter may have: the rules of Ansible's
// argument specs and the limits of meta/service.yml. Pure.

import Ansible
import Kubernetes

/// Checks values against parameters.
public enum ParameterCheck {
  /// What is wrong with a value; nil when it is good.
  ///
  /// A value that holds a template passes: only the role's run can tell. A
  /// secret's value never appears in the sentence.
  public static func problem(
    with value: JSON?, for parameter: Parameter,
    at location: SourceLocation? = nil
  ) -> StackProblem? {
    guard let value, value != .null else {
      guard parameter.isRequired, parameter.defaultValue == nil else {
        return nil
      }
      return StackProblem(
        .missing, "\(parameter.name) needs a value", at: location,
        remedy: parameter.generate != nil
          ? "generate one, or set it" : "set it",
        parameter: parameter.name)
    }
    let check = Check(parameter: parameter, location: location)
    return check.type(value, parameter.type, path: parameter.name)
      ?? check.limits(value)
  }

  /// Whether text holds a Jinja expression or statement.
  public static func isTemplate(_ text: String) -> Bool {
    text.contains("{{") || text.contains("{%")
  }

  /// Text as a yes or no, by Ansible's list of words for it.
  ///
  /// Source: ansible/module_utils/parsing/convert_bool.py.
  static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "y", "yes", "on", "1", "true", "t", "1.0": true
    case "n", "no", "off", "0", "false", "f", "0.0": false
    default: nil
    }
  }

  private struct Check {
    var parameter: Parameter
    var location: SourceLocation?

    /// Whether the value is of a type, or Ansible would convert it to it.
    func type(
      _ value: JSON, _ type: ParameterType, path: String
    ) -> StackProblem? {
      if case .string(let text) = value, isTemplate(text) { return nil }
      switch (type, value) {
      case (.raw, _): return nil
      case (.bool, .bool), (.int, .integer), (.float, .integer),
        (.float, .number), (.str, .string), (.path, .string):
        return nil
      // Ansible turns numbers and flags into text without a word.
      case (.str, .integer), (.str, .number), (.str, .bool): return nil
      case (.bool, .string(let text)) where flag(text) != nil: return nil
      case (.bool, .integer(0)), (.bool, .integer(1)): return nil
      case (.int, .string(let text)) where Int(text.trimmed) != nil: return nil
      case (.int, .number(let number)) where number == number.rounded():
        return nil
      case (.float, .string(let text)) where Double(text.trimmed) != nil:
        return nil
      case (.list(let element), .array(let items)):
        for (index, item) in items.enumerated() {
          if let problem = self.type(item, element, path: "\(path)[\(index)]") {
            return problem
          }
        }
        return nil
      // Ansible splits text at commas.
      case (.list, .string), (.list, .integer), (.list, .number): return nil
      case (.dict(let options), .object(let members)):
        return dictionary(members, options, path: path)
      default:
        return StackProblem(
          .wrongType,
          "\(path) is a \(type.title), not \(shown(value))", at: location,
          parameter: parameter.name)
      }
    }

    private func dictionary(
      _ members: [String: JSON], _ options: [Parameter], path: String
    ) -> StackProblem? {
      guard !options.isEmpty else { return nil }
      for key in members.keys.sorted()
      where !options.contains(where: { $0.name == key }) {
        return StackProblem(
          .unknownParameter, "\(path) has no key \(key.printable)",
          at: location,
          remedy: Spelling.suggestion(for: key, among: options.map(\.name))
            ?? "its keys are \(options.map(\.name).joined(separator: ", "))",
          parameter: parameter.name)
      }
      for option in options {
        guard let value = members[option.name] else {
          if option.isRequired, option.defaultValue == nil {
            return StackProblem(
              .missing, "\(path) needs the key \(option.name)", at: location,
              parameter: parameter.name)
          }
          continue
        }
        var inner = self
        inner.parameter.limits = option.limits
        if let problem = type(
          value, option.type, path: "\(path).\(option.name)")
          ?? inner.limits(value)
        {
          return problem
        }
      }
      return nil
    }

    /// Whether the value keeps its choices, bounds and pattern.
    func limits(_ value: JSON) -> StackProblem? {
      if case .string(let text) = value, isTemplate(text) { return nil }
      if case .array(let items) = value {
        for item in items {
          if let problem = limits(item) { return problem }
        }
        return nil
      }
      let limits = parameter.limits
      if !limits.choices.isEmpty, !limits.choices.contains(value) {
        let list = limits.choices.map(ParameterValue.text)
        return outside("is one of \(list.joined(separator: ", "))", value)
      }
      if let number = value.double ?? value.string.flatMap(Double.init) {
        let unit = limits.unit.map { " \($0)" } ?? ""
        if let minimum = limits.minimum, number < minimum {
          return outside("is at least \(plain(minimum))\(unit)", value)
        }
        if let maximum = limits.maximum, number > maximum {
          return outside("is at most \(plain(maximum))\(unit)", value)
        }
      }
      if let pattern = limits.pattern, case .string(let text) = value,
        !PatternMatch.whole(text, pattern)
      {
        return outside("has to match \(pattern)", value)
      }
      return nil
    }

    private func outside(_ rule: String, _ value: JSON) -> StackProblem {
      StackProblem(
        .outOfRange, "\(parameter.name) \(rule), not \(shown(value))",
        at: location, parameter: parameter.name)
    }

    private func shown(_ value: JSON) -> String {
      if parameter.isSecret { return "what it is set to" }
      if case .string(let text) = value { return "\"\(text.printable)\"" }
      return value.text().printable
    }

    private func plain(_ number: Double) -> String {
      number == number.rounded() && abs(number) < 1e15
        ? "\(Int(number))" : "\(number)"
    }
  }
}
