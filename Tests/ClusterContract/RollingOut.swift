// Rollouts: controllers, scheduler and nodes bring what was asked for, and the
// verdicts of Kubernetes agree with it.

import Kubernetes
import Testing

extension ContractRoom {
  /// Everything of the namespace that verdicts look at.
  func snapshot() async throws -> ClusterSnapshot {
    var snapshot = ClusterSnapshot()
    for kind: ObjectKind in [
      .deployment, .replicaSet, .statefulSet, .daemonSet, .job, .pod, .service,
      .persistentVolumeClaim,
    ] {
      for object in try await cluster.listAll(query(kind)).items {
        snapshot.insert(object)
      }
    }
    for node in try await cluster.listAll(ListQuery(.node)).items {
      snapshot.insert(node)
    }
    return snapshot
  }

  func verdict(_ reference: ObjectReference) async throws -> Verdict {
    Verdict(
      of: reference,
      Circumstances(try await snapshot(), now: try await cluster.serverTime()))
  }

  func untilCurrent(
    _ reference: ObjectReference,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    try await eventually("\(reference) is Current", at: location) {
      try await verdict(reference).state == .current
    }
  }

  /// Expects that something is under way, or done by the time we look.
  func expectBegun(_ reference: ObjectReference) async throws {
    let state = try await verdict(reference).state
    #expect([.inProgress, .current].contains(state))
  }

  func pods(_ app: String) async throws -> [PodSummary] {
    try await cluster.list(query(.pod, labels: "app=\(app)")).items
      .compactMap(PodSummary.init)
  }
}

