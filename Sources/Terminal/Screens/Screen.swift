// The seam between the console and a terminal. `NcursesScreen` is a real one,
// `MemoryScreen` its twin for tests.

/// What a screen has to say.
public enum ScreenEvent: Hashable, Sendable {
  case input(Input)
  case resize(Size)
  /// Actions were posted; see `ActionQueue`.
  case posted
  /// The terminal is gone: nothing can be drawn or read any more.
  case hangup
  /// Somebody asked the process to end (SIGTERM, SIGINT).
  case terminate
}

/// A terminal that shows frames and sends events.
///
/// Belongs to the main thread.
public protocol Screen: AnyObject {
  var size: Size { get }
  var glyphs: Glyphs { get }

  /// Shows a frame; sends nothing to the terminal when it already shows it.
  func present(_ frame: Frame)

  /// Waits for events.
  ///
  /// - Parameter timeout: Milliseconds to wait; nil waits for ever.
  /// - Returns: What came; nothing when the time is over.
  func events(timeout: Int?) -> [ScreenEvent]

  /// Wakes `events` from any thread.
  var waker: Waker { get }

  /// Gives the terminal to `body`, an editor or a shell, and takes it back.
  func lend<Result>(_ body: () throws -> Result) rethrows -> Result

  /// Changes how roles look.
  func use(theme: Theme)

  /// Gives the terminal back for good.
  func close()
}

/// Wakes the main thread from any thread.
public struct Waker: Sendable {
  private let body: @Sendable () -> Void

  public init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  public func wake() { body() }
}
