// What the operator picks, and the roles that make it up.

/// What the operator picks (keystone, nova, ovn): one or more components.
public struct Service: Sendable, Hashable, Identifiable {
  /// The name that stands in `quarterdeck_services`.
  public var name: String
  /// The name for people: "Keystone".
  public var title: String
  /// One line on what it is for.
  public var description: String
  /// The heading under which it is listed: "Identity".
  public var group: String
  /// The names of its components, in catalogue order.
  public var components: [String]

  public var id: String { name }

  public init(
    name: String, title: String, description: String, group: String,
    components: [String]
  ) {
    self.name = name
    self.title = title
    self.description = description
    self.group = group
    self.components = components
  }
}

/// One role of a service, with what the plan has to know about it.
public struct Component: Sendable, Hashable, Identifiable {
  /// The role's name: its directory, and the prefix of its parameters.
  public var name: String
  /// The service that it belongs to.
  public var service: String
  /// The stage of a deployment that it belongs to: "identity".
  public var stage: String
  /// The stage of an upgrade that it belongs to.
  public var upgradeStage: String
  /// The components that must be Current before this one starts.
  public var requires: [String]
  /// The node label that its pods want, if any.
  public var nodeRole: NodeRole?
  /// Its entry points by name, sorted: "main", "remove", "check", "test".
  public var entryPoints: [String]
  /// Its endpoints that are reached from outside the cluster.
  public var endpoints: [EndpointRule]
  /// The role's directory, absolute.
  public var path: String
  /// Whether the role is the stack's own rather than the catalogue's.
  public var isFromStack: Bool

  public var id: String { name }

  public init(
    name: String, service: String, stage: String, upgradeStage: String? = nil,
    requires: [String] = [], nodeRole: NodeRole? = nil,
    entryPoints: [String] = ["main"], endpoints: [EndpointRule] = [],
    path: String = "", isFromStack: Bool = false
  ) {
    self.name = name
    self.service = service
    self.stage = stage
    self.upgradeStage = upgradeStage ?? stage
    self.requires = requires
    self.nodeRole = nodeRole
    self.entryPoints = entryPoints
    self.endpoints = endpoints
    self.path = path
    self.isFromStack = isFromStack
  }
}

/// The node label that a component's pods want.
///
/// `parameter` names the parameter (a dictionary of labels) that overrides the
/// role's own choice.
public struct NodeRole: Sendable, Hashable {
  public var label: String
  public var value: String
  public var parameter: String?

  public init(label: String, value: String, parameter: String? = nil) {
    self.label = label
    self.value = value
    self.parameter = parameter
  }
}

/// One endpoint of a component that clients outside the cluster use.
public struct EndpointRule: Sendable, Hashable {
  /// "public", "internal", "admin".
  public var name: String
  /// The Kubernetes Service behind it.
  public var service: String
  public var port: Int
  /// The path below the address: "/v3".
  public var path: String

  public init(name: String, service: String, port: Int, path: String = "") {
    self.name = name
    self.service = service
    self.port = port
    self.path = path
  }
}
