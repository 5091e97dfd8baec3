// Deleting: preconditions, finalizers, propagation, namespaces.

import Kubernetes
import Testing

extension ContractRoom {
  /// An owner with a dependent that holds up its foreground deletion.
  func family() async throws -> (
    owner: ObjectReference, child: ObjectReference
  ) {
    let owner = try await cluster.create(configMap("owner"))
    var child = configMap("child")
    child.ownerReferences = [
      OwnerReference(
        apiVersion: "v1", kind: "ConfigMap", name: "owner",
        uid: owner.uid ?? "")
    ]
    _ = try await cluster.create(child)
    return (owner.reference, child.reference)
  }

  func isGone(_ reference: ObjectReference) async throws -> Bool {
    try await cluster.find(reference) == nil
  }
}

extension ContractCase {
  static let deleting: [ContractCase] = [
    ContractCase("delete removes, and a second one finds nothing") { room in
      let made = try await room.cluster.create(room.configMap("d"))
      let left = try await room.cluster.delete(made.reference)
      #expect(left == nil)
      #expect(try await room.isGone(made.reference))
      await room.expectError("a second delete", where: \.isNotFound) {
        try await room.cluster.delete(made.reference)
      }
    },
    ContractCase("delete keeps to its preconditions") { room in
      let made = try await room.cluster.create(room.configMap("d"))
      await room.expectError("another uid", where: \.isConflict) {
        try await room.cluster.delete(
          made.reference,
          DeleteOptions(uid: "00000000-0000-0000-0000-000000000000"))
      }
      await room.expectError("another version", where: \.isConflict) {
        try await room.cluster.delete(
          made.reference, DeleteOptions(resourceVersion: "1"))
      }
      try await room.cluster.delete(
        made.reference, DeleteOptions(uid: made.uid))
      #expect(try await room.isGone(made.reference))
    },
    ContractCase("a finalizer holds an object until it is removed") { room in
      var map = room.configMap("f")
      map.finalizers = ["quarterdeck.io/contract"]
      _ = try await room.cluster.create(map)
      let held = try await room.cluster.delete(map.reference)
      #expect(held?.isTerminating == true)
      let waiting = try await room.cluster.get(map.reference)
      #expect(waiting.isTerminating)
      #expect(waiting.finalizers == ["quarterdeck.io/contract"])
      _ = try await room.cluster.patch(
        map.reference, .merge(["metadata": ["finalizers": .null]]))
      try await room.eventually("the object goes") {
        try await room.isGone(map.reference)
      }
    },
    ContractCase("background: the owner goes, the dependents follow") { room in
      let (owner, child) = try await room.family()
      try await room.cluster.delete(
        owner, DeleteOptions(propagation: .background))
      #expect(try await room.isGone(owner))
      try await room.eventually("the dependent follows") {
        try await room.isGone(child)
      }
    },
    ContractCase("foreground: the dependents go first") { room in
      let (owner, child) = try await room.family()
      _ = try await room.cluster.patch(
        child, .merge(["metadata": ["finalizers": ["quarterdeck.io/contract"]]])
      )
      let held = try await room.cluster.delete(
        owner, DeleteOptions(propagation: .foreground))
      #expect(held?.finalizers.contains("foregroundDeletion") == true)
      try await room.eventually("the dependent is being deleted") {
        try await room.cluster.find(child)?.isTerminating == true
      }
      #expect(try await !room.isGone(owner))
      _ = try await room.cluster.patch(
        child, .merge(["metadata": ["finalizers": .null]]))
      try await room.eventually("both are gone") {
        let childIsGone = try await room.isGone(child)
        let ownerIsGone = try await room.isGone(owner)
        return childIsGone && ownerIsGone
      }
    },
    ContractCase("orphan: the dependents stay, without their owner") { room in
      let (owner, child) = try await room.family()
      try await room.cluster.delete(owner, DeleteOptions(propagation: .orphan))
      try await room.eventually("the owner goes") {
        try await room.isGone(owner)
      }
      let left = try await room.cluster.get(child)
      #expect(left.ownerReferences.isEmpty && !left.isTerminating)
    },
    ContractCase(
      "a StatefulSet made anew takes over the pods that it left",
      needsPods: true
    ) { room in
      var set = room.workload("StatefulSet", "db")
      set.spec["replicas"] = 2
      set.spec["serviceName"] = "db"
      _ = try await room.cluster.apply(set, ApplyOptions())
      try await room.untilCurrent(set.reference)
      let before = try await room.cluster.list(
        room.query(.pod, labels: "app=db")
      ).items
      try await room.cluster.delete(
        set.reference, DeleteOptions(propagation: .orphan))
      try await room.eventually("the set goes") {
        try await room.isGone(set.reference)
      }
      let anew = try await room.cluster.apply(set, ApplyOptions())
      try await room.untilCurrent(set.reference)
      let after = try await room.cluster.list(
        room.query(.pod, labels: "app=db")
      ).items
      #expect(Set(after.map(\.uid)) == Set(before.map(\.uid)))
      #expect(after.allSatisfy { $0.controller?.uid == anew.uid })
    },
    ContractCase("a namespace goes with all that is in it") { room in
      let space = try await room.cluster.create(
        KubernetesObject([
          "apiVersion": "v1", "kind": "Namespace",
          "metadata": ["generateName": "contract-inner-"],
        ]))
      var map = room.configMap("inside")
      map.namespace = space.name
      map.finalizers = ["quarterdeck.io/contract"]
      _ = try await room.cluster.create(map)
      let going = try await room.cluster.delete(space.reference)
      #expect(going?.isTerminating == true)
      try await room.eventually("what is inside is being deleted") {
        try await room.cluster.find(map.reference)?.isTerminating == true
      }
      var late = map
      late.name = "late"
      late.finalizers = []
      await room.expectError("a newcomer", where: \.isForbidden) {
        _ = try await room.cluster.create(late)
      }
      _ = try await room.cluster.patch(
        map.reference, .merge(["metadata": ["finalizers": .null]]))
      try await room.eventually("the namespace goes") {
        try await room.cluster.find(space.reference) == nil
      }
    },
  ]
}
