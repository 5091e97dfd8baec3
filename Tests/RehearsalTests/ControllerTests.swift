// Controllers and nodes beyond the contract: bounds of a rollout, order,
// partition, the rollback trap, missing objects, claims, schedules.

import Kubernetes
import Rehearsal
import Testing

@Suite struct ControllerTests {
  let stage = Stage()

  /// Steps through a rollout and returns the extremes of its pod counts.
  func extremes(of app: String, for seconds: Int) async throws -> (
    leastReady: Int, most: Int
  ) {
    var least = Int.max
    var most = 0
    for _ in 0..<(seconds * 5) {
      try await stage.run(for: .milliseconds(200))
      let pods = try await stage.pods(app).filter { !$0.isTerminating }
      least = min(least, pods.count(where: \.isReady))
      most = max(most, pods.count)
    }
    return (least, most)
  }

  @Test(arguments: [
    (1, 0, 4, 5), (0, 1, 3, 4), (2, 1, 3, 6),
  ])
  func keepsToSurgeAndUnavailable(
    surge: Int, unavailable: Int, leastReady: Int, most: Int
  ) async throws {
    var web = Stage.workload("Deployment", "web", replicas: 4)
    web.spec["strategy"] = [
      "type": "RollingUpdate",
      "rollingUpdate": [
        "maxSurge": .integer(surge), "maxUnavailable": .integer(unavailable),
      ],
    ]
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(20))
    web.spec.set(
      [["name": "c", "image": "img:2"]], at: "template", "spec", "containers")
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    let found = try await extremes(of: "web", for: 40)
    #expect(found.leastReady >= leastReady)
    #expect(found.most <= most)
    #expect(try await stage.verdict(web.reference).state == .current)
  }

  @Test func recreateEndsTheOldFirst() async throws {
    var web = Stage.workload("Deployment", "web", replicas: 2)
    web.spec["strategy"] = ["type": "Recreate"]
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(20))
    web.spec.set(
      [["name": "c", "image": "img:2"]], at: "template", "spec", "containers")
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    for _ in 0..<60 {
      try await stage.run(for: .milliseconds(200))
      let images = Set(
        try await stage.pods("web").map { $0.containers[0].image })
      #expect(images.count <= 1)
    }
    #expect(try await stage.verdict(web.reference).state == .current)
  }

  @Test func aPausedDeploymentWaits() async throws {
    let reference = try await stage.deploy("web")
    try await stage.run(for: .seconds(20))
    _ = try await stage.rehearsal.patch(
      reference,
      .strategic([
        "spec": [
          "paused": true,
          "template": [
            "spec": ["containers": [["name": "c", "image": "img:2"]]]
          ],
        ]
      ]))
    try await stage.run(for: .seconds(20))
    #expect(
      try await stage.pods("web").map { $0.containers[0].image } == ["img:1"])
    _ = try await stage.rehearsal.patch(
      reference, .merge(["spec": ["paused": false]]))
    try await stage.run(for: .seconds(20))
    #expect(
      try await stage.pods("web").map { $0.containers[0].image } == ["img:2"])
  }

  @Test func goingBackUsesTheOldReplicaSet() async throws {
    for image in ["img:1", "img:2", "img:1"] {
      try await stage.deploy("web", image: image)
      try await stage.run(for: .seconds(20))
    }
    let sets = try await stage.rehearsal.list(
      ListQuery(.replicaSet, namespace: "default")
    ).items
    #expect(sets.count == 2)
    let live = sets.first { $0.spec["replicas"] == 1 }
    #expect(
      live?.annotations["deployment.kubernetes.io/revision"] == "3")
  }

  @Test func theProgressDeadlinePasses() async throws {
    try await stage.rehearsal.add(Fault(parsing: "slow:web"))
    var web = Stage.workload("Deployment", "web")
    web.spec["progressDeadlineSeconds"] = 30
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(45))
    let progress = try await stage.rehearsal.get(web.reference)
      .condition("Progressing")
    #expect(progress?.reason == "ProgressDeadlineExceeded")
    #expect(try await stage.verdict(web.reference).state == .failed)
    try await stage.run(for: .seconds(120))
    #expect(try await stage.verdict(web.reference).state == .current)
  }

  @Test func minReadySecondsHold() async throws {
    var web = Stage.workload("Deployment", "web")
    web.spec["minReadySeconds"] = 30
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(20))
    #expect(try await stage.pods("web")[0].isReady)
    #expect(try await stage.verdict(web.reference).state == .inProgress)
    try await stage.run(for: .seconds(30))
    #expect(try await stage.verdict(web.reference).state == .current)
  }

  func statefulSet(_ image: String, _ changes: JSON = [:]) async throws
    -> ObjectReference
  {
    var set = Stage.workload("StatefulSet", "db", image: image, replicas: 3)
    set.spec["serviceName"] = "db"
    for (key, value) in changes.object ?? [:] { set.spec[key] = value }
    return try await stage.rehearsal.apply(set, ApplyOptions()).reference
  }

  @Test func aPartitionHoldsBackTheLowerPods() async throws {
    _ = try await statefulSet("img:1")
    try await stage.run(for: .seconds(60))
    let reference = try await statefulSet(
      "img:2",
      [
        "updateStrategy": [
          "type": "RollingUpdate", "rollingUpdate": ["partition": 2],
        ]
      ])
    try await stage.run(for: .seconds(60))
    func images() async throws -> [String] {
      try await stage.pods("db").sorted { $0.name < $1.name }
        .map { $0.containers[0].image }
    }
    #expect(try await images() == ["img:1", "img:1", "img:2"])
    #expect(try await stage.verdict(reference).state == .current)
    // A pod below the partition comes back as it was.
    try await stage.rehearsal.delete(
      ObjectReference(.pod, namespace: "default", name: "db-0"))
    try await stage.run(for: .seconds(30))
    #expect(try await images() == ["img:1", "img:1", "img:2"])
  }

  @Test func parallelMembersComeTogether() async throws {
    _ = try await statefulSet("img:1", ["podManagementPolicy": "Parallel"])
    #expect(try await stage.pods("db").count == 3)
  }

  @Test func onDeleteWaitsForTheOperator() async throws {
    _ = try await statefulSet("img:1", ["updateStrategy": ["type": "OnDelete"]])
    try await stage.run(for: .seconds(60))
    let reference = try await statefulSet(
      "img:2", ["updateStrategy": ["type": "OnDelete"]])
    try await stage.run(for: .seconds(60))
    #expect(
      Set(try await stage.pods("db").map { $0.containers[0].image }) == [
        "img:1"
      ])
    #expect(try await stage.verdict(reference).reason == "UpdateByHand")
    try await stage.rehearsal.delete(
      ObjectReference(.pod, namespace: "default", name: "db-1"))
    try await stage.run(for: .seconds(30))
    #expect(
      try await stage.pods("db").first { $0.name == "db-1" }?.containers[0]
        .image
        == "img:2")
  }

  /// kubernetes/kubernetes#67250, with the way out that the verdict names.
  @Test func theRollbackTrapShutsAndOpens() async throws {
    _ = try await statefulSet("img:1")
    try await stage.run(for: .seconds(60))
    try await stage.rehearsal.add(Fault(parsing: "image:db"))
    // The fault settles on the image that the update asks for.
    let reference = try await statefulSet("img:typo")
    try await stage.run(for: .seconds(30))
    #expect(try await stage.verdict(reference).reason == "ImageNotFound")
    _ = try await statefulSet("img:1")
    try await stage.run(for: .seconds(200))
    #expect(try await stage.verdict(reference).reason == "RollbackTrap")
    let step = try #require(try await stage.diagnosis(reference)?.nextStep)
    guard case .deletePod(let name) = step.kind else {
      Issue.record("\(step)")
      return
    }
    try await stage.rehearsal.delete(
      ObjectReference(.pod, namespace: "default", name: name))
    try await stage.run(for: .seconds(60))
    #expect(try await stage.verdict(reference).state == .current)
  }

  @Test func aMissingSecretIsNamedAndMadeGood() async throws {
    let reference = try await stage.deploy(
      "web", container: ["envFrom": [["secretRef": ["name": "keys"]]]])
    try await stage.run(for: .seconds(40))
    let diagnosis = try await stage.diagnosis(reference)
    #expect(
      diagnosis?.nextStep.kind == .provideObject(kind: "Secret", name: "keys"))
    #expect(diagnosis?.verdict.state == .failed)
    _ = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "v1", "kind": "Secret",
        "metadata": ["name": "keys", "namespace": "default"],
      ]))
    try await stage.run(for: .seconds(20))
    #expect(try await stage.verdict(reference).state == .current)
  }

  @Test func aMissingVolumeSourceIsNamed() async throws {
    var web = Stage.workload(
      "Deployment", "web",
      container: ["volumeMounts": [["name": "v", "mountPath": "/v"]]])
    web.spec.set(
      [["name": "v", "configMap": ["name": "conf"]]], at: "template", "spec",
      "volumes")
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(20))
    let diagnosis = try await stage.diagnosis(web.reference)
    #expect(
      diagnosis?.sentence.contains(
        "a volume needs ConfigMap conf, which does not exist") == true)
  }

  @Test func antiAffinityNeedsANodeEach() async throws {
    var web = Stage.workload("Deployment", "web", replicas: 4)
    web.spec.set(
      [
        "podAntiAffinity": [
          "requiredDuringSchedulingIgnoredDuringExecution": [
            [
              "topologyKey": "kubernetes.io/hostname",
              "labelSelector": ["matchLabels": ["app": "web"]],
            ]
          ]
        ]
      ], at: "template", "spec", "affinity")
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(30))
    let pods = try await stage.pods("web")
    let placed = pods.filter { !$0.node.isEmpty }
    #expect(placed.count == 3 && Set(placed.map(\.node)).count == 3)
    #expect(
      try await stage.verdict(web.reference).sentence.contains(
        "anti-affinity"))
    // A new node takes the fourth.
    var node = try await stage.rehearsal.get(
      ObjectReference(.node, name: "node-1"))
    node = KubernetesObject([
      "apiVersion": "v1", "kind": "Node", "status": node.json["status"] ?? [:],
      "metadata": [
        "name": "node-4", "labels": ["kubernetes.io/hostname": "node-4"],
      ],
    ])
    let made = try await stage.rehearsal.create(node)
    _ = try await stage.rehearsal.patch(
      made.reference, .merge(["status": node.json["status"] ?? [:]]),
      WriteOptions(subresource: "status"))
    try await stage.run(for: .seconds(20))
    #expect(try await stage.verdict(web.reference).state == .current)
  }

  @Test func labelsOfNodesAreObeyedWhenTheyChange() async throws {
    var web = Stage.workload("Deployment", "web")
    web.spec.set(
      ["role": "control"], at: "template", "spec", "nodeSelector")
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    try await stage.run(for: .seconds(10))
    #expect(try await stage.pods("web")[0].node.isEmpty)
    _ = try await stage.rehearsal.patch(
      ObjectReference(.node, name: "node-2"),
      .merge(["metadata": ["labels": ["role": "control"]]]))
    try await stage.run(for: .seconds(10))
    #expect(try await stage.pods("web")[0].node == "node-2")
  }

  @Test func aClaimOfNoClassWaitsAndSaysSo() async throws {
    let claim = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": ["name": "c", "namespace": "default"],
        "spec": [
          "storageClassName": "none", "accessModes": ["ReadWriteOnce"],
          "resources": ["requests": ["storage": "1Gi"]],
        ],
      ]))
    try await stage.run(for: .seconds(10))
    #expect(
      try await stage.verdict(claim.reference).reason == "StorageClassMissing")
  }

  @Test func aClaimInUseOutlivesItsDeletion() async throws {
    let claim = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": ["name": "c", "namespace": "default"],
        "spec": [
          "accessModes": ["ReadWriteOnce"],
          "resources": ["requests": ["storage": "1Gi"]],
        ],
      ]))
    let pod = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "v1", "kind": "Pod",
        "metadata": ["name": "p", "namespace": "default"],
        "spec": [
          "containers": [["name": "c", "image": "i:1"]],
          "volumes": [
            ["name": "v", "persistentVolumeClaim": ["claimName": "c"]]
          ],
        ],
      ]))
    try await stage.run(for: .seconds(20))
    let bound = try await stage.rehearsal.get(claim.reference)
    #expect(bound.status["phase"] == "Bound")
    try await stage.rehearsal.delete(claim.reference)
    #expect(try await stage.rehearsal.get(claim.reference).isTerminating)
    try await stage.rehearsal.delete(pod.reference)
    try await stage.run(for: .seconds(5))
    #expect(try await stage.rehearsal.find(claim.reference) == nil)
    #expect(
      try await stage.rehearsal.list(ListQuery(.persistentVolume)).items.isEmpty
    )
  }

  @Test func aJobIsRemovedAfterItsTime() async throws {
    let job = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": ["name": "j", "namespace": "default"],
        "spec": [
          "ttlSecondsAfterFinished": 60,
          "template": [
            "spec": [
              "restartPolicy": "OnFailure",
              "containers": [["name": "c", "image": "i:1"]],
            ]
          ],
        ],
      ]))
    try await stage.run(for: .seconds(20))
    #expect(try await stage.verdict(job.reference).state == .current)
    try await stage.run(for: .seconds(60))
    #expect(try await stage.rehearsal.find(job.reference) == nil)
    #expect(
      try await stage.rehearsal.list(ListQuery(.pod, namespace: "default"))
        .items.isEmpty)
  }

  @Test func aCronJobRunsAtItsMinutes() async throws {
    let cron = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": ["name": "tidy", "namespace": "default"],
        "spec": [
          "schedule": "*/10 * * * *",
          "jobTemplate": [
            "spec": [
              "template": [
                "spec": [
                  "restartPolicy": "Never",
                  "containers": [["name": "c", "image": "i:1"]],
                ]
              ]
            ]
          ],
        ],
      ]))
    try await stage.run(for: .seconds(3_600))
    let jobs = try await stage.rehearsal.list(
      ListQuery(.job, namespace: "default")
    ).items
    // Three finished ones are kept.
    #expect(jobs.count == 3)
    #expect(jobs.allSatisfy { $0.controller?.uid == cron.uid })
    let last = try await stage.rehearsal.get(cron.reference)
      .status["lastScheduleTime"]?.string
    #expect(last?.dropLast(4).hasSuffix("0") == true)
  }

  @Test func budgetsCountTheirPods() async throws {
    try await stage.deploy("web", replicas: 3)
    let budget = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": ["name": "web", "namespace": "default"],
        "spec": [
          "minAvailable": 2, "selector": ["matchLabels": ["app": "web"]],
        ],
      ]))
    try await stage.run(for: .seconds(20))
    let status = try await stage.rehearsal.get(budget.reference).status
    #expect(status["currentHealthy"] == 3 && status["disruptionsAllowed"] == 1)
  }

  @Test func initContainersRunInOrderBeforeTheRest() async throws {
    var web = Stage.workload("Deployment", "web")
    web.spec.set(
      [
        ["name": "one", "image": "i:1"], ["name": "two", "image": "i:1"],
      ], at: "template", "spec", "initContainers")
    _ = try await stage.rehearsal.apply(web, ApplyOptions())
    var seen: [String] = []
    for _ in 0..<80 {
      try await stage.run(for: .milliseconds(200))
      if let reason = try await stage.pods("web").first?.display.reason,
        seen.last != reason
      {
        seen.append(reason)
      }
    }
    #expect(
      seen == [
        "Init:0/2", "Init:1/2", "PodInitializing", "Running",
      ])
  }

  @Test func definedKindsAreServed() async throws {
    _ = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": ["name": "anchors.deck.io"],
        "spec": [
          "group": "deck.io", "scope": "Namespaced",
          "names": ["kind": "Anchor", "plural": "anchors"],
          "versions": [["name": "v1", "served": true, "storage": true]],
        ],
      ]))
    let anchor = try await stage.rehearsal.create(
      KubernetesObject([
        "apiVersion": "deck.io/v1", "kind": "Anchor",
        "metadata": ["name": "a", "namespace": "default"],
        "spec": ["chain": 3],
      ]))
    #expect(anchor.generation == 1)
    #expect(try await stage.rehearsal.get(anchor.reference) == anchor)
  }

  @Test func leasesAreStoredAsTheyAre() async throws {
    let lease = KubernetesObject([
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
      "metadata": ["name": "run", "namespace": "default"],
      "spec": [
        "holderIdentity": "me@host:1",
        "renewTime": .string(Stage.start.microTimestamp),
      ],
    ])
    let made = try await stage.rehearsal.create(lease)
    #expect(made.spec == lease.spec)
    var other = made
    other.spec["holderIdentity"] = "you@host:2"
    let taken = try await stage.rehearsal.replace(other)
    await #expect {
      _ = try await stage.rehearsal.replace(other)
    } throws: { ($0 as? ClusterError)?.isConflict == true }
    #expect(taken.spec["holderIdentity"] == "you@host:2")
  }
}
