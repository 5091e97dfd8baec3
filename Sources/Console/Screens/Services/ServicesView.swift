// How the Services screen is drawn.

import Kubernetes
import Stack
import Terminal

private let allColumns = [
  Column("SERVICE", minimum: 12, maximum: 24),
  Column("STATE", minimum: 14, maximum: 46),
  Column("NEEDS", minimum: 14, maximum: 40, priority: 1),
  Column("NEEDED BY", minimum: 12, maximum: 40, priority: 2),
  Column("", minimum: 24, priority: 3),
]

extension Frame {
  mutating func drawServices(_ state: ConsoleState) {
    let chosen = state.stack?.chosen ?? []
    let listed = state.listedServices
    var area = contentRect(size: size, isGuided: state.isGuided)
    area = drawSearch(
      state.services.search, in: area,
      figure: "\(listed.count) of \(state.stack?.services.count ?? 0)")
    let rows = serviceRows(listed, state: state)
    let parts = area.splitTop(1)
    let table = Rect(
      column: 6, row: parts.top.row, columns: size.columns - 7, rows: 1)
    let texts = listed.map { serviceTexts($0, state: state) }
    // States come and go, and so do lines as they are searched: the columns
    // have their width whatever is listed.
    var columns = allColumns.fitted(
      to: (state.stack?.services ?? []).map { serviceTexts($0, state: state) })
    columns[1] = allColumns[1]
    let layout = ColumnLayout(columns, width: table.columns, gap: 2)
    writeRow(
      columns.map(\.title), columns: columns, layout: layout, in: table,
      role: .muted)
    let body = parts.rest
    let selectedRow =
      rows.firstIndex {
        if case .service(let index) = $0 {
          return index == state.services.list.selection
        }
        return false
      } ?? 0
    var scroll = ListState(selection: selectedRow)
    scroll.fit(count: rows.count, rows: body.rows)
    let visible = scroll.visible(count: rows.count, rows: body.rows)
    for (offset, index) in visible.enumerated() {
      let row = body.row + offset
      switch rows[index] {
      case .group(let name):
        write(name, column: 1, row: row, role: .heading)
      case .service(let number):
        note(line: number, row: row)
        let place = Rect(
          column: table.column, row: row, columns: table.columns, rows: 1)
        let isChosen = chosen.contains(listed[number].name)
        drawBox(of: listed[number], state: state, row: row)
        writeRow(
          texts[number], columns: columns, layout: layout, in: place,
          role: isChosen ? .text : .muted,
          roles: [1: look(of: listed[number], state: state).role])
        mark(state.services.search.text, in: place, role: .match)
        if number == state.services.list.selection {
          drawCursor(
            row: row,
            in: Rect(column: 0, row: row, columns: size.columns, rows: 1))
        }
      }
    }
    drawScroll(visible, count: rows.count, in: body)
    draw(
      Chrome(
        status: "Services  \(chosen.count) chosen",
        sentence: servicesSentence(listed, state: state),
        hints: state.stepHints + servicesKeys.hints),
      for: state)
  }

  private enum Row {
    case group(String)
    case service(Int)
  }

  private func serviceRows(
    _ listed: [Service], state: ConsoleState
  ) -> [Row] {
    var rows: [Row] = []
    var group: String?
    for (index, service) in listed.enumerated() {
      if service.group != group {
        rows.append(.group(service.group))
        group = service.group
      }
      rows.append(.service(index))
    }
    return rows
  }

  private mutating func drawBox(
    of service: Service, state: ConsoleState, row: Int
  ) {
    guard let stack = state.stack else { return }
    let isChosen = stack.chosen.contains(service.name)
    let isHeld =
      isChosen
      && stack.graph.dependents(of: service.name)
        .contains { stack.chosen.contains($0) }
    write(
      isHeld ? glyphs.held : isChosen ? glyphs.checked : glyphs.unchecked,
      column: 2, row: row, role: isChosen ? .changed : .text)
  }

  /// The texts of a service's line, in the columns' order.
  private func serviceTexts(
    _ service: Service, state: ConsoleState
  ) -> [String] {
    guard let graph = state.stack?.graph else { return [] }
    return [
      service.title, look(of: service, state: state).text,
      graph.directDependencies(of: service.name).joined(separator: ", "),
      graph.dependents(of: service.name).joined(separator: ", "),
      service.description,
    ]
  }

  private func look(
    of service: Service, state: ConsoleState
  ) -> (text: String, role: Role) {
    let isChosen = state.stack?.chosen.contains(service.name) == true
    if let look = rolloutLook(of: service, state: state) { return look }
    if let verdict = state.overview?.services[service.name] {
      let look = verdict.look(glyphs)
      let suffix = isChosen ? "" : ", to be removed"
      return ("\(look.mark) \(verdict.sentence)\(suffix)", look.role)
    }
    guard isChosen else { return ("", .muted) }
    guard let overview = state.overview else {
      return ("\(glyphs.unknown) asking the cluster", .muted)
    }
    guard overview.problem == nil else {
      return ("\(glyphs.unknown) not known", .warning)
    }
    return ("\(glyphs.waiting) not deployed", .waiting)
  }

  /// How a service stands in the run that goes on; nil when none does, or when
  /// the run is not about it.
  private func rolloutLook(
    of service: Service, state: ConsoleState
  ) -> (text: String, role: Role)? {
    guard let snapshot = state.rollout.snapshot, !snapshot.run.state.isOver
    else { return nil }
    let components = snapshot.run.stages.flatMap(\.components).filter {
      service.components.contains($0.name)
    }
    let worst = components.map { ($0, snapshot.severity(of: $0)) }
      .min { $0.1 < $1.1 }
    guard let (component, severity) = worst else { return nil }
    let node = snapshot.tree.components.first { $0.name == component.name }
    let text =
      switch severity {
      case .waiting: component.sentence ?? "its turn comes"
      case .done:
        node?.ready.map { "\($0.ready) of \($0.wanted) ready" } ?? "ready"
      case .busy, .failed:
        node?.verdict.sentence ?? component.sentence ?? "starts"
      }
    return ("\(severity.mark(glyphs)) \(text)", severity.role)
  }

  private func servicesSentence(
    _ listed: [Service], state: ConsoleState
  ) -> Notice {
    guard let stack = state.stack else {
      return .info("Reading the stack\(glyphs.ellipsis)")
    }
    if let problem = stack.errors.first {
      return .problem(problem.description)
    }
    if let problem = state.overview?.problem { return .problem(problem) }
    if let cutShort = state.overview?.cutShort {
      return Notice(text: cutShort, role: .warning)
    }
    guard listed.indices.contains(state.services.list.selection) else {
      return .info("Nothing matches; esc ends the search.")
    }
    let service = listed[state.services.list.selection]
    if let verdict = state.overview?.services[service.name],
      verdict.state != .current
    {
      return Notice(
        text: "\(service.title): \(verdict.sentence)",
        role: verdict.look(glyphs).role)
    }
    if let run = state.overview?.activeRun {
      return .info("Run \(run) goes on: 5 shows it.")
    }
    return .info("\(service.title): \(service.description)")
  }
}

extension Verdict {
  /// The mark and the role of a verdict.
  func look(_ glyphs: Glyphs) -> (mark: String, role: Role) {
    switch state {
    case .current: (glyphs.good, .good)
    case .inProgress: (glyphs.busy, .busy)
    case .failed: (glyphs.failed, .failed)
    case .terminating: (glyphs.busy, .busy)
    case .notFound: (glyphs.waiting, .waiting)
    case .unknown: (glyphs.unknown, .warning)
    }
  }
}
