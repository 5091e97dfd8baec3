// The options of an argument spec, as far as a form needs them.

import Jinja
import Kubernetes

/// One option of an argument spec.
///
/// Source: docs.ansible.com, "Specification format" of role argument specs.
struct ArgumentOptions {
  var name: String
  var type: String
  /// The type of a list's elements.
  var elements: String?
  var isRequired: Bool
  var isSecret: Bool
  var defaultValue: JSON?
  var choices: [JSON]
  /// The description's paragraphs, joined.
  var description: String
  /// The options of a dictionary, or of a list's dictionaries.
  var options: [ArgumentOptions]

  /// The options of an `options:` mapping, in the order of the file.
  static func read(_ options: Value) -> [ArgumentOptions] {
    YAMLValues.entries(options).map { name, value, _ in
      let json = YAMLValues.json(value)
      let description = json["description"]
      return ArgumentOptions(
        name: name, type: json["type"]?.string ?? "str",
        elements: json["elements"]?.string,
        isRequired: json["required"]?.bool ?? false,
        isSecret: json["no_log"]?.bool ?? false,
        defaultValue: json["default"] == .null ? nil : json["default"],
        choices: json["choices"]?.array ?? [],
        description: description?.string
          ?? (description?.array ?? []).compactMap(\.string)
          .joined(separator: "\n"),
        options: ((try? value.member("options")) ?? nil).map(read) ?? [])
    }
  }
}
