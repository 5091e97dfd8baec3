// The rules of every kind but Pod: a status, and what is said of it.

import Kubernetes
import Testing

@Suite struct GateTests {
  @Test func comesBeforeTheRules() throws {
    var terminating = try workload("Deployment")
    terminating.metadata["deletionTimestamp"] = .string(ago(5))
    terminating.finalizers = ["x/y"]
    #expect(
      Verdict(of: terminating, circumstances([]))
        == Verdict(
          .terminating, "Terminating",
          "is being deleted since 5s, waits for finalizer x/y"))

    let stale = try workload(
      "Deployment", generation: 3,
      status:
        #"{"observedGeneration":2,"replicas":1,"updatedReplicas":1,"availableReplicas":1}"#
    )
    #expect(
      Verdict(of: stale, circumstances([])).reason == "GenerationNotObserved")
    var unseen = try workload("Deployment")
    unseen.json["status"] = nil
    #expect(Verdict(of: unseen, circumstances([])).state == .inProgress)

    let stalled = try workload(
      "Deployment",
      status: #"{"conditions":[{"type":"Stalled","status":"True"}]}"#)
    #expect(Verdict(of: stalled, circumstances([])).state == .failed)
    #expect(
      Verdict(
        of: ObjectReference(.deployment, namespace: "n", name: "none"),
        circumstances([])
      ).state == .notFound)
  }
}

@Suite struct DeploymentRuleTests {
  @Test(arguments: [
    (3, "{}", Verdict.State.inProgress, "0 of 3 new replicas updated"),
    (
      3, #"{"replicas":4,"updatedReplicas":2,"availableReplicas":3}"#,
      .inProgress, "2 of 3 new replicas updated"
    ),
    (
      3, #"{"replicas":4,"updatedReplicas":3,"availableReplicas":4}"#,
      .inProgress, "1 old replica pending termination"
    ),
    (
      3, #"{"replicas":3,"updatedReplicas":3,"availableReplicas":2}"#,
      .inProgress, "2 of 3 updated replicas available"
    ),
    (
      3, #"{"replicas":3,"updatedReplicas":3,"availableReplicas":3}"#,
      .current, "3 of 3 available"
    ),
    // Never ready at zero pods, whatever maxUnavailable says.
    (
      1, #"{"replicas":1,"updatedReplicas":1,"unavailableReplicas":1}"#,
      .inProgress, "0 of 1 updated replica available"
    ),
    (0, "{}", .current, "0 of 0 available"),
    (
      3,
      #"{"replicas":3,"updatedReplicas":1,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}"#,
      .failed,
      "made no progress within its deadline, 1 of 3 new replicas updated"
    ),
  ])
  func counts(
    replicas: Int, status: String, state: Verdict.State, sentence: String
  ) throws {
    let json = try workload(
      "Deployment", spec: #"{"replicas":\#(replicas)}"#, status: status)
    let verdict = Verdict(of: json, circumstances([json]))
    #expect(verdict.state == state)
    #expect(verdict.sentence == sentence)
  }

  @Test func saysPaused() throws {
    let json = try workload(
      "Deployment", spec: #"{"replicas":2,"paused":true}"#,
      status: #"{"replicas":2,"availableReplicas":2}"#)
    #expect(
      Verdict(of: json, circumstances([json]))
        == Verdict(
          .inProgress, "Paused", "is paused, 0 of 2 new replicas updated"))
  }

  func rollout(oldPodsAreDoomed: Bool, newContainers: [String]) throws
    -> (KubernetesObject, Circumstances)
  {
    let deployment = try workload(
      "Deployment", annotations: #"{"deployment.kubernetes.io/revision":"2"}"#,
      spec: #"{"replicas":2}"#,
      status: #"{"replicas":3,"updatedReplicas":1,"availableReplicas":2}"#)
    var objects = [
      deployment, try replicaSet("old", of: "web", revision: 1),
      try replicaSet("new", of: "web", revision: 2),
    ]
    objects.append(
      oldPodsAreDoomed
        ? try pod(
          "old-1", owner: ("ReplicaSet", "old"),
          container: DoomTests.waiting("InvalidImageName"))
        : try readyPod("old-1", owner: ("ReplicaSet", "old")))
    for (index, container) in newContainers.enumerated() {
      objects.append(
        try pod(
          "new-\(index)", owner: ("ReplicaSet", "new"), container: container))
    }
    return (deployment, circumstances(objects))
  }

  @Test func failsWhenAllNewestPodsAreDoomed() throws {
    let missing = DoomTests.waiting("ErrImagePull", "not found")
    let (deployment, around) = try rollout(
      oldPodsAreDoomed: false, newContainers: [missing, missing])
    let verdict = Verdict(of: deployment, around)
    #expect(
      verdict
        == Verdict(
          .failed, "ImageNotFound",
          "image i:1 does not exist (new-0 on node-1, 60s)"))
  }

  @Test func goesOnWhileOneNewestPodMayComeGood() throws {
    let (deployment, around) = try rollout(
      oldPodsAreDoomed: false,
      newContainers: [
        DoomTests.waiting("ErrImagePull", "not found"),
        DoomTests.waiting("ContainerCreating"),
      ])
    let verdict = Verdict(of: deployment, around)
    #expect(verdict.state == .inProgress)
    #expect(verdict.sentence.contains("image i:1 does not exist"))
  }

  @Test func doesNotMindOldPods() throws {
    let (deployment, around) = try rollout(
      oldPodsAreDoomed: true,
      newContainers: [DoomTests.waiting("ContainerCreating")])
    #expect(
      Verdict(of: deployment, around)
        == Verdict(.inProgress, "Updating", "1 of 2 new replicas updated"))
  }

