// A run with the real ansible-playbook: its tasks are streamed into the journal
// by our callback plugin.

import Kubernetes
import Platform
import Stack
import Synchronization

/// Runs the stack's playbooks under ansible-playbook.
struct AnsibleRun: Sendable {
  private let run: RunExecution

  init(_ run: RunExecution) {
    self.run = run
  }

  /// The playbooks of an operation, by the entry point that they run.
  private var entryPoints: [String] {
    switch run.plan.operation {
    case .deploy: ["main", "test"]
    case .upgrade: ["upgrade", "test"]
    case .check: ["check"]
    case .test: ["test"]
    case .remove: ["remove"]
    }
  }

  /// Runs the playbooks; the result says what failed, if anything.
  func run() async throws -> String? {
    guard !run.context.cluster.isRehearsal else {
      return "a rehearsal is in this program's memory, where ansible-playbook "
        + "cannot reach it; choose a cluster"
    }
    for entryPoint in entryPoints {
      if let failure = try await playbook(entryPoint) { return failure }
    }
    try await remember()
    return nil
  }

  private func playbook(_ entryPoint: String) async throws -> String? {
    let events = AnsibleEvents(
      entryPoint: entryPoint, components: run.plan.components.map(\.name))
    let variables = ClusterVariables.of(
      try await run.context.cluster.resources())
    var arguments = [run.layout.playbook(entryPoint)]
    if !variables.isEmpty {
      arguments += ["--extra-vars", JSON.object(variables).text()]
    }
    let command = ChildCommand(
      "ansible-playbook", arguments, environment: environment(),
      workingDirectory: run.layout.directory)
    let journal = run.journal
    let tail = Mutex<[UInt8]>([])
    let status: ExitStatus
    do {
      status = try await run.context.processes.stream(command) { output in
        switch output {
        case .output(let bytes):
          for event in await events.read(bytes) {
            try await journal.write(event)
          }
        case .errors(let bytes):
          tail.withLock { $0 = Array(($0 + bytes).suffix(2000)) }
        }
      }
    } catch let error as ProcessError {
      return "\(error); install Ansible with `pip install ansible`"
    }
    for event in await events.end(succeeded: status.isSuccess) {
      try await journal.write(event)
    }
    guard !status.isSuccess else { return nil }
    if let failure = await events.failure { return failure }
    let errors = String(decoding: tail.withLock { $0 }, as: UTF8.self)
    let last = errors.split(separator: "\n").last.map(String.init) ?? ""
    return "ansible-playbook ended with \(status): \(last.printable)"
  }

  /// Ansible's settings for our callback and the stack's cluster.
  private func environment() -> [String: String?] {
    var environment: [String: String?] = [
      "ANSIBLE_STDOUT_CALLBACK": "quarterdeck",
      "ANSIBLE_CALLBACK_PLUGINS": AnsibleCallback.directory(
        besides: run.context.catalogue),
      "ANSIBLE_NOCOLOR": "1", "ANSIBLE_RETRY_FILES_ENABLED": "0",
      "ANSIBLE_CONFIG": run.layout.configuration,
      "PYTHONUNBUFFERED": "1",
    ]
    if let stack = try? run.context.store.open(run.layout.directory),
      let context = stack.contents.settings.context
    {
      environment["K8S_AUTH_CONTEXT"] = context
    }
    return environment
  }

  /// Reads back what the playbook wrote, so that the release knows it.
  private func remember() async throws {
    guard run.plan.operation != .remove else { return }
    for component in run.plan.components {
      for object in component.objects + component.tests
      where object.outcome != .delete && !object.reference.name.isEmpty {
        guard
          let live = try await run.context.cluster.find(object.reference)
        else { continue }
        await run.released.add(
          Release.StoredObject(
            reference: object.reference, uid: live.uid,
            manifest: Manifest.comparable(live.json).text()),
          of: component.name)
      }
    }
  }
}

/// Where our callback plugin stands.
enum AnsibleCallback {
  /// The folder beside the catalogue's roles.
  static func directory(besides roles: String) -> String {
    let parent = roles.split(separator: "/").dropLast().joined(separator: "/")
    return "/" + parent + "/callback_plugins"
  }
}

/// Turns the callback's lines into journal entries.
actor AnsibleEvents {
  private let entryPoint: String
  private let components: [String]
  private var rest: [UInt8] = []
  private var current: String?
  private(set) var failure: String?

  init(entryPoint: String, components: [String]) {
    self.entryPoint = entryPoint
    self.components = components
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
    guard let component = current else { return [] }
    current = nil
    return [
      .componentFinished(
        component: component, entryPoint: entryPoint, succeeded: succeeded,
        sentence: succeeded ? nil : failure)
    ]
  }

  private func event(_ json: JSON) -> [JournalEvent] {
    let role = json["role"]?.string ?? ""
    var events: [JournalEvent] = []
    // Shared roles work for the component that included them.
    if components.contains(role), role != current {
      events += end(succeeded: true)
      current = role
      events.append(
        .componentStarted(component: role, entryPoint: entryPoint))
    }
    let name = json["task"]?.string?.printable ?? ""
    let message = json["message"]?.string?.printable
    let status =
      json["status"]?.string.flatMap(RunStep.Status.init) ?? .ok
    if status == .failed, json["ignored"]?.bool != true {
      failure = "\(name): \(message ?? "failed")"
    }
    events.append(
      .task(
        component: current ?? role, name: name,
        location: json["path"]?.string?.printable ?? "", status: status,
        message: message?.isEmpty == true ? nil : message))
    return events
  }
}
