// What our callback plugin prints, as entries of the journal.

import Kubernetes

/// Turns the callback's lines into journal entries.
actor AnsibleEvents {
  private let stages: [PlanStage]
  private let components: Set<String>
  private var entryPoint = ""
  private var rest: [UInt8] = []
  private var current: String?
  private var startedStages: Set<String> = []
  /// The components that were at work under the entry point so far.
  private var seen: Set<String> = []
  /// Those that were at work under any.
  private var everSeen: Set<String> = []
  private(set) var failure: String?
  /// Every object that was written and is there, in order.
  private(set) var objects: [(component: String, object: ObjectReference)] = []

  /// Events of playbooks that run the components of some stages.
  init(_ stages: [PlanStage]) {
    self.stages = stages
    components = Set(stages.flatMap(\.components).map(\.name))
  }

  /// The next playbook runs this entry point.
  func begin(_ entryPoint: String) {
    self.entryPoint = entryPoint
    rest = []
    seen = []
  }

  /// The entries that some output completes.
  func read(_ bytes: [UInt8]) -> [JournalEvent] {
    rest += bytes
    guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = rest[...end].split(separator: UInt8(ascii: "\n"))
    rest.removeSubrange(...end)
    return lines.flatMap { line -> [JournalEvent] in
      guard let json = try? JSON(parsing: line),
        json["quarterdeck"]?.integer == 1
      else { return [] }
      return event(json)
    }
  }

  /// The entries that the end of the playbook completes.
  func end(succeeded: Bool) -> [JournalEvent] {
    var events = finish(succeeded: succeeded)
    guard succeeded else { return events }
    // A playbook that the operator rewrote may leave components out.
    for component in stages.flatMap(\.components)
    where component.entryPoints.contains(entryPoint)
      && !seen.contains(component.name)
    {
      everSeen.insert(component.name)
      events.append(
        .componentHeld(
          component: component.name,
          sentence: "the playbook of \(entryPoint) does not run it"))
    }
    return events
  }

  /// The entries for what a failure keeps from starting.
  func held(because failure: String) -> [JournalEvent] {
    stages.flatMap(\.components).filter { !everSeen.contains($0.name) }.map {
      .componentHeld(component: $0.name, sentence: "waits: \(failure)")
    }
  }

  private func finish(succeeded: Bool) -> [JournalEvent] {
    guard let component = current else { return [] }
    current = nil
    return [
      .componentFinished(
        component: component, entryPoint: entryPoint, succeeded: succeeded,
        sentence: succeeded ? nil : failure)
    ]
  }

  private func start(_ component: String) -> [JournalEvent] {
    var events = finish(succeeded: true)
    if let stage = stages.first(where: { stage in
      stage.components.contains { $0.name == component }
    }), startedStages.insert(stage.name).inserted {
      events.append(.stageStarted(stage: stage.name))
    }
    current = component
    seen.insert(component)
    everSeen.insert(component)
    events.append(
      .componentStarted(component: component, entryPoint: entryPoint))
    return events
  }

  private func event(_ json: JSON) -> [JournalEvent] {
    let role = json["role"]?.string ?? ""
    var events: [JournalEvent] = []
    // Shared roles work for the component that included them.
    if components.contains(role), role != current { events += start(role) }
    let component = current ?? role
    let name = json["task"]?.string?.printable ?? ""
    let message = json["message"]?.string?.printable
    let status =
      json["status"]?.string.flatMap(RunStep.Status.init) ?? .ok
    if status == .failed, json["ignored"]?.bool != true {
      failure = "\(name): \(message ?? "failed")"
    }
    events.append(
      .task(
        component: component, name: name,
        location: json["path"]?.string?.printable ?? "", status: status,
        message: message?.isEmpty == true ? nil : message))
    for object in json["objects"]?.array ?? [] {
      if let written = wrote(object, component) { events.append(written) }
    }
    return events
  }

  private func wrote(_ json: JSON, _ component: String) -> JournalEvent? {
    guard let apiVersion = json["apiVersion"]?.string,
      let kind = json["kind"]?.string, let name = json["name"]?.string
    else { return nil }
    let object = ObjectReference(
      apiVersion: apiVersion, kind: kind,
      namespace: json["namespace"]?.string, name: name)
    let isDeleted = json["deleted"]?.bool == true
    objects.removeAll { $0.object == object && $0.component == component }
    if !isDeleted { objects.append((component, object)) }
    return .wrote(
      component: component, object: object,
      verb: isDeleted ? "delete" : "apply",
      changed: json["changed"]?.bool == true,
      uid: isDeleted ? nil : json["uid"]?.string)
  }
}
