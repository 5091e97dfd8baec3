// What is kept in the cluster: the lock and the releases.

import Kubernetes
import Platform
import Rehearsal
import Testing

@testable import Run

@Suite struct StateTests {
  private func cluster() async throws -> Rehearsal {
    let cluster = Rehearsal(
      clock: .handTurned(start: Instant(seconds: 1_767_225_600)))
    _ = try await cluster.create(
      KubernetesObject([
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": ["name": "openstack"],
      ]))
    return cluster
  }

  private func lock(_ cluster: Rehearsal, _ holder: String) -> RunLock {
    RunLock(
      cluster: cluster, stack: "lab", namespace: "openstack", holder: holder)
  }

  @Test func oneHolderAtATime() async throws {
    let cluster = try await cluster()
    let ann = lock(cluster, "ann@a:1")
    let bob = lock(cluster, "bob@b:2")
    #expect(try await ann.current() == nil)
    try await ann.acquire()
    let held = await #expect(throws: LockHeld.self) {
      try await bob.acquire(takingOver: true)
    }
    #expect(held?.holder.identity == "ann@a:1")
    #expect(held?.holder.isStale == false)
    #expect(held?.description.contains("ann@a:1 runs this stack") == true)
    try await ann.release()
    try await bob.acquire()
    #expect(try await ann.current()?.identity == "bob@b:2")
    // Somebody else's lock is not ours to give back.
    try await ann.release()
    #expect(try await ann.current()?.identity == "bob@b:2")
  }

  @Test func aStaleLockIsTakenOverOnlyWithConsent() async throws {
    let cluster = try await cluster()
    let ann = lock(cluster, "ann@a:1")
    let bob = lock(cluster, "bob@b:2")
    try await ann.acquire()
    try await cluster.advance(by: .seconds(20))
    try await ann.renew()
    try await cluster.advance(by: .seconds(20))
    #expect(try await bob.current()?.isStale == false)
    try await cluster.advance(by: .seconds(20))
    let held = await #expect(throws: LockHeld.self) {
      try await bob.acquire()
    }
    #expect(held?.holder.isStale == true)
    #expect(held?.description.contains("take the lock over") == true)
    try await bob.acquire(takingOver: true)
    let lost = await #expect(throws: LockHeld.self) { try await ann.renew() }
    #expect(lost?.holder.identity == "bob@b:2")
  }

  private func release(
    _ number: Int, isComplete: Bool = true, _ names: String...,
    size: Int = 1
  ) -> Release {
    Release(
      number: number, stack: "lab", operation: .deploy,
      time: Instant(seconds: 5), holder: "ann@a", isComplete: isComplete,
      plan: "p", files: ["a": "b"],
      components: [
        "keystone": names.map {
          var random = SystemRandomNumberGenerator()
          return Release.StoredObject(
            reference: ObjectReference(
              .configMap, namespace: "openstack", name: $0),
            uid: "uid-\($0)",
            // Random text does not shrink, so that parts are needed.
            manifest: (0..<size).map { _ in
              String(random.next(), radix: 36)
            }.joined())
        }
      ])
  }

  private func store(_ cluster: Rehearsal) -> ReleaseStore {
    ReleaseStore(
      cluster: cluster, stack: "lab", namespace: "openstack", kept: 3)
  }

  @Test func releasesAreReadBack() async throws {
    let store = store(try await cluster())
    #expect(try await store.nextNumber() == 1)
    #expect(try await store.inventory() == Inventory())
    let small = release(1, "a")
    let large = release(2, "a", "b", size: 80_000)
    try await store.save(small)
    try await store.save(large)
    #expect(try await store.all() == [small, large])
    #expect(try await store.nextNumber() == 3)
  }

  @Test func largeReleasesAreSplit() async throws {
    let cluster = try await cluster()
    try await store(cluster).save(release(1, "a", size: 120_000))
    let secrets = try await cluster.listAll(
      ListQuery(.secret, namespace: "openstack")
    ).items.filter {
      $0.json["type"]?.string == ReleaseStore.secretType
    }
    #expect(secrets.count > 1)
    for secret in secrets {
      #expect(secret.json.bytes().count < 1 << 20)
    }
    // One part gone: the release is not whole, and so it is none.
    _ = try await cluster.delete(try #require(secrets.first).reference)
    #expect(try await store(cluster).release(1) == nil)
  }

  @Test func oldReleasesAreDropped() async throws {
    let store = store(try await cluster())
    for number in 1...5 { try await store.save(release(number, "a")) }
    #expect(try await store.numbers() == [3, 4, 5])
  }

  @Test func unfinishedRunsCountForOwnership() async throws {
    let store = store(try await cluster())
    try await store.save(release(1, "old"))
    try await store.save(release(2, "a", "b"))
    try await store.save(release(3, isComplete: false, "c"))
    let names = try await store.inventory().components["keystone"]?
      .map(\.reference.name)
    #expect(names == ["a", "b", "c"])
  }
}
