// `quarterdeck role`: what a role is and what it would do, without a stack.

import Ansible
import AnsibleKubernetes
import ArgumentParser
import Catalogue
import Jinja
import Kubernetes
import Platform
import Rehearsal
import Run

struct RoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role", abstract: "Look at any Ansible role.",
    subcommands: [RoleShowCommand.self, RoleRenderCommand.self])
}

/// The directory of a role as a project of its own.
struct RoleTarget {
  /// The role's name: the last part of its path.
  var name: String
  var project: Project

  /// The directory that `path` names.
  ///
  /// - Throws: ``Failure`` where there is none.
  static func directory(_ path: String) throws -> String {
    let whole = absolutePath(path)
    guard Catalogue.isDirectory(whole) else {
      throw Failure(.badInput, "there is no role at \(path.printable)")
    }
    return whole
  }

  init(_ path: String, _ workshop: Workshop) throws {
    let whole = try Self.directory(path)
    let parts = whole.split(separator: "/")
    name = parts.last.map(String.init) ?? ""
    let parent = "/" + parts.dropLast().joined(separator: "/")
    var environment = workshop.environment
    // Beside the role stand those that it includes.
    environment["ANSIBLE_ROLES_PATH"] =
      parent + (environment["ANSIBLE_ROLES_PATH"].map { ":" + $0 } ?? "")
    project = Project(
      directory: whole, catalogue: workshop.catalogue, vault: workshop.vault,
      environment: environment, files: DiskSources())
  }
}

struct RoleShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a role's entry points, parameters, modules and refusals.")

  @Argument(help: "The role's directory.", completion: .directory)
  var path: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let workshop = try Workshop()
    let target = try RoleTarget(path, workshop)
    let role: RoleDescription
    do {
      role = try workshop.engine.describe(target.name, in: target.project)
    } catch {
      throw Failure(.badInput, "\(error)".printable)
    }
    if output.isJSON {
      output.print(json(role))
    } else {
      for line in lines(role) { Report.line(line.printableText) }
    }
  }

  private func lines(_ role: RoleDescription) -> [String] {
    var lines = [
      "role \(role.name) (\(role.path))",
      "entry points: \(role.entryPoints.joined(separator: ", "))",
      "modules: \(role.modules.joined(separator: ", "))",
    ]
    if !role.dependencies.isEmpty {
      lines.append("dependencies: \(role.dependencies.joined(separator: ", "))")
    }
    if !role.includedRoles.isEmpty {
      lines.append("includes: \(role.includedRoles.joined(separator: ", "))")
    }
    for spec in role.specs {
      lines.append("parameters of \(spec.entryPoint):")
      lines += RoleReport.lines(spec.options)
    }
    lines += role.refusals.map { "refused: \($0)" }
    return lines
  }

  private func json(_ role: RoleDescription) -> JSON {
    [
      "name": .string(role.name), "path": .string(role.path),
      "collection": role.collection.map(JSON.string) ?? .null,
      "entryPoints": .array(role.entryPoints.map(JSON.string)),
      "modules": .array(role.modules.map(JSON.string)),
      "dependencies": .array(role.dependencies.map(JSON.string)),
      "includedRoles": .array(role.includedRoles.map(JSON.string)),
      "defaults": .array(role.defaults.map(JSON.string)),
      "parameters": .object(
        Dictionary(
          role.specs.map { spec in
            (
              spec.entryPoint,
              RoleReport.json(spec.options)
            )
          }, uniquingKeysWith: { first, _ in first })),
      "refusals": .array(
        role.refusals.map {
          [
            "kind": .string($0.kind.rawValue), "name": .string($0.name),
            "place": .string("\($0.place)"), "what": .string($0.what),
            "remedy": .string($0.remedy),
          ]
        }),
    ]
  }
}

struct RoleRenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Print what a role would create, change and delete.",
    discussion: """
      Rendered against an empty cluster, with the facts of this machine. \
      Secrets are masked.
      """)

  @Argument(help: "The role's directory.", completion: .directory)
  var path: String

  @Option(help: "The entry point.")
  var entry = "main"

  @OptionGroup var variables: VariableOptions
  @OptionGroup var vault: VaultOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let secrets = try vault.vaultIfNamed(
      Configuration(
        project: try RoleTarget.directory(path),
        environment: currentEnvironment(), files: DiskSources()))
    let workshop = try Workshop(vault: secrets)
    let target = try RoleTarget(path, workshop)
    var job = RoleJob(
      .role(target.name, entryPoint: entry), in: target.project,
      extraVariables: try variables.json(vault: secrets))
    job.secretVariables = try variables.secretNames(vault: secrets)
    job.gathersFacts = true
    let rendering = try Waiting.run { [job] in
      await workshop.engine.render(
        job, over: Rehearsal(clock: .following(workshop.time)))
    }
    if output.isJSON {
      output.print([
        "writes": .array(
          rendering.writes.map {
            WriteReport($0).json(showingSecrets: false)
          }),
        "decidedDuringRun": .array(
          rendering.decidedDuringRun.map {
            [
              "place": .string("\($0.task.place)"),
              "reason": .string($0.reason),
            ]
          }),
        "localActions": .array(
          rendering.localActions.map { .string($0.summary) }),
        "refusals": .array(rendering.refusals.map { .string("\($0)") }),
        "failures": .array(
          rendering.failures.map {
            .string("\($0.place): \($0.message)")
          }),
        "warnings": .array(rendering.warnings.map(JSON.string)),
      ])
    } else {
      for write in rendering.writes {
        Report.standardOutput(
          WriteReport(write).yaml(
            component: target.name, showingSecrets: false))
      }
      for item in rendering.decidedDuringRun {
        Report.line("# decided during the run: \(item.reason.printable)")
      }
      for action in rendering.localActions {
        Report.line("# on this machine: \(action.summary.printable)")
      }
    }
    for refusal in rendering.refusals {
      Report.standardError("\(refusal)".printable)
    }
    for failure in rendering.failures {
      Report.standardError(
        "\(failure.place): \(failure.message)".printable)
    }
    if !rendering.refusals.isEmpty { Quarterdeck.exit(withCode: .refused) }
    if !rendering.failures.isEmpty { Quarterdeck.exit(withCode: .badInput) }
  }
}
