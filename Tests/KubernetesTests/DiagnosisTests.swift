// The chain down to the cause, the tree of a rollout, and the snapshot's
// indexes under watch events.

import Kubernetes
import Testing

@Suite struct DiagnosisTests {
  @Test func followsTheChainToTheContainer() throws {
    let deployment = try workload(
      "Deployment", annotations: #"{"deployment.kubernetes.io/revision":"1"}"#,
      spec: #"{"replicas":1}"#, status: #"{"replicas":1,"updatedReplicas":1}"#)
    let around = circumstances([
      deployment, try replicaSet("web-1", of: "web", revision: 1),
      try pod(
        "web-1-a", owner: ("ReplicaSet", "web-1"),
        container: DoomTests.waiting(
          "CrashLoopBackOff",
          more:
            #","restartCount":5,"lastState":{"terminated":{"exitCode":1,"reason":"Error"}}"#
        )),
    ])
    let diagnosis = try #require(Diagnosis(of: deployment.reference, around))
    #expect(diagnosis.chain.map(\.name) == ["web", "web-1", "web-1-a"])
    #expect(diagnosis.container == "c")
    #expect(
      diagnosis.sentence
        == "web: container c keeps crashing, exit code 1, 5 restarts (web-1-a on node-1, 60s)"
    )
    #expect(
      diagnosis.nextStep.kind == .readLogs(container: "c", isPrevious: true))
  }

  @Test func saysWhatAPodWithoutTroubleWaitsFor() throws {
    let set = try workload(
      "StatefulSet", "db", spec: #"{"replicas":1}"#,
      status: #"{"replicas":1,"updatedReplicas":1}"#)
    let around = circumstances([
      set,
      try pod(
        "db-0", owner: ("StatefulSet", "db"),
        container: DoomTests.waiting("ContainerCreating")),
    ])
    let diagnosis = try #require(Diagnosis(of: set.reference, around))
    #expect(
      diagnosis.sentence
        == "db: 0 of 1 replica ready, db-0 creates container c")
    #expect(diagnosis.nextStep.kind == .wait)
  }

  @Test func reachesTheClaimOfAPodThatHasNoNode() throws {
    let set = try workload(
      "StatefulSet", "db", spec: #"{"replicas":1}"#,
      status: #"{"replicas":1,"updatedReplicas":1}"#)
    let claim = try object(
      #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data-db-0","namespace":"n","uid":"claim"},"status":{"phase":"Pending"}}"#
    )
    let around = circumstances([
      set, claim,
      try pod(
        "db-0", owner: ("StatefulSet", "db"), node: "",
        spec:
          #"{"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data-db-0"}}]}"#
      ),
    ])
    let diagnosis = try #require(Diagnosis(of: set.reference, around))
    #expect(diagnosis.cause == claim.reference)
    #expect(diagnosis.nextStep.text == "provide a volume for claim data-db-0")
  }

  @Test func quotesEventsOfControllersWithoutPods() throws {
    let deployment = try workload("Deployment", spec: #"{"replicas":1}"#)
    let set = try replicaSet("web-1", of: "web", revision: 1)
    let around = circumstances([
      deployment, set,
      try event(about: "web-1", "FailedCreate", "pods is forbidden: quota"),
    ])
    let diagnosis = try #require(Diagnosis(of: deployment.reference, around))
    #expect(diagnosis.sentence.hasSuffix(": pods is forbidden: quota"))
    #expect(diagnosis.nextStep.kind == .readEvents)
  }

  @Test func takesTheWorstOfAComponent() throws {
    let slow = try workload("Deployment", "slow", spec: #"{"replicas":1}"#)
    let failed = try workload(
      "Deployment", "failed", spec: #"{"replicas":1}"#,
      status:
        #"{"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}"#
    )
    let around = circumstances([slow, failed])
    func diagnose(_ objects: [KubernetesObject]) -> Diagnosis? {
      Diagnosis(
        of: ComponentInventory(
          name: "c", items: objects.map { .init($0.reference) }), around)
    }
    #expect(diagnose([slow, failed])?.chain.first?.name == "failed")
    #expect(diagnose([slow])?.chain.first?.name == "slow")
    #expect(diagnose([]) == nil)
  }

  @Test func isSilentAboutWhatIsCurrent() throws {
    let deployment = try workload(
      "Deployment", spec: #"{"replicas":0}"#)
    #expect(
      Diagnosis(of: deployment.reference, circumstances([deployment])) == nil)
  }
}

@Suite struct RolloutTreeTests {
  @Test func putsFailedFirstAndCountsUp() throws {
    let good = try workload(
      "Deployment", "good", spec: #"{"replicas":1}"#,
      status:
        #"{"replicas":1,"updatedReplicas":1,"availableReplicas":1,"readyReplicas":1}"#
    )
    let bad = try workload(
      "Deployment", "bad", spec: #"{"replicas":2}"#,
      status: #"{"replicas":2,"updatedReplicas":2,"readyReplicas":0}"#)
    let config = try object(
      #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"conf","namespace":"n","uid":"conf"}}"#
    )
    let around = circumstances([
      good, bad, config, try replicaSet("good-1", of: "good", revision: 1),
      try replicaSet("bad-1", of: "bad", revision: 1),
      try readyPod("good-1-a", owner: ("ReplicaSet", "good-1")),
      try pod(
        "bad-1-a", owner: ("ReplicaSet", "bad-1"),
        container: DoomTests.waiting("ContainerCreating")),
      try pod(
        "bad-1-b", owner: ("ReplicaSet", "bad-1"),
        container: DoomTests.waiting(
          "ErrImagePull", "not found", more: #","restartCount":2"#)),
    ])
    let missing = ObjectReference(.secret, namespace: "n", name: "gone")
    let tree = RolloutTree(
      [
        ComponentInventory(
          name: "first",
          items: [.init(good.reference), .init(config.reference)]),
        ComponentInventory(
          name: "second",
          items: [.init(bad.reference), .init(missing)]),
      ], around)
    #expect(tree.components.map(\.name) == ["second", "first"])
    let second = tree.components[0]
    #expect(second.verdict.state == .inProgress)
    #expect(second.ready == RolloutTree.ReadyCount(0, of: 2))
    #expect(second.restarts == 2)
    #expect(Set(second.children.map(\.name)) == ["bad", "gone"])
    let pods = second.children.first { $0.name == "bad" }?.children ?? []
    #expect(pods.map(\.name) == ["bad-1-b", "bad-1-a"])
    #expect(pods.map(\.status) == ["ErrImagePull", "ContainerCreating"])
    let first = tree.components[1]
    #expect(first.isFinished && first.children.map(\.name) == ["good"])
    #expect(first.children[0].children[0].node == "node-1")
    #expect(
      tree.problems.map(\.name) == [
        "second", "bad", "bad-1-b", "bad-1-a", "gone",
      ])
  }
}

@Suite struct ComponentCountTests {
  @Test func jobsDoNotCountBesideWhatServes() throws {
    let web = try workload(
      "Deployment", spec: #"{"replicas":3}"#, status: #"{"readyReplicas":1}"#)
    let job = try workload("Job", "sync", status: #"{"succeeded":1}"#)
    func ready(_ objects: [KubernetesObject]) -> String? {
      RolloutTree(
        [
          ComponentInventory(
            name: "c", items: objects.map { .init($0.reference) })
        ], circumstances(objects)
      ).components[0].ready?.description
    }
    #expect(ready([web, job]) == "1/3")
    #expect(ready([job]) == "1/1")
  }
}

@Suite struct SnapshotTests {
  @Test func followsWatches() throws {
    var snapshot = ClusterSnapshot()
    let first = try pod("p", owner: ("ReplicaSet", "rs"))
    snapshot.apply(VersionedEvent(.added(first)).event)
    #expect(snapshot.pods(ownedBy: "rs").map(\.name) == ["p"])
    var second = first
    second.uid = "p-2"
    second.ownerReferences = [
      OwnerReference(
        apiVersion: "apps/v1", kind: "ReplicaSet", name: "r2", uid: "r2")
    ]
    snapshot.apply(VersionedEvent(.modified(second)).event)
    #expect(snapshot.pods(ownedBy: "rs").isEmpty)
    #expect(snapshot.pods.count == 1)
    snapshot.apply(VersionedEvent(.deleted(second)).event)
    #expect(snapshot.pods.isEmpty && snapshot.pods(ownedBy: "r2").isEmpty)
  }

  @Test func replacesAKindAfterANewList() throws {
    var snapshot = ClusterSnapshot([
      try pod("a"), try pod("b"), try workload("Deployment"),
      try event(about: "a", "FailedMount", "x"),
    ])
    snapshot.replace(
      .pod, namespace: "n",
      with: [try pod("b")].compactMap { ObjectSummary($0) })
    #expect(snapshot.pods.map(\.uid) == ["b"])
    #expect(snapshot.objects(.deployment).count == 1)
    snapshot.replace(.event, namespace: nil, with: [])
    #expect(snapshot.events(about: "a").isEmpty)
    snapshot.replace(.deployment, namespace: "other", with: [])
    #expect(snapshot.objects(.deployment).count == 1)
  }

  @Test func leavesOutNoiseAndThePast() throws {
    var snapshot = ClusterSnapshot([
      try event(about: "a", "Pulled", "x", type: "Normal"),
      try event(about: "a", "FailedMount", "old", age: 100),
      try event(about: "a", "Unhealthy", "new", age: 5),
    ])
    #expect(
      snapshot.events(about: "a").map(\.reason) == ["Unhealthy", "FailedMount"])
    snapshot.eventsFrom = now - .seconds(50)
    #expect(snapshot.events(about: "a").map(\.reason) == ["Unhealthy"])
  }

  @Test(
    arguments: [
      (0, "0s"), (119, "119s"), (134, "2m14s"), (600, "10m"), (10_799, "179m"),
      (18_300, "5h5m"), (100_000, "27h"), (200_000, "2d7h"), (-5, "0s"),
      (864_000, "10d"), (70_000_000, "2y80d"),
    ] as [(Int64, String)])
  func writesAges(seconds: Int64, text: String) {
    #expect(Duration.seconds(seconds).age == text)
  }
}
