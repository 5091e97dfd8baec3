// The Runs screen: every run of the stack, newest first.

import Kubernetes
import Run
import Terminal

struct RunsState: SearchedList, Hashable, Sendable {
  var runs: [RunSummary] = []
  var isLoaded = false
  var problem: String?
  var list = ListState()
  var search = Search()
}

enum RunsCommand: Hashable, Sendable {
  case open, search
}

let runsKeys = KeyTable<RunsCommand>(
  "Runs",
  [
    KeyBinding(
      .enter, command: .open, title: "show the run on Rollout", hint: "show"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
  ])

extension ConsoleState {
  var listedRuns: [RunSummary] {
    runs.runs.filter {
      runs.search.matches(
        "run \($0.number)", $0.operation.rawValue, $0.state.word, $0.holder)
    }
  }

  mutating func reduceRuns(key: Key) -> [Effect]? {
    let listed = listedRuns
    if browse(\.runs, key: key, count: listed.count) { return [] }
    switch runsKeys.command(for: key, vi: settings.viKeys) {
    case .open:
      guard listed.indices.contains(runs.list.selection) else { return [] }
      let number = listed[runs.list.selection].number
      return follow(number) + show(.rollout)
    case .search:
      runs.search.begin()
      return []
    case nil: return nil
    }
  }
}

extension RunState {
  var word: String {
    switch self {
    case .running: "running"
    case .held: "held"
    case .succeeded: "done"
    case .failed: "failed"
    case .interrupted: "interrupted"
    }
  }

  var severity: Severity {
    switch self {
    case .running: .busy
    case .held: .waiting
    case .succeeded: .done
    case .failed, .interrupted: .failed
    }
  }
}

extension Frame {
  mutating func drawRuns(_ state: ConsoleState) {
    let listed = state.listedRuns
    var area = contentRect(size: size, isGuided: state.isGuided)
    area = drawSearch(
      state.runs.search, in: area,
      figure: "\(listed.count) of \(state.runs.runs.count)")
    let columns = [
      Column("RUN", minimum: 5, maximum: 6, align: .right),
      Column("FOR", minimum: 8, maximum: 10),
      Column("STATE", minimum: 13, maximum: 13),
      Column("TOOK", minimum: 7, maximum: 7, align: .right),
      Column("STARTED", minimum: 20, maximum: 20, priority: 1),
      Column("BY", minimum: 10, maximum: 30, priority: 2),
      Column("", minimum: 10, priority: 3),
    ].fitted(to: listed.map { runTexts($0, now: state.now) })
    let head = area.splitTop(1)
    let table = Rect(
      column: 2, row: head.top.row, columns: size.columns - 3, rows: 1)
    let layout = ColumnLayout(columns, width: table.columns, gap: 2)
    writeRow(
      columns.map(\.title), columns: columns, layout: layout, in: table,
      role: .muted)
    let visible = state.runs.list.visible(
      count: listed.count, rows: head.rest.rows)
    for (offset, index) in visible.enumerated() {
      let run = listed[index]
      var place = table
      place.row = head.rest.row + offset
      note(line: index, row: place.row)
      let severity = run.state.severity
      writeRow(
        runTexts(run, now: state.now), columns: columns, layout: layout,
        in: place,
        roles: [2: severity.role, 6: .muted])
      if index == state.runs.list.selection {
        drawCursor(
          row: place.row,
          in: Rect(column: 0, row: place.row, columns: size.columns, rows: 1))
      }
    }
    drawScroll(visible, count: listed.count, in: head.rest)
    if listed.isEmpty, state.runs.isLoaded, state.runs.problem == nil {
      write(
        state.runs.runs.isEmpty
          ? "This stack was never deployed from here."
          : "Nothing matches; esc ends the search.",
        column: 2, row: head.rest.row, role: .muted)
    }
    var sentence = Notice.info("Enter shows the run.")
    if !state.runs.isLoaded {
      sentence = .info("Reading the runs\(glyphs.ellipsis)")
    } else if state.runs.runs.isEmpty {
      sentence = .info("No run yet: Review (4) starts one with g.")
    } else if listed.indices.contains(state.runs.list.selection),
      let text = listed[state.runs.list.selection].state.sentence
    {
      sentence = .info(text)
    }
    if let problem = state.runs.problem { sentence = .problem(problem) }
    draw(
      Chrome(
        status: "Runs  \(state.runs.runs.count)", sentence: sentence,
        hints: state.stepHints
          + (state.runs.runs.isEmpty
            ? [Hint(key: "4", text: "review")] : runsKeys.hints)),
      for: state)
  }

  /// The texts of a run's line in the columns' order.
  private func runTexts(_ run: RunSummary, now: Instant) -> [String] {
    [
      String(run.number), run.operation.rawValue,
      "\(run.state.severity.mark(glyphs)) \(run.state.word)",
      brief((run.finished ?? now) - run.started), run.started.timestamp,
      run.holder, run.state.sentence ?? "",
    ]
  }
}
