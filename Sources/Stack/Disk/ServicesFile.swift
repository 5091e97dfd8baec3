// The texts that a new stack starts with, and the variables of services.yml.

import Kubernetes

/// Names and first texts of a stack's files of variables.
enum ServicesFile {
  static let chosen = "quarterdeck_services"
  static let release = "openstack_release"
  static let namespace = "openstack_namespace"
  static let clusterUID = "quarterdeck_cluster_uid"
  /// The stack's name, which outlives a move or a copy of its directory.
  static let stack = "quarterdeck_stack"

  /// The variables that stand in services.yml rather than parameters.yml.
  static let names: Set<String> = [
    chosen, release, namespace, clusterUID, stack, policyVersion,
  ]

  /// The API version of PodDisruptionBudgets, set from discovery.
  static let policyVersion = "openstack_policy_api_version"

  /// The first text of services.yml.
  static func text(
    of stack: String, chosen names: [String], settings: StackSettings
  ) throws(StackProblem) -> [UInt8] {
    let list = names.isEmpty ? " []" : ""
    var text = """
      # What this stack consists of. Quarterdeck edits this file in place; you
      # may too.

      # The chosen services, by name.
      \(chosen):\(list)

      """
    for name in names { text += "  - \(name)\n" }
    text += """

      # The OpenStack release that the images are of.
      \(release): "\(settings.release)"

      # The Kubernetes namespace that everything lives in.
      \(namespace): \(settings.namespace)

      """
    var variables = try VariablesText(Array(text.utf8), file: "services.yml")
    try variables.set(
      self.stack, to: .string(stack),
      comment: "The name that the cluster knows the stack by: its lock and its "
        + "releases are kept under it, wherever this directory is.")
    return variables.bytes
  }

  static let parametersHeader = """
    # Parameters whose values differ from the roles' defaults.
    # Each stands under its description; comments of yours are kept.

    """

  static let passwordsHeader = """
    # Secrets of this stack. Keep the file to yourself (mode 0600) or encrypt it
    # with `ansible-vault encrypt`.

    """
}
