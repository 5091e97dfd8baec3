// A cluster in memory, or in a folder that several processes share, behind the
// same protocols as a real one.

import Kubernetes
import Platform

/// A rehearsed cluster.
///
/// What it shows at any moment is a pure function of how it began, of what was
/// done and when, and of its clock; so every process that opens the same
/// folder sees the same cluster, with no server between them.
public actor Rehearsal {
  public enum Clock: Sendable {
    /// Stands still but for `advance(by:)`.
    case handTurned(start: Instant)
    /// Goes with a time source.
    case following(any TimeSource)
  }

  var world: World
  private var store: RehearsalStore?
  let clock: Clock
  private var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
  private var nextSleeper = 0

  public nonisolated let isRehearsal = true

  /// How often watches look for what other processes or time have done.
  private static let watchPause = Duration.milliseconds(100)

  /// A cluster in memory that nobody else sees.
  public init(
    _ configuration: RehearsalConfiguration = RehearsalConfiguration(),
    clock: Clock
  ) {
    self.clock = clock
    world = World(configuration, now: Self.start(clock))
  }

  /// The cluster that a folder holds, or a new one in it.
  ///
  /// The configuration is that of a new cluster; one that exists keeps its own.
  /// - Throws: `RehearsalError` or `FileError`.
  public init(
    folder: String, files: any Files, clock: Clock,
    configuration: RehearsalConfiguration = RehearsalConfiguration()
  ) throws {
    var store = try RehearsalStore(folder: folder, files: files)
    let lock = try files.lock(folder + "/lock", wait: .seconds(10))
    defer { lock.release() }
    let world = try store.catchUp(nil) {
      World(configuration, now: Self.start(clock))
    }
    self.clock = clock
    self.store = store
    self.world = world
  }

  private static func start(_ clock: Clock) -> Instant {
    switch clock {
    case .handTurned(let start): start
    case .following(let time): Instant(wallTime: time.wallTime)
    }
  }

  /// The cluster's own time.
  public var now: Instant {
    get throws { try read { $0.now } }
  }

  /// The faults that are at work.
  public var faults: [Fault] {
    get throws { try read { $0.faults } }
  }

  /// Adds a fault; one that is at work already stays as it is.
  public func add(_ fault: Fault) throws { _ = try perform(.fault(fault)) }

  /// Ends a fault: pods that wait come good by themselves.
  public func remove(_ fault: Fault) throws { _ = try perform(.mend(fault)) }

  /// Turns the clock of a hand-turned cluster.
  public func advance(by duration: Duration) throws {
    _ = try perform(.turn(duration.microseconds))
  }

  // MARK: The world and its clock

  /// Looks at the world as it is now.
  func read<Result>(_ body: (World) throws -> Result) throws -> Result {
    try catchUp()
    return try body(world)
  }

  private func catchUp() throws {
    guard var store else {
      follow()
      return
    }
    try told {
      let lock = try store.files.lock(
        store.folder + "/lock", wait: .seconds(10))
      defer { lock.release() }
      world = try store.catchUp(world) { self.world }
      follow()
    }
    self.store = store
  }

  private func follow() {
    if case .following(let time) = clock {
      world.advance(to: max(world.now, Instant(wallTime: time.wallTime)))
    }
  }

  /// A cluster's callers know one kind of error.
  private func told<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ClusterError {
      throw error
    } catch {
      throw ClusterError(.tool, "\(error)")
    }
  }

  /// Does a deed and writes it down; a deed that fails leaves no trace.
  func perform(_ deed: Deed, isDryRun: Bool = false) throws -> KubernetesObject?
  {
    try Self.checkCancelled()
    defer { wakeSleepers() }
    guard var store else {
      follow()
      return try attempt(deed, isDryRun: isDryRun)
    }
    defer { self.store = store }
    return try told {
      let lock = try store.files.lock(
        store.folder + "/lock", wait: .seconds(10))
      defer { lock.release() }
      world = try store.catchUp(world) { self.world }
      follow()
      let time = world.now
      let result = try attempt(deed, isDryRun: isDryRun)
      if !isDryRun {
        try store.append(
          Entry(
            time: time, deed: deed, uid: result?.uid,
            resourceVersion: result?.resourceVersion), world)
      }
      return result
    }
  }

  private func attempt(_ deed: Deed, isDryRun: Bool) throws -> KubernetesObject?
  {
    // What a request uses up before it fails or is thrown away was never used.
    let counter = world.counter
    do {
      let result = try world.perform(deed)
      if isDryRun { world.counter = counter }
      return result
    } catch {
      world.counter = counter
      throw error
    }
  }

  static func checkCancelled() throws {
    if Task.isCancelled {
      throw ClusterError(.cancelled, "the call was cancelled")
    }
  }

  // MARK: Waiting for changes

  /// Waits until something may have changed.
  func waitForChange() async throws {
    switch clock {
    case .following(let time):
      try await time.sleep(for: Self.watchPause)
    case .handTurned:
      if store != nil {
        try await Task.sleep(for: Self.watchPause)
        return
      }
      nextSleeper += 1
      let number = nextSleeper
      await withTaskCancellationHandler {
        await withCheckedContinuation { sleeper in
          if Task.isCancelled {
            sleeper.resume()
          } else {
            sleepers[number] = sleeper
          }
        }
      } onCancel: {
        Task { await self.wake(number) }
      }
    }
  }

  private func wake(_ number: Int) {
    sleepers.removeValue(forKey: number)?.resume()
  }

  private func wakeSleepers() {
    let all = sleepers
    sleepers = [:]
    for sleeper in all.values { sleeper.resume() }
  }
}

extension Instant {
  /// A time that a time source tells as the time since 1970.
  init(wallTime: Duration) { self.init(microseconds: wallTime.microseconds) }
}
