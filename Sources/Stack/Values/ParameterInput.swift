// Turns what an operator types into a value of a parameter's type.

import Ansible
import Kubernetes

/// Reads typed text as a parameter's value.
public enum ParameterInput {
  /// Reads text by the parameter's type.
  ///
  /// Lists and dictionaries are YAML (`[a, b]`, `{a: 1}`); a list of text may
  /// also be written with commas alone. Text that holds a template goes
  /// through as it is: Ansible resolves it when the role runs.
  ///
  /// - Throws: ``StackProblem`` of kind `wrongType` that says what is expected.
  public static func value(
    _ text: String, for parameter: Parameter
  ) throws(StackProblem) -> JSON {
    try value(text, as: parameter.type, of: parameter.name)
  }

  private static func value(
    _ text: String, as type: ParameterType, of name: String
  ) throws(StackProblem) -> JSON {
    if ParameterCheck.isTemplate(text) { return .string(text) }
    let bare = text.trimmed
    switch type {
    case .str, .path: return .string(text)
    case .bool:
      if let flag = ParameterCheck.flag(bare) { return .bool(flag) }
      throw wrong(name, "is yes or no", text)
    case .int:
      if let number = Int(bare) { return .integer(number) }
      throw wrong(name, "is a whole number", text)
    case .float:
      if let number = Int(bare) { return .integer(number) }
      if let number = Double(bare), number.isFinite { return .number(number) }
      throw wrong(name, "is a number", text)
    case .raw: return try yaml(text, of: name)
    case .list(let element):
      if bare.isEmpty { return .array([]) }
      guard !bare.hasPrefix("["), !bare.hasPrefix("-"), !bare.contains("\n")
      else {
        let value = try yaml(text, of: name)
        guard case .array = value else { throw wrong(name, "is a list", text) }
        return value
      }
      var items: [JSON] = []
      for part in bare.split(separator: ",", omittingEmptySubsequences: false) {
        items.append(
          try self.value(String(part).trimmed, as: element, of: name))
      }
      return .array(items)
    case .dict:
      if bare.isEmpty { return .object([:]) }
      let value = try yaml(text, of: name)
      guard case .object = value else {
        throw wrong(name, "is a dictionary", text)
      }
      return value
    }
  }

  /// The text that an operator edits: what ``value(_:for:)`` reads back.
  public static func text(_ value: JSON) -> String {
    switch value {
    case .string(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    case .null: ""
    default: value.text()
    }
  }

  private static func yaml(
    _ text: String, of name: String
  ) throws(StackProblem) -> JSON {
    do {
      return try YAMLValues.json(text, file: name)
    } catch {
      throw StackProblem(
        .wrongType, "\(name): \(error)", remedy: "write it as YAML",
        parameter: name)
    }
  }

  private static func wrong(
    _ name: String, _ expected: String, _ text: String
  ) -> StackProblem {
    StackProblem(
      .wrongType, "\(name) \(expected), not \"\(text.printable)\"",
      parameter: name)
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(start[...last])
  }
}
