// The real screen on a pseudo-terminal: what it sends, and what it reads.

import Glibc
import Terminal
import Testing

@Suite(.serialized)
struct NcursesScreenTests {
  init() { setenv("LC_ALL", "C.UTF-8", 1) }

  private func screen(
    on pty: Pty, term: String = "xterm-256color",
    _ change: (inout TerminalOptions) -> Void = { _ in }
  ) throws -> NcursesScreen {
    var options = TerminalOptions(term: term)
    options.input = pty.slave
    options.output = pty.slave
    options.handlesSignals = false
    change(&options)
    return try NcursesScreen(options: options, theme: .plain)
  }

  private func frame(_ screen: NcursesScreen, _ text: String) -> Frame {
    var frame = Frame(size: screen.size, glyphs: screen.glyphs)
    frame.write(text, column: 0, row: 0)
    return frame
  }

  @Test func nothingIsSentWhenNothingChanged() throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let screen = try screen(on: pty)
    defer { screen.close() }
    #expect(screen.size == Size(columns: 80, rows: 24))
    screen.present(frame(screen, "hello 作者 ✓"))
    let first = String(decoding: pty.output(), as: UTF8.self)
    #expect(first.contains("hello 作者 ✓"))
    screen.present(frame(screen, "hello 作者 ✓"))
    #expect(pty.output().isEmpty)
    // A key's worth of change costs a few bytes, not a screen.
    screen.present(frame(screen, "hallo 作者 ✓"))
    let change = pty.output()
    #expect(!change.isEmpty)
    #expect(change.count < 40)
  }

  @Test func closingPutsTheTerminalRight() throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    var before = termios()
    tcgetattr(pty.slave, &before)
    let screen = try screen(on: pty)
    screen.present(frame(screen, "x"))
    let opened = String(decoding: pty.output(), as: UTF8.self)
    #expect(opened.contains("\u{1B}[?1049h"))
    #expect(opened.contains("\u{1B}[?2004h"))
    #expect(!opened.contains("\u{1B}[?1000h"))
    screen.close()
    let closed = String(decoding: pty.output(), as: UTF8.self)
    #expect(closed.contains("\u{1B}[?1049l"))
    #expect(closed.contains("\u{1B}[?2004l"))
    var after = termios()
    tcgetattr(pty.slave, &after)
    #expect(after.c_lflag == before.c_lflag)
    #expect(after.c_iflag == before.c_iflag)
  }

  @Test func keys() throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let screen = try screen(on: pty)
    defer { screen.close() }
    pty.type("j\u{1B}OA")
    #expect(
      screen.events(timeout: 1000)
        == [.input(.key(.character("j"))), .input(.key(.up))])
    pty.type("\u{1B}")
    var events = screen.events(timeout: 1000)
    if events.isEmpty { events = screen.events(timeout: 1000) }
    #expect(events == [.input(.key(.escape))])
    // Ctrl-C is a key, not a signal.
    pty.type("\u{3}")
    #expect(screen.events(timeout: 1000) == [.input(.key(.control("c")))])
    #expect(screen.events(timeout: 1).isEmpty)
  }

  @Test func wakesFromAnotherThread() async throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let screen = try screen(on: pty)
    defer { screen.close() }
    let queue = ActionQueue<Int>(waker: screen.waker)
    for number in 0..<100 { queue.post(number) }
    #expect(screen.events(timeout: 1000) == [.posted])
    #expect(queue.takeAll() == Array(0..<100))
    #expect(screen.events(timeout: 1).isEmpty)
  }

  @Test(arguments: ["vt100", "xterm", "linux", "screen-256color", "tmux"])
  func otherTerminals(_ term: String) throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let screen: NcursesScreen
    do {
      screen = try self.screen(on: pty, term: term)
    } catch let error as TerminalError {
      // Not every machine has every entry; then it says so.
      #expect(error.description.contains("TERM=\(term) is not known"))
      return
    }
    defer { screen.close() }
    #expect((screen.colors == 0) == (term == "vt100"))
    screen.present(frame(screen, "hello"))
    #expect(String(decoding: pty.output(), as: UTF8.self).contains("hello"))
  }

  @Test func noColor() throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let screen = try screen(on: pty) { $0.noColor = true }
    defer { screen.close() }
    screen.use(theme: try Theme(name: "t", entries: ["text": "red on blue"]))
    screen.present(frame(screen, "hello"))
    let sent = String(decoding: pty.output(), as: UTF8.self)
    #expect(!sent.contains("\u{1B}[31"))
    #expect(!sent.contains("\u{1B}[44"))
  }

  @Test func asciiLocale() throws {
    setenv("LC_ALL", "C", 1)
    defer { setenv("LC_ALL", "C.UTF-8", 1) }
    let pty = try #require(Pty(columns: 80, rows: 24))
    let screen = try screen(on: pty)
    defer { screen.close() }
    #expect(screen.glyphs == .ascii)
    screen.present(frame(screen, "作✓"))
    #expect(pty.output().allSatisfy { $0 < 0x80 })
  }

  @Test func hangupEndsTheLoop() throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    let gone = try #require(Pty(columns: 80, rows: 24))
    _ = gone
    let screen = try screen(on: pty)
    defer { screen.close() }
    // End of file on the input: Ctrl-D in raw mode is a key, so the master's
    // end is closed instead.
    close(pty.master)
    #expect(screen.events(timeout: 1000) == [.hangup])
    #expect(screen.events(timeout: 1000) == [.hangup])
  }

  @Test(arguments: [
    ("no-such-terminal", "TERM=no-such-terminal is not known"),
    ("", "TERM is not set"),
    ("dumb", "TERM=dumb cannot move the cursor"),
    ("a\u{1B}[2Jb", "TERM=a[2Jb is not known"),
  ])
  func unusableTerminals(_ term: String, _ start: String) throws {
    let pty = try #require(Pty(columns: 80, rows: 24))
    do {
      let screen = try screen(on: pty, term: term)
      screen.close()
      Issue.record("opened")
    } catch let error as TerminalError {
      #expect(error.description.hasPrefix(start))
      #expect(!error.description.contains("\n"))
    }
    #expect(pty.output().isEmpty)
  }

  @Test func notATerminal() throws {
    var options = TerminalOptions(term: "xterm")
    options.handlesSignals = false
    let file = open("/dev/null", O_RDWR)
    defer { close(file) }
    options.input = file
    options.output = file
    #expect(throws: TerminalError.self) {
      _ = try NcursesScreen(options: options, theme: .plain)
    }
  }

  @Test func biggerScreenIsPaintedWhole() throws {
    let pty = try #require(Pty(columns: 40, rows: 10))
    let screen = try screen(on: pty)
    defer { screen.close() }
    screen.present(frame(screen, "x"))
    _ = pty.output()
    pty.resize(columns: 200, rows: 60)
    screen.lend {}
    #expect(screen.size == Size(columns: 200, rows: 60))
    var wide = Frame(size: screen.size)
    wide.write("far right", column: 190, row: 59)
    screen.present(wide)
    #expect(
      String(decoding: pty.output(), as: UTF8.self).contains("far right"))
  }
}
