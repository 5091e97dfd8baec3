// Reads one role: its component from meta/service.yml, its parameters from its
// argument specs, and their defaults.

import Ansible
import Jinja
import Kubernetes

/// What one role says about itself.
struct RoleDescription: Sendable {
  var component: Component
  /// The service as this role describes it; its components are not joined.
  var service: Service
  /// The parameters in the order of the specs, each of this component alone.
  var parameters: [Parameter]
  /// What is wrong with the role's metadata.
  var problems: [StackProblem]
}

/// Reads roles through the project's cache of parsed files.
struct RoleReader: Sendable {
  let documents: DocumentReader

  /// Reads the role at a directory.
  ///
  /// A catalogue role without meta/service.yml is a library of other roles:
  /// nil. A role of the stack's own without one is a service of its name.
  func role(
    at path: String, name: String, isFromStack: Bool
  ) -> RoleDescription? {
    let file = path + "/meta/service.yml"
    var problems: [StackProblem] = []
    var service: Value = .dictionary([])
    if documents.isFile(file) {
      switch documents.mapping(file) {
      case .success(let value): service = value
      case .failure(let problem): problems.append(problem)
      }
    } else if !isFromStack {
      return nil
    }
    let entryPoints = Playbook.entryPoints.filter { entryPoint in
      ["yml", "yaml"].contains {
        documents.isFile("\(path)/tasks/\(entryPoint).\($0)")
      }
    }
    guard !entryPoints.isEmpty else { return nil }
    let meta = ServiceMetadata(service, file: file)
    let component = meta.component(
      name, path: path, entryPoints: entryPoints.sorted(),
      isFromStack: isFromStack)
    var parameters = self.parameters(of: component, meta, &problems)
    if parameters.isEmpty {
      parameters = inferred(of: path, component, &problems)
    }
    problems += meta.problems(parameters: parameters)
    return RoleDescription(
      component: component,
      service: Service(
        name: component.service,
        title: meta.text("title") ?? component.service,
        description: meta.text("description") ?? "",
        group: meta.text("group") ?? (isFromStack ? "This stack" : "Other"),
        components: [name]),
      parameters: parameters, problems: problems)
  }

  private func parameters(
    of component: Component, _ meta: ServiceMetadata,
    _ problems: inout [StackProblem]
  ) -> [Parameter] {
    let specs = specs(at: component.path, &problems)
    let defaults = defaults(at: component.path, &problems)
    var seen = Set<String>()
    var parameters: [Parameter] = []
    for spec in specs {
      for option in ArgumentOptions.read(spec)
      where seen.insert(option.name).inserted {
        var parameter = meta.parameter(from: option)
        parameter.components = [component.name]
        parameter.service = component.service
        if let entry = defaults[option.name] {
          parameter.defaultValue = YAMLValues.json(entry.value)
          parameter.defaultLocation = entry.location
        }
        parameters.append(parameter)
      }
    }
    return parameters
  }

  /// The `options` of each entry point, `main` first: the others repeat some.
  private func specs(
    at path: String, _ problems: inout [StackProblem]
  ) -> [Value] {
    for name in ["argument_specs.yml", "argument_specs.yaml", "main.yml"] {
      let file = path + "/meta/" + name
      guard documents.isFile(file) else { continue }
      switch documents.mapping(file) {
      case .success(let value):
        guard let specs = try? value.member("argument_specs") else { continue }
        func rank(_ name: String) -> (Int, String) {
          (name == "main" ? 0 : 1, name)
        }
        return YAMLValues.entries(specs)
          .sorted { rank($0.key) < rank($1.key) }
          .compactMap { try? $0.value.member("options") }
      case .failure(let problem): problems.append(problem)
      }
    }
    return []
  }

  private func defaults(
    at path: String, _ problems: inout [StackProblem]
  ) -> [String: (value: Value, location: SourceLocation)] {
    var found: [String: (value: Value, location: SourceLocation)] = [:]
    for name in ["main.yml", "main.yaml"] {
      let file = path + "/defaults/" + name
      guard documents.isFile(file) else { continue }
      switch documents.mapping(file) {
      case .success(let value):
        for entry in YAMLValues.entries(value) {
          found[entry.key] = (
            entry.value, SourceLocation(entry.origin, file: file)
          )
        }
      case .failure(let problem): problems.append(problem)
      }
    }
    return found
  }

  /// A role without specs: each default is a parameter of its value's type.
  private func inferred(
    of path: String, _ component: Component, _ problems: inout [StackProblem]
  ) -> [Parameter] {
    defaults(at: path, &problems).sorted { $0.key < $1.key }.map {
      name, entry in
      let value = YAMLValues.json(entry.value)
      let type: ParameterType =
        switch value {
        case .bool: .bool
        case .integer: .int
        case .number: .float
        case .array: .list(of: .raw)
        case .object: .dict(options: [])
        case .string(let text): ParameterCheck.isTemplate(text) ? .raw : .str
        case .null: .raw
        }
      return Parameter(
        name: name, components: [component.name], service: component.service,
        type: type, defaultValue: value, defaultLocation: entry.location)
    }
  }
}
