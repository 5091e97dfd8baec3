// Which kubectl command does what a call of ours does.

import Kubernetes

/// Builds the equivalent commands; values that may be secret never enter.
struct EquivalentCommand {
  var arguments: [String]
  var isWrite = false

  func line(_ options: KubectlOptions) -> String {
    ([options.executable] + options.arguments + arguments)
      .map(\.printable.shellQuoted).joined(separator: " ")
  }

  // MARK: Reading

  static func get(
    _ reference: ObjectReference, _ resource: APIResource, namespace: String
  ) -> EquivalentCommand {
    EquivalentCommand(
      arguments: ["get", name(of: resource), reference.name]
        + space(resource, namespace) + ["-o", "yaml"])
  }

  static func list(
    _ query: ListQuery, _ resource: APIResource, watches: Bool = false
  ) -> EquivalentCommand {
    var arguments = ["get", name(of: resource)]
    if resource.isNamespaced {
      arguments += query.namespace.map { ["-n", $0] } ?? ["-A"]
    }
    if let selector = query.labelSelector { arguments += ["-l", selector] }
    if let selector = query.fieldSelector {
      arguments += ["--field-selector", selector]
    }
    if watches { arguments += ["--watch", "--output-watch-events"] }
    return EquivalentCommand(arguments: arguments + ["-o", "yaml"])
  }

  static func canI(_ access: AccessQuery) -> EquivalentCommand {
    var resource = access.resource
    if !access.group.isEmpty { resource += "." + access.group }
    if let name = access.name { resource += "/" + name }
    var arguments = ["auth", "can-i", access.verb, resource]
    if let part = access.subresource { arguments += ["--subresource", part] }
    arguments += access.namespace.map { ["-n", $0] } ?? ["-A"]
    return EquivalentCommand(arguments: arguments)
  }

  // MARK: Writing

  static func create(
    _ object: KubernetesObject, _ resource: APIResource, namespace: String,
    _ options: WriteOptions
  ) -> EquivalentCommand {
    write(
      ["create"], object, resource, namespace, dryRun: options.dryRun,
      more: ["--field-manager", options.fieldManager])
  }

  static func replace(
    _ object: KubernetesObject, _ resource: APIResource, namespace: String,
    _ options: WriteOptions
  ) -> EquivalentCommand {
    write(
      ["replace"], object, resource, namespace, dryRun: options.dryRun,
      more: ["--field-manager", options.fieldManager]
        + part(options.subresource))
  }

  static func apply(
    _ object: KubernetesObject, _ resource: APIResource, namespace: String,
    _ options: ApplyOptions
  ) -> EquivalentCommand {
    write(
      ["apply", "--server-side"], object, resource, namespace,
      dryRun: options.dryRun,
      more: ["--field-manager", options.fieldManager]
        + (options.force ? ["--force-conflicts"] : [])
        + part(options.subresource))
  }

  static func patch(
    _ reference: ObjectReference, _ resource: APIResource, namespace: String,
    _ patch: Patch, _ options: WriteOptions
  ) -> EquivalentCommand {
    let type =
      switch patch {
      case .merge: "merge"
      case .strategic: "strategic"
      case .json: "json"
      }
    return EquivalentCommand(
      arguments: ["patch", name(of: resource), reference.name]
        + space(resource, namespace)
        + ["--type", type, "--patch-file", "\(file(reference)).patch.json"]
        + ["--field-manager", options.fieldManager]
        + part(options.subresource) + dry(options.dryRun),
      isWrite: !options.dryRun)
  }

  static func delete(
    _ reference: ObjectReference, _ resource: APIResource, namespace: String,
    _ options: DeleteOptions
  ) -> EquivalentCommand {
    var arguments =
      ["delete", name(of: resource), reference.name]
      + space(resource, namespace) + ["--wait=false"]
    if let propagation = options.propagation {
      arguments.append("--cascade=\(propagation.rawValue.lowercased())")
    }
    if let grace = options.gracePeriodSeconds {
      arguments.append("--grace-period=\(grace)")
    }
    return EquivalentCommand(
      arguments: arguments + dry(options.dryRun), isWrite: !options.dryRun)
  }

  // MARK: Pods

  static func logs(_ query: LogQuery) -> EquivalentCommand {
    var arguments = ["logs", query.pod, "-n", query.namespace]
    if let container = query.container { arguments += ["-c", container] }
    if query.isPrevious { arguments.append("--previous") }
    if query.follows { arguments.append("--follow") }
    if let lines = query.tailLines { arguments.append("--tail=\(lines)") }
    if let since = query.since {
      arguments.append("--since-time=\(since.timestamp)")
    }
    if query.hasTimestamps { arguments.append("--timestamps") }
    return EquivalentCommand(arguments: arguments)
  }

  /// The command without its arguments, which may hold a password.
  static func exec(_ command: PodCommand) -> EquivalentCommand {
    var shown = command
    if command.arguments.count > 1 {
      shown.arguments = [command.arguments[0], "…"]
    }
    return EquivalentCommand(arguments: shown.kubectlArguments, isWrite: true)
  }

  static func portForward(_ query: PortForwardQuery) -> EquivalentCommand {
    EquivalentCommand(arguments: query.kubectlArguments)
  }

  // MARK: Parts

  private static func write(
    _ verb: [String], _ object: KubernetesObject, _ resource: APIResource,
    _ namespace: String, dryRun: Bool, more: [String]
  ) -> EquivalentCommand {
    EquivalentCommand(
      arguments: verb + space(resource, namespace) + more + dry(dryRun)
        + ["-f", "\(file(object.reference)).json"], isWrite: !dryRun)
  }

  /// `deployments.apps`, so that no other group's kind is meant.
  private static func name(of resource: APIResource) -> String {
    resource.group.isEmpty
      ? resource.plural : "\(resource.plural).\(resource.group)"
  }

  private static func space(
    _ resource: APIResource, _ namespace: String
  ) -> [String] {
    resource.isNamespaced ? ["-n", namespace] : []
  }

  private static func part(_ subresource: String?) -> [String] {
    subresource.map { ["--subresource", $0] } ?? []
  }

  private static func dry(_ dryRun: Bool) -> [String] {
    dryRun ? ["--dry-run=server"] : []
  }

  private static func file(_ reference: ObjectReference) -> String {
    let name = reference.name.isEmpty ? "new" : reference.name
    return "\(reference.kind.lowercased())-\(name)"
  }
}
