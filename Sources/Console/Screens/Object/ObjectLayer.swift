// One object in full: manifest, events, logs. Lies over the screen that it
// was opened from.

import Kubernetes
import Terminal

struct ObjectLayer: Hashable, Sendable {
  enum Tab: String, Hashable, Sendable, CaseIterable {
    case yaml = "YAML"
    case events = "events"
    case logs = "logs"
  }

  /// Lines of a log that are kept; older ones go.
  static let logLimit = 5_000

  var object: ObjectReference
  var tab: Tab
  var details: ObjectDetails?
  var problem: String?
  var top = 0
  /// Columns that are scrolled out at the left.
  var shift = 0
  var search = Search()

  var logLines: [String] = []
  /// Whether the newest line is kept in view.
  var followsLog = true
  /// Which of the object's containers the log is of.
  var source = 0
  var isPrevious = false
  /// The log that is being read.
  var reading: LogQuery?
  var logProblem: String?
  /// Lines that went because the log is longer than what is kept.
  var dropped = 0
  /// Columns of the terminal; messages of events are broken to fit them.
  var columns: Int

  init(_ object: ObjectReference, tab: Tab, columns: Int) {
    self.object = object
    self.tab = tab
    self.columns = columns
  }

  /// Every container whose log belongs to the object.
  var sources: [(pod: PodContainers, container: String)] {
    (details?.pods ?? []).flatMap { pod in
      pod.containers.map { (pod, $0) }
    }
  }
}

enum ObjectCommand: Hashable, Sendable {
  case close, yaml, events, logs, nextTab, search, next, container
  case previous, follow, left, right, commands
}

let objectKeys = KeyTable<ObjectCommand>(
  "Object",
  [
    KeyBinding("y", command: .yaml, title: "its YAML", hint: "yaml"),
    KeyBinding("e", command: .events, title: "its events", hint: "events"),
    KeyBinding("l", command: .logs, title: "its logs", hint: "logs"),
    KeyBinding(.tab, command: .nextTab, title: "yaml, events, logs in turn"),
    KeyBinding(
      "c", command: .container, title: "of logs: the next container",
      hint: "container"),
    KeyBinding(
      "p", command: .previous,
      title: "of logs: the container's run before this one", hint: "previous"),
    KeyBinding(
      "f", command: .follow, title: "of logs: keep the newest line in view",
      hint: "follow"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
    KeyBinding("n", command: .next, title: "next match"),
    KeyBinding(.left, command: .left, title: "towards the lines' beginning"),
    KeyBinding(.right, command: .right, title: "towards the lines' end"),
    KeyBinding(
      "@", command: .commands,
      title: "kubectl commands: for this object, and those that were run",
      hint: "commands"),
    KeyBinding(
      .escape, "q", command: .close, title: "back", hint: "back"),
  ])

extension ObjectLayer {
  /// The keys that mean something on the tab that is shown.
  var hints: [Hint] {
    objectKeys.hints.filter { hint in
      switch hint.text {
      case Tab.yaml.rawValue.lowercased(): tab != .yaml
      case Tab.events.rawValue: tab != .events
      case Tab.logs.rawValue: tab != .logs
      case "container": tab == .logs && sources.count > 1
      case "previous", "follow": tab == .logs
      default: true
      }
    }
  }
}

extension ConsoleState {
  /// Opens an object over the screen.
  mutating func open(
    _ object: ObjectReference, tab: ObjectLayer.Tab
  ) -> [Effect] {
    layers.append(
      .object(ObjectLayer(object, tab: tab, columns: size.columns)))
    return [effect(.object, .details(object))]
  }

  /// Lines of the object's page: header, tabs, two lines of a sentence and the
  /// keys are not of it.
  private func objectRows(_ layer: ObjectLayer) -> Int {
    max(
      1,
      size.rows - 5 - (layer.search.isActive ? 1 : 0)
        - (layer.tab == .events ? 1 : 0))
  }

  /// Breaks what is open to the terminal's new size.
  mutating func refitLayers() {
    let columns = size.columns
    updateObject { $0.columns = columns }
  }

  mutating func reduceObject(
    _ layer: ObjectLayer, key: Key
  ) -> (layer: ObjectLayer?, effects: [Effect]) {
    var layer = layer
    let rows = objectRows(layer)
    if layer.search.isTyping {
      if layer.search.handle(key) { layer.find(from: 0, rows: rows) }
      return (layer, [])
    }
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      layer.scroll(move, rows: rows)
      return (layer, [])
    }
    switch objectKeys.command(for: key, vi: settings.viKeys) {
    case .close:
      return (nil, [effect(.object, .cancel), effect(.logs, .cancel)])
    case .yaml: return show(.yaml, in: layer)
    case .events: return show(.events, in: layer)
    case .logs: return show(.logs, in: layer)
    case .nextTab:
      let all = ObjectLayer.Tab.allCases
      let now = all.firstIndex(of: layer.tab) ?? 0
      return show(all[(now + 1) % all.count], in: layer)
    case .search: layer.search.begin()
    case .next: layer.find(from: layer.top + 1, rows: rows)
    case .commands: return (layer, [effect(.commands, .commandLog)])
    case .left: layer.shift = max(0, layer.shift - sidewaysStep)
    case .right:
      let widest = layer.lines.map(\.columns).max() ?? 0
      layer.shift = min(layer.shift + sidewaysStep, max(0, widest - 20))
    case .container:
      guard layer.tab == .logs, layer.sources.count > 1 else { break }
      layer.source = (layer.source + 1) % layer.sources.count
      return readLog(layer)
    case .previous:
      guard layer.tab == .logs else { break }
      layer.isPrevious.toggle()
      return readLog(layer)
    case .follow:
      guard layer.tab == .logs else { break }
      layer.followsLog.toggle()
      layer.clamp(rows: rows)
    case nil: break
    }
    return (layer, [])
  }

  private mutating func show(
    _ tab: ObjectLayer.Tab, in layer: ObjectLayer
  ) -> (layer: ObjectLayer?, effects: [Effect]) {
    var layer = layer
    layer.tab = tab
    layer.top = 0
    layer.shift = 0
    guard tab == .logs, layer.reading == nil else {
      layer.clamp(rows: objectRows(layer))
      return (layer, [])
    }
    return readLog(layer)
  }

  /// Begins to read the log of the chosen container.
  mutating func readLog(
    _ layer: ObjectLayer
  ) -> (layer: ObjectLayer?, effects: [Effect]) {
    var layer = layer
    layer.logLines = []
    layer.dropped = 0
    layer.logProblem = nil
    layer.followsLog = true
    layer.top = 0
    guard layer.sources.indices.contains(layer.source) else {
      return (layer, [])
    }
    let source = layer.sources[layer.source]
    let query = LogQuery(
      namespace: source.pod.namespace, pod: source.pod.pod,
      container: source.container, isPrevious: layer.isPrevious,
      follows: !layer.isPrevious, tailLines: 1_000)
    layer.reading = query
    return (layer, [effect(.logs, .logs(query))])
  }

  /// Takes what came for the object that is open.
  mutating func updateObject(
    _ change: (inout ObjectLayer) -> Void
  ) {
    guard
      let index = layers.lastIndex(where: {
        if case .object = $0 { return true }
        return false
      }), case .object(var layer) = layers[index]
    else { return }
    // Given away for the moment, so that thousands of log lines are changed in
    // place rather than copied.
    layers[index] = .text(TextLayer(title: "", lines: []))
    change(&layer)
    layer.clamp(rows: objectRows(layer))
    layers[index] = .object(layer)
  }
}

