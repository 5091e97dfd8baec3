// The machine's own clock.

import Glibc

/// The machine's clock; goes on while the machine sleeps.
public struct SystemTime: TimeSource {
  public init() {}

  public var wallTime: Duration { read(CLOCK_REALTIME) }

  public var uptime: Duration { read(CLOCK_BOOTTIME) }

  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }

  private func read(_ clock: clockid_t) -> Duration {
    var now = timespec()
    clock_gettime(clock, &now)
    return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
  }
}
