// What of a cluster we may read, for planning: what is forbidden is taken for
// absent, and remembered, so that the plan can name every right that is missing
// instead of ending at the first.

import Kubernetes
import Synchronization

/// Passes reads on; a forbidden one finds nothing.
///
/// A plan over it must not be run while ``forbidden`` holds anything.
final class PermittedReader: ForwardingReader {
  let upstream: any ClusterReader
  private let noted = Mutex<Set<Read>>([])

  /// A read that was forbidden.
  struct Read: Hashable, Sendable {
    var verb: String
    var kind: ObjectKind
    var namespace: String?
  }

  init(over reader: any ClusterReader) { upstream = reader }

  /// The reads that were forbidden so far.
  var forbidden: Set<Read> { noted.withLock { $0 } }

  private func note(_ verb: String, _ kind: ObjectKind, _ namespace: String?) {
    noted.withLock {
      _ = $0.insert(Read(verb: verb, kind: kind, namespace: namespace))
    }
  }

  func get(_ reference: ObjectReference) async throws -> KubernetesObject {
    do {
      return try await upstream.get(reference)
    } catch let error as ClusterError where error.isForbidden {
      note("get", reference.objectKind, reference.namespace)
      throw ClusterError(
        code: 404, reason: "NotFound", message: "\(reference) not found")
    }
  }

  func list(_ query: ListQuery) async throws -> ObjectList {
    do {
      return try await upstream.list(query)
    } catch let error as ClusterError where error.isForbidden {
      note("list", query.kind, query.namespace)
      return ObjectList(items: [], resourceVersion: "0")
    }
  }
}
