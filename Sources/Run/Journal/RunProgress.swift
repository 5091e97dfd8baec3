// Turns a plan and a journal into how far the run is. Pure.

import Kubernetes
import Platform

/// How far a run is, entry by entry.
public struct RunProgress: Sendable {
  /// The steps that are kept for showing.
  private static let stepLimit = 500

  public private(set) var snapshot: RunSnapshot
  public private(set) var header: RunHeader?
  /// What the run has written so far, with the uids that came back.
  public private(set) var written = Inventory()
  private let plan: Plan

  public init(plan: Plan) {
    self.plan = plan
    snapshot = RunSnapshot(
      number: plan.number, operation: plan.operation, engine: plan.engine,
      stack: plan.stack, namespace: plan.namespace,
      isRehearsal: plan.isRehearsal, started: plan.made,
      stages: plan.stages.map { stage in
        StageProgress(
          name: stage.name,
          components: stage.components.map { component in
            ComponentProgress(
              name: component.name, service: component.service,
              planned: component.objects.count)
          })
      })
  }

  /// The objects of each component: those written and, until the component is
  /// through, those planned that are there already.
  ///
  /// What is still to be made is no problem of the cluster's, and no row.
  public var inventory: Inventory {
    let done = Set(
      snapshot.stages.flatMap(\.components).filter { $0.state == .done }
        .map(\.name))
    var inventory = Inventory()
    for component in plan.components where !done.contains(component.name) {
      let items = (component.objects + component.tests).filter {
        $0.outcome != .delete && $0.live != nil
      }.map { Inventory.Item($0.reference, uid: $0.live?.uid) }
      inventory.components[component.name, default: []] += items
    }
    inventory.merge(written)
    return inventory
  }

  public mutating func apply(_ entry: JournalEntry) {
    switch entry.event {
    case .started(let header):
      self.header = header
      snapshot.started = entry.time
      snapshot.state = .running
    case .stageStarted(let stage): step(entry, "stage \(stage)", .ok)
    case .stageFinished: break
    case .componentStarted(let name, let entryPoint):
      update(name) {
        $0.state = .running
        $0.entryPoint = entryPoint
        $0.sentence = nil
        $0.started = $0.started ?? entry.time
        $0.finished = nil
      }
      step(entry, "\(name): \(entryPoint)", .ok, component: name)
    case .componentFinished(let name, let entryPoint, let succeeded, let why):
      finish(entry, name, entryPoint, succeeded, why)
    case .componentHeld(let name, let sentence):
      update(name) {
        $0.state = .held
        $0.sentence = sentence
      }
      step(entry, "\(name) \(sentence)", .waiting, component: name)
    case .task(let name, let task, _, let status, let message):
      if status != .skipped {
        let text = message.map { "\(task): \($0)" } ?? task
        step(entry, text, status, component: name)
      }
    case .wrote(let name, let object, let verb, let changed, let uid):
      wrote(entry, name, object, verb, changed, uid)
    case .waiting(let name, let object):
      update(name) { $0.sentence = "waits for \(object)" }
      step(entry, "waits for \(object)", .waiting, component: name)
    case .held(let sentence):
      snapshot.state = .held(sentence)
      step(entry, sentence, .waiting)
    case .resumed:
      snapshot.state = .running
      step(entry, "goes on", .ok)
    case .released(let number): step(entry, "release \(number)", .ok)
    case .closing(let page): snapshot.closing = page
    case .finished(let succeeded, let sentence):
      snapshot.finished = entry.time
      snapshot.state =
        succeeded ? .succeeded : .failed(sentence ?? "the run failed")
    }
  }

  /// Says that the run's process is gone without a last entry.
  public mutating func interrupt(at time: Instant) {
    guard !snapshot.state.isOver else { return }
    let last = snapshot.steps.last?.time ?? snapshot.started
    let working = snapshot.stages.flatMap(\.components).filter {
      $0.state == .running
    }.map { "\($0.name) (\($0.entryPoint ?? "main"))" }
    let place =
      working.isEmpty ? "" : ", at work on \(working.joined(separator: ", "))"
    snapshot.state = .interrupted(
      "the run's process ended without a word after \(last.timestamp)\(place); "
        + "\(plan.operation.rawValue) again to finish")
    snapshot.finished = time
  }

  private mutating func finish(
    _ entry: JournalEntry, _ name: String, _ entryPoint: String,
    _ succeeded: Bool, _ why: String?
  ) {
    let entryPoints =
      plan.components.first { $0.name == name }?.entryPoints ?? []
    let isLast = entryPoints.last == nil || entryPoints.last == entryPoint
    update(name) {
      $0.state = succeeded ? (isLast ? .done : .running) : .failed
      $0.sentence = why
      if !succeeded || isLast { $0.finished = entry.time }
    }
    if !succeeded {
      step(entry, "\(name): \(why ?? "failed")", .failed, component: name)
    }
  }

  private mutating func wrote(
    _ entry: JournalEntry, _ name: String, _ object: ObjectReference,
    _ verb: String, _ changed: Bool, _ uid: String?
  ) {
    update(name) { $0.written = min($0.written + 1, max($0.planned, 1)) }
    if verb == "delete" {
      written.components[name]?.removeAll { $0.reference == object }
    } else {
      written.merge(
        Inventory(components: [name: [Inventory.Item(object, uid: uid)]]))
    }
    step(
      entry, "\(verb) \(object)", changed ? .changed : .ok, component: name)
  }

  private mutating func update(
    _ name: String, _ change: (inout ComponentProgress) -> Void
  ) {
    for stage in snapshot.stages.indices {
      for index in snapshot.stages[stage].components.indices
      where snapshot.stages[stage].components[index].name == name {
        change(&snapshot.stages[stage].components[index])
      }
    }
  }

  private mutating func step(
    _ entry: JournalEntry, _ text: String, _ status: RunStep.Status,
    component: String? = nil
  ) {
    snapshot.steps.append(
      RunStep(
        id: entry.sequence, time: entry.time, component: component, text: text,
        status: status))
    let extra = snapshot.steps.count - Self.stepLimit
    if extra > 0 { snapshot.steps.removeFirst(extra) }
  }
}
