// What becomes of an object whose fixed fields a role changes: it is deleted
// and made anew, where nothing is lost by that.

import Kubernetes

/// How one object makes way for another of the same name.
struct Replacement: Sendable {
  /// Kinds whose objects hold, or stand for, what no role brings back.
  private static let precious: Set<String> = [
    "PersistentVolumeClaim", "PersistentVolume", "Namespace",
    "CustomResourceDefinition",
  ]

  /// What happens to the object's dependents.
  let propagation: PropagationPolicy
  /// The running pods that go with it.
  let restarts: Int

  /// Nil where the object must not be deleted.
  ///
  /// A StatefulSet that finds its pods by the same labels and under the same
  /// names takes the running ones over, as
  /// kubernetes.io/docs/tasks/run-application/delete-stateful-set describes.
  init?(of live: KubernetesObject, by wanted: JSON) {
    guard !Self.precious.contains(live.kind) else { return nil }
    let new = Manifest.projection(
      of: Manifest.comparable(live.json), onto: wanted)
    func isSame(_ field: String) -> Bool {
      new["spec"]?[field] == wanted["spec"]?[field]
    }
    guard live.kind == "StatefulSet", isSame("selector"), isSame("serviceName")
    else {
      propagation = .foreground
      restarts = Restarts.pods(of: live)
      return
    }
    propagation = .orphan
    restarts = isSame("template") ? 0 : Restarts.pods(of: live)
  }
}

extension ClusterError {
  /// Whether a change was refused because a field may not change.
  var isImmutable: Bool {
    guard isInvalid else { return false }
    let texts = causes.map(\.message) + [message]
    return texts.contains {
      $0.contains("immutable") || $0.contains("are forbidden")
        || $0.contains("may not be changed") || $0.contains("cannot change")
    }
  }
}
