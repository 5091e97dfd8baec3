// The clock as a seam: what it is now, how long something took, and waiting.

/// A source of time, passed to whatever asks what time it is or waits.
///
/// Times are durations since a stated zero, so that every target can use them
/// without sharing a date type.
public protocol TimeSource: Sendable {
  /// Time since 1970-01-01 00:00 UTC, as the machine's clock shows it.
  ///
  /// It may jump when the clock is set: for stamps, not for measuring.
  var wallTime: Duration { get }

  /// Time since some fixed moment; never goes back.
  ///
  /// For measuring.
  var uptime: Duration { get }

  /// Waits; throws `CancellationError` when the task is cancelled meanwhile.
  func sleep(for duration: Duration) async throws
}

extension TimeSource {
  /// Whole seconds since 1970, as files and journals write them.
  public var wallSeconds: Int { Int(wallTime.components.seconds) }
}
