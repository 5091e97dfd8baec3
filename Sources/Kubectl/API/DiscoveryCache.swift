// Which kinds the cluster serves: asked once, one group version at a time
// where that is enough.

import Kubernetes

/// Remembers what the API server serves.
actor DiscoveryCache {
  private let api: APIClient
  private let deadline: Duration
  private var versions: [String: [APIResource]] = [:]
  private var whole: Discovery?

  init(_ api: APIClient, deadline: Duration) {
    self.api = api
    self.deadline = deadline
  }

  /// The resource of a kind.
  ///
  /// What is not known is asked anew: a CustomResourceDefinition may have been
  /// created since.
  ///
  /// - Throws: `ClusterError` with `isNotFound` when it is not served.
  func resource(of kind: ObjectKind) async throws -> APIResource {
    if let known = find(kind) { return known }
    do {
      versions[kind.apiVersion] = try await resources(of: kind.apiVersion)
    } catch let error as ClusterError where error.isNotFound {
      versions[kind.apiVersion] = []
    }
    guard let found = find(kind) else {
      throw ClusterError(
        code: 404, reason: "NotFound",
        message: "the cluster does not serve \(kind)")
    }
    return found
  }

  private func find(_ kind: ObjectKind) -> APIResource? {
    versions[kind.apiVersion]?.first { $0.kind == kind.kind }
  }

  /// Everything that is served, the preferred version of each group first.
  func all(refresh: Bool) async throws -> Discovery {
    if let whole, !refresh { return whole }
    async let core = groupVersions("/api") { json in
      (json["versions"]?.array ?? []).compactMap(\.string)
    }
    async let others = groupVersions("/apis") { json in
      (json["groups"]?.array ?? []).flatMap { group in
        let preferred = group.value(at: "preferredVersion", "groupVersion")?
          .string
        let rest = (group["versions"]?.array ?? []).compactMap {
          $0["groupVersion"]?.string
        }
        return [preferred].compactMap { $0 } + rest.filter { $0 != preferred }
      }
    }
    let wanted = try await core + others
    let found = try await withThrowingTaskGroup(
      of: (String, [APIResource]?).self
    ) { group in
      for version in wanted {
        group.addTask {
          do {
            return (version, try await self.resources(of: version))
          } catch let error as ClusterError
            where error.status != nil && !error.isForbidden
          {
            // An aggregated API whose server is away must not hide the rest.
            return (version, nil)
          }
        }
      }
      var found: [String: [APIResource]] = [:]
      for try await (version, resources) in group { found[version] = resources }
      return found
    }
    versions = found
    let discovery = Discovery(wanted.flatMap { found[$0] ?? [] })
    whole = discovery
    return discovery
  }

  private func groupVersions(
    _ path: String, _ read: (JSON) -> [String]
  ) async throws -> [String] {
    read(try await api.json(.get(path, deadline: deadline)))
  }

  private nonisolated func resources(
    of apiVersion: String
  ) async throws -> [APIResource] {
    let path = apiVersion.contains("/") ? "/apis/" : "/api/"
    let parts = apiVersion.split(separator: "/").map(String.init)
    let answer = try await api.json(
      .get(
        path + parts.map(APIResource.encoded).joined(separator: "/"),
        deadline: deadline))
    let version = parts.last ?? ""
    let group = parts.count > 1 ? parts[0] : ""
    return (answer["resources"]?.array ?? []).compactMap { entry in
      guard let plural = entry["name"]?.string, !plural.contains("/"),
        let kind = entry["kind"]?.string
      else { return nil }
      return APIResource(
        group: group, version: version, kind: kind, plural: plural,
        isNamespaced: entry["namespaced"]?.bool ?? false,
        verbs: (entry["verbs"]?.array ?? []).compactMap(\.string),
        shortNames: (entry["shortNames"]?.array ?? []).compactMap(\.string))
    }
  }
}