  @Test(
    arguments: [(10, Verdict.State.inProgress), (40, .failed)]
      as [(Int64, Verdict.State)])
  func weighsReplicaFailure(age: Int64, state: Verdict.State) throws {
    let json = try workload(
      "Deployment",
      status:
        #"{"conditions":[{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"exceeded quota","lastTransitionTime":"\#(ago(age))"}]}"#
    )
    #expect(
      Verdict(of: json, circumstances([json]))
        == Verdict(
          state, "FailedCreate", "its pods cannot be created: exceeded quota"))
  }
}

@Suite struct StatefulSetRuleTests {
  static let whole = #""currentRevision":"r2","updateRevision":"r2""#

  @Test(arguments: [
    (
      #"{"replicas":3}"#,
      #"{"replicas":3,"readyReplicas":3,"updatedReplicas":1,"currentRevision":"r1","updateRevision":"r2"}"#,
      Verdict.State.inProgress, "1 of 3 replicas updated"
    ),
    (
      #"{"replicas":3}"#,
      #"{"replicas":3,"readyReplicas":2,"updatedReplicas":3,\#(whole)}"#,
      .inProgress, "2 of 3 replicas ready"
    ),
    (
      #"{"replicas":3}"#,
      #"{"replicas":4,"readyReplicas":3,"updatedReplicas":3,\#(whole)}"#,
      .inProgress, "1 replica pending termination"
    ),
    (
      #"{"replicas":3}"#,
      #"{"replicas":3,"readyReplicas":3,"updatedReplicas":3,\#(whole)}"#,
      .current, "3 of 3 ready"
    ),
    (
      #"{"replicas":3,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}}"#,
      #"{"replicas":3,"readyReplicas":3,"updatedReplicas":1,"currentRevision":"r1","updateRevision":"r2"}"#,
      .current, "3 of 3 ready"
    ),
    (
      #"{"replicas":3,"updateStrategy":{"type":"OnDelete"}}"#,
      #"{"replicas":3,"readyReplicas":3,"updatedReplicas":0,"currentRevision":"r1","updateRevision":"r2"}"#,
      .current,
      "3 of 3 ready, pods get their changes when deleted by hand"
    ),
  ])
  func counts(
    spec: String, status: String, state: Verdict.State, sentence: String
  ) throws {
    let json = try workload("StatefulSet", "db", spec: spec, status: status)
    let verdict = Verdict(of: json, circumstances([json]))
    #expect(verdict.state == state)
    #expect(verdict.sentence == sentence)
  }

  static let updating =
    #"{"replicas":3,"readyReplicas":2,"updatedReplicas":1,"currentRevision":"r1","updateRevision":"r2"}"#

