// The contexts of a kubeconfig, as kubectl lists them.

import Kubernetes
import Platform

/// One context: a cluster, and who we are there.
public struct KubeContext: Hashable, Sendable {
  /// Empty when kubectl works without a kubeconfig, as inside a pod.
  public var name: String
  public var cluster: String
  public var user: String
  /// The namespace that it names, or `default`.
  public var namespace: String
  /// The URL of the API server.
  public var server: String
  /// Whether kubectl uses it when none is named.
  public var isCurrent: Bool

  public init(
    name: String, cluster: String = "", user: String = "",
    namespace: String = "default", server: String = "",
    isCurrent: Bool = false
  ) {
    self.name = name
    self.cluster = cluster
    self.user = user
    self.namespace = namespace
    self.server = server
    self.isCurrent = isCurrent
  }

  /// Whether the server's URL has a path, as behind Rancher's gateway.
  var serverHasPath: Bool {
    guard let scheme = server.firstRange(of: "://") else { return false }
    let rest = server[scheme.upperBound...]
    guard let slash = rest.firstIndex(of: "/") else { return false }
    return rest[slash...].contains { $0 != "/" }
  }
}

extension KubeContext {
  /// The contexts in the output of `kubectl config view -o json`.
  static func all(in config: JSON) -> [KubeContext] {
    func named(_ list: String) -> [String: JSON] {
      Dictionary(
        (config[list]?.array ?? []).compactMap { entry in
          entry["name"]?.string.map { ($0, entry) }
        }, uniquingKeysWith: { first, _ in first })
    }
    let clusters = named("clusters")
    let current = config["current-context"]?.string
    return (config["contexts"]?.array ?? []).compactMap { entry in
      guard let name = entry["name"]?.string else { return nil }
      let context = entry["context"]
      let cluster = context?["cluster"]?.string ?? ""
      let namespace = context?["namespace"]?.string ?? ""
      return KubeContext(
        name: name, cluster: cluster, user: context?["user"]?.string ?? "",
        namespace: namespace.isEmpty ? "default" : namespace,
        server: clusters[cluster]?.value(at: "cluster", "server")?.string ?? "",
        isCurrent: name == current)
    }
  }

  /// All contexts that kubectl knows with these options.
  ///
  /// - Throws: `ClusterError`.
  public static func list(
    _ options: KubectlOptions, processes: any Processes,
    deadline: Duration = .seconds(15)
  ) async throws -> [KubeContext] {
    // Credentials are left out of what it prints.
    all(
      in: try await KubectlTool.json(
        options, ["config", "view", "-o", "json"], processes: processes,
        deadline: deadline))
  }

  /// The context that these options mean.
  static func current(
    _ options: KubectlOptions, processes: any Processes, deadline: Duration
  ) async throws -> KubeContext {
    var plain = options
    plain.context = nil
    let contexts = try await list(
      plain, processes: processes, deadline: deadline)
    if let name = options.context {
      guard let context = contexts.first(where: { $0.name == name }) else {
        let known = contexts.map(\.name.printable).joined(separator: ", ")
        throw ClusterError(
          .tool,
          "there is no context \(name.printable) in the kubeconfig; "
            + (known.isEmpty ? "it has none" : "it has \(known)"))
      }
      return context
    }
    return contexts.first(where: \.isCurrent) ?? KubeContext(name: "")
  }
}
