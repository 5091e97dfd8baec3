// Makes plans: renders every component in the order of the run, each over what
// the ones before it would have left, and compares the result with the cluster.

import Ansible
import AnsibleKubernetes
import Kubernetes
import Platform
import Stack

/// Which plan is wanted.
public struct PlanRequest: Sendable, Hashable {
  public var operation: RunOperation
  public var engine: RunEngine
  /// Labels to give nodes, or with nil to take, by node.
  public var nodeLabels: [String: [String: String?]]
  /// Checks that the caller made itself, such as that of kubectl.
  public var checks: [PreflightCheck]

  public init(
    _ operation: RunOperation = .deploy, engine: RunEngine = .quarterdeck,
    nodeLabels: [String: [String: String?]] = [:],
    checks: [PreflightCheck] = []
  ) {
    self.operation = operation
    self.engine = engine
    self.nodeLabels = nodeLabels
    self.checks = checks
  }
}

/// A plan and what it was made of, which holds secrets and stays in memory.
public struct PlanDraft: Sendable {
  public var plan: Plan
  /// The writes of each component's objects and tests.
  var writes: [String: [RenderedWrite]]
}

/// Makes plans for one stack.
public struct Planner: Sendable {
  private let context: RunContext

  public init(_ context: RunContext) {
    self.context = context
  }

  /// Makes a plan; nothing is changed, in the cluster or on disk.
  ///
  /// What stands in the way of a run is among its obstacles.
  ///
  /// - Throws: `ClusterError` when the cluster cannot be reached,
  ///   `StackProblem` when the stack cannot be put in order.
  public func plan(
    _ stack: OpenStack, _ request: PlanRequest = PlanRequest()
  ) async throws -> PlanDraft {
    let settings = stack.contents.settings
    let facts = try await ClusterFacts.read(
      context.cluster, namespace: settings.namespace)
    let releases = ReleaseStore(
      cluster: context.cluster, stack: stack.contents.name,
      namespace: settings.namespace)
    var inventory = Inventory()
    var newest: Release?
    if facts.namespaces.contains(settings.namespace) {
      do {
        let kept = try await releases.all()
        inventory = ReleaseStore.inventory(of: kept)
        newest = kept.last
      } catch let error as ClusterError where error.isForbidden {
        // The preflight names the right that is missing.
      }
    }
    let cut = CutShortRuns(context, stack.layout, on: facts.uid)
    inventory.merge(cut.written)
    var work = PlanWork(
      context: context, stack: stack, request: request, facts: facts,
      inventory: inventory)
    try await work.stages()
    if [.deploy, .upgrade, .remove].contains(request.operation) {
      await work.drop()
    }
    if request.operation == .deploy || request.operation == .upgrade {
      await work.prune()
      await work.nodeLabels()
    }
    var plan = Plan(
      number: (RunFiles.numbers(stack.layout, context.files).last ?? 0) + 1,
      operation: request.operation, engine: request.engine,
      stack: stack.contents.name, namespace: settings.namespace,
      namespaces: work.namespaces, isRehearsal: context.cluster.isRehearsal,
      made: context.now, stages: work.planned)
    plan.inputs = PlanInputs(
      files: InputFiles.digests(
        stack, of: plan.components.map(\.name), context.files),
      clusterUID: facts.uid, clusterVersion: facts.version.description)
    plan.isUnfinished = newest?.isComplete == false || cut.isNewestCutShort
    plan.preflight =
      await Preflight(
        context: context, stack: stack, facts: facts, writes: work.writes,
        forbidden: work.reader.forbidden
      ).checks(for: plan, request) + work.checks
    plan.inputs.digest = try PlanDigest.of(plan)
    return PlanDraft(plan: plan, writes: work.writes)
  }
}

/// What identifies a plan.
enum PlanDigest {
  /// SHA-256 of everything in a plan but when it was made and its own digest.
  static func of(_ plan: Plan) throws -> String {
    var counted = plan
    counted.inputs.digest = ""
    counted.made = Instant(seconds: 0)
    counted.preflight = []
    return Digest.hex(try RunCoding.encode(counted), .sha256)
  }
}