extension ObjectLayer {
  /// How many lines the tab has.
  var lineCount: Int { lines.count }

  /// The lines of the tab, to be searched and counted.
  var lines: [String] {
    switch tab {
    case .yaml:
      return (details?.yaml ?? "").split(
        separator: "\n", omittingEmptySubsequences: false
      ).map(String.init)
    case .events: return eventLines.map(\.searched)
    case .logs: return logLines
    }
  }

  /// One line of an event; its message may take several.
  struct EventRow {
    var event: EventLine
    /// The part of the message on this line.
    var text: String
    var isFirst: Bool

    var searched: String { isFirst ? "\(event.reason) \(text)" : text }
  }

  private static let reasonWidth = 24

  /// Where the columns of the events stand.
  var eventColumns: [Column] {
    let widest = (details?.events ?? []).map(\.reason.columns).max() ?? 0
    return [
      Column("AGE", minimum: 6, maximum: 6, align: .right),
      Column(
        "REASON", minimum: min(max(6, widest), Self.reasonWidth),
        maximum: min(max(6, widest), Self.reasonWidth)),
      Column("TIMES", minimum: 5, maximum: 5, align: .right),
      Column("MESSAGE", minimum: 20),
    ]
  }

  /// The events, newest first, broken to the page's width.
  var eventLines: [EventRow] {
    let layout = ColumnLayout(eventColumns, width: columns - 2)
    let width = max(1, layout.places.last?.width ?? 20)
    return (details?.events ?? []).flatMap { event in
      let text = event.below.map { "\($0): \(event.message)" } ?? event.message
      return wrapped(text, width: width).enumerated().map {
        EventRow(event: event, text: $0.element, isFirst: $0.offset == 0)
      }
    }
  }

  mutating func scroll(_ move: ListState.Move, rows: Int) {
    let page = max(1, rows - 1)
    switch move {
    case .up: top -= 1
    case .down: top += 1
    case .pageUp: top -= page
    case .pageDown: top += page
    case .first: top = 0
    case .last: top = lineCount
    }
    let last = max(0, lineCount - rows)
    if tab == .logs { followsLog = top >= last }
    clamp(rows: rows)
  }

  mutating func clamp(rows: Int) {
    let last = max(0, lineCount - rows)
    if tab == .logs, followsLog { top = last }
    top = max(0, min(top, last))
  }

  mutating func find(from start: Int, rows: Int) {
    guard !search.text.isEmpty else { return }
    let lines = lines
    let order =
      Array(lines.indices.dropFirst(start)) + lines.indices.prefix(start)
    if let found = order.first(where: { search.matches(lines[$0]) }) {
      top = found
      followsLog = false
      clamp(rows: rows)
    }
  }

