// A screen in memory: scripted events in, frames out. The twin of
// `NcursesScreen`, for golden screens and for tests of whole sessions.

/// A screen that keeps what it was shown.
public final class MemoryScreen: Screen {
  public private(set) var size: Size
  public let glyphs: Glyphs
  public private(set) var frame: Frame
  /// Cells that had to be sent, as a measure of what a terminal would get.
  public private(set) var cellsSent = 0
  public private(set) var isClosed = false
  private var script: [ScreenEvent]

  public init(
    size: Size, glyphs: Glyphs = .unicode, script: [ScreenEvent] = []
  ) {
    self.size = size
    self.glyphs = glyphs
    self.script = script
    frame = Frame(size: size, glyphs: glyphs)
  }

  public var waker: Waker { Waker {} }

  public func present(_ next: Frame) {
    for row in 0..<next.size.rows {
      let old = frame.row(row)
      let new = next.row(row)
      if old.count != new.count {
        cellsSent += new.count
      } else {
        for (before, after) in zip(old, new) where before != after {
          cellsSent += 1
        }
      }
    }
    frame = next
  }

  /// The next event of the script; a hangup when it is over.
  public func events(timeout: Int?) -> [ScreenEvent] {
    guard !script.isEmpty else { return [.hangup] }
    let event = script.removeFirst()
    if case .resize(let size) = event { self.size = size }
    return [event]
  }

  public func lend<Result>(_ body: () throws -> Result) rethrows -> Result {
    try body()
  }

  public func use(theme: Theme) {}

  public func close() { isClosed = true }

  /// What is on the screen, as text.
  public var text: String { frame.text }

  /// A letter per cell for its role, `.` for plain text, upper case where it
  /// is selected; for tests of what the text alone does not show.
  public var styleMap: String {
    let letters: [Role: Character] = [
      .text: ".", .muted: "u", .title: "t", .header: "h", .heading: "e",
      .border: "-", .sentence: "n", .keys: "k", .key: "y", .rehearsal: "r",
      .good: "g", .busy: "b", .waiting: "w", .warning: "!", .failed: "x",
      .changed: "c", .secret: "s", .input: "i", .invalid: "v",
      .match: "m", .added: "+", .removed: "<", .hunk: "@",
    ]
    var lines: [String] = []
    for row in 0..<size.rows {
      var line = ""
      for cell in frame.row(row) {
        let letter = letters[cell.style.role] ?? "?"
        line +=
          cell.style.isSelected
          ? (letter == "." ? ":" : String(letter).uppercased())
          : String(letter)
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
