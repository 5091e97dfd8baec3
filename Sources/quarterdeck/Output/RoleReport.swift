// What `role show` prints of a role's parameters.

import Ansible
import Jinja
import Kubernetes
import Stack

enum RoleReport {
  /// The lines of an entry point's parameters, those inside a dictionary
  /// indented below it.
  static func lines(
    _ options: [ArgumentOption], indent: String = "  "
  ) -> [String] {
    options.flatMap { option -> [String] in
      var type = option.type
      if let elements = option.elements { type += " of \(elements)" }
      var line = "\(indent)\(option.name) (\(type))"
      if option.isRequired { line += ", required" }
      if option.isSecret {
        line += ", secret"
      } else if let value = option.defaultValue {
        line += ", default \(YAMLValues.json(value).text())"
      }
      if let choices = option.choices {
        let names = choices.map { YAMLValues.json($0).text() }
        line += ", one of \(names.joined(separator: ", "))"
      }
      if let first = option.description.first { line += ": \(first)" }
      return [line] + lines(option.options ?? [], indent: indent + "  ")
    }
  }

  /// The parameters as JSON; the default of a secret is left out.
  static func json(_ options: [ArgumentOption]) -> JSON {
    .array(
      options.map { option in
        var members: [String: JSON] = [
          "name": .string(option.name), "type": .string(option.type),
          "required": .bool(option.isRequired),
          "secret": .bool(option.isSecret),
          "aliases": .array(option.aliases.map(JSON.string)),
          "description": .array(option.description.map(JSON.string)),
        ]
        if let elements = option.elements {
          members["elements"] = .string(elements)
        }
        if let value = option.defaultValue, !option.isSecret {
          members["default"] = YAMLValues.json(value)
        }
        if let choices = option.choices {
          members["choices"] = .array(choices.map(YAMLValues.json))
        }
        if let inner = option.options { members["options"] = json(inner) }
        return .object(members)
      })
  }
}
