// How the Rollout screen is drawn: the stage bar, the tree, the reason.

import Kubernetes
import Run
import Terminal

/// The columns of the tree: by the terminal's width alone, so that nothing
/// moves when states change.
private func rolloutColumns(width: Int) -> [Column] {
  let isNarrow = width < 100
  return [
    Column(
      "SERVICE / WORKLOAD", minimum: isNarrow ? 28 : 34, maximum: 60,
      truncation: .middle),
    Column("STATUS", minimum: 17, maximum: 60),
    Column("READY", minimum: 5, maximum: 11, align: .right),
    Column(
      isNarrow ? "RST" : "RESTARTS", minimum: isNarrow ? 3 : 8, maximum: 8,
      align: .right, priority: 2),
    Column("NODE", minimum: 7, maximum: 30, priority: 3),
    Column("AGE", minimum: 6, maximum: 6, align: .right, priority: 1),
  ]
}

extension ConsoleState {
  /// Rows of the tree.
  var rolloutRoom: Int {
    let area = contentRect(size: size, isGuided: isGuided)
    return max(
      1,
      area.rows - stageBarRows - reasonRows
        - (rollout.search.isActive ? 1 : 0))
  }

  /// Lines below the tree that say why, with an empty one above where there is
  /// room.
  var reasonRows: Int { size.rows < 20 ? 2 : 3 }

  /// Lines that the stages take.
  var stageBarRows: Int {
    var width = 1
    var rows = 1
    for stage in rollout.snapshot?.run.stages ?? [] {
      let needed = stage.name.columns + 8
      if width + needed > size.columns {
        rows += 1
        width = 1
      }
      width += needed
    }
    return min(rows, 3)
  }
}

extension Frame {
  mutating func drawRollout(_ state: ConsoleState) {
    guard let snapshot = state.rollout.snapshot else {
      drawNoRun(state)
      return
    }
    let run = snapshot.run
    // The empty line below the header belongs to the stage bar.
    var area = contentRect(size: size, isGuided: state.isGuided)
    area.row -= 1
    area.rows += 1
    let bar = area.splitTop(state.stageBarRows)
    drawStages(run, state: state, in: bar.top)
    if state.isClosingShown, let closing = run.closing {
      drawClosing(closing, in: bar.rest.inset(columns: 1, rows: 1))
      draw(
        Chrome(
          status: rolloutStatus(state, run),
          sentence: closingSentence(closing, run),
          hints: closingKeys.hints.filter {
            closing.cloudsFile != nil || $0.key != "s"
          } + state.stepHints),
        for: state)
      return
    }
    let listArea = drawSearch(
      state.rollout.search, in: bar.rest, figure: "")
    let head = listArea.splitTop(1)
    let table = Rect(
      column: 1, row: head.top.row, columns: size.columns - 2, rows: 1)
    let columns = rolloutColumns(width: size.columns)
    let layout = ColumnLayout(columns, width: table.columns)
    writeRow(
      columns.map(\.title), columns: columns, layout: layout, in: table,
      role: .muted)
    let rows = state.rolloutRows
    let reason = head.rest.splitBottom(state.reasonRows)
    let body = reason.rest
    let visible = state.rollout.list.visible(
      count: rows.count, rows: body.rows)
    for (offset, index) in visible.enumerated() {
      var place = table
      place.row = body.row + offset
      note(line: index, row: place.row)
      draw(
        rows[index], state: state, columns: columns, layout: layout, in: place)
      mark(state.rollout.search.text, in: place, role: .match)
      if index == state.rollout.list.selection {
        drawCursor(
          row: place.row,
          in: Rect(column: 0, row: place.row, columns: size.columns, rows: 1))
      }
    }
    if rows.isEmpty {
      write(
        state.rollout.search.text.isEmpty
          ? "Nothing here is \(state.rollout.filter == .failed ? "failed" : "unready"); f shows all."
          : "Nothing matches; esc ends the search.",
        column: 3, row: body.row, role: .muted, width: body.columns - 4)
    }
    drawScroll(visible, count: rows.count, in: body)
    drawReason(state, snapshot: snapshot, in: reason.bottom)
    draw(
      Chrome(
        status: rolloutStatus(state, run),
        sentence: rolloutSentence(state, snapshot),
        hints: rolloutKeys.hints + state.stepHints),
      for: state)
  }

