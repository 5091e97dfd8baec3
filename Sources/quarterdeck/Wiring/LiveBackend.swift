// The console's backend over the real parts: the stack on disk, its cluster,
// its runs.

import Ansible
import Console
import Kubectl
import Kubernetes
import Platform
import Run
import Stack

/// Carries out what the console asks for.
///
/// It keeps one opened stack and one connection to its cluster.
actor LiveBackend: ConsoleBackend {
  private var workshop: Workshop
  private let directory: String
  private let options: ClusterOptions
  private var stack: OpenStack?
  private var connected: ConnectedCluster?
  private var previewer: EditPreviewer?
  private var serviceWatch: ServiceWatch?
  /// How the services stood when they were last looked at.
  private var lastStates: ServiceStates?
  /// Streams of runs that go to the console now.
  private var followed = 0

  init(
    _ workshop: Workshop, directory: String, options: ClusterOptions
  ) {
    self.workshop = workshop
    self.directory = directory
    self.options = options
  }

  /// Ends the connection to the cluster.
  func close() async {
    await serviceWatch?.stop()
    await connected?.close()
  }

  // MARK: Stack

  func open() async throws -> Opening {
    guard workshop.store.isStack(directory) else {
      return .nothing(directory: directory)
    }
    return opening(try workshop.store.open(directory))
  }

  func unlock(_ password: String) async throws -> Opening {
    let secret = VaultSecret(password: password)
    let unlocked = try Workshop(
      vault: Vault(secrets: workshop.vault.secrets + [secret]))
    let opened = try unlocked.store.open(directory)
    if let lock = opened.contents.lock {
      return .locked(
        "This password does not open \(lock.place); type another one.")
    }
    workshop = unlocked
    return opening(opened)
  }

  private func opening(_ opened: OpenStack) -> Opening {
    if let lock = opened.contents.lock {
      return .locked(
        "\(lock.place) is encrypted with Ansible Vault; type the password.")
    }
    take(opened)
    return .stack(contents(of: opened))
  }

  func clusterChoices() async throws -> [ClusterChoice] {
    var choices: [ClusterChoice] = []
    if !options.rehearse {
      do {
        let contexts = try await KubeContext.list(
          options.kubectlOptions(), processes: workshop.processes)
        choices = await withTaskGroup(of: ClusterChoice.self) { group in
          for context in contexts {
            group.addTask { [options, workshop] in
              await Self.choice(context, options, workshop)
            }
          }
          var found: [ClusterChoice] = []
          for await choice in group { found.append(choice) }
          return found
        }
      } catch {
        choices.append(
          ClusterChoice(
            context: "", isReachable: false, sentence: "\(error)".printable))
      }
    }
    choices.sort {
      ($0.isReachable ? 0 : 1, $0.context ?? "")
        < ($1.isReachable ? 0 : 1, $1.context ?? "")
    }
    return choices + [
      ClusterChoice(
        context: nil, isReachable: true,
        sentence: "a cluster in memory: nothing real is touched")
    ]
  }

  private static func choice(
    _ context: KubeContext, _ options: ClusterOptions, _ workshop: Workshop
  ) async -> ClusterChoice {
    let kubectl = Kubectl(
      options.kubectlOptions(context: context.name),
      deadlines: CallDeadlines(read: .seconds(5)),
      processes: workshop.processes, time: workshop.time)
    var choice = ClusterChoice(
      context: context.name, isReachable: false, sentence: "")
    do {
      let version = try await kubectl.version()
      choice.isReachable = true
      choice.sentence = "\(version) at \(context.server.printable)"
    } catch {
      choice.sentence = "\(error)".printable
    }
    await kubectl.close()
    return choice
  }

  func create(_ new: NewStack) async throws -> StackContents {
    let made = try workshop.store.create(
      directory, services: [],
      settings: StackSettings(
        release: new.release, namespace: new.namespace, context: new.context,
        isRehearsal: new.context == nil))
    take(made)
    return contents(of: made)
  }

  func choose(_ services: [String]) async throws -> StackContents {
    try await apply([.choose(services)])
  }

  func set(_ parameter: String, to value: JSON?) async throws -> StackContents {
    try await apply([
      value.map { .set(parameter, $0) } ?? .reset(parameter)
    ])
  }

  func generate(_ parameter: String) async throws -> StackContents {
    try await apply([.generate(parameter)])
  }

  private func apply(_ edits: [StackEdit]) async throws -> StackContents {
    let stack = try opened()
    do {
      let changed = try workshop.store.apply(edits, to: stack)
      take(changed)
      return contents(of: changed)
    } catch {
      // What somebody else wrote is read, so that the next edit can succeed.
      if error.kind == .changedOnDisk {
        take(try workshop.store.open(directory))
      }
      throw error
    }
  }

  func preview(
    _ parameter: String, from: PreviewedValue, to: PreviewedValue
  ) async throws -> EditPreview {
    let previewer = try await currentPreviewer()
    let effect = try await previewer.preview(
      from: from.edit(of: parameter), to: to.edit(of: parameter))
    if let problem = effect.problem { throw RunProblem(problem) }
    return EditPreview(
      changes: effect.changes.map {
        EditPreview.Change(
          object: $0.object, outcome: $0.outcome, fields: $0.fields)
      }, restarts: effect.restarts)
  }

  private func currentPreviewer() async throws -> EditPreviewer {
    if let previewer { return previewer }
    let made = EditPreviewer(try await context(), stack: try opened())
    previewer = made
    return made
  }

  // MARK: Cluster

  private func overview(isFresh: Bool) async throws -> Overview {
    let stack = try opened()
    let connected = try await connection()
    var overview = Overview(cluster: connected.name)
    overview.activeRun = history.active(stack.layout)?.number
    if let newest = history.runs(stack.layout, limit: 1).first,
      case .interrupted(let sentence) = newest.state
    {
      overview.cutShort = "Run \(newest.number) died: \(sentence)."
    }
    if overview.activeRun != nil, followed > 0 {
      // The run's own watches tell: one picture of the cluster is enough.
      await serviceWatch?.stop()
      overview.services = lastStates?.verdicts ?? [:]
      overview.differsFromCluster = lastStates?.differs ?? false
      return overview
    }
    do {
      let state = try await currentServiceWatch().look(
        at: stack, isFresh: isFresh)
      lastStates = state
      overview.services = state.verdicts
      overview.differsFromCluster = state.differs
    } catch let error as ClusterError {
      overview.problem = error.description
    }
    return overview
  }

  nonisolated func overviews() -> AsyncThrowingStream<Overview, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let task = Task {
        do {
          var shown: Overview?
          while true {
            let overview = try await self.overview(isFresh: shown == nil)
            if overview != shown { continuation.yield(overview) }
            shown = overview
            try await self.workshop.time.sleep(for: .seconds(1))
          }
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func currentServiceWatch() async throws -> ServiceWatch {
    if let serviceWatch { return serviceWatch }
    let made = ServiceWatch(try await context())
    // Another task may have made one meanwhile.
    if let serviceWatch { return serviceWatch }
    serviceWatch = made
    return made
  }

  func nodes() async throws -> [NodeState] {
    let stack = try opened()
    let cluster = try await connection().cluster
    let pending = labels.read(stack.layout)
    let found = try await cluster.listAll(ListQuery(.node)).items
    let around = Circumstances(
      ClusterSnapshot(found), now: try await cluster.serverTime())
    return found.map { node in
      NodeState(
        name: node.name, verdict: Verdict(of: node, around),
        labels: node.labels, pending: pending[node.name] ?? [:],
        version: node.status["nodeInfo"]?["kubeletVersion"]?.string?.printable
          ?? "",
        capacity: NodeCapacity.text(node.status["capacity"]))
    }
  }

  func setLabel(
    _ label: String, of node: String, to value: String?
  ) async throws -> [NodeState] {
    let stack = try opened()
    let cluster = try await connection().cluster
    let live = try await cluster.get(ObjectReference(.node, name: node))
    var all = labels.read(stack.layout)
    var changes = all[node] ?? [:]
    if live.labels[label] == value {
      changes[label] = .none
    } else {
      changes.updateValue(value, forKey: label)
    }
    all[node] = changes
    try labels.write(all, stack.layout)
    return try await nodes()
  }

  // MARK: Runs

  func plan(_ request: PlanRequest) async throws -> Plan {
    // Somebody may have edited the files with another tool.
    let stack = try workshop.store.open(directory)
    take(stack)
    if let problem = stack.contents.errors.first { throw problem }
    return try await site(stack).plan(
      request.operation, engine: request.engine)
  }

  func start(_ plan: Plan, consent: RunConsent) async throws -> Int {
    let stack = try opened()
    let number = try await site(stack).launcher.start(
      plan, consent: consent, for: stack)
    // Starting records the cluster in the stack's files.
    take(try workshop.store.open(directory))
    return number
  }

  nonisolated func follow(
    _ run: Int
  ) -> AsyncThrowingStream<FollowedRun, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let task = Task {
        await self.countFollowed(1)
        do {
          let stream = RunFollower(try await self.context()).follow(
            run, of: try await self.opened().layout)
          for try await followed in stream { continuation.yield(followed) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
        await self.countFollowed(-1)
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func countFollowed(_ change: Int) { followed += change }

  func tell(_ run: Int, _ order: RunOrder) async throws {
    let stack = try opened()
    try await site(stack).launcher.tell(order, run: run, of: stack)
  }

  func runs() async throws -> [RunSummary] {
    history.runs(try opened().layout)
  }

  func saveCloudsFile(_ text: String) async throws -> String {
    let path = directory + "/clouds.yaml"
    _ = try workshop.files.write(
      Array(text.utf8), to: path, mode: .secret, expected: .anything)
    return path
  }

  // MARK: Objects

  nonisolated func details(
    of object: ObjectReference
  ) -> AsyncThrowingStream<ObjectDetails, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let task = Task {
        do {
          let cluster = try await self.connection().cluster
          let time = await self.workshop.time
          let stream = ObjectReader(cluster).follow(object, time: time)
          for try await details in stream { continuation.yield(details) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  nonisolated func logs(
    _ query: LogQuery
  ) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          var lines = LineSplitter()
          let cluster = try await self.connection().cluster
          for try await piece in cluster.logs(query) {
            for line in lines.lines(adding: piece) { continuation.yield(line) }
          }
          if let rest = lines.rest { continuation.yield(rest) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  func commandLog() async -> [CommandRecord] {
    (connected?.commands ?? []).map {
      CommandRecord(
        time: Instant(microseconds: $0.time.microseconds),
        command: $0.line)
    }
  }

  // MARK: Parts

  private var labels: NodeLabelStore { NodeLabelStore(files: workshop.files) }

  private var history: RunHistory {
    RunHistory(files: workshop.files, processes: workshop.processes)
  }

  private func opened() throws -> OpenStack {
    guard let stack else {
      throw StackProblem(
        .notAStack, "\(directory) is no stack yet",
        remedy: "go through the first step")
    }
    return stack
  }

  private func take(_ stack: OpenStack) {
    self.stack = stack
    previewer = nil
  }

  /// What the console shows of a stack: on a rehearsal that the command line
  /// asked for, the header must say so.
  private func contents(of stack: OpenStack) -> StackContents {
    var contents = stack.contents
    if options.rehearse { contents.settings.isRehearsal = true }
    return contents
  }

  private func connection() async throws -> ConnectedCluster {
    if let connected { return connected }
    let stack = try opened()
    let made = try await options.connect(
      stack.contents.settings, stack.layout, workshop)
    // Another task may have connected meanwhile.
    if let connected {
      await made.close()
      return connected
    }
    connected = made
    return made
  }

  private func context() async throws -> RunContext {
    workshop.context(try await connection())
  }

  private func site(_ stack: OpenStack) async throws -> Site {
    let connected = try await connection()
    return Site(
      workshop: workshop, stack: stack, connected: connected,
      context: workshop.context(connected))
  }
}

extension PreviewedValue {
  /// The edit that gives a parameter the value; nil where it has it.
  fileprivate func edit(of parameter: String) -> StackEdit? {
    switch self {
    case .saved: nil
    case .roleDefault: .reset(parameter)
    case .value(let value): .set(parameter, value)
    }
  }
}

extension StackContents {
  /// What is shut because no vault password given opens it; nil when nothing.
  fileprivate var lock: StackProblem? {
    problems.first { $0.kind == .locked }
  }
}

extension StackProblem {
  fileprivate var place: String {
    (location?.file ?? "the stack").printable
  }
}
