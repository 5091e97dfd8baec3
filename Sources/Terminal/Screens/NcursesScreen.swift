// A real terminal, through ncurses: the one Swift file that imports CNcurses.

import CNcurses
import Glibc

/// Why a terminal cannot be used; the description is one line to print.
public struct TerminalError: Error, Hashable, CustomStringConvertible {
  public let description: String
}

/// How a terminal is to be used.
public struct TerminalOptions: Sendable {
  /// The name of the terminal's kind, from $TERM.
  public var term: String
  /// ASCII marks even where the locale is UTF-8.
  public var ascii = false
  public var mouse = false
  /// No colours, as $NO_COLOR asks (https://no-color.org).
  public var noColor = false
  /// Where stderr goes while the screen is on; nil drops it.
  public var errorLog: String?
  /// Signals are taken by tests' own means.
  public var handlesSignals = true
  public var input: Int32 = 0
  public var output: Int32 = 1

  public init(term: String) { self.term = term }

  /// The options that the environment asks for.
  ///
  /// - Parameter environment: As of the process.
  public init(environment: [String: String]) {
    term = environment["TERM"] ?? ""
    noColor = !(environment["NO_COLOR"] ?? "").isEmpty
  }
}

/// The terminal of this process.
public final class NcursesScreen: Screen {
  public private(set) var size: Size
  public let glyphs: Glyphs
  public let waker: Waker
  /// How many colours the terminal shows; 0 without colour.
  public let colors: Int

  private let options: TerminalOptions
  private let inputFile: Int32
  private let wakeFile: Int32
  private let ownWakeFiles: [Int32]
  private var decoder: KeyDecoder
  private var shown: Frame?
  private var theme: Theme
  private var looks: [Style: (attributes: UInt32, pair: Int32)] = [:]
  private var isGone = false
  private var isOpen = true

  /// How long a lone Esc may wait for the rest of a sequence, milliseconds.
  private static let escapeDelay = 25

  /// Takes over the terminal.
  ///
  /// - Throws: `TerminalError` when there is none, or none of use.
  public init(options: TerminalOptions, theme: Theme) throws {
    try Self.check(options)
    self.options = options
    let isUTF8 = qd_locale()
    glyphs = options.ascii || !isUTF8 ? .ascii : .unicode
    var readEnd: Int32 = -1
    var writeEnd: Int32 = -1
    if options.handlesSignals {
      guard qd_signals_open(&readEnd, &writeEnd) else {
        throw TerminalError(description: "cannot make a pipe")
      }
      ownWakeFiles = []
    } else {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else {
        throw TerminalError(description: "cannot make a pipe")
      }
      (readEnd, writeEnd) = (ends[0], ends[1])
      ownWakeFiles = ends
    }
    wakeFile = readEnd
    let wakeEnd = writeEnd
    waker = Waker {
      var byte = UInt8(QD_WAKE_POSTED)
      _ = write(wakeEnd, &byte, 1)
    }
    inputFile = options.input
    if options.handlesSignals { _ = qd_redirect_errors(options.errorLog) }
    guard
      qd_open(options.term, options.input, options.output, options.mouse)
    else {
      qd_restore_errors()
      qd_signals_close()
      throw TerminalError(
        description: "ncurses cannot use this terminal (TERM=\(options.term))")
    }
    colors = options.noColor ? 0 : Int(qd_colours())
    self.theme = theme.limited(toColors: colors)
    decoder = KeyDecoder(
      sequences: Self.sequences(),
      eraseCharacter: UInt8(
        exactly: qd_erase_character(options.input)))
    var rows: Int32 = 0
    var columns: Int32 = 0
    qd_resize(&rows, &columns)
    size = Size(columns: Int(columns), rows: Int(rows))
  }

  private static func check(_ options: TerminalOptions) throws {
    guard isatty(options.input) == 1, isatty(options.output) == 1 else {
      throw TerminalError(
        description: "the console needs a terminal, and input or output is "
          + "not one; the same is done without a screen by the commands in "
          + "quarterdeck --help")
    }
    let hint = "try TERM=xterm-256color, or xterm, or vt100"
    switch Int(qd_check(options.term, options.output)) {
    case QD_TERM_GOOD: return
    case QD_TERM_NO_DATABASE:
      throw TerminalError(
        description: "no terminfo database found: install ncurses-base, or "
          + "set TERMINFO")
    case QD_TERM_DUMB:
      throw TerminalError(
        description:
          "TERM=\(options.term.withoutControls) cannot move the cursor; "
          + hint)
    default:
      let name =
        options.term.isEmpty
        ? "TERM is not set"
        : "TERM=\(options.term.withoutControls) is not known"
      throw TerminalError(description: "\(name); \(hint)")
    }
  }