extension ContractCase {
  static let rollingOut: [ContractCase] = [
    ContractCase("a Deployment rolls out, and rolls over", needsPods: true) {
      room in
      let reference = room.reference(.deployment, "web")
      _ = try await room.cluster.apply(
        room.deployment(replicas: 3, image: "img:1"), ApplyOptions())
      try await room.expectBegun(reference)
      try await room.untilCurrent(reference)
      var pods = try await room.pods("web")
      #expect(pods.count == 3 && pods.allSatisfy(\.isReady))
      #expect(pods.allSatisfy { !$0.node.isEmpty && $0.phase == "Running" })
      let first = Set(pods.compactMap(\.revision))
      #expect(first.count == 1)

      _ = try await room.cluster.apply(
        room.deployment(replicas: 3, image: "img:2"), ApplyOptions())
      try await room.eventually("the change is being rolled out or is done") {
        let object = try await room.cluster.get(reference)
        return object.status["observedGeneration"]?.integer == 2
      }
      try await room.untilCurrent(reference)
      pods = try await room.pods("web").filter { !$0.isTerminating }
      #expect(pods.count == 3)
      #expect(pods.allSatisfy { $0.containers[0].image == "img:2" })
      #expect(Set(pods.compactMap(\.revision)).isDisjoint(with: first))
      let object = try await room.cluster.get(reference)
      #expect(
        object.annotations["deployment.kubernetes.io/revision"] == "2")
      #expect(object.condition("Available")?.isTrue == true)
      #expect(
        object.condition("Progressing")?.reason == "NewReplicaSetAvailable")
      let sets = try await room.cluster.list(room.query(.replicaSet)).items
      #expect(sets.count == 2)
      #expect(
        sets.allSatisfy { $0.controller?.uid == object.uid })
    },
    ContractCase("a Deployment is scaled down and deleted", needsPods: true) {
      room in
      let reference = room.reference(.deployment, "web")
      _ = try await room.cluster.apply(
        room.deployment(replicas: 2), ApplyOptions())
      try await room.untilCurrent(reference)
      _ = try await room.cluster.apply(
        room.deployment(replicas: 1), ApplyOptions())
      try await room.eventually("one pod is left") {
        try await room.pods("web").count == 1
      }
      try await room.untilCurrent(reference)
      try await room.cluster.delete(
        reference, DeleteOptions(propagation: .foreground))
      try await room.eventually("all is gone") {
        let sets = try await room.cluster.list(room.query(.replicaSet)).items
        let pods = try await room.pods("web")
        let isGone = try await room.isGone(reference)
        return sets.isEmpty && pods.isEmpty && isGone
      }
    },
    ContractCase(
      "a StatefulSet comes up in order, with claims, and is updated",
      needsPods: true, needsClaims: true
    ) { room in
      var set = room.workload("StatefulSet", "db")
      set.spec["replicas"] = 2
      set.spec["serviceName"] = "db"
      set.spec["volumeClaimTemplates"] = [
        [
          "metadata": ["name": "data"],
          "spec": [
            "accessModes": ["ReadWriteOnce"],
            "resources": ["requests": ["storage": "1Gi"]],
          ],
        ]
      ]
      _ = try await room.cluster.apply(set, ApplyOptions())
      try await room.untilCurrent(set.reference)
      var pods = try await room.pods("db").sorted { $0.name < $1.name }
      #expect(pods.map(\.name) == ["db-0", "db-1"])
      #expect(pods.map(\.claims) == [["data-db-0"], ["data-db-1"]])
      let ready = pods.compactMap { $0.ready?.lastTransitionTime }
      let created = pods.compactMap(\.created)
      #expect(ready.count == 2 && created.count == 2)
      #expect(created[1] >= ready[0])
      for claim in ["data-db-0", "data-db-1"] {
        #expect(
          try await room.verdict(
            room.reference(.persistentVolumeClaim, claim)
          ).state == .current)
      }
      set.spec.set(
        [["name": "c", "image": "img:2"]], at: "template", "spec",
        "containers")
      _ = try await room.cluster.apply(set, ApplyOptions())
      try await room.untilCurrent(set.reference)
      pods = try await room.pods("db")
      #expect(pods.allSatisfy { $0.containers[0].image == "img:2" })
      let status = try await room.cluster.get(set.reference).status
      #expect(status["currentRevision"] == status["updateRevision"])
    },
    ContractCase("a DaemonSet takes every node", needsPods: true) { room in
      var set = room.workload("DaemonSet", "agent")
      set.spec.set(
        [["operator": "Exists"]], at: "template", "spec", "tolerations")
      _ = try await room.cluster.apply(set, ApplyOptions())
      try await room.untilCurrent(set.reference)
      let nodes = try await room.cluster.list(ListQuery(.node)).items
      let pods = try await room.pods("agent")
      #expect(Set(pods.map(\.node)) == Set(nodes.map(\.name)))
      #expect(pods.count == nodes.count)
    },
    ContractCase("a Job completes, once", needsPods: true) { room in
      let job = try room.object(
        #"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"sync"},"spec":{"template":{"metadata":{"labels":{"app":"sync"}},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"img:1"}]}}}}"#
      )
      _ = try await room.cluster.apply(job, ApplyOptions())
      try await room.expectBegun(job.reference)
      try await room.untilCurrent(job.reference)
      let ended = try await room.cluster.get(job.reference)
      #expect(ended.condition("Complete")?.isTrue == true)
      #expect(ended.status["succeeded"] == 1)
      #expect(try await room.pods("sync").map(\.phase) == ["Succeeded"])
      let again = try await room.cluster.apply(job, ApplyOptions())
      #expect(again.uid == ended.uid)
    },
    ContractCase("a Service finds its ready pods", needsPods: true) { room in
      let service = try room.object(
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"port":80,"protocol":"TCP"}]}}"#
      )
      _ = try await room.cluster.apply(service, ApplyOptions())
      #expect(try await room.verdict(service.reference).reason == "NoEndpoints")
      _ = try await room.cluster.apply(
        room.deployment(replicas: 2), ApplyOptions())
      try await room.untilCurrent(room.reference(.deployment, "web"))
      try await room.untilCurrent(service.reference)
      try await room.eventually("the endpoints have both pods") {
        let endpoints = try await room.cluster.find(
          room.reference(.endpoints, "web"))
        return endpoints?.json["subsets"]?[0]?["addresses"]?.array?.count == 2
      }
    },
    ContractCase("a pod that no node takes says why", needsPods: true) { room in
      var deployment = room.deployment()
      deployment.spec.set(
        ["quarterdeck.io/none": "such"], at: "template", "spec", "nodeSelector")
      _ = try await room.cluster.apply(deployment, ApplyOptions())
      try await room.eventually("the scheduler gives up") {
        try await room.pods("web").first?.scheduled?.reason == "Unschedulable"
      }
      let message = try await room.pods("web").first?.scheduled?.message ?? ""
      #expect(message.hasPrefix("0/"))
    },
    ContractCase("a log is read", needsPods: true) { room in
      _ = try await room.cluster.apply(room.deployment(), ApplyOptions())
      try await room.untilCurrent(room.reference(.deployment, "web"))
      let pod = try #require(try await room.pods("web").first)
      var bytes = 0
      for try await piece in room.cluster.logs(
        LogQuery(namespace: room.namespace, pod: pod.name, tailLines: 10))
      {
        bytes += piece.count
      }
      #expect(bytes > 0)
      await room.expectError(
        "a container that is not there",
        where: { $0.code == 400 || $0.isNotFound }
      ) {
        for try await _ in room.cluster.logs(
          LogQuery(
            namespace: room.namespace, pod: pod.name, container: "none"))
        {}
      }
    },
  ]
}
