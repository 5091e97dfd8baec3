// The items of a list while they come in.

import Kubernetes
import Synchronization

/// Collects objects that are handed over one by one.
final class ListItems: Sendable {
  private let items = Mutex<[KubernetesObject]>([])

  func add(_ object: KubernetesObject) {
    items.withLock { $0.append(object) }
  }

  func take() -> [KubernetesObject] {
    items.withLock { items in
      defer { items = [] }
      return items
    }
  }
}