/// A plan while it is made.
private struct PlanWork {
  let context: RunContext
  let stack: OpenStack
  let request: PlanRequest
  let facts: ClusterFacts
  let inventory: Inventory
  var planned: [PlanStage] = []
  var writes: [String: [RenderedWrite]] = [:]
  var checks: [PreflightCheck] = []
  /// The cluster as far as it may be read.
  let reader: PermittedReader
  /// What the components so far would have left in the cluster.
  private let overlay: Recorder
  private let variables: [String: JSON]
  private let secrets: KnownSecrets
  /// Objects that an earlier component of the plan writes alike.
  private var seen: [ObjectReference: [String]] = [:]

  init(
    context: RunContext, stack: OpenStack, request: PlanRequest,
    facts: ClusterFacts, inventory: Inventory
  ) {
    self.context = context
    self.stack = stack
    self.request = request
    self.facts = facts
    self.inventory = inventory
    reader = PermittedReader(over: context.cluster)
    overlay = Recorder(over: reader)
    variables = ClusterVariables.of(facts.discovery)
    secrets = KnownSecrets(stack.contents)
  }

  private var planner: ObjectPlanner {
    ObjectPlanner(
      cluster: context.cluster, inventory: inventory,
      namespaces: facts.namespaces, discovery: facts.discovery,
      replaces: request.engine == .quarterdeck, secrets: secrets)
  }

  var namespaces: [String] {
    let found = planned.flatMap(\.components).flatMap {
      $0.objects + $0.tests
    }.compactMap(\.reference.namespace)
    return Set(found + [stack.contents.settings.namespace]).sorted()
  }

  // MARK: Stages

  mutating func stages() async throws {
    let contents = stack.contents
    let graph = contents.graph
    var stages = try graph.stages(
      of: contents.chosen, upgrade: request.operation == .upgrade)
    if request.operation == .remove {
      stages = stages.reversed().map {
        ServiceGraph.Stage(
          name: $0.name, components: $0.components.reversed())
      }
    }
    for stage in stages {
      var components: [PlannedComponent] = []
      for name in stage.components {
        guard let component = graph.components[name] else { continue }
        components.append(await plan(component))
      }
      components = components.filter { !$0.entryPoints.isEmpty }
      guard !components.isEmpty else { continue }
      planned.append(PlanStage(name: stage.name, components: components))
    }
  }

  private func entryPoints(of component: Component) -> [String] {
    func having(_ names: String...) -> [String] {
      names.filter { component.entryPoints.contains($0) }
    }
    switch request.operation {
    case .deploy: return having("main", "test")
    case .upgrade:
      return having("upgrade").isEmpty
        ? having("main", "test") : having("upgrade", "test")
    case .check: return having("check")
    case .test: return having("test")
    case .remove: return having("remove")
    }
  }

  private mutating func plan(_ component: Component) async -> PlannedComponent {
    var result = PlannedComponent(
      name: component.name, service: component.service,
      entryPoints: entryPoints(of: component), requires: component.requires)
    if request.operation == .deploy, component.entryPoints.contains("check") {
      await check(component)
    }
    for entryPoint in result.entryPoints {
      let rendering = await context.engine.render(
        context.job(
          component.name, entryPoint, in: stack.layout, variables: variables),
        over: overlay)
      note(rendering, &result, engine: request.engine)
      writes[component.name, default: []] += rendering.writes
      let objects = await objects(of: rendering.writes)
      if entryPoint == "test", request.operation != .test {
        result.tests += objects
      } else {
        result.objects += objects
      }
      await replay(rendering.writes)
    }
    return result
  }

