// The loop: every event handled, nothing drawn twice.

import Terminal
import Testing

private struct Typed: Program {
  typealias Action = String
  var text = ""
  var isTicking: Bool { false }
  var isDone: Bool { text.hasSuffix("q") }

  mutating func handle(_ event: ScreenEvent) {
    if case .input(.key(let key)) = event, let typed = key.typed {
      text.unicodeScalars.append(typed)
    }
  }
  mutating func receive(_ action: String) { text += action }
  mutating func tick() {}
  func frame(size: Size, glyphs: Glyphs) -> Frame {
    var frame = Frame(size: size, glyphs: glyphs)
    frame.write(text, column: 0, row: 0)
    return frame
  }
}

struct EventLoopTests {
  private func key(_ scalar: Unicode.Scalar) -> ScreenEvent {
    .input(.key(.character(scalar)))
  }

  @Test func keysAndActions() {
    let screen = MemoryScreen(
      size: Size(columns: 20, rows: 2),
      script: [key("a"), .posted, key("b"), key("q")])
    let queue = ActionQueue<String>(waker: screen.waker)
    queue.post("-1-")
    queue.post("-2-")
    var program = Typed()
    runLoop(&program, on: screen, queue: queue)
    #expect(program.text == "a-1--2-bq")
    #expect(screen.text.hasPrefix("a-1--2-b"))
  }

  @Test func endsWhenTheTerminalIsGone() {
    let screen = MemoryScreen(
      size: Size(columns: 20, rows: 2), script: [key("a"), .hangup, key("b")])
    var program = Typed()
    runLoop(
      &program, on: screen,
      queue: ActionQueue<String>(waker: screen.waker))
    #expect(program.text == "a")
  }

  @Test func unchangedFramesCostNothing() {
    let screen = MemoryScreen(size: Size(columns: 20, rows: 2))
    var program = Typed()
    program.text = "hello"
    screen.present(program.frame(size: screen.size, glyphs: screen.glyphs))
    let sent = screen.cellsSent
    #expect(sent == 5)
    screen.present(program.frame(size: screen.size, glyphs: screen.glyphs))
    #expect(screen.cellsSent == sent)
  }

  @Test func styleMapShowsRolesAndSelection() {
    let screen = MemoryScreen(size: Size(columns: 6, rows: 2))
    var frame = Frame(size: screen.size)
    frame.write("ab", column: 0, row: 0, role: .failed)
    frame.select(Rect(column: 0, row: 0, columns: 6, rows: 1))
    frame.write("c", column: 0, row: 1, role: .good)
    screen.present(frame)
    #expect(screen.styleMap == "XX::::\ng.....\n")
  }
}
