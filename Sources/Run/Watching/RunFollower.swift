// Follows a run that some process executes: its journal and the cluster, put
// together for whoever shows it.

import Kubernetes
import Platform
import Stack

/// A run and the cluster around it at one instant.
public struct FollowedRun: Sendable, Hashable {
  public var run: RunSnapshot
  /// Component, workloads, pods: with verdicts, worst first.
  public var tree: RolloutTree

  public init(run: RunSnapshot, tree: RolloutTree) {
    self.run = run
    self.tree = tree
  }
}

/// Follows runs.
public struct RunFollower: Sendable {
  private let context: RunContext
  /// How often the journal and the cluster's picture are looked at.
  private let interval: Duration
  private let patience: Patience

  public init(
    _ context: RunContext, interval: Duration = .milliseconds(100),
    patience: Patience = Patience()
  ) {
    self.context = context
    self.interval = interval
    self.patience = patience
  }

  /// The run as it goes on; ends once the run is over.
  ///
  /// Only changes come through, at most one an interval; what nobody took in
  /// time is superseded by what comes after it.
  public func follow(
    _ number: Int, of layout: StackLayout
  ) -> AsyncThrowingStream<FollowedRun, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let task = Task {
        do {
          try await follow(RunFiles(layout, number: number)) {
            continuation.yield($0)
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// The run and the cluster as they are now, for a look without following.
  ///
  /// The cluster is waited for until every kind has been listed once, for at
  /// most `wait`; what did not answer by then shows as stale.
  public func look(
    at number: Int, of layout: StackLayout, wait: Duration = .seconds(10)
  ) async throws -> FollowedRun {
    let files = RunFiles(layout, number: number)
    let (plan, watcher) = try await open(files)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await watcher.run() }
      defer { group.cancelAll() }
      let deadline = context.time.uptime + wait
      while !watcher.isComplete, context.time.uptime < deadline {
        try await context.time.sleep(for: .milliseconds(10))
      }
      var progress = RunProgress(plan: plan)
      var journal = JournalReader(files: context.files, path: files.journal)
      var entries = try journal.read()
      for entry in entries { progress.apply(entry) }
      let isAlive = isAlive(progress.header, since: .zero)
      entries = try journal.read()
      for entry in entries { progress.apply(entry) }
      if !isAlive { progress.interrupt(at: context.now) }
      return try await picture(progress, plan, watcher)
    }
  }

  private func follow(
    _ files: RunFiles, show: @escaping @Sendable (FollowedRun) -> Void
  ) async throws {
    let (plan, watcher) = try await open(files)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await watcher.run() }
      defer { group.cancelAll() }
      try await follow(files, plan, watcher, show: show)
    }
  }

  /// The frozen plan of a run, and a watcher of the kinds that it is about.
  private func open(
    _ files: RunFiles
  ) async throws -> (plan: Plan, watcher: ClusterWatcher) {
    let plan = try RunCoding.decode(
      Plan.self, from: try context.files.read(files.plan).bytes)
    let discovery = try await context.cluster.resources()
    let kinds = Set(
      ClusterWatcher.workloadKinds
        + plan.objects.map(\.reference.objectKind)
        .filter { !Self.unwatched.contains($0) })
    let watcher = ClusterWatcher(
      context.cluster,
      resources: kinds.sorted().compactMap { discovery[$0] },
      namespaces: plan.namespaces, time: context.time, eventsFrom: plan.made)
    return (plan, watcher)
  }

  private func follow(
    _ files: RunFiles, _ plan: Plan, _ watcher: ClusterWatcher,
    show: @Sendable (FollowedRun) -> Void
  ) async throws {
    var progress = RunProgress(plan: plan)
    var journal = JournalReader(files: context.files, path: files.journal)
    var shown: FollowedRun?
    var shownVersion = -1
    var judged = Duration.zero
    var over: Duration?
    let started = context.time.uptime
    while true {
      try Task.checkCancellation()
      let isAlive = isAlive(progress.header, since: started)
      let entries = try journal.read()
      for entry in entries { progress.apply(entry) }
      // A process that was gone before the journal was read to its end has
      // nothing more to say.
      if !isAlive { progress.interrupt(at: context.now) }
      let version = watcher.current.version
      let time = context.time.uptime
      // Time alone moves verdicts too, but a look a second is enough for that.
      let isDue =
        !entries.isEmpty || version != shownVersion
        || time - judged >= .seconds(1) || progress.snapshot.state.isOver
      if isDue {
        judged = time
        let now = try await picture(progress, plan, watcher)
        shownVersion = version
        if now != shown {
          show(now)
          shown = now
        }
        if now.run.state.isOver {
          let end = over ?? time
          over = end
          let isSettled =
            now.run.state == .succeeded && now.tree.problems.isEmpty
          if isSettled || time - end > Self.settling { return }
        }
      }
      try await context.time.sleep(for: interval)
    }
  }

  /// How long the cluster's picture may lag behind the journal's last word.
  private static let settling = Duration.seconds(2)

  /// Kinds that a plan may hold and that a follower has no business reading,
  /// or that are no part of a component.
  private static let unwatched: Set<ObjectKind> = [.secret, .node]

  /// Whether the run's process may still write.
  private func isAlive(_ header: RunHeader?, since started: Duration) -> Bool {
    guard let header else {
      return context.time.uptime - started < .seconds(20)
    }
    // Of a process on another machine nothing is known: its lock tells.
    guard header.holder.hasSuffix("@\(Host.name)") else { return true }
    return context.processes.isRunning(header.process)
  }

  private func picture(
    _ progress: RunProgress, _ plan: Plan, _ watcher: ClusterWatcher
  ) async throws -> FollowedRun {
    let snapshot = watcher.current.snapshot
    let tree = RolloutTree(
      progress.inventory.without(Self.unwatched.union(watcher.forbidden))
        .rollout(of: plan.components.map(\.name).unique),
      Circumstances(
        snapshot, now: context.now, patience: patience))
    var run = progress.snapshot.judged(by: tree)
    run.staleSince = snapshot.staleSince
    if run.closing != nil, run.state == .succeeded {
      run.closing?.cloudsFile = await ClosingPages.cloudsFile(
        context.cluster, namespace: plan.namespace)
    }
    return FollowedRun(run: run, tree: tree)
  }
}

extension RunSnapshot {
  /// The snapshot in which components at work say what they wait for.
  func judged(by tree: RolloutTree) -> RunSnapshot {
    var result = self
    let verdicts = Dictionary(
      tree.components.map { ($0.name, $0.verdict) },
      uniquingKeysWith: { first, _ in first })
    for stage in result.stages.indices {
      for index in result.stages[stage].components.indices {
        let component = result.stages[stage].components[index]
        guard component.state == .running, component.sentence != nil,
          let verdict = verdicts[component.name], verdict.state != .current
        else { continue }
        result.stages[stage].components[index].sentence = verdict.sentence
      }
    }
    return result
  }
}

extension Array where Element: Hashable {
  /// The elements without later repetitions.
  var unique: [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
