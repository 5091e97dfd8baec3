// The stages of a run: components side by side, stages one after the other.

import Ansible
import AnsibleKubernetes
import Kubernetes
import Platform
import Stack

/// Goes through the stages of a run.
struct RunStages: Sendable {
  private let run: RunExecution

  init(_ run: RunExecution) {
    self.run = run
  }

  private var plan: Plan { run.plan }
  private var journal: JournalWriter { run.journal }

  /// Runs all stages; the result says what failed, if anything.
  ///
  /// When a component fails the others of its stage go on; later stages wait.
  func run() async throws -> String? {
    if plan.engine == .ansible { return try await AnsibleRun(run).run() }
    var failure: String?
    for stage in plan.stages {
      if let failure {
        for component in stage.components {
          try await journal.write(
            .componentHeld(
              component: component.name, sentence: "waits: \(failure)"))
        }
        continue
      }
      try await journal.write(.stageStarted(stage: stage.name))
      let failed = try await run(stage)
      if let first = failed.first {
        failure = "\(first.component) failed: \(first.sentence)"
      } else {
        try await journal.write(.stageFinished(stage: stage.name))
      }
    }
    return failure
  }

  /// Runs a stage that no playbook of the stack runs, beside the real Ansible;
  /// the result says what failed.
  func run(own stage: PlanStage) async throws -> String? {
    try await journal.write(.stageStarted(stage: stage.name))
    if let first = try await run(stage).first {
      return "\(first.component) failed: \(first.sentence)"
    }
    try await journal.write(.stageFinished(stage: stage.name))
    return nil
  }

  /// A component that failed, and why.
  private struct Failure: Sendable {
    var component: String
    var sentence: String
  }

  /// Runs the components of a stage side by side; one that requires another of
  /// the stage starts after it.
  private func run(_ stage: PlanStage) async throws -> [Failure] {
    let names = Set(stage.components.map(\.name))
    return try await withThrowingTaskGroup(of: (String, String?).self) {
      group in
      var waiting = stage.components
      var done = Set<String>()
      var failures: [Failure] = []
      while true {
        for component in waiting {
          // Removal goes the other way: nothing waits for what it requires.
          let open =
            plan.operation == .remove
            ? []
            : component.requires.filter {
              names.contains($0) && !done.contains($0)
            }
          let culprit = failures.first { open.contains($0.component) }
          guard culprit != nil || open.isEmpty else { continue }
          waiting.removeAll { $0.name == component.name }
          if let culprit {
            let sentence = "waits: \(culprit.component) failed"
            try await journal.write(
              .componentHeld(component: component.name, sentence: sentence))
            failures.append(
              Failure(component: component.name, sentence: sentence))
          } else {
            group.addTask { (component.name, try await run(component)) }
          }
        }
        guard let (name, sentence) = try await group.next() else { break }
        if let sentence {
          failures.append(Failure(component: name, sentence: sentence))
        } else {
          done.insert(name)
        }
      }
      return failures
    }
  }

  // MARK: Components

  /// Goes through a component's entry points; the result says what failed.
  private func run(_ component: PlannedComponent) async throws -> String? {
    for entryPoint in component.entryPoints {
      try await journal.write(
        .componentStarted(component: component.name, entryPoint: entryPoint))
      var sentence: String?
      do {
        switch entryPoint {
        case PlanStage.prune: try await prune(component)
        case PlanStage.nodeLabels: try await label(component)
        default: sentence = try await execute(component.name, entryPoint)
        }
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        sentence = "\(error)".printable
      }
      // A cancelled role may end with a failure of its own making.
      try Task.checkCancellation()
      try await journal.write(
        .componentFinished(
          component: component.name, entryPoint: entryPoint,
          succeeded: sentence == nil, sentence: sentence))
      if let sentence { return sentence }
    }
    return nil
  }

  private func cluster(for component: String) -> WatchedCluster {
    WatchedCluster(
      cluster: run.context.cluster, component: component, journal: journal,
      watch: run.watch, released: run.released, time: run.context.time)
  }

  private func execute(
    _ component: String, _ entryPoint: String
  ) async throws -> String? {
    let variables = ClusterVariables.of(
      try await run.context.cluster.resources())
    let hooks = RunHooks(
      event: { event in await tell(event, component) },
      beforeWrite: { write in try await decide(write, component) })
    let outcome = try await run.context.engine.run(
      run.context.job(
        component, entryPoint, in: run.layout, variables: variables),
      on: cluster(for: component), hooks: hooks)
    return outcome.failure.map {
      "\($0.task.name): \($0.message)".printable
    }
  }

  private func tell(_ event: RunEvent, _ component: String) async {
    guard case .taskEnded(let outcome) = event.kind, let task = event.task
    else { return }
    let status: RunStep.Status =
      switch outcome {
      case .ok, .rescued: .ok
      case .changed: .changed
      case .skipped: .skipped
      case .failed, .ignored: .failed
      }
    try? await journal.write(
      .task(
        component: component, name: task.name,
        location: run.layout.relative("\(task.place)"), status: status,
        message: event.message.isEmpty ? nil : event.message.printable))
  }

  private func decide(
    _ write: RenderedWrite, _ component: String
  ) async throws -> WriteDecision {
    switch try await run.watch.judge(write) {
    case .go(let version):
      if write.gate != nil {
        try await journal.write(
          .waiting(component: component, object: write.reference))
      }
      return .write(resourceVersion: version)
    case .hold(let sentence):
      try await run.hold(sentence)
      await run.watch.accept(write.reference)
      return .write(resourceVersion: nil)
    }
  }

  // MARK: What no role does

  private func prune(_ component: PlannedComponent) async throws {
    let cluster = cluster(for: component.name)
    for object in component.objects {
      guard let live = try await cluster.find(object.reference) else {
        continue
      }
      guard live.uid == object.live?.uid else {
        throw RunProblem(
          "\(object.reference) was made anew by somebody since the plan")
      }
      _ = try await cluster.delete(
        object.reference,
        DeleteOptions(propagation: .background, uid: live.uid))
    }
  }

  private func label(_ component: PlannedComponent) async throws {
    let cluster = cluster(for: component.name)
    let store = NodeLabelStore(files: run.context.files)
    let wanted = store.read(run.layout)
    for object in component.objects {
      let change = wanted[object.reference.name] ?? [:]
      guard object.digests.contains(NodeLabels.digest(change)) else {
        throw RunProblem(
          "the labels of \(object.reference) were changed since the plan")
      }
      _ = try await cluster.patch(
        object.reference, .merge(NodeLabels.patch(change)), WriteOptions())
    }
    try store.write([:], run.layout)
  }
}