  /// What the component itself looks at before a deployment.
  private mutating func check(_ component: Component) async {
    let rendering = await context.engine.render(
      context.job(
        component.name, "check", in: stack.layout, variables: variables),
      over: reader)
    let title = "Check of \(component.name)"
    if let failure = rendering.failures.first {
      // What a value of the stack makes go wrong is mended where it stands.
      let place =
        failure.place == failure.task.place ? "" : shown(failure.place) + ": "
      checks.append(
        PreflightCheck(title, .fail, (place + failure.message).printable))
    } else if let refusal = rendering.refusals.first {
      checks.append(
        PreflightCheck(
          title, .warn,
          "not done: \(shown(refusal.place, column: false)): \(refusal.what)"
            .printable))
    } else {
      checks.append(
        PreflightCheck(title, .ok, "\(component.name) finds what it needs"))
    }
  }

  /// A place as the operator knows it: in the stack, else below the catalogue.
  private func shown(_ place: SourcePlace, column: Bool = true) -> String {
    let whole = column ? place : SourcePlace(file: place.file, line: place.line)
    let path = stack.layout.relative(whole.description)
    let links = [
      stack.layout.relative(stack.layout.catalogue), context.catalogue,
    ]
    for folder in links where path.hasPrefix(folder + "/") {
      return String(path.dropFirst(folder.count + 1))
    }
    return path
  }

  private func note(
    _ rendering: RoleRendering, _ result: inout PlannedComponent,
    engine: RunEngine
  ) {
    func place(_ task: TaskReference) -> String { shown(task.place) }
    result.decidedDuringRun += rendering.decidedDuringRun.map {
      PlannedNote(
        location: place($0.task), text: "\($0.task.name): \($0.reason)")
    }
    result.localActions += rendering.localActions.map {
      PlannedNote(location: place($0.task), text: $0.summary)
    }
    let refusals = rendering.refusals.map {
      PlannedRefusal(
        location: shown($0.place, column: false), name: $0.name.printable,
        what: $0.what.printable)
    }.unique
    // The real Ansible does what our engine refuses; it decides at run time.
    if engine == .ansible {
      result.decidedDuringRun += refusals.map {
        PlannedNote(location: $0.location, text: $0.what)
      }
    } else {
      result.refusals = (result.refusals + refusals).unique
    }
    result.failures += rendering.failures.map {
      PlannedNote(
        location: shown($0.place), text: "\($0.task.name): \($0.message)")
    }
  }

  // MARK: Objects

  /// The objects of some writes; several writes of one object are one.
  private mutating func objects(
    of writes: [RenderedWrite]
  ) async -> [PlannedObject] {
    let planner = planner
    let planned = await withTaskGroup(of: (Int, PlannedObject).self) { group in
      for (index, write) in writes.enumerated() {
        group.addTask { (index, await planner.plan(write)) }
      }
      var found = [PlannedObject?](repeating: nil, count: writes.count)
      for await (index, object) in group { found[index] = object }
      return found.compactMap { $0 }
    }
    var objects: [PlannedObject] = []
    for object in planned {
      // Every component applies the namespace: it is shown once.
      if seen[object.reference] == object.digests { continue }
      seen[object.reference] = object.digests
      if let index = objects.firstIndex(where: {
        $0.reference == object.reference && !object.reference.name.isEmpty
      }) {
        objects[index] = objects[index].followed(by: object)
      } else {
        objects.append(object)
      }
    }
    return objects
  }

  /// Lets later components see what these writes would leave.
  private func replay(_ writes: [RenderedWrite]) async {
    for write in writes {
      let object = KubernetesObject(write.object ?? .null)
      switch write.operation {
      case .apply(let manager, _):
        _ = try? await overlay.apply(
          object, ApplyOptions(fieldManager: manager, force: true))
      case .create:
        _ = try? await overlay.create(object, WriteOptions())
      case .replace:
        _ = try? await overlay.replace(object, WriteOptions())
      case .patch(let kind):
        let body = write.object ?? .null
        let patch: Patch =
          switch kind {
          case .merge: .merge(body)
          case .strategic: .strategic(body)
          case .json: .json(body)
          }
        _ = try? await overlay.patch(write.reference, patch, WriteOptions())
      case .delete(let options):
        _ = try? await overlay.delete(write.reference, options)
      }
    }
  }

