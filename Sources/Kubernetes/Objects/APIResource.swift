// Discovery: which kinds a cluster serves, under which paths.

/// One kind that the API server serves.
public struct APIResource: Hashable, Sendable {
  /// The API group; empty for the core group.
  public var group: String
  public var version: String
  public var kind: String
  /// The name in paths, such as `deployments`.
  public var plural: String
  public var isNamespaced: Bool
  public var verbs: [String]
  public var shortNames: [String]

  public init(
    group: String, version: String, kind: String, plural: String,
    isNamespaced: Bool,
    verbs: [String] = [
      "create", "delete", "deletecollection", "get", "list", "patch", "update",
      "watch",
    ], shortNames: [String] = []
  ) {
    self.group = group
    self.version = version
    self.kind = kind
    self.plural = plural
    self.isNamespaced = isNamespaced
    self.verbs = verbs
    self.shortNames = shortNames
  }

  public var apiVersion: String {
    group.isEmpty ? version : "\(group)/\(version)"
  }

  public var objectKind: ObjectKind {
    ObjectKind(apiVersion: apiVersion, kind: kind)
  }

  /// The path of the collection, or with a name of one object.
  ///
  /// A part that could leave its place in the path is percent-encoded.
  public func path(
    namespace: String?, name: String? = nil, subresource: String? = nil
  ) -> String {
    var path = group.isEmpty ? "/api/" : "/apis/\(Self.encoded(group))/"
    path += Self.encoded(version)
    if isNamespaced, let namespace {
      path += "/namespaces/\(Self.encoded(namespace))"
    }
    path += "/\(Self.encoded(plural))"
    if let name { path += "/\(Self.encoded(name))" }
    if let subresource { path += "/\(Self.encoded(subresource))" }
    return path
  }

  /// Text as one part of a URL's path or query (RFC 3986, unreserved only).
  public static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }
}

/// What a cluster serves, by kind.
public struct Discovery: Hashable, Sendable {
  public var resources: [APIResource]
  private var byKind: [ObjectKind: Int] = [:]

  public init(_ resources: [APIResource]) {
    self.resources = resources
    for (index, resource) in resources.enumerated() {
      byKind[resource.objectKind] = byKind[resource.objectKind] ?? index
    }
  }

  /// The resource of a kind; nil when the cluster does not serve it.
  public subscript(kind: ObjectKind) -> APIResource? {
    byKind[kind].map { resources[$0] }
  }

  /// Whether the cluster serves a kind at exactly this version.
  public func serves(_ apiVersion: String, _ kind: String) -> Bool {
    byKind[ObjectKind(apiVersion: apiVersion, kind: kind)] != nil
  }

  /// The first of `versions` at which the cluster serves a kind.
  public func firstServed(_ kind: String, of versions: [String]) -> String? {
    versions.first { serves($0, kind) }
  }
}
