// `quarterdeck parameters`: every parameter of the chosen services.

import ArgumentParser
import Kubernetes
import Stack

struct ParametersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parameters",
    abstract: "List the parameters with their values and where those are from.")

  @OptionGroup var target: StackOptions
  @OptionGroup var output: OutputOptions

  @Argument(
    help: "Only those whose name, title, description or value has this text.")
  var search: String?

  @Option(help: "Only those of one service.")
  var service: String?

  @Flag(help: "Advanced parameters too.")
  var advanced = false

  @Flag(help: "Only those that differ from their default.")
  var changed = false

  func run() throws {
    let workshop = try target.workshop()
    let contents = try target.open(in: workshop).contents
    if let service, contents.graph.services[service] == nil {
      throw Failure(
        .badInput,
        "there is no service \(service.printable); there are "
          + listed(contents.graph.serviceOrder))
    }
    let values = contents.values.filter { isWanted($0, contents) }
    if output.isJSON {
      output.print(.array(values.map(json)))
    } else {
      var table = TextTable("PARAMETER", "VALUE", "ORIGIN", "TYPE", "TITLE")
      for value in values {
        table.add(
          value.parameter.name, shortened(value.display.printable),
          value.origin.title, value.parameter.type.title,
          value.parameter.title.printable)
      }
      table.print()
    }
    let errors = contents.errors
    for problem in errors { Report.standardError(problem.description) }
    if !errors.isEmpty { Quarterdeck.exit(withCode: .badInput) }
  }

  private func isWanted(
    _ value: ParameterValue, _ contents: StackContents
  ) -> Bool {
    let parameter = value.parameter
    if !advanced, search == nil, !changed, parameter.level == .advanced {
      return false
    }
    if changed, !value.isChanged { return false }
    if let service {
      let components = contents.graph.services[service]?.components ?? []
      guard parameter.components.contains(where: components.contains) else {
        return false
      }
    }
    guard let search = search?.lowercased() else { return true }
    return [
      parameter.name, parameter.title, parameter.description, value.display,
    ].contains { $0.lowercased().contains(search) }
  }

  private func shortened(_ text: String) -> String {
    text.count > 40 ? text.prefix(37) + "..." : text
  }

  private func json(_ value: ParameterValue) -> JSON {
    let parameter = value.parameter
    var json: JSON = [
      "name": .string(parameter.name), "title": .string(parameter.title),
      "description": .string(parameter.description),
      "type": .string(parameter.type.name), "group": .string(parameter.group),
      "level": .string(parameter.level.rawValue),
      "required": .bool(parameter.isRequired),
      "secret": .bool(parameter.isSecret),
      "components": .array(parameter.components.map(JSON.string)),
      "origin": .string(value.origin.title), "changed": .bool(value.isChanged),
      "value": parameter.isSecret
        ? (value.value == nil ? .null : .string(ParameterValue.mask))
        : value.value ?? .null,
      "default": parameter.isSecret ? .null : parameter.defaultValue ?? .null,
    ]
    if let problem = value.problem {
      json["problem"] = .string(problem.description)
    }
    if let minimum = parameter.limits.minimum {
      json["minimum"] = .number(minimum)
    }
    if let maximum = parameter.limits.maximum {
      json["maximum"] = .number(maximum)
    }
    if !parameter.limits.choices.isEmpty {
      json["choices"] = .array(parameter.limits.choices)
    }
    return json
  }
}
