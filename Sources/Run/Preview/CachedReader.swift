// A cluster's answers, asked for once: previews are rendered from them again
// and again.

import Kubernetes

/// Remembers what a reader answered.
actor CachedReader: ForwardingReader {
  nonisolated let upstream: any ClusterReader
  private var objects: [ObjectReference: KubernetesObject?] = [:]
  private var lists: [ListQuery: ObjectList] = [:]
  private var discovery: Discovery?

  init(over reader: any ClusterReader) { upstream = reader }

  func resources(refresh: Bool) async throws -> Discovery {
    if let discovery { return discovery }
    let found = try await upstream.resources(refresh: false)
    discovery = found
    return found
  }

  func get(_ reference: ObjectReference) async throws -> KubernetesObject {
    if let known = objects[reference] {
      guard let known else {
        throw ClusterError(
          code: 404, reason: "NotFound", message: "\(reference) not found")
      }
      return known
    }
    do {
      let object = try await upstream.get(reference)
      objects[reference] = .some(object)
      return object
    } catch let error as ClusterError where error.isNotFound {
      objects.updateValue(nil, forKey: reference)
      throw error
    }
  }

  func list(_ query: ListQuery) async throws -> ObjectList {
    if let known = lists[query] { return known }
    let list = try await upstream.list(query)
    lists[query] = list
    return list
  }
}
