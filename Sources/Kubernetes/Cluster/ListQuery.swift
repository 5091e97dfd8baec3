// What is asked of list and watch, and what they answer.

/// Which objects are wanted.
public struct ListQuery: Hashable, Sendable {
  public var kind: ObjectKind
  /// Nil for all namespaces, or for a kind that no namespace holds.
  public var namespace: String?
  /// In the API's own syntax, such as `app=x,tier in (a,b),!old`.
  public var labelSelector: String?
  /// In the API's own syntax, such as `involvedObject.uid=…`.
  public var fieldSelector: String?
  /// Objects a page; nil for all at once.
  public var limit: Int?
  /// The token with which the page before this one ended.
  public var continueToken: String?

  public init(
    _ kind: ObjectKind, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, limit: Int? = nil,
    continueToken: String? = nil
  ) {
    self.kind = kind
    self.namespace = namespace
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.limit = limit
    self.continueToken = continueToken
  }
}

/// Objects of one kind, and the moment of the cluster that they show.
public struct ObjectList: Hashable, Sendable {
  public var items: [KubernetesObject]
  /// From where a watch goes on.
  public var resourceVersion: String
  /// Set when there are more pages.
  public var continueToken: String?

  public init(
    items: [KubernetesObject], resourceVersion: String,
    continueToken: String? = nil
  ) {
    self.items = items
    self.resourceVersion = resourceVersion
    self.continueToken = continueToken
  }
}

/// One line of a watch.
public enum WatchEvent: Hashable, Sendable {
  case added(KubernetesObject)
  case modified(KubernetesObject)
  case deleted(KubernetesObject)
  /// Nothing changed up to this version.
  case bookmark(resourceVersion: String)

  /// The object concerned; nil for a bookmark.
  public var object: KubernetesObject? {
    switch self {
    case .added(let object), .modified(let object), .deleted(let object):
      object
    case .bookmark: nil
    }
  }

  /// From where a watch would go on after this event.
  public var resourceVersion: String? {
    switch self {
    case .bookmark(let version): version
    default: object?.resourceVersion
    }
  }
}
