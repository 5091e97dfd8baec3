// How long a render computes: steps alone do not say it, since one of them may
// go through a long text.

import Glibc

/// Tells when a thread has computed for longer than it may.
struct Stopwatch {
  private let limit: Int
  private var wall = 0
  private var thread = 0

  /// Begins to measure the calling thread; the limit is in milliseconds.
  init(limit: Int) {
    self.limit = limit
    wall = Self.milliseconds(of: CLOCK_MONOTONIC)
    thread = Self.milliseconds(of: CLOCK_THREAD_CPUTIME_ID)
  }

  /// Whether the calling thread, the one that began, computed for too long.
  ///
  /// While it waited for a processor does not count.
  var isOver: Bool {
    // Reading the thread's time is a system call, reading the other is none.
    Self.milliseconds(of: CLOCK_MONOTONIC) - wall > limit
      && Self.milliseconds(of: CLOCK_THREAD_CPUTIME_ID) - thread > limit
  }

  private static func milliseconds(of clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
