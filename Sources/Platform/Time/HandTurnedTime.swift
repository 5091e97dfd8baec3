// A clock that stands still until somebody turns it: the twin of SystemTime.

import Synchronization

/// Time that moves only when `advance(by:)` is called.
///
/// Sleepers whose time has come wake in the order of their deadlines.
public final class HandTurnedTime: TimeSource {
  private struct Sleeper {
    var deadline: Duration
    var wake: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var wall: Duration
    var up: Duration = .zero
    var sleepers: [Int: Sleeper] = [:]
    var cancelled: Set<Int> = []
    var nextSleeper = 0
    var watchers: [(count: Int, wake: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Mutex<State>

  /// A clock that shows `wallTime`, by default 2026-01-01 00:00 UTC.
  public init(wallTime: Duration = .seconds(1_767_225_600)) {
    state = Mutex(State(wall: wallTime))
  }

  public var wallTime: Duration { state.withLock { $0.wall } }

  public var uptime: Duration { state.withLock { $0.up } }

  /// How many tasks sleep on this clock now.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  /// Moves time forward and wakes those whose deadline has passed.
  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.wall += duration
      state.up += duration
      let due = state.sleepers.filter { $0.value.deadline <= state.up }
      for number in due.keys { state.sleepers[number] = nil }
      return due.sorted {
        ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
      }
    }
    for (_, sleeper) in due { sleeper.wake.resume() }
  }

  /// Sets the wall clock alone, as an operator or NTP would.
  public func setWallTime(_ time: Duration) {
    state.withLock { $0.wall = time }
  }

  /// Returns once at least `count` tasks sleep on this clock.
  ///
  /// Lets a test turn the clock only when the code under test waits for it.
  public func waitForSleepers(_ count: Int) async {
    await withCheckedContinuation { wake in
      let already = state.withLock { state in
        guard state.sleepers.count < count else { return true }
        state.watchers.append((count, wake))
        return false
      }
      if already { wake.resume() }
    }
  }

  public func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    guard duration > .zero else { return }
    let number = state.withLock { state in
      state.nextSleeper += 1
      return state.nextSleeper
    }
    // A cancellation that came too late to matter leaves no trace.
    defer { state.withLock { _ = $0.cancelled.remove(number) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { wake in
        add(number, for: duration, wake: wake)
      }
    } onCancel: {
      cancel(number)
    }
  }

  private func add(
    _ number: Int, for duration: Duration,
    wake: CheckedContinuation<Void, any Error>
  ) {
    let (cancelled, ready) = state.withLock { state in
      // Cancelled before it lay down.
      if state.cancelled.remove(number) != nil {
        return (true, [CheckedContinuation<Void, Never>]())
      }
      state.sleepers[number] = Sleeper(
        deadline: state.up + duration, wake: wake)
      let count = state.sleepers.count
      let ready = state.watchers.filter { $0.count <= count }.map(\.wake)
      state.watchers.removeAll { $0.count <= count }
      return (false, ready)
    }
    if cancelled { wake.resume(throwing: CancellationError()) }
    for watcher in ready { watcher.resume() }
  }

  private func cancel(_ number: Int) {
    let sleeper = state.withLock { state in
      guard let sleeper = state.sleepers.removeValue(forKey: number) else {
        state.cancelled.insert(number)
        return nil as Sleeper?
      }
      return sleeper
    }
    sleeper?.wake.resume(throwing: CancellationError())
  }
}