  func member(_ ordinal: Int, revision: String, container: String?) throws
    -> KubernetesObject
  {
    let labels = ["controller-revision-hash": revision]
    guard let container else {
      return try readyPod(
        "db-\(ordinal)", owner: ("StatefulSet", "db"), labels: labels)
    }
    return try pod(
      "db-\(ordinal)", owner: ("StatefulSet", "db"), container: container,
      labels: labels, age: 400)
  }

  @Test func oneDoomedPodOfTheNewRevisionIsEnough() throws {
    let json = try workload(
      "StatefulSet", "db", spec: #"{"replicas":3}"#, status: Self.updating)
    let around = circumstances([
      json, try member(0, revision: "r1", container: nil),
      try member(1, revision: "r1", container: nil),
      try member(
        2, revision: "r2",
        container: DoomTests.waiting("ErrImagePull", "not found")),
    ])
    let verdict = Verdict(of: json, around)
    #expect(verdict.state == .failed && verdict.reason == "ImageNotFound")
  }

  @Test func judgesTheNewRevisionsPodsNotTheOld() throws {
    let json = try workload(
      "StatefulSet", "db",
      spec: #"{"replicas":3,"podManagementPolicy":"Parallel"}"#,
      status: Self.updating)
    let around = circumstances([
      json,
      try member(
        0, revision: "r1",
        container: DoomTests.waiting("ErrImagePull", "not found")),
      try member(2, revision: "r2", container: nil),
    ])
    #expect(Verdict(of: json, around).state == .inProgress)
  }

  @Test func findsTheRollbackTrap() throws {
    let json = try workload(
      "StatefulSet", "db", spec: #"{"replicas":3}"#, status: Self.updating)
    let stuck = try member(
      0, revision: "r1", container: DoomTests.waiting("ImagePullBackOff"))
    let around = circumstances([json, stuck])
    #expect(
      Verdict(of: json, around)
        == Verdict(
          .failed, "RollbackTrap",
          "pod db-0 of revision r1 never became ready and holds up revision r2")
    )
    let diagnosis = try #require(Diagnosis(of: json.reference, around))
    #expect(diagnosis.nextStep.kind == .deletePod("db-0"))
    #expect(diagnosis.nextStep.text == "kubectl delete pod db-0 -n n")

    var parallel = json
    parallel.spec["podManagementPolicy"] = "Parallel"
    #expect(Verdict(of: parallel, around).reason != "RollbackTrap")
    var partitioned = json
    partitioned.spec = [
      "replicas": 3,
      "updateStrategy": [
        "type": "RollingUpdate", "rollingUpdate": ["partition": 1],
      ],
    ]
    #expect(Verdict(of: partitioned, around).reason != "RollbackTrap")
    let impatient = Circumstances(
      around.snapshot, now: now, patience: Patience(rollbackTrap: .seconds(600))
    )
    #expect(Verdict(of: json, impatient).reason != "RollbackTrap")
  }
}

@Suite struct OtherRuleTests {
  static let table: [(String, String, Verdict.State, String)] = [
    (
      #"{"apiVersion":"batch/v1","kind":"Job","status":{"active":1}}"#,
      "runs (1 active, 0 failed, 0 succeeded)", .inProgress, "Running"
    ),
    (
      #"{"apiVersion":"batch/v1","kind":"Job"}"#, "waits for its first pod",
      .inProgress, "NotStarted"
    ),
    (
      #"{"apiVersion":"batch/v1","kind":"Job","status":{"succeeded":1,"conditions":[{"type":"Complete","status":"True"}]}}"#,
      "is complete (0 active, 0 failed, 1 succeeded)", .current, "Complete"
    ),
    (
      #"{"apiVersion":"batch/v1","kind":"Job","status":{"failed":7,"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"too often"}]}}"#,
      "too often (0 active, 7 failed, 0 succeeded)", .failed,
      "BackoffLimitExceeded"
    ),
    (
      #"{"apiVersion":"batch/v1","kind":"Job","spec":{"suspend":true}}"#,
      "is suspended (0 active, 0 failed, 0 succeeded)", .inProgress, "Suspended"
    ),
    (
      #"{"apiVersion":"batch/v1","kind":"CronJob","spec":{"schedule":"@daily"}}"#,
      "is scheduled (@daily)", .current, "Scheduled"
    ),
    (
      #"{"apiVersion":"apps/v1","kind":"ReplicaSet","spec":{"replicas":2},"status":{"observedGeneration":1,"replicas":2,"availableReplicas":1}}"#,
      "1 of 2 replicas available", .inProgress, "NotAvailable"
    ),
    (
      #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","spec":{"volumeName":"v"},"status":{"phase":"Bound"}}"#,
      "is bound to v", .current, "Bound"
    ),
    (
      #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","status":{"phase":"Lost"}}"#,
      "has lost its volume", .failed, "Lost"
    ),
    (
      #"{"apiVersion":"v1","kind":"Service","spec":{"type":"ExternalName","externalName":"x.y"}}"#,
      "leads to x.y", .current, "ExternalName"
    ),
    (
      #"{"apiVersion":"v1","kind":"Service","spec":{}}"#,
      "waits for its cluster address", .inProgress, "NoAddress"
    ),
    (
      #"{"apiVersion":"v1","kind":"Service","spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1"}}"#,
      "waits for a load balancer to give it an address", .inProgress,
      "NoLoadBalancer"
    ),
    (
      #"{"apiVersion":"v1","kind":"Service","spec":{"clusterIP":"None","selector":{"a":"b"}}}"#,
      "no pod has its labels (a=b)", .inProgress, "NoEndpoints"
    ),
    (
      #"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[{"type":"NamesAccepted","status":"False","reason":"KindConflict","message":"taken"}]}}"#,
      "taken", .failed, "KindConflict"
    ),
    (
      #"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[{"type":"Established","status":"True"}]}}"#,
      "is established", .current, "Established"
    ),
    (
      #"{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","status":{"expectedPods":3,"currentHealthy":3,"disruptionsAllowed":1}}"#,
      "3 of 3 pods healthy, 1 may be disrupted", .current, "Guards"
    ),
    (
      #"{"apiVersion":"v1","kind":"ConfigMap"}"#, "exists", .current, "Created"
    ),
    (
      #"{"apiVersion":"v1","kind":"Namespace","status":{"phase":"Terminating"}}"#,
      "is being deleted", .terminating, "Terminating"
    ),
    (
      #"{"apiVersion":"v1","kind":"Node","status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown","message":"silent"}]}}"#,
      "silent", .failed, "NodeStatusUnknown"
    ),
    (
      #"{"apiVersion":"x.io/v1","kind":"Thing","status":{"conditions":[{"type":"Ready","status":"False","reason":"Busy","message":"soon"}]}}"#,
      "soon", .inProgress, "Busy"
    ),
    (
      #"{"apiVersion":"x.io/v1","kind":"Thing","status":{"phase":"Error"}}"#,
      "says of itself: Error", .failed, "Error"
    ),
    (
      #"{"apiVersion":"x.io/v1","kind":"Thing"}"#, "exists", .current, "Created"
    ),
  ]

