// Whole runs on a rehearsed cluster: plan, freeze, deploy, plan again.

import Kubernetes
import Platform
import Rehearsal
import Stack
import Testing

@testable import Run

@Suite struct DeploymentTests {
  private func states(_ run: RunSnapshot) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: run.stages.flatMap(\.components).map {
        ($0.name, $0.state.rawValue)
      })
  }

  @Test func aDeploymentLeavesNothingToChange() async throws {
    let yard = try Yard()
    let plan = try await yard.plan()
    #expect(plan.obstacles == [])
    #expect(plan.stages.map(\.name) == ["data", "web"])
    #expect(plan.counts == [.create: 10])
    #expect(
      plan.objects.filter { $0.reference.kind == "Namespace" }.count == 1)
    let run = try await yard.deploy()
    #expect(run.state == .succeeded, "\(run.state)")
    #expect(
      states(run) == ["store": "done", "cache": "done", "api": "done"])
    let again = try await yard.plan()
    #expect(again.changes == 0, "\(again.objects)")
    #expect(again.restarts == 0)
    let release = try #require(try await yard.releases().all().last)
    #expect(release.isComplete)
    #expect(
      release.components["api"]?.map(\.reference.name)
        == ["openstack", "api", "api", "api", "api-test"])
    #expect(try await yard.lockHolder() == nil)
  }

  @Test func noSecretIsWrittenToTheRunsFiles() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let password = try #require(
      try yard.stack.contents.value(of: "api_password")?.value?.string)
    let encoded = RunCoding.base64(Array(password.utf8))
    let files = RunFiles(try yard.stack.layout, number: 1)
    for path in [files.plan, files.journal, files.consent] {
      let text = String(
        decoding: try yard.context.files.read(path).bytes, as: UTF8.self)
      #expect(!text.contains(password), "\(path)")
      #expect(!text.contains(encoded), "\(path)")
      let status = try yard.context.files.status(path)
      #expect(status?.mode == .secret, "\(path)")
    }
  }

  @Test func aChangedParameterIsAChangeWithRestarts() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    try yard.edit(.set("api_setting", "two"))
    let plan = try await yard.plan()
    let changed = plan.objects.filter { $0.outcome != .unchanged }
    #expect(
      changed.map(\.reference.kind) == ["ConfigMap", "Deployment"])
    #expect(changed.allSatisfy { $0.outcome == .change })
    #expect(plan.restarts == 2)
    #expect(
      changed[0].diff.contains { $0.printed == "+    setting = two" })
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded)
    #expect(try await yard.plan().changes == 0)
  }

  @Test func whatNoRoleRendersAnyMoreIsPruned() async throws {
    let yard = try Yard()
    try yard.edit(.set("api_extra", true))
    _ = try await yard.deploy()
    let extra = ObjectReference(
      .configMap, namespace: "openstack", name: "api-extra")
    #expect(try await yard.cluster.find(extra) != nil)
    try yard.edit(.reset("api_extra"))
    let plan = try await yard.plan()
    #expect(plan.stages.last?.name == "cleanup")
    let gone = plan.objects.filter { $0.outcome == .delete }
    #expect(gone.map(\.reference) == [extra])
    #expect(plan.changes == 1)
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded)
    #expect(try await yard.cluster.find(extra) == nil)
    #expect(try await yard.plan().changes == 0)
  }

  @Test func whatIsDroppedIsRemovedByItsRole() async throws {
    let yard = try Yard()
    try yard.edit(.set("api_extra", true))
    _ = try await yard.deploy()
    try yard.edit(.choose(["store"]))
    let plan = try await yard.plan()
    // The last that was deployed first, after all that stays.
    #expect(plan.stages.map(\.name) == ["data", "remove web", "remove data"])
    let api = try #require(plan.components.first { $0.name == "api" })
    #expect(api.entryPoints == ["remove"])
    let gone = api.objects.filter { $0.outcome == .delete }
    #expect(
      gone.map(\.reference.description).sorted() == [
        "ConfigMap api", "ConfigMap api-test", "Deployment api", "Secret api",
      ])
    // The role does not delete it: it is shown, and it stays.
    let extra = try #require(
      api.objects.first { $0.reference.name == "api-extra" })
    #expect(extra.outcome == .unchanged)
    #expect(extra.reason?.contains("stays") == true)
    #expect(plan.components.last?.name == "cache")
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded, "\(run.state)")
    let left = try await yard.cluster.listAll(
      ListQuery(.deployment, namespace: "openstack"))
    #expect(left.items.map(\.name) == ["store"])
    #expect(try await yard.cluster.find(extra.reference) != nil)
    let again = try await yard.plan()
    #expect(again.changes == 0, "\(again.objects)")
    #expect(again.stages.map(\.name) == ["data"])
  }

  @Test func removalTakesWhatWasDroppedToo() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    try yard.edit(.choose(["store", "cache"]))
    let plan = try await yard.plan(.remove)
    #expect(plan.stages.map(\.name) == ["data", "remove web"])
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded, "\(run.state)")
    let left = try await yard.cluster.listAll(
      ListQuery(.deployment, namespace: "openstack"))
    #expect(left.items.isEmpty)
  }

  /// Killed with the last object written: nothing is to change, and yet there
  /// is something to do.
  @Test func aRunCutShortIsFinishedByTheNext() async throws {
    let yard = try Yard()
    let files = try await yard.freeze(try await yard.plan())
    _ = try await yard.execute(files)
    // As kill -9 before the release leaves it.
    let text = String(
      decoding: try yard.context.files.read(files.journal).bytes,
      as: UTF8.self)
    let lines = text.split(separator: "\n")
    let cut = lines.prefix {
      !$0.contains("\"released\"") && !$0.contains("\"finished\"")
    }
    try yard.context.files.write(
      Array((cut.joined(separator: "\n") + "\n").utf8), to: files.journal,
      mode: .secret)
    for secret in try await yard.cluster.listAll(
      ListQuery(.secret, namespace: "openstack")
    ).items where secret.name.contains("release") {
      _ = try await yard.cluster.delete(secret.reference)
    }
    let plan = try await yard.plan()
    #expect(plan.changes == 0)
    #expect(plan.isUnfinished)
    // What it wrote is the stack's all the same.
    try yard.edit(.choose(["store", "cache"]))
    #expect(
      try await yard.plan().objects.contains {
        $0.outcome == .delete && $0.reference.description == "Deployment api"
      })
    try yard.edit(.choose(["api", "store", "cache"]))
    let run = try await yard.deploy()
    #expect(run.state == .succeeded, "\(run.state)")
    #expect(try await !yard.plan().isUnfinished)
  }

  @Test func refusalsAreListedOnceWithTheirPlace() async throws {
    let yard = try Yard()
    let task = """
      - name: Close
        community.general.ufw: {state: enabled}
      """
    try yard.write("roles/shared/tasks/main.yml", task)
    for name in ["one", "two"] {
      try yard.write(
        "roles/\(name)/meta/service.yml",
        "service: \(name)\ntitle: \(name)\ngroup: g\nstage: more\n")
      try yard.write(
        "roles/\(name)/tasks/main.yml",
        "- name: Share\n  ansible.builtin.include_role: {name: shared}\n")
    }
    try yard.edit(.choose(["one", "two"]))
    let plan = try await yard.plan()
    let refusal = PlannedRefusal(
      location: "roles/shared/tasks/main.yml:2",
      name: "community.general.ufw",
      what: "the module \"community.general.ufw\" is not supported")
    #expect(plan.refusals == [refusal])
    #expect(plan.obstacles == [refusal.description])
    #expect(!plan.canFallBack, "a rehearsal is out of ansible-playbook's reach")
    let problem = await #expect(throws: RunProblem.self) {
      try await yard.freeze(plan)
    }
    #expect(problem?.description == refusal.description)
  }

  @Test func aFailureHoldsLaterStagesAndTheNextRunFinishes() async throws {
    let yard = try Yard()
    try yard.edit(.set("store_image", "registry.example/store:typo"))
    try await yard.cluster.add(try Fault(parsing: "image:store"))
    let run = try await yard.deploy()
    guard case .failed(let sentence) = run.state else {
      Issue.record("\(run.state)")
      return
    }
    #expect(sentence.hasPrefix("store failed: "), "\(sentence)")
    #expect(
      states(run) == ["store": "failed", "cache": "done", "api": "held"])
    let api = run.stages[1].components[0]
    #expect(api.sentence?.contains("store failed") == true)
    try await yard.cluster.remove(try Fault(parsing: "image:store"))
    try yard.edit(.reset("store_image"))
    let second = try await yard.deploy()
    #expect(second.state == .succeeded, "\(second.state)")
    #expect(try await yard.plan().changes == 0)
  }

  @Test func removalTakesEverythingAway() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let plan = try await yard.plan(.remove)
    #expect(plan.stages.map(\.name) == ["web", "data"])
    #expect(plan.counts[.delete] == 12)
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded, "\(run.state)")
    let left = try await yard.cluster.listAll(
      ListQuery(.deployment, namespace: "openstack"))
    #expect(left.items.isEmpty)
    #expect(try await yard.releases().inventory() == Inventory())
  }

  @Test func aSecretInTheWrongPlaceIsStillMasked() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let password = try #require(
      try yard.stack.contents.value(of: "api_password")?.value?.string)
    var conf = try await yard.cluster.get(
      ObjectReference(.configMap, namespace: "openstack", name: "api"))
    conf.json["data"] = ["api.conf": .string("was = \(password)\n")]
    _ = try await yard.cluster.replace(
      conf, WriteOptions(fieldManager: "editor"))
    let plan = try await yard.plan()
    let text = String(
      decoding: try RunCoding.encode(plan), as: UTF8.self)
    #expect(text.contains("was = ********"))
    #expect(!text.contains(password))
  }

  @Test func conflictingFieldsNeedConsent() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let conf = ObjectReference(
      .configMap, namespace: "openstack", name: "api")
    _ = try await yard.cluster.apply(
      KubernetesObject([
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": ["name": "api", "namespace": "openstack"],
        "data": ["api.conf": "theirs"],
      ]), ApplyOptions(fieldManager: "bob", force: true))
    let plan = try await yard.plan()
    #expect(plan.conflicted.map(\.reference) == [conf])
    let problem = await #expect(throws: RunProblem.self) {
      try await yard.freeze(plan)
    }
    #expect(problem?.description.contains("that bob set") == true)
    let run = try await yard.execute(
      try await yard.freeze(plan, RunConsent(forced: [conf])))
    #expect(run.state == .succeeded, "\(run.state)")
    let live = try await yard.cluster.get(conf)
    #expect(live.json["data"]?["api.conf"] == "setting = one\n")
  }

  @Test func whatCannotBeChangedInPlaceIsMadeAnew() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let reference = ObjectReference(
      .deployment, namespace: "openstack", name: "api")
    // One of the same name whose pods are found by other labels.
    var other = try await yard.cluster.get(reference)
    try await yard.cluster.delete(
      reference, DeleteOptions(propagation: .foreground))
    while try await yard.cluster.find(reference) != nil {
      try await yard.time.sleep(for: .seconds(1))
    }
    other.resourceVersion = nil
    other.json.set(nil, at: "metadata", "uid")
    other.spec["selector"] = ["matchLabels": ["old": "label"]]
    other.json.set(
      ["old": "label"], at: "spec", "template", "metadata", "labels")
    let old = try await yard.cluster.create(
      other, WriteOptions(fieldManager: "bob"))
    let plan = try await yard.plan()
    let planned = try #require(
      plan.objects.first { $0.reference == reference })
    #expect(planned.outcome == .replace, "\(planned)")
    // Somebody else's fields go with it: that needs consent as ever.
    #expect(plan.conflicted.map(\.reference) == [reference])
    let run = try await yard.execute(
      try await yard.freeze(plan, RunConsent(forced: [reference])))
    #expect(run.state == .succeeded, "\(run.state)")
    #expect(try await yard.cluster.get(reference).uid != old.uid)
    let pods = try await yard.cluster.listAll(
      ListQuery(
        .pod, namespace: "openstack", labelSelector: "old=label"))
    #expect(pods.items.isEmpty)
    #expect(try await yard.plan().changes == 0)
  }

  @Test func nodeLabelsAreShownAndMade() async throws {
    let yard = try Yard()
    let labels: [String: [String: String?]] = [
      "node-1": ["quarterdeck.io/control-plane": "enabled"]
    ]
    let store = NodeLabelStore(files: yard.context.files)
    let layout = try yard.stack.layout
    try store.write(labels, layout)
    #expect(store.read(layout) == labels)
    let plan = try await Planner(yard.context).plan(
      try yard.stack, PlanRequest(nodeLabels: labels)
    ).plan
    #expect(plan.stages.first?.name == "nodes")
    let node = try #require(plan.stages.first?.components.first?.objects.first)
    #expect(
      node.diff.contains {
        $0.printed == "+    quarterdeck.io/control-plane: enabled"
      }, "\(node.diff)")
    let run = try await yard.execute(try await yard.freeze(plan))
    #expect(run.state == .succeeded, "\(run.state)")
    let live = try await yard.cluster.get(node.reference)
    #expect(live.labels["quarterdeck.io/control-plane"] == "enabled")
    #expect(store.read(layout).isEmpty)
  }

  @Test func theRealAnsibleCannotRehearse() async throws {
    let yard = try Yard()
    let plan = try await Planner(yard.context).plan(
      try yard.stack, PlanRequest(engine: .ansible)
    ).plan
    #expect(
      plan.obstacles.contains { $0.contains("choose a cluster") },
      "\(plan.obstacles)")
    await #expect(throws: RunProblem.self) { try await yard.freeze(plan) }
  }

  // MARK: What must not run

  @Test func aPlanThatIsOutOfDateIsNotFrozen() async throws {
    let yard = try Yard()
    let plan = try await yard.plan()
    try yard.edit(.set("api_replicas", 3))
    let problem = await #expect(throws: RunProblem.self) {
      try await yard.freeze(plan)
    }
    #expect(problem?.description.contains("plan again") == true)
  }

  @Test func aFileChangedAfterTheFreezeEndsTheRun() async throws {
    let yard = try Yard()
    let files = try await yard.freeze(try await yard.plan())
    try yard.edit(.set("api_replicas", 3))
    let run = try await yard.execute(files)
    #expect(
      run.state.sentence
        == "group_vars/all/parameters.yml was changed since the plan was "
        + "frozen; plan again")
    #expect(
      try await yard.cluster.find(
        ObjectReference(.namespace, name: "openstack")) == nil)
  }

  @Test func aRunHoldsWhenTheClusterMoved() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    try yard.edit(.set("api_setting", "two"))
    let files = try await yard.freeze(try await yard.plan())
    var conf = try await yard.cluster.get(
      ObjectReference(.configMap, namespace: "openstack", name: "api"))
    conf.json["data"] = ["api.conf": "by hand"]
    _ = try await yard.cluster.replace(
      conf, WriteOptions(fieldManager: "editor"))
    let task = Task { try await yard.execute(files) }
    let held = try await yard.waitForHold(files)
    #expect(held == "ConfigMap api was changed by somebody since the plan")
    try yard.launcher.tell(.stop, run: files.number, of: try yard.stack)
    let run = try await task.value
    #expect(run.state == .failed("stopped by order"))
    let live = try await yard.cluster.get(conf.reference)
    #expect(live.json["data"]?["api.conf"] == "by hand")
  }

  @Test func aHeldRunGoesOnWhenItIsTold() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    try yard.edit(.set("api_setting", "two"))
    let files = try await yard.freeze(try await yard.plan())
    let conf = ObjectReference(
      .configMap, namespace: "openstack", name: "api")
    _ = try await yard.cluster.delete(conf)
    let task = Task { try await yard.execute(files) }
    #expect(
      try await yard.waitForHold(files)
        == "ConfigMap api was deleted by somebody since the plan")
    try yard.launcher.tell(.resume, run: files.number, of: try yard.stack)
    let run = try await task.value
    #expect(run.state == .succeeded, "\(run.state)")
    #expect(try await yard.plan().changes == 0)
  }

  @Test func aHeldLockIsAnObstacle() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let other = RunLock(
      cluster: yard.cluster, stack: "lab", namespace: "openstack",
      holder: "bob@b:2", duration: .seconds(3600))
    try await other.acquire()
    let plan = try await yard.plan()
    #expect(plan.obstacles.first?.contains("bob@b:2 runs this stack") == true)
  }

  /// A stack of a real cluster may rehearse; the rehearsal is not recorded.
  @Test func aRehearsalIsNoOtherCluster() async throws {
    let yard = try Yard()
    try yard.edit(.recordCluster(uid: "a-real-one", policyVersion: nil))
    let plan = try await yard.plan()
    #expect(plan.obstacles == [])
    let identity = plan.preflight.first { $0.title == "Cluster identity" }
    #expect(identity?.sentence.contains("no cluster is recorded") == true)
    _ = try await yard.freeze(plan)
    #expect(try yard.stack.contents.settings.clusterUID == "a-real-one")
  }

  @Test func missingRightsAreNamed() async throws {
    let yard = try Yard(
      configuration: RehearsalConfiguration(denials: [
        RehearsalConfiguration.Denial(
          verb: "patch", group: "apps", resource: "deployments")
      ]))
    let plan = try await yard.plan()
    #expect(
      plan.obstacles.contains {
        $0.contains("you may not patch deployments in openstack")
      }, "\(plan.obstacles)")
  }

  /// A reader without rights still gets the whole list of them.
  @Test func rightsAreNamedThoughNothingMayBeRead() async throws {
    func denied(_ verb: String, _ group: String, _ resource: String)
      -> RehearsalConfiguration.Denial
    {
      RehearsalConfiguration.Denial(
        verb: verb, group: group, resource: resource)
    }
    let yard = try Yard(
      configuration: RehearsalConfiguration(denials: [
        denied("get", "", "namespaces"), denied("list", "", "namespaces"),
        denied("get", "", "configmaps"), denied("get", "", "secrets"),
        denied("patch", "apps", "deployments"),
      ]))
    let plan = try await yard.plan()
    let rights = try #require(
      plan.preflight.first { $0.title == "Rights" })
    #expect(rights.state == .fail)
    for words in [
      "get, list namespaces", "get configmaps in openstack",
      "get secrets in openstack", "patch deployments in openstack",
    ] {
      #expect(rights.sentence.contains(words), "\(rights.sentence)")
    }
    await #expect(throws: RunProblem.self) { try await yard.freeze(plan) }
  }

  // MARK: Followers

  @Test func aFollowerSeesTheRunToItsEnd() async throws {
    let yard = try Yard()
    let files = try await yard.freeze(try await yard.plan())
    let layout = try yard.stack.layout
    let follower = RunFollower(yard.context)
    let task = Task { try await yard.execute(files) }
    var last: FollowedRun?
    var states = Set<String>()
    for try await now in follower.follow(files.number, of: layout) {
      for component in now.tree.components {
        states.insert(component.verdict.state.rawValue)
      }
      last = now
    }
    _ = try await task.value
    #expect(last?.run.state == .succeeded)
    #expect(last?.run.stages.allSatisfy { $0.state == .done } == true)
    #expect(states.contains("Current"))
    #expect(last?.run.staleSince == nil)
  }

  @Test func aRunWhoseProcessIsGoneIsInterrupted() async throws {
    let yard = try Yard()
    let files = try await yard.freeze(try await yard.plan())
    let journal = try JournalWriter(
      files: yard.context.files, path: files.journal, time: yard.time)
    try await journal.write(
      .started(
        RunHeader(
          number: files.number, operation: .deploy, engine: .quarterdeck,
          holder: "x@\(Host.name)",
          process: ProcessIdentity(pid: 1, startTicks: 1, boot: "other"),
          plan: "p")))
    let layout = try yard.stack.layout
    var last: FollowedRun?
    for try await now in RunFollower(yard.context).follow(
      files.number, of: layout)
    {
      last = now
    }
    guard case .interrupted? = last?.run.state else {
      Issue.record("\(String(describing: last?.run.state))")
      return
    }
    #expect(yard.history.active(layout) == nil)
  }

  // MARK: Previews

  @Test func aPreviewNamesWhatAnEditChanges() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let previewer = EditPreviewer(yard.context, stack: try yard.stack)
    let scale = try await previewer.preview(.set("api_replicas", 4))
    #expect(scale.changes.map(\.fields) == [["spec.replicas: 2 → 4"]])
    #expect(scale.restarts == 0)
    let setting = try await previewer.preview(.set("api_setting", "two"))
    #expect(
      setting.changes.map(\.object.kind) == ["ConfigMap", "Deployment"])
    #expect(
      setting.changes.first?.fields
        == ["data[api.conf]: setting = one → setting = two"])
    #expect(setting.restarts == 2)
    let secret = try await previewer.preview(.generate("api_password"))
    #expect(
      secret.changes.map(\.fields)
        == [["data.password: ******** → ******** (changed)"]])
    // Nothing was written.
    #expect(try await yard.plan().changes == 0)
  }

  /// Once an edit is written, what it changed is told by what it replaced.
  @Test func aPreviewTellsWhatAWrittenEditChanged() async throws {
    let yard = try Yard()
    _ = try await yard.deploy()
    let changed = try yard.context.store.apply(
      [.set("api_setting", "two")], to: try yard.stack)
    let previewer = EditPreviewer(yard.context, stack: changed)
    let effect = try await previewer.preview(
      from: .reset("api_setting"), to: nil)
    #expect(
      effect.changes.first?.fields
        == ["data[api.conf]: setting = one → setting = two"])
    #expect(effect.restarts == 2)
    #expect(try await previewer.preview(from: nil, to: nil) == EditEffect())
  }
}

extension Yard {
  /// The sentence with which a run is held; nil when it is not in time.
  func waitForHold(_ files: RunFiles) async throws -> String? {
    for _ in 0..<3000 {
      for event in try journal(files.number) {
        if case .held(let sentence) = event { return sentence }
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    return nil
  }

  func lockHolder() async throws -> LockHolder? {
    try await RunLock(
      cluster: cluster, stack: "lab", namespace: "openstack", holder: ""
    ).current()
  }
}