  private mutating func drawNoRun(_ state: ConsoleState) {
    var sentence = Notice.info("No run yet: Review (4) starts one with g.")
    if let number = state.rollout.number {
      sentence = .info("Reading run \(number)\(glyphs.ellipsis)")
    }
    if let problem = state.rollout.problem { sentence = .problem(problem) }
    let area = contentRect(size: size, isGuided: state.isGuided)
    if state.rollout.number == nil {
      write(
        "Nothing of this stack was deployed from here yet.", column: 1,
        row: area.row, role: .muted)
    }
    draw(
      Chrome(
        status: "Rollout", sentence: sentence,
        hints: [Hint(key: "4", text: "review")] + state.stepHints),
      for: state)
  }

  private func rolloutStatus(_ state: ConsoleState, _ run: RunSnapshot)
    -> String
  {
    let end = run.finished ?? state.now
    var parts = ["run \(run.number)", run.operation.rawValue]
    if run.engine == .ansible { parts.append("by ansible-playbook") }
    if state.rollout.isPaused { parts.append("PAUSED") }
    if !state.rollout.filter.title.isEmpty {
      parts.append(state.rollout.filter.title)
    }
    parts.append(brief(end - run.started))
    return parts.joined(separator: "  ")
  }

  private mutating func drawStages(
    _ run: RunSnapshot, state: ConsoleState, in rect: Rect
  ) {
    var column = 1
    var row = rect.row
    for stage in run.stages {
      let look = stage.state.look(glyphs)
      var text = "\(look.mark) \(stage.name)"
      if stage.state != .done, stage.state != .waiting {
        text += " \(stage.done)/\(stage.components.count)"
      }
      if column + text.columns > rect.endColumn, column > 1 {
        row += 1
        column = 1
      }
      guard row < rect.endRow else { return }
      column = write(text, column: column, row: row, role: look.role) + 3
    }
  }

  private mutating func draw(
    _ line: RolloutRow, state: ConsoleState, columns: [Column],
    layout: ColumnLayout, in rect: Rect
  ) {
    let role = line.severity.role
    switch line.kind {
    case .component(let component):
      let mark = line.severity.mark(glyphs)
      let node = state.rollout.snapshot?.tree.components.first {
        $0.name == component.name
      }
      let status = componentStatus(
        component, node: node, severity: line.severity,
        of: state.rollout.snapshot?.run.operation ?? .deploy)
      writeRow(
        [
          "\(mark) \(component.name)", status, node?.ready?.description ?? "",
          "",
          "", age(of: component, state),
        ],
        columns: columns, layout: layout, in: rect, roles: [1: role])
      write(mark, column: rect.column, row: rect.row, role: role)
    case .object(let node, _):
      let indent = String(repeating: "  ", count: line.depth)
      writeRow(
        [
          indent + "  " + node.shortName(glyphs), node.statusText,
          node.ready?.description ?? "",
          node.object?.kind == "Pod" || node.restarts > 0
            ? String(node.restarts) : "",
          node.node,
          node.created.map { brief(state.now - $0) } ?? "",
        ],
        columns: columns, layout: layout, in: rect,
        role: line.severity == .done ? .muted : .text,
        roles: [1: node.verdict.severity.role])
      if node.verdict.severity != .done {
        write(
          node.verdict.severity.mark(glyphs),
          column: rect.column + indent.columns, row: rect.row,
          role: node.verdict.severity.role)
      }
    case .folded(let names):
      write(
        "\(Severity.done.mark(glyphs)) \(names.joined(separator: ", "))",
        column: rect.column, row: rect.row, role: .good,
        width: max(0, rect.columns - 20))
      let outcome = state.rollout.snapshot?.run.operation.outcome ?? "ready"
      write(
        "folded: all \(outcome)", column: rect.endColumn - 20, row: rect.row,
        role: .muted, width: 20, align: .right)
    }
  }

