// One object in full: its manifest without secrets, its verdict, its events,
// and the pods whose logs belong to it.

import Console
import Kubernetes
import Platform
import Run
import Stack

/// Reads objects for showing.
struct ObjectReader: Sendable {
  private let cluster: any Cluster

  init(_ cluster: any Cluster) {
    self.cluster = cluster
  }

  /// The object as it is, and again whenever that changed; every two seconds
  /// it is looked at, more seldom where a look takes long.
  ///
  /// Ends with a `ClusterError`: an object that went away is not waited for.
  func follow(
    _ reference: ObjectReference, time: any TimeSource
  ) -> AsyncThrowingStream<ObjectDetails, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let task = Task {
        do {
          var shown: ObjectDetails?
          while true {
            let began = time.uptime
            let found = try await details(of: reference)
            if found != shown { continuation.yield(found) }
            shown = found
            let took = time.uptime - began
            try await time.sleep(for: max(.seconds(2), took * 10))
          }
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// - Throws: `ClusterError`.
  func details(of reference: ObjectReference) async throws -> ObjectDetails {
    let object = try await cluster.get(reference)
    let uid = object.uid ?? ""
    var snapshot = try await cluster.surroundings(of: object)
    let pods = pods(of: object, in: snapshot)
    // What is below tells why as often as the object itself.
    var named = [(uid: uid, name: String?.none)]
    named += snapshot.objects(ownedBy: uid).compactMap { child in
      child.uid.map { ($0, child.name) }
    }
    named += pods.sorted { !$0.isReady && $1.isReady }.prefix(Self.podLimit)
      .filter { $0.uid != uid }.map { ($0.uid, $0.name) }
    for (uid, _) in named {
      for event in try await events(of: uid, namespace: object.namespace) {
        snapshot.insert(event)
      }
    }
    let around = Circumstances(
      snapshot, now: try await cluster.serverTime())
    let events = named.flatMap { uid, name in
      snapshot.allEvents(about: uid).map {
        EventLine(
          time: $0.last ?? around.now, isWarning: $0.isWarning,
          reason: $0.reason, message: $0.message, count: $0.count,
          below: name)
      }
    }
    return ObjectDetails(
      object: reference, verdict: Verdict(of: reference, around),
      yaml: Self.yaml(object),
      events: events.sorted { $0.time > $1.time },
      pods: pods.map {
        PodContainers(
          namespace: $0.namespace, pod: $0.name,
          containers: $0.containers.map(\.name))
      })
  }

  /// Pods whose events are read, those in trouble first.
  private static let podLimit = 8

  /// The pods below an object; of a Service, those that it leads to.
  private func pods(
    of object: KubernetesObject, in snapshot: ClusterSnapshot
  ) -> [PodSummary] {
    if let pod = snapshot.pod(object.reference) { return [pod] }
    guard object.objectKind == .service else {
      return snapshot.podsBelow(object.uid ?? "")
    }
    return snapshot.pods.sorted { $0.name < $1.name }
  }

  /// The events about an object; none where they may not be read.
  private func events(
    of uid: String, namespace: String?
  ) async throws -> [KubernetesObject] {
    do {
      return try await cluster.list(
        ListQuery(
          .event, namespace: namespace,
          fieldSelector: "involvedObject.uid=\(uid)")
      ).items
    } catch let error as ClusterError
      where error.isForbidden || error.isNotFound
    {
      return []
    }
  }

  /// The manifest for people: secrets masked, bookkeeping left out.
  static func yaml(_ object: KubernetesObject) -> String {
    var json = object.json
    json.set(nil, at: "metadata", "managedFields")
    // kubectl's copy of a Secret would show what the mask hides.
    json.set(
      nil, at: "metadata", "annotations",
      "kubectl.kubernetes.io/last-applied-configuration")
    let masked = SecretMask.masked(old: json, new: nil, spans: []).old ?? json
    return YAMLText.lines(masked).joined(separator: "\n") + "\n"
  }
}
