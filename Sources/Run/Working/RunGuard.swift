// Keeps a run to its plan: nothing is written that was not shown, and nothing
// over what changed since.

import AnsibleKubernetes
import Kubernetes

/// Judges each write of a run by the frozen plan.
actor RunGuard {
  private let plan: [ObjectReference: [PlannedObject]]
  private let consent: RunConsent
  private let cluster: any ClusterReader
  /// What the run itself wrote, or the operator accepted as it was.
  private var own: Set<ObjectReference> = []

  init(plan: Plan, consent: RunConsent, cluster: any ClusterReader) {
    var objects: [ObjectReference: [PlannedObject]] = [:]
    for object in plan.components.flatMap({ $0.objects + $0.tests }) {
      objects[object.reference, default: []].append(object)
    }
    self.plan = objects
    self.consent = consent
    self.cluster = cluster
  }

  /// The judgement of one write.
  enum Judgement: Sendable {
    case go(resourceVersion: String?)
    /// The sentence says what is not as planned.
    case hold(String)
  }

  /// Judges a write that is about to happen.
  ///
  /// Throws `ClusterError`.
  func judge(_ write: RenderedWrite) async throws -> Judgement {
    guard let planned = plan[write.reference] else {
      return .hold("\(write.reference) is not in the plan")
    }
    let isAsPlanned = planned.contains { object in
      let unknown = object.unknownFields + write.unknown
      let digest = WriteDigest.of(write, without: unknown)
      return object.digests.contains(digest)
    }
    guard isAsPlanned else {
      return .hold(
        "what the role now writes to \(write.reference) is not what the plan "
          + "showed")
    }
    guard !write.reference.name.isEmpty else {
      return .go(resourceVersion: nil)
    }
    let live = try await cluster.find(write.reference)
    if let sentence = moved(write.reference, planned, live) {
      return .hold(sentence)
    }
    // A version guards content only where nothing but content moves it; a
    // workload's status does so all the time, and its generation was compared.
    let isGuarded = live?.generation == nil && live?.json["status"] == nil
    return .go(resourceVersion: isGuarded ? live?.resourceVersion : nil)
  }

  /// Whether the operator agreed to take fields of an object over.
  func mayForce(_ reference: ObjectReference) -> Bool {
    consent.forced.contains(reference)
  }

  /// Whether the plan showed that an object is made anew.
  func mayReplace(_ reference: ObjectReference) -> Bool {
    plan[reference]?.contains { $0.outcome == .replace } == true
  }

  /// Remembers an object as the run's own or accepted: it is no stranger's.
  func accept(_ reference: ObjectReference) {
    own.insert(reference)
  }

  private func moved(
    _ reference: ObjectReference, _ planned: [PlannedObject],
    _ live: KubernetesObject?
  ) -> String? {
    if own.contains(reference) { return nil }
    switch (planned.first?.live, live) {
    case (nil, nil): return nil
    case (nil, .some):
      if planned.first?.outcome == .unchanged { return nil }
      return "\(reference) was made by somebody since the plan"
    case (.some, nil):
      if planned.first?.outcome == .delete { return nil }
      return "\(reference) was deleted by somebody since the plan"
    case (.some(let mark), .some(let object)):
      let now = Manifest.mark(object)
      if mark.uid != now.uid {
        return "\(reference) was made anew by somebody since the plan"
      }
      let isSame =
        mark.generation == nil
        ? mark.digest == now.digest : mark.generation == now.generation
      if isSame { return nil }
      return "\(reference) was changed by somebody since the plan"
    }
  }
}
