// What a write of a role does to an object, on a rehearsed cluster.

import Ansible
import AnsibleKubernetes
import Kubernetes
import Rehearsal
import Testing

@testable import Run

@Suite struct ObjectPlanTests {
  private let cluster = Rehearsal(
    clock: .handTurned(start: Instant(seconds: 1_767_225_600)))

  private func planner(
    _ inventory: Inventory = Inventory()
  ) async throws -> ObjectPlanner {
    ObjectPlanner(
      cluster: cluster, inventory: inventory,
      namespaces: Set(
        try await cluster.listAll(ListQuery(.namespace)).items.map(\.name)),
      discovery: try await cluster.resources())
  }

  private func write(
    _ manifest: JSON, force: Bool = false, unknown: [String] = [],
    secrets: [SecretSpan] = []
  ) -> RenderedWrite {
    RenderedWrite(
      .apply(fieldManager: "quarterdeck", force: force),
      KubernetesObject(manifest).reference, object: manifest,
      unknown: unknown, secrets: secrets,
      task: TaskReference(
        name: "Apply", action: "kubernetes.core.k8s",
        place: SourcePlace(file: "tasks/main.yml", line: 3)))
  }

  private func configMap(
    _ data: JSON, namespace: String = "default"
  ) -> JSON {
    [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": "conf", "namespace": .string(namespace)],
      "data": data,
    ]
  }

  private func deployment(_ image: String, label: String = "a") -> JSON {
    [
      "apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": ["name": "api", "namespace": "default"],
      "spec": [
        "replicas": 3, "selector": ["matchLabels": ["app": .string(label)]],
        "template": [
          "metadata": ["labels": ["app": .string(label)]],
          "spec": [
            "containers": [["name": "api", "image": .string(image)]]
          ],
        ],
      ],
    ]
  }

  private func apply(
    _ manifest: JSON, as manager: String = "quarterdeck"
  ) async throws {
    _ = try await cluster.apply(
      KubernetesObject(manifest), ApplyOptions(fieldManager: manager))
  }

  /// What an autoscaler set is no change, no conflict, and nothing to turn
  /// back; what a person scaled is.
  @Test func replicasAreLeftToAnAutoscaler() async throws {
    try await apply(deployment("api:1"))
    let reference = KubernetesObject(deployment("api:1")).reference
    func scale(to replicas: Int, as manager: String) async throws {
      _ = try await cluster.patch(
        reference, .merge(["spec": ["replicas": .integer(replicas)]]),
        WriteOptions(fieldManager: manager, subresource: "scale"))
    }
    try await scale(to: 5, as: "kubectl")
    let byHand = try await planner().plan(write(deployment("api:1")))
    #expect(byHand.conflicts.map(\.field) == [".spec.replicas"])
    try await scale(to: 4, as: "kube-controller-manager")
    let scaled = try await planner().plan(write(deployment("api:1")))
    #expect(scaled.outcome == .unchanged)
    #expect(scaled.conflicts == [])
    #expect(scaled.reason == "an autoscaler sets the replicas, now 4")
    let newer = try await planner().plan(write(deployment("api:2")))
    #expect(newer.conflicts == [])
    #expect(!newer.diff.contains { $0.printed.contains("replicas: 3") })
    // Forced or not, as the run sends it.
    let live = try await cluster.find(reference)
    let sent = KubernetesObject(deployment("api:2"))
      .leavingToAutoscaler(of: live)
    let after = try await cluster.apply(sent, ApplyOptions())
    #expect(after.spec["replicas"] == 4)
  }

  @Test func whatIsNotThereIsCreated() async throws {
    let planner = try await planner()
    let planned = await planner.plan(write(configMap(["k": "v"])))
    #expect(planned.outcome == .create)
    #expect(planned.live == nil)
    #expect(planned.diff.first?.printed == "@@ -0,0 +1,7 @@")
    #expect(planned.diff.contains { $0.printed == "+  k: v" })
    #expect(planned.origin == "tasks/main.yml:3")
    // In a namespace that the plan itself makes no dry run is possible.
    let local = await planner.plan(
      write(configMap(["k": "v"], namespace: "new")))
    #expect(local.outcome == .create)
  }

  @Test func whatIsTheSameIsUnchanged() async throws {
    try await apply(configMap(["k": "v"]))
    try await apply(deployment("a:1"))
    let planner = try await planner()
    let same = await planner.plan(write(configMap(["k": "v"])))
    #expect(same.outcome == .unchanged)
    #expect(same.diff.isEmpty)
    #expect(await planner.plan(write(deployment("a:1"))).outcome == .unchanged)
  }