  private func componentStatus(
    _ component: ComponentProgress, node: RolloutTree.Node?,
    severity: Severity, of operation: RunOperation
  ) -> String {
    switch component.state {
    case .done where severity == .done: return operation.outcome
    case .waiting: return component.sentence ?? "its turn comes"
    case .held: return component.sentence ?? "held"
    case .done, .running, .failed:
      let worst = node?.children.min {
        ($0.severity, $0.isWorkload ? 0 : 1)
          < ($1.severity, $1.isWorkload ? 0 : 1)
      }
      if let worst, worst.severity == .failed {
        return worst.verdict.reason.inWords
      }
      if component.state == .failed { return component.sentence ?? "failed" }
      if let worst, worst.severity == .busy { return worst.statusText }
      if let sentence = component.sentence { return sentence }
      if let point = component.entryPoint, point != "main" {
        return "\(point) runs"
      }
      return component.written < component.planned
        ? "writes \(component.written)/\(component.planned)" : "starts"
    }
  }

  private func age(
    of component: ComponentProgress, _ state: ConsoleState
  ) -> String {
    guard let started = component.started else { return "" }
    return brief((component.finished ?? state.now) - started)
  }

  /// The reason for the selected line, or for the worst one.
  private mutating func drawReason(
    _ state: ConsoleState, snapshot: FollowedRun, in rect: Rect
  ) {
    var text = ""
    var role = Role.text
    if case .object(let node, _)? = state.selectedRolloutRow?.kind,
      node.verdict.severity != .done
    {
      text = "\(node.title): \(node.whole(node.verdict.sentence))"
      role = node.verdict.severity.role
    } else if let problem = state.worstProblem {
      // A component's worst object often has its name.
      text =
        problem.sentence.hasPrefix("\(problem.name): ")
        ? problem.sentence : "\(problem.name): \(problem.sentence)"
      role = problem.severity.role
    }
    let room = min(2, max(1, rect.rows))
    var lines = wrapped(text, width: max(1, rect.columns - 2))
    if lines.count > room {
      lines =
        Array(lines.prefix(room - 1))
        + [lines.dropFirst(room - 1).joined(separator: " ")]
    }
    let first = rect.endRow - max(lines.count, 1)
    for (offset, line) in lines.enumerated() {
      write(
        line, column: 1, row: first + offset, role: role,
        width: rect.columns - 2)
    }
  }

  private func rolloutSentence(
    _ state: ConsoleState, _ snapshot: FollowedRun
  ) -> Notice {
    let run = snapshot.run
    if let problem = state.rollout.problem { return .problem(problem) }
    if let since = run.staleSince {
      return Notice(
        text: "Stale for \(brief(state.now - since)): the cluster does not "
          + "answer; what is shown is what it was.", role: .warning)
    }
    switch run.state {
    case .held(let sentence):
      return Notice(text: "Held: \(sentence) r goes on.", role: .warning)
    case .failed(let sentence):
      // What failed stands above in its own words.
      guard state.worstProblem?.severity == .failed else {
        return .problem("Run \(run.number) failed: \(sentence)")
      }
      return .problem("Run \(run.number) failed. \(state.wayOut)")
    case .interrupted(let sentence):
      return .problem("Interrupted: \(sentence) 4 and g deploy again.")
    case .succeeded:
      return Notice(
        text: run.closing == nil
          ? "Run \(run.number) is done."
          : "Run \(run.number) is done; c shows the endpoints.", role: .good)
    case .running:
      if run.stages.contains(where: { $0.state == .failed }) {
        return .info("Later stages wait. \(state.wayOut)")
      }
      let stages = run.stages.count
      let done = run.stages.count { $0.state == .done }
      return .info(
        "\(done) of \(count(stages, "stage")) done; the run goes on without "
          + "this console.")
    }
  }

  // MARK: Closing page

