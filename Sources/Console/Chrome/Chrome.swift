// What every screen has: a header line, the step bar of the guided deployment,
// one sentence that answers "what now", and one line of keys.

import Terminal

/// The smallest terminal that the console is usable on.
let neededSize = Size(columns: 60, rows: 15)

extension Size {
  /// Whether the console fits.
  var isEnough: Bool {
    columns >= neededSize.columns && rows >= neededSize.rows
  }
}

/// What a screen puts on the lines around its content.
struct Chrome {
  /// Right of the header: the screen's name and a figure or two.
  var status: String
  var sentence: Notice
  var hints: [Hint]
  /// Whether the keys that lead to other screens hold.
  var hasScreens = true
  /// The keys while a text is typed: all others are part of it.
  var typing = searchKeys.hints
}

/// The rows between header and sentence, on which a screen draws.
func contentRect(size: Size, isGuided: Bool) -> Rect {
  let top = isGuided ? 3 : 2
  return Rect(
    column: 0, row: top, columns: size.columns, rows: size.rows - top - 3)
}

extension Frame {
  mutating func draw(_ chrome: Chrome, for state: ConsoleState) {
    drawHeader(status: chrome.status, for: state)
    if state.isGuided { drawSteps(for: state) }
    let sentence = state.notice ?? chrome.sentence
    drawSentence(sentence)
    let screens = Hint(key: "1-7", text: "screens")
    drawKeys(
      chrome.hasScreens ? chrome.hints + [screens] : chrome.hints,
      row: size.rows - 1, typing: state.isTyping ? chrome.typing : nil)
  }

  /// Draws the sentence on one line, or on two where it needs them.
  mutating func drawSentence(_ sentence: Notice) {
    var lines = wrapped(sentence.text, width: max(1, size.columns - 2))
    if lines.count > 2 {
      lines = [lines[0], lines.dropFirst().joined(separator: " ")]
    }
    for (offset, line) in lines.enumerated() {
      write(
        line, column: 1, row: size.rows - 1 - lines.count + offset,
        role: sentence.role, width: size.columns - 2)
    }
  }

  private mutating func drawHeader(status: String, for state: ConsoleState) {
    let bar = Rect(column: 0, row: 0, columns: size.columns, rows: 1)
    paint(bar, role: .header)
    let right = min(status.columns, max(0, size.columns - 2))
    write(
      status, column: size.columns - 1 - right, row: 0, role: .header,
      width: right)
    var column = 1
    let limit = size.columns - right - 3
    func room() -> Int { max(0, limit - column) }
    if state.stack?.settings.isRehearsal == true {
      column = write(
        "REHEARSAL", column: column, row: 0, role: .rehearsal, width: room())
      column += 1
    }
    var parts: [String] = []
    if let stack = state.stack {
      parts.append(stack.name)
      let cluster =
        stack.settings.isRehearsal ? "" : (state.overview?.cluster ?? "")
      parts.append(
        cluster.isEmpty
          ? stack.settings.namespace
          : cluster + "/" + stack.settings.namespace)
      parts.append(stack.settings.release)
    } else {
      parts.append(state.directory)
    }
    if state.overview?.differsFromCluster == true {
      parts.append(glyphs.isASCII ? "stack != cluster" : "stack ≠ cluster")
    }
    write(
      parts.joined(separator: glyphs.isASCII ? " - " : " · "),
      column: column, row: 0, role: .header, width: room())
  }

  private mutating func drawSteps(for state: ConsoleState) {
    let guide = ScreenKind.guide
    let current = guide.firstIndex(of: state.screen) ?? 0
    func text(_ index: Int, isShort: Bool) -> String {
      let mark = index < current ? glyphs.good : String(index + 1)
      if index == current { return "[\(mark) \(guide[index].title)]" }
      return isShort ? " \(mark)" : " \(mark) \(guide[index].title) "
    }
    let long = guide.indices.map { text($0, isShort: false) }
    let width = long.reduce(1) { $0 + $1.columns + 1 }
    var column = 1
    for index in guide.indices {
      column = write(
        text(index, isShort: width > size.columns), column: column, row: 1,
        role: index == current ? .title : .muted)
      column += 1
    }
  }

  /// Draws keys from the left as long as there is room; `?` always is there,
  /// but for where a text is typed: there `typing` is all that means something.
  mutating func drawKeys(_ hints: [Hint], row: Int, typing: [Hint]? = nil) {
    var column = 1
    if let typing {
      for hint in typing {
        column = drawKey(hint, column: column, row: row) + 2
      }
      return
    }
    let help = Hint(key: "?", text: "help")
    let reserved = help.key.columns + help.text.columns + 2
    for hint in hints where hint.key != "?" {
      let needed = hint.key.columns + 1 + hint.text.columns + 2
      guard column + needed + reserved <= size.columns else { continue }
      column = drawKey(hint, column: column, row: row) + 2
    }
    _ = drawKey(help, column: column, row: row)
  }

  private mutating func drawKey(_ hint: Hint, column: Int, row: Int) -> Int {
    let next = write(hint.key, column: column, row: row, role: .key)
    return write(hint.text, column: next + 1, row: row, role: .keys)
  }

  /// Draws the mark of the selected line: a sign, and the theme's selection.
  mutating func drawCursor(row: Int, in rect: Rect) {
    write(glyphs.cursor, column: rect.column, row: row, role: .key, width: 1)
    select(Rect(column: rect.column, row: row, columns: rect.columns, rows: 1))
    restCursor(column: rect.column, row: row)
  }

  /// Says how much of a list lies above and below of what is in view.
  mutating func drawScroll(
    _ visible: Range<Int>, count: Int, in rect: Rect
  ) {
    guard rect.rows > 0, visible.count < count else { return }
    if visible.lowerBound > 0 {
      write(
        glyphs.above, column: rect.endColumn - 1, row: rect.row, role: .muted)
    }
    if visible.upperBound < count {
      write(
        glyphs.below, column: rect.endColumn - 1, row: rect.endRow - 1,
        role: .muted)
    }
  }

  /// Draws a search line if there is one.
  ///
  /// - Returns: The rectangle below it.
  mutating func drawSearch(
    _ search: Search, in rect: Rect, figure: String
  ) -> Rect {
    guard search.isActive else { return rect }
    let parts = rect.splitTop(1)
    let line = parts.top
    write("/", column: 1, row: line.row, role: .key)
    let view = search.line.view(width: max(0, line.columns - 24))
    write(view.text, column: 3, row: line.row, role: .input)
    if search.isTyping {
      placeCursor(column: 3 + view.cursorColumn, row: line.row)
    }
    write(
      figure, column: max(0, line.columns - 20), row: line.row, role: .muted,
      width: 19, align: .right)
    return parts.rest
  }
}

/// A duration for people: `58s`, `2m14s`, `3h05m`, `12d`.
func brief(_ duration: Duration) -> String {
  let seconds = max(0, Int(duration.components.seconds))
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  switch seconds {
  case ..<60: return "\(seconds)s"
  case ..<3_600: return "\(seconds / 60)m\(two(seconds % 60))s"
  case ..<86_400: return "\(seconds / 3_600)h\(two(seconds / 60 % 60))m"
  default: return "\(seconds / 86_400)d"
  }
}

/// A number with its noun: `1 pod`, `3 pods`.
func count(_ number: Int, _ noun: String) -> String {
  number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
func list(_ names: [String]) -> String {
  guard let last = names.last else { return "" }
  guard names.count > 1 else { return last }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
