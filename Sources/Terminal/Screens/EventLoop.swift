// The loop of the main thread: wait, take everything that came, draw once.

/// What the loop drives: a program that turns events and actions into frames.
public protocol Program {
  associatedtype Action: Sendable

  /// Takes one event of the screen.
  mutating func handle(_ event: ScreenEvent)
  /// Takes one action of a background task.
  mutating func receive(_ action: Action)
  /// The screen as it should be now.
  func frame(size: Size, glyphs: Glyphs) -> Frame
  /// Whether time alone changes what is shown, such as elapsed seconds.
  var isTicking: Bool { get }
  /// Called about once a second while `isTicking`.
  mutating func tick()
  var isDone: Bool { get }
}

/// Runs a program on a screen until it is done or the terminal is gone.
///
/// A key is drawn at once. What background tasks post is drawn at once too, but
/// then not again for `interval` milliseconds, however much of it comes.
public func runLoop<P: Program>(
  _ program: inout P, on screen: some Screen, queue: ActionQueue<P.Action>,
  interval: Int = 100
) {
  let clock = ContinuousClock()
  let gap = Duration.milliseconds(interval)
  var lastPosted = clock.now - gap
  var lastTick = clock.now
  var isDirty = true
  var isUrgent = true
  while !program.isDone {
    if isDirty, isUrgent || clock.now - lastPosted >= gap {
      screen.present(program.frame(size: screen.size, glyphs: screen.glyphs))
      if !isUrgent { lastPosted = clock.now }
      isDirty = false
      isUrgent = false
    }
    var timeout: Int?
    if isDirty {
      timeout = max(1, milliseconds(gap - (clock.now - lastPosted)))
    } else if program.isTicking {
      timeout = max(1, milliseconds(.seconds(1) - (clock.now - lastTick)))
    }
    for event in screen.events(timeout: timeout) {
      if event != .posted {
        isDirty = true
        isUrgent = true
      }
      program.handle(event)
      if event == .hangup { return }
    }
    for action in queue.takeAll() {
      program.receive(action)
      isDirty = true
    }
    if program.isTicking, clock.now - lastTick >= .seconds(1) {
      program.tick()
      lastTick = clock.now
      isDirty = true
    }
  }
}

private func milliseconds(_ duration: Duration) -> Int {
  let parts = duration.components
  return Int(parts.seconds) * 1_000
    + Int(parts.attoseconds / 1_000_000_000_000_000)
}