  // MARK: What no role does

  /// Kinds that hold data or other objects: never deleted by the way.
  private static let kept: Set<String> = [
    "Namespace", "PersistentVolumeClaim", "PersistentVolume",
    "CustomResourceDefinition",
  ]

  /// Components that are deployed and no longer chosen, whose roles say how
  /// they are removed.
  private var dropped: Set<String> {
    let chosen = Set(stack.contents.chosenComponents.map(\.name))
    return Set(
      stack.contents.components.filter {
        !chosen.contains($0.name) && $0.entryPoints.contains("remove")
          && inventory.components[$0.name]?.isEmpty == false
      }.map(\.name))
  }

  /// Plans the removal of components that are no longer chosen, by their
  /// roles' own entry point, the last that was deployed first.
  ///
  /// What a role's removal leaves is data that it keeps unless its parameters
  /// say otherwise: it stays, and the plan shows that it does.
  mutating func drop() async {
    let names = dropped
    guard !names.isEmpty else { return }
    let graph = stack.contents.graph
    let services = Set(
      names.compactMap { graph.components[$0]?.service }
        + stack.contents.chosen)
    let stages =
      (try? graph.stages(of: services.sorted())) ?? []
    for stage in stages.reversed() {
      var components: [PlannedComponent] = []
      for name in stage.components.reversed() where names.contains(name) {
        guard let component = graph.components[name] else { continue }
        components.append(await removal(of: component, among: names))
      }
      guard !components.isEmpty else { continue }
      planned.append(
        PlanStage(name: "remove \(stage.name)", components: components))
    }
  }

  private mutating func removal(
    of component: Component, among names: Set<String>
  ) async -> PlannedComponent {
    let users = stack.contents.components.filter {
      names.contains($0.name) && $0.requires.contains(component.name)
    }
    var result = PlannedComponent(
      name: component.name, service: component.service,
      entryPoints: ["remove"], requires: users.map(\.name))
    let rendering = await context.engine.render(
      context.job(
        component.name, "remove", in: stack.layout, variables: variables),
      over: overlay)
    // The playbooks hold chosen roles alone, so this engine does it.
    note(rendering, &result, engine: .quarterdeck)
    writes[component.name, default: []] += rendering.writes
    result.objects = await objects(of: rendering.writes)
    await replay(rendering.writes)
    let touched = Set(
      planned.flatMap(\.components).flatMap { $0.objects + $0.tests }
        .map(\.reference) + result.objects.map(\.reference))
    for item in inventory.components[component.name] ?? []
    where !touched.contains(item.reference) {
      guard let live = try? await context.cluster.find(item.reference),
        item.uid == nil || live.uid == item.uid
      else { continue }
      result.objects.append(
        PlannedObject(
          reference: item.reference, outcome: .unchanged,
          reason: "stays: the role keeps it when it is removed",
          origin: "inventory", live: Manifest.mark(live)))
    }
    return result
  }

  /// Plans the deletion of what the last release had and no role renders now.
  mutating func prune() async {
    // A role that could not be rendered as a whole would lose its objects.
    let unknown = planned.flatMap(\.components).contains {
      !$0.failures.isEmpty || !$0.refusals.isEmpty
        || (request.engine == .ansible && !$0.decidedDuringRun.isEmpty)
    }
    guard !unknown else { return }
    let dropped = dropped
    let wanted = Set(
      planned.flatMap(\.components).flatMap { $0.objects + $0.tests }
        .filter { $0.outcome != .delete }.map(\.reference))
    var components: [PlannedComponent] = []
    for (name, items) in inventory.components.sorted(by: { $0.key < $1.key })
    where !dropped.contains(name) {
      var objects: [PlannedObject] = []
      for item in items
      where !wanted.contains(item.reference)
        && !Self.kept.contains(item.reference.kind)
      {
        guard let live = try? await context.cluster.find(item.reference),
          item.uid == nil || live.uid == item.uid
        else { continue }
        let masked = SecretMask.masked(
          old: Manifest.comparable(live.json), new: nil, spans: [])
        objects.append(
          secrets.masking(
            PlannedObject(
              reference: item.reference, outcome: .delete,
              reason: "no role renders it any more",
              diff: UnifiedDiff.lines(
                from: masked.old.map { YAMLText.lines($0) } ?? [], to: []),
              origin: "inventory", digests: ["delete"],
              live: Manifest.mark(live))))
      }
      guard !objects.isEmpty else { continue }
      let service = stack.contents.components.first { $0.name == name }?.service
      components.append(
        PlannedComponent(
          name: name, service: service ?? name,
          entryPoints: [PlanStage.prune], objects: objects))
    }
    guard !components.isEmpty else { return }
    planned.append(PlanStage(name: "cleanup", components: components))
  }

