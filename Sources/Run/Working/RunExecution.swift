// One run under way: lock, heartbeat, orders, stages, and what it leaves.

import Kubernetes
import Platform
import Stack

/// A run of one plan, from the lock to the release.
struct RunExecution: Sendable {
  let context: RunContext
  let plan: Plan
  let consent: RunConsent
  let files: RunFiles
  let layout: StackLayout
  let journal: JournalWriter
  let holder: String
  let watch: RunGuard
  let released = ReleasedObjects()

  init(
    context: RunContext, plan: Plan, consent: RunConsent, files: RunFiles,
    layout: StackLayout, journal: JournalWriter, holder: String
  ) {
    self.context = context
    self.plan = plan
    self.consent = consent
    self.files = files
    self.layout = layout
    self.journal = journal
    self.holder = holder
    watch = RunGuard(plan: plan, consent: consent, cluster: context.cluster)
  }

  /// How the tasks of a run end it.
  private enum End: Sendable {
    /// All stages are behind; the sentence says what failed.
    case through(String?)
    /// Something else ended it.
    case broken(String)
  }

  /// Runs everything; the result is the sentence of what failed, if anything.
  func run() async throws -> String? {
    let stack = try context.store.open(layout.directory)
    try await checkInputs(stack)
    try await makeNamespace()
    let hasLock = try await takeLock()
    let end = await withTaskGroup(of: End?.self) { group in
      group.addTask {
        do {
          let failure = try await RunStages(self).run()
          try await finish(stack, isComplete: failure == nil)
          return .through(failure)
        } catch is CancellationError {
          return nil
        } catch {
          return .through("\(error)".printable)
        }
      }
      if hasLock {
        group.addTask { await heartbeat().map(End.broken) }
      }
      group.addTask { await isStopped() ? .broken("stopped by order") : nil }
      defer { group.cancelAll() }
      while let end = await group.next() {
        if let end { return end }
      }
      return End.broken("cancelled")
    }
    var failure: String?
    switch end {
    case .through(let sentence): failure = sentence
    case .broken(let sentence):
      // What was written by then still belongs to the stack.
      try? await finish(stack, isComplete: false)
      failure = sentence
    }
    if hasLock { try? await lock.release() }
    return failure
  }

  // MARK: Before the stages

  private func checkInputs(_ stack: OpenStack) async throws {
    let now = InputFiles.digests(
      stack, of: plan.components.map(\.name), context.files)
    if now != plan.inputs.files {
      let paths = Set(now.keys).union(plan.inputs.files.keys).sorted()
      let changed = paths.first { now[$0] != plan.inputs.files[$0] } ?? ""
      throw RunProblem(
        "\(changed) was changed since the plan was frozen; plan again")
    }
    let facts = try await ClusterFacts.read(
      context.cluster, namespace: plan.namespace)
    guard facts.uid == plan.inputs.clusterUID else {
      throw RunProblem(
        "this is another cluster than the one that the plan was made for; "
          + "choose the right context and plan again")
    }
  }

  /// Makes the namespace first: the lock and the release are kept in it.
  ///
  /// The plan shows it as created; its role completes it.
  private func makeNamespace() async throws {
    let reference = ObjectReference(.namespace, name: plan.namespace)
    guard plan.objects.contains(where: { $0.reference == reference }),
      plan.operation != .remove,
      try await context.cluster.find(reference) == nil
    else { return }
    _ = try await context.cluster.apply(
      KubernetesObject([
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": ["name": .string(plan.namespace)],
      ]), ApplyOptions())
    await watch.accept(reference)
  }

  private var hasNamespace: Bool {
    get async throws {
      try await context.cluster.find(
        ObjectReference(.namespace, name: plan.namespace)) != nil
    }
  }

  // MARK: The lock

  private var lock: RunLock {
    RunLock(
      cluster: context.cluster, stack: plan.stack, namespace: plan.namespace,
      holder: holder)
  }

  /// Takes the lock; false where there is no namespace to keep it in.
  private func takeLock() async throws -> Bool {
    guard try await hasNamespace else { return false }
    try await lock.acquire(takingOver: consent.takesOverLock)
    return true
  }

  /// Renews the lock until it is lost; then the sentence says to whom.
  private func heartbeat() async -> String? {
    while !Task.isCancelled {
      do {
        try await context.time.sleep(for: lock.interval)
        try await lock.renew()
      } catch let held as LockHeld {
        return "the lock was taken over: \(held)"
      } catch is CancellationError {
        return nil
      } catch {
        // The API may be away for a while: the run waits for it as well, and
        // whoever takes the lock over meanwhile is found at the next beat.
        continue
      }
    }
    return nil
  }

  // MARK: Orders

  /// Returns true once the order `stop` is given.
  private func isStopped() async -> Bool {
    while !Task.isCancelled {
      if orders().contains(.stop) { return true }
      do {
        try await context.time.sleep(for: .milliseconds(500))
      } catch {
        return false
      }
    }
    return false
  }

  private func orders() -> [RunOrder] {
    guard let content = try? context.files.read(files.orders) else {
      return []
    }
    return String(decoding: content.bytes, as: UTF8.self)
      .split(separator: "\n").compactMap { RunOrder(rawValue: String($0)) }
  }

  /// Holds the run until the operator lets it go on.
  func hold(_ sentence: String) async throws {
    let before = orders().count
    try await journal.write(.held(sentence: sentence))
    while true {
      let orders = orders()
      if orders.count > before, orders.last == .resume { break }
      try await context.time.sleep(for: .milliseconds(500))
    }
    try await journal.write(.resumed)
  }

  // MARK: After the stages

  private func finish(_ stack: OpenStack, isComplete: Bool) async throws {
    if [.deploy, .upgrade, .remove].contains(plan.operation) {
      try await saveRelease(isComplete: isComplete)
    }
    guard isComplete, [.deploy, .upgrade].contains(plan.operation) else {
      return
    }
    try await journal.write(
      .closing(
        await ClosingPages.page(
          of: stack.contents.chosenComponents, on: context.cluster,
          namespace: plan.namespace,
          context: stack.contents.settings.context)))
  }

  private func saveRelease(isComplete: Bool) async throws {
    guard try await hasNamespace else { return }
    let store = ReleaseStore(
      cluster: context.cluster, stack: plan.stack, namespace: plan.namespace)
    var components = await released.components.filter { !$0.value.isEmpty }
    if plan.operation == .remove {
      // Whatever removal itself wrote is gone with it; what it kept (data) is
      // nobody's to prune.
      guard isComplete else { return }
      components = [:]
    }
    let number = try await store.nextNumber()
    try await store.save(
      Release(
        number: number, stack: plan.stack, operation: plan.operation,
        time: context.now, holder: "\(Host.userName)@\(Host.name)",
        isComplete: isComplete, plan: plan.inputs.digest,
        files: plan.inputs.files, components: components))
    try await journal.write(.released(number: number))
  }
}
