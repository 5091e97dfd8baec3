// Reading the cluster: single objects, lists, rights, the clock.

import Kubernetes
import NIOCore

extension Kubectl {
  public func version() async throws -> ClusterVersion {
    try await throwingClusterErrors {
      await log(EquivalentCommand(arguments: ["version", "-o", "json"]))
      let json = try await api.json(
        .get("/version", deadline: deadlines.read))
      guard let version = ClusterVersion(json) else {
        throw ClusterError(
          .invalidAnswer, "the cluster does not say which version it is")
      }
      return version
    }
  }

  public func resources(refresh: Bool) async throws -> Discovery {
    try await throwingClusterErrors {
      await log(EquivalentCommand(arguments: ["api-resources"]))
      return try await discovery.all(refresh: refresh)
    }
  }

  public func openAPI(of apiVersion: String) async throws -> JSON? {
    try await throwingClusterErrors {
      let folder = apiVersion.contains("/") ? "apis" : "api"
      // Servers before 1.24 have one document for all.
      for path in ["/openapi/v3/\(folder)/\(apiVersion)", "/openapi/v2"] {
        await log(EquivalentCommand(arguments: ["get", "--raw", path]))
        do {
          return try await api.json(.get(path, deadline: deadlines.read))
        } catch let error as ClusterError where error.isNotFound {
          continue
        }
      }
      return nil
    }
  }

  public func get(_ reference: ObjectReference) async throws
    -> KubernetesObject
  {
    try await throwingClusterErrors {
      let (resource, namespace) = try await place(
        reference.objectKind, reference.namespace)
      await log(.get(reference, resource, namespace: namespace))
      return KubernetesObject(
        try await api.json(
          .get(
            resource.path(namespace: namespace, name: reference.name),
            deadline: deadlines.read)))
    }
  }

  public func list(_ query: ListQuery) async throws -> ObjectList {
    let items = ListItems()
    var list = try await forEach(query) { items.add($0) }
    list.items = items.take()
    return list
  }

  public func forEach(
    _ query: ListQuery,
    _ body: @escaping @Sendable (KubernetesObject) throws -> Void
  ) async throws -> ObjectList {
    try await throwingClusterErrors {
      let resource = try await discovery.resource(of: query.kind)
      let apiVersion = JSON.string(resource.apiVersion)
      let kind = JSON.string(resource.kind)
      return try await read(query, resource) {
        { text in
          var object = try JSON(parsing: text)
          // Inside a list, objects do not say what they are.
          object["apiVersion"] = apiVersion
          object["kind"] = kind
          try body(KubernetesObject(object))
        }
      }
    }
  }

  public func forEachSummary(
    _ query: ListQuery,
    _ body: @escaping @Sendable (ObjectSummary) throws -> Void
  ) async throws -> ObjectList {
    try await throwingClusterErrors {
      let resource = try await discovery.resource(of: query.kind)
      return try await read(query, resource) {
        let scanner = SummaryScanner(query.kind)
        return { text in
          if let summary = try scanner.summary(of: text).summary {
            try body(summary)
          }
        }
      }
    }
  }

  /// Takes the text of one item of a list.
  private typealias ItemReader = (UnsafeBufferPointer<UInt8>) throws -> Void

  /// Reads a list and hands over the text of each item as it comes in.
  private func read(
    _ query: ListQuery, _ resource: APIResource,
    _ makeReader: @escaping @Sendable () -> ItemReader
  ) async throws -> ObjectList {
    await log(.list(query, resource))
    let request = APIRequest.get(
      resource.path(namespace: query.namespace), query: query.parameters,
      deadline: deadlines.list)
    let frame = try await api.perform(request) { response in
      var splitter = ListSplitter()
      let item = makeReader()
      while let piece = try await response.body.next() {
        try piece.withUnsafeReadableBytes { bytes in
          try splitter.read(bytes, each: item)
        }
      }
      return try splitter.finish()
    }
    let token = frame.value(at: "metadata", "continue")?.string ?? ""
    return ObjectList(
      items: [],
      resourceVersion: frame.value(at: "metadata", "resourceVersion")?.string
        ?? "",
      continueToken: token.isEmpty ? nil : token)
  }

  public func canI(_ access: AccessQuery) async throws -> AccessReview {
    try await throwingClusterErrors {
      await log(.canI(access))
      let answer = try await api.json(
        APIRequest(
          method: .POST,
          path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          body: access.review.json, deadline: deadlines.read, isRead: true))
      let status = answer["status"]
      let reason = [
        status?["reason"]?.string, status?["evaluationError"]?.string,
      ].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "; ")
      return AccessReview(
        isAllowed: status?["allowed"]?.bool ?? false, reason: reason)
    }
  }

  public func serverTime() async throws -> Instant {
    try await throwingClusterErrors {
      if let now = api.serverTime(youngerThan: .seconds(60)) { return now }
      _ = try await api.json(.get("/version", deadline: deadlines.read))
      guard let now = api.serverTime(youngerThan: .seconds(60)) else {
        throw ClusterError(
          .invalidAnswer, "the cluster does not say what time it is")
      }
      return now
    }
  }
}

extension ListQuery {
  /// The query of the request, without the path.
  var parameters: [(name: String, value: String)] {
    var result: [(name: String, value: String)] = []
    if let labelSelector { result.append(("labelSelector", labelSelector)) }
    if let fieldSelector { result.append(("fieldSelector", fieldSelector)) }
    if let limit { result.append(("limit", String(limit))) }
    if let continueToken { result.append(("continue", continueToken)) }
    return result
  }
}
