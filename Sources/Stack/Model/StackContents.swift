// Everything that a stack says, as one value: what a screen shows and a plan
// starts from.

/// A stack as it was read.
public struct StackContents: Sendable {
  /// The stack's directory, absolute.
  public var directory: String
  /// The directory's last part: the stack's name in headers.
  public var name: String
  public var settings: StackSettings
  /// All that can be chosen: the catalogue's services and the stack's own.
  public var services: [Service]
  public var components: [Component]
  /// The chosen services, in catalogue order.
  public var chosen: [String]
  /// The parameters of all chosen services, by service and group as listed.
  public var values: [ParameterValue]
  /// Everything that is wrong, errors first, then by file and line.
  public var problems: [StackProblem]

  public init(
    directory: String, name: String, settings: StackSettings,
    services: [Service], components: [Component], chosen: [String],
    values: [ParameterValue], problems: [StackProblem]
  ) {
    self.directory = directory
    self.name = name
    self.settings = settings
    self.services = services
    self.components = components
    self.chosen = chosen
    self.values = values
    self.problems = problems
  }

  public var graph: ServiceGraph {
    ServiceGraph(services: services, components: components)
  }

  /// The components of the chosen services, in catalogue order.
  public var chosenComponents: [Component] {
    components.filter { chosen.contains($0.service) }
  }

  /// The problems that stop a plan.
  public var errors: [StackProblem] {
    problems.filter { $0.severity == .error }
  }

  public func value(of parameter: String) -> ParameterValue? {
    values.first { $0.parameter.name == parameter }
  }
}

/// What a stack says about itself and its cluster.
public struct StackSettings: Sendable, Hashable {
  /// The OpenStack release: "2025.2".
  public var release: String
  /// The Kubernetes namespace that the services live in.
  public var namespace: String
  /// The uid of the cluster's kube-system namespace; nil before the first run.
  public var clusterUID: String?
  /// The context of the kubeconfig; nil for the current one.
  public var context: String?
  /// Whether the stack rehearses in memory rather than on a cluster.
  public var isRehearsal: Bool

  public init(
    release: String = "2025.2", namespace: String = "openstack",
    clusterUID: String? = nil, context: String? = nil,
    isRehearsal: Bool = false
  ) {
    self.release = release
    self.namespace = namespace
    self.clusterUID = clusterUID
    self.context = context
    self.isRehearsal = isRehearsal
  }
}