  /// Plans the labels that the operator gave and took.
  mutating func nodeLabels() async {
    var objects: [PlannedObject] = []
    for (name, labels) in request.nodeLabels.sorted(by: { $0.key < $1.key }) {
      let reference = ObjectReference(.node, name: name)
      guard let live = try? await context.cluster.find(reference) else {
        continue
      }
      var after = live
      after.labels = NodeLabels.applying(labels, to: live.labels)
      guard after.labels != live.labels else { continue }
      func lines(_ node: KubernetesObject) -> [String] {
        YAMLText.lines(["metadata": ["labels": JSON(node.labels)]])
      }
      objects.append(
        PlannedObject(
          reference: reference, outcome: .change,
          diff: UnifiedDiff.lines(from: lines(live), to: lines(after)),
          origin: "Nodes", digests: [NodeLabels.digest(labels)],
          live: Manifest.mark(live)))
    }
    guard !objects.isEmpty else { return }
    planned.insert(
      PlanStage(
        name: "nodes",
        components: [
          PlannedComponent(
            name: "nodes", service: "nodes",
            entryPoints: [PlanStage.nodeLabels], objects: objects)
        ]), at: 0)
  }
}

extension PlanStage {
  /// The entry point of components whose old objects Quarterdeck deletes.
  static let prune = "prune"
  /// The entry point under which Quarterdeck labels nodes.
  static let nodeLabels = "labels"
}

extension PlannedComponent {
  /// Whether Quarterdeck itself does what the component is about: no playbook
  /// of the stack runs it.
  var isOwn: Bool {
    entryPoints.contains(PlanStage.prune)
      || entryPoints.contains(PlanStage.nodeLabels)
  }
}

/// Labels of nodes, given and taken.
enum NodeLabels {
  static func applying(
    _ change: [String: String?], to labels: [String: String]
  ) -> [String: String] {
    var labels = labels
    for (name, value) in change { labels[name] = value }
    return labels
  }

  /// The merge patch that makes a change.
  static func patch(_ change: [String: String?]) -> JSON {
    [
      "metadata": [
        "labels": .object(change.mapValues { $0.map(JSON.string) ?? .null })
      ]
    ]
  }

  static func digest(_ change: [String: String?]) -> String {
    Digest.sha256(patch(change).text())
  }
}

extension PlannedObject {
  /// This write and a later one of the same object, as one.
  fileprivate func followed(by later: PlannedObject) -> PlannedObject {
    var both = later
    both.digests = digests + later.digests
    both.restarts = max(restarts, later.restarts)
    both.conflicts = conflicts + later.conflicts
    both.unknownFields = unknownFields + later.unknownFields
    both.live = live ?? later.live
    switch (outcome, later.outcome) {
    case (.refused, _): both.outcome = .refused
    case (.delete, .delete): break
    // Deleted and made again, as a Job is that has to run once more.
    case (.delete, _): both.outcome = .replace
    case (_, .unchanged):
      both.outcome = outcome
      both.diff = diff
    case (.create, _): both.outcome = .create
    default: break
    }
    both.reason = later.reason ?? reason
    return both
  }
}