  private mutating func drawClosing(_ closing: ClosingPage, in rect: Rect) {
    var row = rect.row
    func line(
      _ text: String, _ role: Role, column: Int, into frame: inout Frame
    ) {
      guard row < rect.endRow else { return }
      frame.write(
        text, column: rect.column + column, row: row, role: role,
        width: max(0, rect.columns - column))
    }
    line("Every test has passed.", .good, column: 0, into: &self)
    row += 2
    if closing.endpoints.isEmpty {
      line(
        "Nothing that was chosen is reached from outside.", .muted, column: 0,
        into: &self)
      row += 1
    }
    for endpoint in closing.endpoints {
      line(
        "\(endpoint.component) \(endpoint.name)", .text, column: 0, into: &self)
      line(
        endpoint.url ?? "not reached from outside",
        endpoint.url == nil ? .warning : .title, column: 24, into: &self)
      row += 1
      // A command in it has to be there whole, on a line of its own where
      // that is too narrow, to be typed.
      let room = max(1, rect.columns - 26)
      let parts = endpoint.how.split(separator: ": kubectl ", maxSplits: 1)
      if endpoint.how.columns > room, parts.count == 2 {
        line("\(parts[0]):", .muted, column: 24, into: &self)
        row += 1
        line("kubectl \(parts[1])", .text, column: 2, into: &self)
        row += 1
        continue
      }
      for part in wrapped(endpoint.how, width: room) {
        line(part, .muted, column: 24, into: &self)
        row += 1
      }
    }
    row += 1
    guard closing.cloudsFile != nil else { return }
    line(
      "clouds.yaml for the openstack client is ready: s saves it, mode 0600,",
      .text, column: 0, into: &self)
    row += 1
    line(
      "then: openstack --os-cloud quarterdeck token issue", .muted, column: 0,
      into: &self)
  }

  private func closingSentence(_ closing: ClosingPage, _ run: RunSnapshot)
    -> Notice
  {
    let number = closing.endpoints.count
    return Notice(
      text: number == 0
        ? "Run \(run.number) is done."
        : "Run \(run.number) is done: \(count(number, "endpoint")) to use.",
      role: .good)
  }
}

extension RunOperation {
  /// What a component is that has gone through it.
  fileprivate var outcome: String {
    switch self {
    case .deploy, .upgrade: "ready"
    case .check: "checked"
    case .test: "passed"
    case .remove: "removed"
    }
  }
}

extension RolloutTree.Node {
  /// The status for its column: of a pod in kubectl's words.
  fileprivate var statusText: String {
    if verdict.state == .notFound { return "to come" }
    return object?.kind == "Pod" ? status : status.inWords
  }

  /// The name; of a pod, what tells it from its siblings.
  fileprivate func shortName(_ glyphs: Glyphs) -> String {
    guard object?.kind == "Pod" else { return title }
    let parts = name.split(separator: "-")
    guard parts.count > 3, name.columns > 24,
      let hash = parts.dropLast().last, let last = parts.last
    else { return name }
    return "\(glyphs.ellipsis)\(hash.suffix(5))-\(last)"
  }
}

extension String {
  /// A reason token in words: `ImageNotFound` as `image not found`.
  fileprivate var inWords: String {
    guard !contains(where: { $0 == " " || $0 == ":" }) else { return self }
    var words = ""
    for (index, character) in enumerated() {
      if index > 0, character.isUppercase { words += " " }
      words += character.lowercased()
    }
    return words
  }
}

extension Severity {
  var role: Role {
    switch self {
    case .failed: .failed
    case .busy: .busy
    case .waiting: .waiting
    case .done: .good
    }
  }

  func mark(_ glyphs: Glyphs) -> String {
    switch self {
    case .failed: glyphs.failed
    case .busy: glyphs.busy
    case .waiting: glyphs.waiting
    case .done: glyphs.good
    }
  }
}

extension ComponentProgress.State {
  func look(_ glyphs: Glyphs) -> (mark: String, role: Role) {
    switch self {
    case .done: (glyphs.good, .good)
    case .running: (glyphs.busy, .busy)
    case .failed: (glyphs.failed, .failed)
    case .waiting: (glyphs.waiting, .waiting)
    case .held: (glyphs.warning, .warning)
    }
  }
}