  @Test func aChangeShowsItsLinesAndTheRestarts() async throws {
    try await apply(deployment("a:1"))
    try await cluster.advance(by: .seconds(60))
    let planned = try await planner().plan(write(deployment("a:2")))
    #expect(planned.outcome == .change)
    #expect(planned.restarts == 3)
    #expect(planned.live?.generation == 1)
    let changed = planned.diff.filter {
      $0.kind == .added || $0.kind == .removed
    }.map(\.printed)
    #expect(changed.count == 2)
    #expect(changed.first?.contains("image: a:1") == true, "\(changed)")
    #expect(changed.last?.contains("image: a:2") == true, "\(changed)")
  }

  @Test func aFieldTakenOutIsAChange() async throws {
    try await apply(configMap(["k": "v", "gone": "x"]))
    let planned = try await planner().plan(write(configMap(["k": "v"])))
    #expect(planned.outcome == .change)
    #expect(planned.diff.contains { $0.printed == "-  gone: x" })
  }

  @Test func othersObjectsAreAdopted() async throws {
    try await apply(configMap(["k": "v"]), as: "kubectl")
    let planned = try await planner().plan(write(configMap(["k": "v"])))
    #expect(planned.outcome == .adopt)
    #expect(planned.conflicts.isEmpty)
    let live = try await cluster.get(
      KubernetesObject(configMap([:])).reference)
    let inventory = Inventory(components: [
      "x": [Inventory.Item(live.reference, uid: live.uid)]
    ])
    let known = try await planner(inventory).plan(
      write(configMap(["k": "v"])))
    #expect(known.outcome == .unchanged)
  }