  private static func sequences() -> [(bytes: [UInt8], key: Key)] {
    var names: [(String, Key)] = [
      ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right),
      ("khome", .home), ("kend", .end), ("kpp", .pageUp), ("knp", .pageDown),
      ("kich1", .insert), ("kdch1", .delete), ("kbs", .backspace),
      ("kcbt", .backTab), ("kent", .enter),
    ]
    for number in 1...12 { names.append(("kf\(number)", .function(number))) }
    return names.compactMap { name, key in
      guard let text = qd_capability(name) else { return nil }
      return (Array(String(cString: text).utf8), key)
    }
  }

  // Showing

  public func use(theme: Theme) {
    self.theme = theme.limited(toColors: colors)
    looks = [:]
    shown = nil
  }

  public func present(_ frame: Frame) {
    guard isOpen, !isGone, frame != shown else { return }
    for row in 0..<min(frame.size.rows, size.rows) {
      let cells = frame.row(row)
      if let shown, shown.size == frame.size,
        shown.row(row).elementsEqual(cells)
      {
        continue
      }
      put(cells, row: row)
    }
    let place = frame.cursor ?? frame.rest ?? Point(column: 0, row: 0)
    qd_paint(Int32(place.row), Int32(place.column), frame.cursor != nil)
    shown = frame
  }

  private func put(_ cells: ArraySlice<Cell>, row: Int) {
    var line: [qd_cell] = []
    line.reserveCapacity(cells.count)
    for cell in cells.prefix(size.columns) where !cell.isContinuation {
      let look = look(cell.style)
      var scalar = cell.scalar
      var extra = 0
      if !scalar.isASCII, Int(qd_width(scalar.value)) != scalar.columns {
        // The C library disagrees about the width: ncurses would shift the
        // rest of the line.
        extra = scalar.columns - 1
        scalar = "?"
      }
      line.append(
        qd_cell(
          scalar: scalar.value, mark: cell.mark?.value ?? 0,
          attributes: look.attributes, pair: look.pair))
      for _ in 0..<max(0, extra) {
        line.append(
          qd_cell(
            scalar: 0x3F, mark: 0, attributes: look.attributes,
            pair: look.pair))
      }
    }
    qd_put(Int32(row), 0, line, Int32(line.count))
  }

  private func look(_ style: Style) -> (attributes: UInt32, pair: Int32) {
    if let known = looks[style] { return known }
    let wanted = theme.attributes(style)
    var bits = 0
    if wanted.isBold { bits |= QD_BOLD }
    if wanted.isDim { bits |= QD_DIM }
    if wanted.isUnderlined { bits |= QD_UNDERLINE }
    if wanted.isReversed { bits |= QD_REVERSE }
    let hasColor = wanted.foreground != .own || wanted.background != .own
    let pair =
      hasColor && colors > 0
      ? qd_pair(
        Int32(wanted.foreground.number), Int32(wanted.background.number)) : 0
    let look = (attributes: UInt32(bits), pair: pair)
    looks[style] = look
    return look
  }

  // Events

  public func events(timeout: Int?) -> [ScreenEvent] {
    if isGone { return [.hangup] }
    var limit = timeout.map { Int32(clamping: $0) } ?? -1
    if decoder.isWaiting {
      let delay = Int32(Self.escapeDelay)
      limit = limit < 0 ? delay : min(limit, delay)
    }
    var files = [
      pollfd(fd: inputFile, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeFile, events: Int16(POLLIN), revents: 0),
    ]
    let count = poll(&files, 2, limit)
    if count < 0 { return errno == EINTR ? [] : hangup() }
    var result: [ScreenEvent] = []
    if files[1].revents != 0 { result += readWake() }
    if isGone { return result }
    if files[0].revents != 0 {
      result += readInput()
    } else if count == 0, decoder.isWaiting {
      result += decoder.silence().map(ScreenEvent.input)
    }
    return result
  }

  private func hangup() -> [ScreenEvent] {
    isGone = true
    return [.hangup]
  }

  private func readInput() -> [ScreenEvent] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(inputFile, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return [] }
    // End of file, or EIO once the session is gone.
    guard count > 0 else { return hangup() }
    var result: [ScreenEvent] = []
    for input in decoder.decode(buffer[..<count]) {
      if input == .key(.control("z")) {
        result += suspend()
      } else {
        result.append(.input(input))
      }
    }
    return result
  }

  private func readWake() -> [ScreenEvent] {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(wakeFile, &buffer, buffer.count)
    guard count > 0 else { return [] }
    var result: [ScreenEvent] = []
    for byte in Set(buffer[..<count]).sorted() {
      switch Int(byte) {
      case QD_WAKE_POSTED: result.append(.posted)
      case QD_WAKE_TERMINATE: result.append(.terminate)
      case QD_WAKE_HANGUP: result += hangup()
      case QD_WAKE_SUSPEND: result += suspend()
      case QD_WAKE_RESIZE, QD_WAKE_CONTINUE: result += resize()
      default: break
      }
    }
    return result
  }

  private func resize() -> [ScreenEvent] {
    var rows: Int32 = 0
    var columns: Int32 = 0
    qd_resize(&rows, &columns)
    qd_forget()
    size = Size(columns: Int(columns), rows: Int(rows))
    shown = nil
    return [.resize(size)]
  }

  private func suspend() -> [ScreenEvent] {
    qd_leave()
    qd_restore_errors()
    qd_stop()
    if options.handlesSignals { _ = qd_redirect_errors(options.errorLog) }
    qd_enter()
    return resize()
  }

  public func lend<Result>(_ body: () throws -> Result) rethrows -> Result {
    qd_leave()
    qd_restore_errors()
    defer {
      if options.handlesSignals { _ = qd_redirect_errors(options.errorLog) }
      qd_enter()
      _ = resize()
    }
    return try body()
  }

  public func close() {
    guard isOpen else { return }
    isOpen = false
    qd_close()
    qd_restore_errors()
    if options.handlesSignals { qd_signals_close() }
    for file in ownWakeFiles { _ = Glibc.close(file) }
  }

  deinit { close() }
}
