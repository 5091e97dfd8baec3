// Access reviews: may we do something, before we try.

/// One thing that somebody wants to do.
public struct AccessQuery: Hashable, Sendable {
  /// Such as `get`, `list`, `watch`, `create`, `patch`, `delete`.
  public var verb: String
  /// The API group; empty for the core group.
  public var group: String
  /// The plural, such as `deployments`.
  public var resource: String
  public var subresource: String?
  /// Nil for all namespaces, or for a kind that no namespace holds.
  public var namespace: String?
  public var name: String?

  public init(
    verb: String, group: String, resource: String, subresource: String? = nil,
    namespace: String? = nil, name: String? = nil
  ) {
    self.verb = verb
    self.group = group
    self.resource = resource
    self.subresource = subresource
    self.namespace = namespace
    self.name = name
  }

  public init(_ verb: String, _ resource: APIResource, namespace: String?) {
    self.init(
      verb: verb, group: resource.group, resource: resource.plural,
      namespace: resource.isNamespaced ? namespace : nil)
  }

  /// The SelfSubjectAccessReview that asks this.
  public var review: KubernetesObject {
    var attributes: JSON = [
      "verb": .string(verb), "group": .string(group),
      "resource": .string(resource),
    ]
    attributes["subresource"] = subresource.map(JSON.string)
    attributes["namespace"] = namespace.map(JSON.string)
    attributes["name"] = name.map(JSON.string)
    return KubernetesObject([
      "apiVersion": "authorization.k8s.io/v1",
      "kind": "SelfSubjectAccessReview",
      "spec": ["resourceAttributes": attributes],
    ])
  }
}

/// The cluster's answer to an `AccessQuery`.
public struct AccessReview: Hashable, Sendable {
  public var isAllowed: Bool
  /// Why, where the cluster says.
  public var reason: String

  public init(isAllowed: Bool, reason: String = "") {
    self.isAllowed = isAllowed
    self.reason = reason
  }
}