  @Test(arguments: table)
  func judges(
    text: String, sentence: String, state: Verdict.State, reason: String
  ) throws {
    var json = try object(text)
    json.name = "x"
    json.namespace = "n"
    json.uid = "x"
    #expect(
      Verdict(of: json, circumstances([json]))
        == Verdict(state, reason, sentence))
  }

  @Test(arguments: [
    ("{}", Verdict.State.inProgress, "NotObserved"),
    (
      #"{"desiredNumberScheduled":3,"updatedNumberScheduled":1,"numberReady":3}"#,
      .inProgress, "Updating"
    ),
    (
      #"{"desiredNumberScheduled":3,"updatedNumberScheduled":3,"numberReady":2}"#,
      .inProgress, "NotReady"
    ),
    (
      #"{"desiredNumberScheduled":3,"updatedNumberScheduled":3,"numberReady":3}"#,
      .current, "Ready"
    ),
  ])
  func judgesDaemonSets(status: String, state: Verdict.State, reason: String)
    throws
  {
    let json = try workload("DaemonSet", "agent", status: status)
    let verdict = Verdict(of: json, circumstances([json]))
    #expect(verdict.state == state && verdict.reason == reason)
  }

  @Test func doesNotWaitForCordonedNodes() throws {
    let json = try workload(
      "DaemonSet", "agent",
      status:
        #"{"desiredNumberScheduled":2,"updatedNumberScheduled":2,"numberReady":1}"#
    )
    let node = try object(
      #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1","uid":"node-1"},"spec":{"unschedulable":true}}"#
    )
    let stuck = try pod(
      "agent-1", owner: ("DaemonSet", "agent"),
      container: DoomTests.waiting("InvalidImageName"))
    let verdict = Verdict(of: json, circumstances([json, node, stuck]))
    #expect(
      verdict
        == Verdict(
          .current, "Ready", "1 of 2 nodes ready, 1 node not ready or cordoned")
    )
  }

  @Test func failsAJobWhosePodCannotStart() throws {
    let json = try workload("Job", "sync", status: #"{"active":1}"#)
    let around = circumstances([
      json,
      try pod(
        "sync-1", owner: ("Job", "sync"),
        container: DoomTests.waiting("ErrImagePull", "not found"),
        spec: #"{"restartPolicy":"Never"}"#),
    ])
    #expect(
      Verdict(of: json, around)
        == Verdict(
          .failed, "ImageNotFound",
          "image i:1 does not exist (sync-1 on node-1, 60s)"))
  }

  @Test func retriesAJobThatFailedOnce() throws {
    let json = try workload("Job", "sync", status: #"{"active":1,"failed":1}"#)
    let around = circumstances([
      json,
      try pod(
        "sync-1", owner: ("Job", "sync"), phase: "Failed",
        container: #"{"state":{"terminated":{"exitCode":1,"reason":"Error"}}}"#,
        spec: #"{"restartPolicy":"Never"}"#),
    ])
    let verdict = Verdict(of: json, around)
    #expect(verdict.state == .inProgress && verdict.reason == "Retrying")
    #expect(verdict.sentence.contains("container c ended with exit code 1"))
  }

  func claim(_ storageClass: String?, classes: [(String, String, Bool)]) throws
    -> Verdict
  {
    var claim = try object(
      #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c","namespace":"n","uid":"c","creationTimestamp":"\#(ago(200))"},"status":{"phase":"Pending"}}"#
    )
    claim.spec["storageClassName"] = storageClass.map(JSON.string)
    let others = classes.map { name, mode, isDefault in
      KubernetesObject([
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "volumeBindingMode": .string(mode),
        "metadata": [
          "name": .string(name), "uid": .string(name),
          "annotations": [
            "storageclass.kubernetes.io/is-default-class":
              .string(isDefault ? "true" : "false")
          ],
        ],
      ])
    }
    return Verdict(of: claim, circumstances([claim] + others))
  }

  @Test func judgesClaims() throws {
    let lazy = "WaitForFirstConsumer"
    #expect(try claim("a", classes: [("a", lazy, false)]).state == .current)
    #expect(
      try claim("b", classes: [("a", lazy, false)])
        == Verdict(
          .failed, "StorageClassMissing",
          "asks for StorageClass b, which does not exist"))
    #expect(try claim(nil, classes: [("a", lazy, true)]).state == .current)
    #expect(
      try claim(nil, classes: [("a", lazy, true), ("b", lazy, true)]).reason
        == "SeveralDefaultClasses")
    #expect(
      try claim(nil, classes: [("a", lazy, false)]).reason == "NoDefaultClass")
    #expect(
      try claim("a", classes: [("a", "Immediate", false)]).state == .inProgress)
    #expect(try claim(nil, classes: []).state == .inProgress)
  }

  @Test func countsThePodsBehindAService() throws {
    let service = try object(
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"n","uid":"s"},"spec":{"clusterIP":"10.0.0.1","selector":{"app":"x"}}}"#
    )
    let ready = try readyPod("a", labels: ["app": "x"])
    let unready = try pod("b", labels: ["app": "x"])
    #expect(
      Verdict(of: service, circumstances([service, ready, unready])).sentence
        == "1 pod behind it ready")
    #expect(
      Verdict(of: service, circumstances([service, unready])).sentence
        == "none of 1 pod behind it is ready")
    let idle = try workload(
      "Deployment", "x",
      spec:
        #"{"replicas":0,"template":{"metadata":{"labels":{"app":"x"}}}}"#)
    #expect(
      Verdict(of: service, circumstances([service, idle])).reason
        == "NoPodsWanted")
  }
}
