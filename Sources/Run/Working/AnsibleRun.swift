// A run with the real ansible-playbook: its tasks and what they write are
// streamed into the journal by our callback plugin.

import Ansible
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
  ///
  /// What no playbook of the stack does (labels of nodes, the removal of what
  /// is no longer chosen) is done here, before and after them.
  func run() async throws -> String? {
    guard !run.context.cluster.isRehearsal else {
      return "a rehearsal is in this program's memory, where ansible-playbook "
        + "cannot reach it; choose a cluster"
    }
    let stack = try run.context.store.open(run.layout.directory)
    let played = Set(stack.contents.chosenComponents.map(\.name))
    func isPlayed(_ stage: PlanStage) -> Bool {
      stage.components.contains { played.contains($0.name) && !$0.isOwn }
    }
    let stages = RunStages(run)
    let first = run.plan.stages.firstIndex(where: isPlayed)
    for stage in run.plan.stages[..<(first ?? 0)] {
      if let failure = try await stages.run(own: stage) { return failure }
    }
    let events = AnsibleEvents(run.plan.stages.filter(isPlayed))
    for entryPoint in entryPoints {
      if let failure = try await playbook(entryPoint, events, stack) {
        for event in await events.held(because: failure) {
          try await run.journal.write(event)
        }
        // What was written by then belongs to the stack all the same.
        if run.plan.operation != .remove {
          try? await remember(told: await events.objects)
        }
        return failure
      }
    }
    if run.plan.operation != .remove {
      try await remember(told: await events.objects)
      try await rememberUntold(besides: await events.objects)
    }
    for stage in run.plan.stages[(first ?? 0)...] where !isPlayed(stage) {
      if let failure = try await stages.run(own: stage) { return failure }
    }
    return nil
  }

  private func playbook(
    _ entryPoint: String, _ events: AnsibleEvents, _ stack: OpenStack
  ) async throws -> String? {
    await events.begin(entryPoint)
    let variables = ClusterVariables.of(
      try await run.context.cluster.resources())
    var arguments = [run.layout.playbook(entryPoint)]
    if !variables.isEmpty {
      arguments += ["--extra-vars", JSON.object(variables).text()]
    }
    var command = ChildCommand(
      "ansible-playbook", arguments, environment: environment(stack),
      workingDirectory: run.layout.directory)
    if let secret = run.context.vault.secrets.first {
      // Its standard input is a pipe: the password is in no file of ours.
      command.arguments += ["--vault-id", "\(secret.id)@/dev/stdin"]
      command.input = .bytes(secret.password)
    }
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
  private func environment(_ stack: OpenStack) -> [String: String?] {
    var environment: [String: String?] = [
      "ANSIBLE_STDOUT_CALLBACK": "quarterdeck",
      "ANSIBLE_CALLBACK_PLUGINS": AnsibleCallback.directory(
        besides: run.context.catalogue),
      "ANSIBLE_NOCOLOR": "1", "ANSIBLE_RETRY_FILES_ENABLED": "0",
      "ANSIBLE_CONFIG": run.layout.configuration,
      "PYTHONUNBUFFERED": "1",
    ]
    if let context = stack.contents.settings.context {
      environment["K8S_AUTH_CONTEXT"] = context
    }
    for (name, value) in run.context.ansibleVariables {
      environment[name] = value
    }
    return environment
  }

  /// Reads back what the playbooks told of, so that the release knows it.
  private func remember(
    told: [(component: String, object: ObjectReference)]
  ) async throws {
    for (component, object) in told {
      _ = try await keep(object, of: component)
    }
  }

  /// The same of what tasks kept to themselves (`no_log`): the plan knows it.
  private func rememberUntold(
    besides told: [(component: String, object: ObjectReference)]
  ) async throws {
    var known = Set(told.map(\.object))
    for component in run.plan.components where !component.isOwn {
      for object in component.objects + component.tests
      where object.outcome != .delete && !object.reference.name.isEmpty
        && known.insert(object.reference).inserted
      {
        guard let uid = try await keep(object.reference, of: component.name)
        else { continue }
        try await run.journal.write(
          .wrote(
            component: component.name, object: object.reference, verb: "apply",
            changed: object.outcome != .unchanged, uid: uid))
      }
    }
  }

  /// Adds an object to the release; its uid, or nil when it is not there.
  private func keep(
    _ reference: ObjectReference, of component: String
  ) async throws -> String? {
    guard let live = try await run.context.cluster.find(reference) else {
      return nil
    }
    await run.released.add(
      Release.StoredObject(
        reference: reference, uid: live.uid,
        manifest: Manifest.comparable(live.json).text()),
      of: component)
    return live.uid
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
