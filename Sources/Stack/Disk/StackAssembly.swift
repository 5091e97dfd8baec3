// Puts a stack together from its files and roles, and says what is wrong.

import Ansible
import Kubernetes
import Platform

/// Everything read, on its way to a ``StackContents``.
struct StackAssembly {
  var layout: StackLayout
  var roles: RoleSet
  var variables: StackVariables
  var local: LocalSettings
  var files: any Platform.Files

  func contents() -> StackContents {
    var problems = variables.problems
    let chosen = chosenServices(&problems)
    let values = roles.parameters(of: chosen).map(value)
    problems += locked(values)
    // What a shut file holds is not missing.
    let isLocked = problems.contains { $0.kind == .locked }
    problems += values.filter {
      !(isLocked && $0.parameter.isSecret && $0.origin == .missing)
    }.compactMap(\.problem)
    problems += unknownNames(chosen)
    problems += secrecy()
    let used = Set(
      roles.components.filter { chosen.contains($0.service) }.map(\.path))
    problems += roles.problems.filter { problem in
      guard let file = problem.location?.file else { return true }
      return used.contains { file.hasPrefix($0 + "/") }
    }
    let graph = ServiceGraph(
      services: roles.services, components: roles.components)
    do throws(StackProblem) {
      _ = try graph.stages(of: chosen)
    } catch {
      problems.append(error)
    }
    return StackContents(
      directory: layout.directory,
      name: text(ServicesFile.stack) ?? layout.name, settings: settings(),
      services: roles.services, components: roles.components, chosen: chosen,
      values: values, problems: sorted(problems))
  }

  // MARK: Services and settings

  private func chosenServices(_ problems: inout [StackProblem]) -> [String] {
    guard let entry = variables.entries[ServicesFile.chosen] else {
      if variables.byFile[layout.services] != nil {
        problems.append(
          StackProblem(
            .missing, "the file does not set \(ServicesFile.chosen)",
            at: SourceLocation(file: layout.services),
            remedy: "list the services, or write \(ServicesFile.chosen): []"))
      }
      return []
    }
    guard let items = entry.value.array else {
      problems.append(
        StackProblem(
          .wrongType, "\(ServicesFile.chosen) is a list of services",
          at: entry.location, remedy: "write it as `- name` lines"))
      return []
    }
    let names = roles.services.map(\.name)
    var chosen = Set<String>()
    for item in items {
      let name = ParameterValue.text(item)
      guard names.contains(name) else {
        problems.append(
          StackProblem(
            .unknownService, "there is no service \(name.printable)",
            at: entry.location,
            remedy: Spelling.suggestion(for: name, among: names)
              ?? "choose from \(names.joined(separator: ", "))"))
        continue
      }
      chosen.insert(name)
    }
    let graph = ServiceGraph(
      services: roles.services, components: roles.components)
    for name in names where chosen.contains(name) {
      for needed in graph.dependencies(of: name)
      where !chosen.contains(needed) {
        problems.append(
          StackProblem(
            .missing, "\(name) needs \(needed), which is not chosen",
            at: entry.location, remedy: "choose \(needed) too"))
      }
    }
    return names.filter { chosen.contains($0) }
  }

  private func text(_ name: String) -> String? {
    let text = variables.entries[name].map { ParameterValue.text($0.value) }
    return text?.isEmpty == true ? nil : text
  }

  private func settings() -> StackSettings {
    let usual = StackSettings()
    return StackSettings(
      release: text(ServicesFile.release) ?? usual.release,
      namespace: text(ServicesFile.namespace) ?? usual.namespace,
      clusterUID: text(ServicesFile.clusterUID), context: local.context,
      isRehearsal: local.isRehearsal)
  }

  // MARK: Values

  private func value(of parameter: Parameter) -> ParameterValue {
    guard let entry = variables.entries[parameter.name] else {
      return ParameterValue(
        parameter: parameter, value: parameter.defaultValue,
        origin: parameter.defaultValue == nil ? .missing : .roleDefault,
        problem: ParameterCheck.problem(
          with: parameter.defaultValue, for: parameter,
          at: parameter.defaultLocation))
    }
    let shown = relative(entry.location)
    let isOwnSecret =
      parameter.isSecret && entry.location.file == layout.passwords
    return ParameterValue(
      parameter: parameter, value: entry.value,
      origin: isOwnSecret && parameter.generate != nil
        ? .generated(shown) : .file(shown),
      problem: ParameterCheck.problem(
        with: entry.value, for: parameter, at: shown))
  }

  /// The values that are vault texts which no password given opens.
  private func locked(_ values: [ParameterValue]) -> [StackProblem] {
    values.compactMap { value in
      let name = value.parameter.name
      guard value.value == .string(YAMLValues.encrypted),
        let entry = variables.entries[name]
      else { return nil }
      return .locked(
        "\(name) is encrypted with Ansible Vault, and no password given opens "
          + "it", at: entry.location)
    }
  }

  /// Names in Quarterdeck's own files that no role knows.
  ///
  /// A name that another value's template uses is the operator's helper. Other
  /// group_vars files are the operator's: Ansible allows any name there.
  private func unknownNames(_ chosen: [String]) -> [StackProblem] {
    let texts = variables.entries.values.map { $0.value.text() }
      .filter(ParameterCheck.isTemplate)
    var problems: [StackProblem] = []
    for file in [layout.parameters, layout.passwords] {
      for (name, entry) in variables.byFile[file] ?? [:]
      where roles.parameters[name] == nil && !ServicesFile.names.contains(name)
        && !texts.contains(where: { $0.contains(name) })
      {
        problems.append(
          StackProblem(
            .unknownParameter, "no role has a parameter \(name.printable)",
            at: relative(entry.location),
            remedy: Spelling.suggestion(for: name, among: roles.order)
              ?? "take the line out, or move it to a file of your own in "
              + "group_vars/all",
            parameter: name))
      }
    }
    return problems
  }

  private func secrecy() -> [StackProblem] {
    guard let status = try? files.status(layout.passwords),
      status.mode.isOpenToOthers,
      let content = try? files.read(layout.passwords),
      !Vault.isEncrypted(content.bytes)
    else { return [] }
    return [
      StackProblem(
        .secret, "others may read the secrets of this stack",
        at: SourceLocation(file: layout.relative(layout.passwords)),
        remedy: "chmod 600 \(layout.relative(layout.passwords))",
        severity: .warning)
    ]
  }

  // MARK: Showing

  private func relative(_ location: SourceLocation) -> SourceLocation {
    SourceLocation(
      file: layout.relative(location.file), line: location.line,
      column: location.column)
  }

  private func sorted(_ problems: [StackProblem]) -> [StackProblem] {
    func rank(_ problem: StackProblem) -> (Int, String, Int, String) {
      (
        problem.kind == .locked ? 0 : problem.severity == .error ? 1 : 2,
        problem.location?.file ?? "",
        problem.location?.line ?? 0, problem.what
      )
    }
    return problems.map { problem in
      var shown = problem
      shown.location = problem.location.map(relative)
      return shown
    }.sorted { rank($0) < rank($1) }
  }
}

extension StackContents {
  /// The edits that generate every secret that has a rule and no value.
  public var missingSecrets: [StackEdit] {
    values.filter {
      $0.parameter.isSecret && $0.parameter.generate != nil && $0.value == nil
    }.map { .generate($0.parameter.name) }
  }
}