  @Test func aFieldConflictNamesTheOtherManager() async throws {
    try await apply(configMap(["k": "theirs"]), as: "kubectl")
    let planned = try await planner().plan(write(configMap(["k": "ours"])))
    #expect(planned.outcome == .adopt)
    #expect(
      planned.conflicts == [FieldConflict(field: ".data.k", manager: "kubectl")]
    )
    #expect(planned.diff.contains { $0.printed == "+  k: ours" })
    let forced = try await planner().plan(
      write(configMap(["k": "ours"]), force: true))
    #expect(forced.conflicts.isEmpty)
  }

  @Test func anImmutableFieldIsAReplacement() async throws {
    try await apply(deployment("a:1"))
    try await cluster.advance(by: .seconds(60))
    let planned = try await planner().plan(
      write(deployment("a:1", label: "b")))
    #expect(planned.outcome == .replace, "\(planned)")
    #expect(planned.reason?.contains("selector") == true)
    #expect(planned.restarts == 3)
  }

  /// The real ansible-playbook only gets the error.
  @Test func withoutReplacingItIsRefused() async throws {
    try await apply(deployment("a:1"))
    var planner = try await planner()
    planner.replaces = false
    let planned = await planner.plan(write(deployment("a:1", label: "b")))
    #expect(planned.outcome == .refused)
    #expect(planned.reason?.contains("selector") == true)
  }

  private func statefulSet(
    _ storage: String, image: String = "a:1", service: String = "db"
  ) -> JSON {
    [
      "apiVersion": "apps/v1", "kind": "StatefulSet",
      "metadata": ["name": "db", "namespace": "default"],
      "spec": [
        "replicas": 2, "serviceName": .string(service),
        "podManagementPolicy": "Parallel",
        "selector": ["matchLabels": ["app": "db"]],
        "template": [
          "metadata": ["labels": ["app": "db"]],
          "spec": ["containers": [["name": "db", "image": .string(image)]]],
        ],
        "volumeClaimTemplates": [
          [
            "metadata": ["name": "data"],
            "spec": [
              "accessModes": ["ReadWriteOnce"],
              "resources": ["requests": ["storage": .string(storage)]],
            ],
          ]
        ],
      ],
    ]
  }

  /// Its pods stay, unless they change themselves or are found otherwise.
  @Test func aStatefulSetMadeAnewKeepsItsPods() async throws {
    try await apply(statefulSet("1Gi"))
    try await cluster.advance(by: .seconds(60))
    for (wanted, restarts) in [
      (statefulSet("2Gi"), 0), (statefulSet("2Gi", image: "a:2"), 2),
      (statefulSet("1Gi", service: "other"), 2),
    ] {
      let planned = try await planner().plan(write(wanted))
      #expect(planned.outcome == .replace, "\(planned)")
      #expect(planned.restarts == restarts, "\(planned.diff)")
    }
  }

  /// What would be made anew has to be takeable before anything is deleted.
  @Test func aReplacementIsCheckedFirst() async throws {
    try await apply(statefulSet("1Gi"))
    var bad = statefulSet("2Gi")
    bad.set(["app": "other"], at: "spec", "template", "metadata", "labels")
    let planned = try await planner().plan(write(bad))
    #expect(planned.outcome == .refused, "\(planned)")
  }

  @Test func dataIsNeverMadeAnew() async throws {
    func claim(_ mode: JSON) -> JSON {
      [
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": ["name": "data", "namespace": "default"],
        "spec": [
          "accessModes": [mode],
          "resources": ["requests": ["storage": "1Gi"]],
        ],
      ]
    }
    try await apply(claim("ReadWriteOnce"))
    let planned = try await planner().plan(write(claim("ReadWriteMany")))
    #expect(planned.outcome == .refused)
    #expect(planned.reason?.contains("lose data") == true, "\(planned)")
  }

  @Test func whatTheServerDoesNotTakeIsRefused() async throws {
    var bad = deployment("a:1")
    bad.set(["app": "other"], at: "spec", "template", "metadata", "labels")
    let planned = try await planner().plan(write(bad))
    #expect(planned.outcome == .refused)
    #expect(planned.reason?.isEmpty == false)
  }

  @Test func unknownFieldsAreMarkedAndDoNotCount() async throws {
    try await apply(configMap(["k": "live"]))
    let planned = try await planner().plan(
      write(configMap(["k": ""]), unknown: ["/data/k"]))
    #expect(planned.outcome == .unchanged)
    #expect(planned.unknownFields == ["/data/k"])
    let fresh = try await planner().plan(
      write(
        configMap(["k": ""], namespace: "new"), unknown: ["/data/k"]))
    #expect(
      fresh.diff.contains { $0.text.contains("(known during the run)") })
  }

  @Test func secretsAreMaskedInThePlan() async throws {
    func secret(_ value: String) -> JSON {
      [
        "apiVersion": "v1", "kind": "Secret",
        "metadata": ["name": "s", "namespace": "default"],
        "data": ["p": .string(value)],
      ]
    }
    try await apply(secret("b2xkc2VjcmV0"))
    let planned = try await planner().plan(write(secret("bmV3c2VjcmV0")))
    let text = planned.diff.map(\.printed).joined(separator: "\n")
    #expect(planned.outcome == .change)
    #expect(text.contains("-  p: \"********\""), "\(text)")
    #expect(text.contains("(changed)"))
    #expect(!text.contains("b2xk") && !text.contains("bmV3"))
    let stored = String(
      decoding: try RunCoding.encode(planned), as: UTF8.self)
    #expect(!stored.contains("b2xk") && !stored.contains("bmV3"))
  }

  @Test func aDeletionIsPlannedOnlyForWhatIsThere() async throws {
    try await apply(configMap(["k": "v"]))
    func deletion(_ name: String) -> RenderedWrite {
      RenderedWrite(
        .delete(DeleteOptions()),
        ObjectReference(.configMap, namespace: "default", name: name),
        task: TaskReference(
          name: "x", action: "y", place: SourcePlace(file: "f")))
    }
    let planner = try await planner()
    #expect(await planner.plan(deletion("conf")).outcome == .delete)
    #expect(await planner.plan(deletion("none")).outcome == .unchanged)
  }

  // MARK: The guard

  private func plan(_ objects: PlannedObject...) -> Plan {
    Plan(
      number: 1, operation: .deploy, stack: "lab", namespace: "default",
      isRehearsal: true, made: Instant(seconds: 0),
      stages: [
        PlanStage(
          name: "s",
          components: [
            PlannedComponent(name: "c", service: "c", objects: objects)
          ])
      ])
  }

  private func held(
    _ guardian: RunGuard, _ write: RenderedWrite
  ) async throws -> String? {
    switch try await guardian.judge(write) {
    case .go: nil
    case .hold(let sentence): sentence
    }
  }

  @Test func theGuardHoldsWhatThePlanDidNotShow() async throws {
    try await apply(configMap(["k": "v"]))
    let asked = write(configMap(["k": "w"]))
    let planned = try await planner().plan(asked)
    let guardian = RunGuard(
      plan: plan(planned), consent: RunConsent(), cluster: cluster)
    #expect(try await held(guardian, asked) == nil)
    #expect(
      try await held(guardian, write(configMap(["k": "x"])))
        == "what the role now writes to ConfigMap conf is not what the plan "
        + "showed")
    #expect(
      try await held(guardian, write(deployment("a:1")))
        == "Deployment api is not in the plan")
  }

  @Test func theGuardSeesTheClusterMove() async throws {
    try await apply(configMap(["k": "v"]))
    try await apply(deployment("a:1"))
    let conf = write(configMap(["k": "w"]))
    let api = write(deployment("a:2"))
    let planner = try await planner()
    let plan = plan(await planner.plan(conf), await planner.plan(api))
    let guardian = RunGuard(
      plan: plan, consent: RunConsent(), cluster: cluster)
    // Status alone does not count.
    try await cluster.advance(by: .seconds(60))
    #expect(try await held(guardian, api) == nil)
    try await apply(configMap(["k": "hand"]))
    #expect(
      try await held(guardian, conf)
        == "ConfigMap conf was changed by somebody since the plan")
    try await apply(deployment("a:3"))
    #expect(try await held(guardian, api)?.contains("changed") == true)
    await guardian.accept(conf.reference)
    #expect(try await held(guardian, conf) == nil)
  }
}