  /// Adds lines of a log; the oldest go where there are too many.
  mutating func append(_ lines: [String]) {
    logLines += lines.map(\.withoutColours.withoutControls)
    let extra = logLines.count - Self.logLimit
    if extra > 0 {
      logLines.removeFirst(extra)
      dropped += extra
      if !followsLog { top -= extra }
    }
  }
}

extension Frame {
  mutating func draw(_ layer: ObjectLayer, for state: ConsoleState) {
    let area = Rect(
      column: 0, row: 1, columns: size.columns, rows: size.rows - 1)
    clear(area)
    hideCursor()
    let head = area.splitTop(1)
    drawTabs(layer, in: head.top)
    let parts = head.rest.splitBottom(3)
    var body = parts.rest
    body = drawSearch(layer.search, in: body, figure: "")
    switch layer.tab {
    case .events: drawEvents(layer, state: state, in: body)
    case .yaml, .logs: drawText(layer, in: body)
    }
    drawSentence(objectSentence(layer))
    drawKeys(
      layer.hints, row: size.rows - 1,
      typing: layer.search.isTyping ? searchKeys.hints : nil)
  }

  private mutating func drawTabs(_ layer: ObjectLayer, in rect: Rect) {
    var column = write(
      layer.object.fullName, column: 1, row: rect.row, role: .title,
      width: max(0, rect.columns - 28), truncation: .middle)
    column = max(column + 2, rect.columns - 26)
    for tab in ObjectLayer.Tab.allCases {
      let isShown = tab == layer.tab
      column =
        write(
          isShown ? "[\(tab.rawValue)]" : " \(tab.rawValue) ",
          column: column, row: rect.row, role: isShown ? .title : .muted) + 1
    }
  }

  private mutating func drawText(_ layer: ObjectLayer, in rect: Rect) {
    let lines = layer.lines
    if lines.isEmpty, layer.tab == .logs, layer.details != nil {
      write(
        "No line was logged here; e shows the events.", column: 1,
        row: rect.row, role: .muted, width: rect.columns - 2)
    }
    let visible =
      min(layer.top, lines.count)..<min(lines.count, layer.top + rect.rows)
    for (offset, index) in visible.enumerated() {
      writeShifted(
        lines[index], by: layer.shift,
        in: Rect(
          column: 1, row: rect.row + offset, columns: rect.columns - 2,
          rows: 1))
      mark(
        layer.search.text,
        in: Rect(
          column: 0, row: rect.row + offset, columns: rect.columns, rows: 1),
        role: .match)
    }
    drawScroll(visible, count: lines.count, in: rect)
  }

  private mutating func drawEvents(
    _ layer: ObjectLayer, state: ConsoleState, in rect: Rect
  ) {
    let rows = layer.eventLines
    let columns = layer.eventColumns
    let parts = rect.splitTop(1)
    let table = Rect(
      column: 1, row: parts.top.row, columns: rect.columns - 2, rows: 1)
    let layout = ColumnLayout(columns, width: table.columns)
    guard !rows.isEmpty else {
      if layer.details != nil {
        write(
          "The cluster keeps no event of it: they go after an hour or so.",
          column: 1, row: table.row, role: .muted, width: table.columns)
      }
      return
    }
    writeRow(
      columns.map(\.title), columns: columns, layout: layout, in: table,
      role: .muted)
    let body = parts.rest
    let visible =
      min(layer.top, rows.count)..<min(rows.count, layer.top + body.rows)
    for (offset, index) in visible.enumerated() {
      let (event, isFirst) = (rows[index].event, rows[index].isFirst)
      var place = table
      place.row = body.row + offset
      writeRow(
        [
          isFirst ? brief(state.now - event.time) : "",
          isFirst ? event.reason : "", isFirst ? String(event.count) : "",
          rows[index].text,
        ], columns: columns, layout: layout, in: place,
        role: event.isWarning ? .warning : .text)
      mark(layer.search.text, in: place, role: .match)
    }
    drawScroll(visible, count: rows.count, in: body)
  }

  private func objectSentence(_ layer: ObjectLayer) -> Notice {
    if let problem = layer.problem { return .problem(problem) }
    guard let details = layer.details else {
      return .info("Reading \(layer.object)\(glyphs.ellipsis)")
    }
    if layer.tab == .logs {
      if let problem = layer.logProblem { return .problem(problem) }
      guard layer.sources.indices.contains(layer.source) else {
        return .info("No pod of \(layer.object) has a log.")
      }
      let source = layer.sources[layer.source]
      var text = "\(source.pod.pod) \(source.container)"
      if layer.isPrevious { text += ", the run before this one" }
      if layer.sources.count > 1 {
        text += " (\(layer.source + 1) of \(layer.sources.count), c turns)"
      }
      if layer.dropped > 0 { text += ", \(layer.dropped) older lines dropped" }
      return .info(text)
    }
    let look = details.verdict.look(glyphs)
    return Notice(text: details.verdict.sentence, role: look.role)
  }
}
