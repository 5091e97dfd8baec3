// A cluster that tells of every write: to the run's journal, to its guard, and
// to the release that it will leave behind.

import Kubernetes
import Platform

/// Passes every call on and reports the writes of one component.
struct WatchedCluster: ForwardingReader, ClusterWriter, PodAccess {
  let cluster: any Cluster
  let component: String
  let journal: JournalWriter
  let watch: RunGuard
  let released: ReleasedObjects
  let time: any TimeSource

  var upstream: any ClusterReader { cluster }

  // MARK: Writing

  func create(
    _ object: KubernetesObject, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    let result = try await cluster.create(object, options)
    if !options.dryRun { try await report("create", object, result) }
    return result
  }

  func apply(
    _ object: KubernetesObject, _ options: ApplyOptions
  ) async throws -> KubernetesObject {
    guard !options.dryRun else {
      return try await cluster.apply(object, options)
    }
    var options = options
    if await watch.mayForce(object.reference) { options.force = true }
    let before = try await cluster.find(object.reference)
    let object = object.leavingToAutoscaler(of: before)
    let result: KubernetesObject
    do {
      result = try await cluster.apply(object, options)
    } catch let error as ClusterError where error.isImmutable {
      guard let before, await watch.mayReplace(object.reference),
        let replacement = Replacement(of: before, by: object.json)
      else { throw error }
      try await makeWay(before, replacement)
      result = try await cluster.apply(object, options)
    }
    try await report(
      "apply", object, result,
      isChange: before?.resourceVersion != result.resourceVersion)
    return result
  }

  /// Deletes an object and waits until its name is free.
  private func makeWay(
    _ live: KubernetesObject, _ replacement: Replacement
  ) async throws {
    let reference = live.reference
    _ = try await delete(
      reference,
      DeleteOptions(propagation: replacement.propagation, uid: live.uid))
    while let left = try await cluster.find(reference), left.uid == live.uid {
      try await time.sleep(for: .milliseconds(200))
    }
  }

  func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    let result = try await cluster.patch(reference, patch, options)
    if !options.dryRun { try await report("patch", nil, result) }
    return result
  }

  func replace(
    _ object: KubernetesObject, _ options: WriteOptions
  ) async throws -> KubernetesObject {
    let result = try await cluster.replace(object, options)
    if !options.dryRun { try await report("replace", object, result) }
    return result
  }

  func delete(
    _ reference: ObjectReference, _ options: DeleteOptions
  ) async throws -> KubernetesObject? {
    let result = try await cluster.delete(reference, options)
    if !options.dryRun {
      await watch.accept(reference)
      await released.remove(reference, of: component)
      try await journal.write(
        .wrote(
          component: component, object: reference, verb: "delete",
          changed: true, uid: nil))
    }
    return result
  }

  private func report(
    _ verb: String, _ request: KubernetesObject?, _ result: KubernetesObject,
    isChange: Bool = true
  ) async throws {
    await watch.accept(result.reference)
    if var manifest = request {
      manifest.resourceVersion = nil
      await released.add(
        Release.StoredObject(
          reference: result.reference, uid: result.uid,
          manifest: manifest.json.text()),
        of: component)
    }
    try await journal.write(
      .wrote(
        component: component, object: result.reference, verb: verb,
        changed: isChange, uid: result.uid))
  }

  // MARK: Pods

  func logs(_ query: LogQuery) -> AsyncThrowingStream<[UInt8], any Error> {
    cluster.logs(query)
  }

  func exec(_ command: PodCommand) async throws -> PodCommandResult {
    try await cluster.exec(command)
  }

  func portForward(
    _ query: PortForwardQuery
  ) async throws -> any PortForward {
    try await cluster.portForward(query)
  }
}

/// What the components of a run have written, for the release.
actor ReleasedObjects {
  private(set) var components: [String: [Release.StoredObject]] = [:]

  func add(_ object: Release.StoredObject, of component: String) {
    remove(object.reference, of: component)
    components[component, default: []].append(object)
  }

  func remove(_ reference: ObjectReference, of component: String) {
    components[component]?.removeAll { $0.reference == reference }
  }
}
