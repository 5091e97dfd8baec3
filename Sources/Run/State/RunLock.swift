// The lock that keeps two runs from working on one stack at once: a Lease with
// a heartbeat, seen by every operator of the cluster.

import Kubernetes
import Platform

/// Who holds a lock.
public struct LockHolder: Sendable, Hashable {
  /// `user@host:pid`.
  public var identity: String
  public var since: Instant?
  public var renewed: Instant?
  /// Whether the heartbeat has been missing for longer than the lease lasts.
  public var isStale: Bool

  public init(
    identity: String, since: Instant?, renewed: Instant?, isStale: Bool
  ) {
    self.identity = identity
    self.since = since
    self.renewed = renewed
    self.isStale = isStale
  }
}

/// Someone else holds the lock.
public struct LockHeld: Error, Sendable, Hashable, CustomStringConvertible {
  public var holder: LockHolder

  public var description: String {
    let since = holder.since.map { " since \($0.timestamp)" } ?? ""
    let end =
      holder.isStale
      ? ", but has not been heard of since "
        + "\(holder.renewed?.timestamp ?? "then"): take the lock over to go on"
      : ": wait until it is done; if it died, its lock can be taken over after "
        + "half a minute without a sign of life"
    return "\(holder.identity.printable) runs this stack\(since)\(end)"
  }
}

/// The Lease of one stack.
///
/// Times are the cluster's, so that operators' clocks do not matter.
public struct RunLock: Sendable {
  private let cluster: any ClusterReader & ClusterWriter
  private let reference: ObjectReference
  private let holder: String
  /// How long a lock lasts without a heartbeat.
  private let duration: Duration

  public init(
    cluster: any ClusterReader & ClusterWriter, stack: String,
    namespace: String, holder: String,
    duration: Duration = .seconds(30)
  ) {
    self.cluster = cluster
    self.holder = holder
    self.duration = duration
    reference = ObjectReference(
      .lease, namespace: namespace, name: ClusterName.lock(of: stack))
  }

  /// How often a holder has to call ``renew()``.
  public var interval: Duration { duration / 3 }

  /// Who holds the lock now; nil when it is free.
  public func current() async throws -> LockHolder? {
    guard let lease = try await cluster.find(reference) else { return nil }
    return holder(of: lease, at: try await cluster.serverTime())
  }

  /// Takes the lock.
  ///
  /// With `takingOver`, a holder whose heartbeat is stale is replaced.
  ///
  /// - Throws: ``LockHeld`` when someone else has it, `ClusterError`.
  public func acquire(takingOver: Bool = false) async throws {
    let now = try await cluster.serverTime()
    guard var lease = try await cluster.find(reference) else {
      do {
        _ = try await cluster.create(fresh(at: now))
        return
      } catch let error as ClusterError where error.isAlreadyExists {
        guard let other = try await current() else {
          return try await acquire(takingOver: takingOver)
        }
        throw LockHeld(holder: other)
      }
    }
    if let other = holder(of: lease, at: now), other.identity != holder {
      guard other.isStale, takingOver else { throw LockHeld(holder: other) }
    }
    lease.spec["holderIdentity"] = .string(holder)
    lease.spec["acquireTime"] = .string(now.microTimestamp)
    lease.spec["renewTime"] = .string(now.microTimestamp)
    lease.spec["leaseDurationSeconds"] = .integer(seconds)
    lease.spec["leaseTransitions"] = .integer(
      (lease.spec["leaseTransitions"]?.integer ?? 0) + 1)
    try await write(lease)
  }

  /// Shows that the holder lives.
  ///
  /// - Throws: ``LockHeld`` when someone took the lock over.
  public func renew() async throws {
    guard var lease = try await cluster.find(reference) else {
      return try await acquire()
    }
    let now = try await cluster.serverTime()
    if let other = holder(of: lease, at: now), other.identity != holder {
      throw LockHeld(holder: other)
    }
    lease.spec["holderIdentity"] = .string(holder)
    lease.spec["renewTime"] = .string(now.microTimestamp)
    try await write(lease)
  }

  /// Gives the lock back if it is still ours.
  public func release() async throws {
    guard var lease = try await cluster.find(reference),
      lease.spec["holderIdentity"]?.string == holder
    else { return }
    lease.spec["holderIdentity"] = nil
    lease.spec["acquireTime"] = nil
    lease.spec["renewTime"] = nil
    _ = try await cluster.replace(lease)
  }

  /// Writes the Lease as long as it is the one that was read.
  private func write(_ lease: KubernetesObject) async throws {
    do {
      _ = try await cluster.replace(lease)
    } catch let error as ClusterError where error.isConflict {
      // Somebody wrote in between: it is theirs unless it is still ours.
      guard let other = try await current() else { return try await renew() }
      guard other.identity == holder else { throw LockHeld(holder: other) }
    }
  }

  private var seconds: Int { Int(duration.components.seconds) }

  private func fresh(at now: Instant) -> KubernetesObject {
    var lease = KubernetesObject([
      "apiVersion": .string(reference.apiVersion),
      "kind": .string(reference.kind),
      "spec": [
        "holderIdentity": .string(holder),
        "leaseDurationSeconds": .integer(seconds),
        "acquireTime": .string(now.microTimestamp),
        "renewTime": .string(now.microTimestamp),
        "leaseTransitions": 0,
      ],
    ])
    lease.name = reference.name
    lease.namespace = reference.namespace
    return lease
  }

  private func holder(of lease: KubernetesObject, at now: Instant)
    -> LockHolder?
  {
    guard let identity = lease.spec["holderIdentity"]?.string,
      !identity.isEmpty
    else { return nil }
    let renewed = lease.spec["renewTime"]?.string.flatMap(Instant.init)
    let lasts = lease.spec["leaseDurationSeconds"]?.integer ?? seconds
    let isStale = renewed.map { now - $0 > .seconds(lasts) } ?? true
    return LockHolder(
      identity: identity,
      since: lease.spec["acquireTime"]?.string.flatMap(Instant.init),
      renewed: renewed, isStale: isStale)
  }
}

/// Names of what Quarterdeck keeps in a cluster for a stack.
enum ClusterName {
  /// The name of the Lease.
  static func lock(of stack: String) -> String { "quarterdeck-\(slug(stack))" }

  /// The name of one Secret of a release.
  static func release(_ number: Int, of stack: String, part: String) -> String {
    "quarterdeck-\(slug(stack))-release-\(number)-\(slug(part))"
  }

  /// A stack's name as a part of an object's name and as a label's value.
  ///
  /// Source: kubernetes.io/docs/concepts/overview/working-with-objects/names,
  /// DNS label names.
  static func slug(_ name: String) -> String {
    var text = ""
    for character in name.lowercased() {
      let isPlain =
        character.isASCII && (character.isLetter || character.isNumber)
      text.append(isPlain ? character : "-")
    }
    let core = text.split(separator: "-").joined(separator: "-").prefix(40)
    return core.isEmpty ? "stack" : String(core)
  }
}
