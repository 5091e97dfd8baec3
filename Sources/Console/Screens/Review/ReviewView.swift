// How the Review screen is drawn.

import Kubernetes
import Run
import Terminal

extension Frame {
  mutating func drawReview(_ state: ConsoleState) {
    let rows = state.reviewRows
    var area = contentRect(size: size, isGuided: state.isGuided)
    area = drawSearch(
      state.review.search, in: area, figure: count(rows.count, "line"))
    let summary = area.splitTop(1)
    if let plan = state.review.plan {
      drawSummary(plan, in: summary.top)
    }
    let body = summary.rest
    if state.review.plan == nil, !state.isWaiting(for: .plan) {
      write(
        state.review.problem == nil
          ? "No plan was made yet."
          : "No plan could be made: once this is mended, r plans anew.",
        column: 1, row: summary.top.row, role: .muted, width: body.columns - 2)
    } else if rows.isEmpty, !state.review.search.text.isEmpty {
      write(
        "Nothing matches; esc ends the search.", column: 2, row: body.row,
        role: .muted, width: body.columns - 3)
    }
    let visible = state.review.list.visible(count: rows.count, rows: body.rows)
    for (offset, index) in visible.enumerated() {
      let row = body.row + offset
      note(line: index, row: row)
      draw(
        rows[index], state: state,
        in: Rect(
          column: 0, row: row, columns: min(110, size.columns - 1), rows: 1))
      if index == state.review.list.selection {
        drawCursor(
          row: row,
          in: Rect(column: 0, row: row, columns: size.columns, rows: 1))
      }
    }
    drawScroll(visible, count: rows.count, in: body)
    draw(
      Chrome(
        status: reviewStatus(state), sentence: reviewSentence(state),
        hints: state.stepHints + reviewKeys.hints),
      for: state)
  }

  private func reviewStatus(_ state: ConsoleState) -> String {
    let request = state.review.request
    let engine = request.engine == .ansible ? " by ansible-playbook" : ""
    return "Review  \(request.operation.rawValue)\(engine)"
  }

  private mutating func drawSummary(_ plan: Plan, in rect: Rect) {
    let counts = plan.counts
    var parts: [String] = []
    for outcome in PlannedOutcome.allCases {
      if let number = counts[outcome], number > 0 {
        parts.append("\(number) \(outcome.summary)")
      }
    }
    if plan.restarts > 0 {
      parts.append("restarts \(count(plan.restarts, "pod"))")
    }
    let decided = plan.components.reduce(0) { $0 + $1.decidedDuringRun.count }
    if decided > 0 { parts.append("\(decided) decided during the run") }
    write(
      parts.isEmpty ? "no objects" : parts.joined(separator: ", "),
      column: 1, row: rect.row, role: .title, width: rect.columns - 2)
  }

  private mutating func draw(
    _ row: ReviewRow, state: ConsoleState, in rect: Rect
  ) {
    switch row {
    case .preflight(let good, let number):
      write("Preflight", column: 2, row: rect.row, role: .heading)
      write(
        good == number
          ? "\(glyphs.good) all \(count(number, "check")) as they should be"
          : "\(good) of \(count(number, "check")) as they should be",
        column: 13, row: rect.row, role: good == number ? .good : .muted)
    case .check(let check):
      let look: (String, Role) =
        switch check.state {
        case .ok: (glyphs.good, .good)
        case .warn: (glyphs.warning, .warning)
        case .fail: (glyphs.failed, .failed)
        }
      write(look.0, column: 3, row: rect.row, role: look.1)
      write(check.title, column: 5, row: rect.row, width: 20)
      write(
        state.shortened(check.sentence), column: 26, row: rect.row,
        role: check.state == .ok ? .muted : look.1,
        width: rect.columns - 26)
    case .stage(let name, let number):
      write(
        "Stage \(name)", column: 2, row: rect.row, role: .heading)
      write(
        count(number, "component"), column: rect.columns - 16, row: rect.row,
        role: .muted, width: 15, align: .right)
    case .component(let component):
      write(component.name, column: 3, row: rect.row, role: .title)
    case .object(let object): draw(object, state: state, in: rect)
    case .unchanged(_, let number):
      write(
        "=", column: 5, row: rect.row, role: .muted)
      write(
        "\(number) unchanged", column: 7, row: rect.row, role: .muted)
    case .tests(_, let number):
      write(glyphs.arrow, column: 5, row: rect.row, role: .muted)
      write(
        "its test makes \(count(number, "object")) anew in each run",
        column: 8, row: rect.row, role: .muted)
    case .note(let note, let kind):
      let look: (mark: String, text: String, role: Role) =
        switch kind {
        case .refusal, .failure:
          (glyphs.failed, state.shortened(note.description), .failed)
        case .decidedDuringRun:
          (
            glyphs.unknown,
            "decided during the run: " + state.shortened(note.description),
            .muted
          )
        case .localAction:
          (
            glyphs.arrow,
            "on this machine: " + state.shortened(note.description), .muted
          )
        }
      write(look.mark, column: 5, row: rect.row, role: look.role)
      write(
        look.text, column: 7, row: rect.row, role: look.role,
        width: rect.columns - 7)
    }
    mark(state.review.search.text, in: rect, role: .match)
  }

  private mutating func draw(
    _ object: PlannedObject, state: ConsoleState, in rect: Rect
  ) {
    let look = object.outcome.look(glyphs)
    write(look.mark, column: 5, row: rect.row, role: look.role)
    write(
      object.outcome.rawValue, column: 7, row: rect.row, role: look.role,
      width: 9)
    var facts: [String] = []
    if object.restarts > 0 {
      facts.append("restarts \(count(object.restarts, "pod"))")
    }
    if !object.conflicts.isEmpty {
      let isForced = state.review.forced.contains(object.reference)
      facts.append(
        isForced
          ? "takes \(count(object.conflicts.count, "field"))"
          : "\(count(object.conflicts.count, "conflict"))")
    }
    if let reason = object.reason { facts.append(reason) }
    let added = object.diff.count { $0.kind == .added }
    let removed = object.diff.count { $0.kind == .removed }
    if added + removed > 0, object.outcome != .create {
      facts.append("+\(added) -\(removed)")
    }
    let text = facts.joined(separator: ", ")
    let room = rect.columns - 17
    let factWidth = min(text.columns, room / 2)
    write(
      object.reference.description, column: 17, row: rect.row,
      width: max(0, room - factWidth - 2), truncation: .middle)
    write(
      text, column: rect.columns - factWidth, row: rect.row,
      role: object.outcome == .refused ? .failed : .muted, width: factWidth)
  }

  private func reviewSentence(_ state: ConsoleState) -> Notice {
    if state.isWaiting(for: .start) {
      return .info("Starting the run\(glyphs.ellipsis)")
    }
    if state.isWaiting(for: .plan) {
      return .info(
        "Rendering the roles and comparing with the cluster\(glyphs.ellipsis)")
    }
    if let problem = state.review.problem { return .problem(problem) }
    guard let plan = state.review.plan else {
      return .info("There is no plan yet; r makes one.")
    }
    if state.review.isStale {
      return Notice(
        text: "The stack changed since; r plans anew.", role: .warning)
    }
    let obstacles = plan.obstacles
    if let first = obstacles.first {
      let more = obstacles.count > 1 ? " (\(obstacles.count) in all)" : ""
      let hint =
        state.canFallBack
        ? " e lets ansible-playbook run it."
        : plan.refusals.isEmpty
          ? "" : " ansible-playbook could, but reaches no rehearsal."
      return .problem(
        "\(state.shortened(first))\(more); n goes to it.\(hint)")
    }
    guard plan.changes > 0 else {
      if plan.operation == .deploy, !plan.isUnfinished,
        let (name, verdict) = state.troubledService
      {
        return Notice(
          text: "Nothing to write, but \(name) does not serve: "
            + verdict.sentence, role: verdict.look(glyphs).role)
      }
      return .info(
        plan.operation == .deploy && !plan.isUnfinished
          ? "Nothing to do: the cluster is as the stack says."
          : plan.isUnfinished
            ? "The last run did not get to its end; g runs it anew. It changes "
              + "no object."
            : "g starts the run; it changes no object.")
    }
    return .info(
      "g starts run \(plan.number): \(count(plan.changes, "object")) to "
        + "write, nothing was applied yet.")
  }
}

extension ConsoleState {
  /// The first chosen service that is not as it should be.
  fileprivate var troubledService: (title: String, verdict: Verdict)? {
    for service in stack?.services ?? []
    where stack?.chosen.contains(service.name) == true {
      if let verdict = overview?.services[service.name],
        verdict.state != .current
      {
        return (service.title, verdict)
      }
    }
    return nil
  }

  /// Whether the real ansible-playbook may do what the engine refused.
  var canFallBack: Bool {
    review.request.engine == .quarterdeck
      && review.plan?.canFallBack == true
  }
}

extension PlannedOutcome {
  /// What is said of a number of objects.
  fileprivate var summary: String {
    switch self {
    case .unchanged, .refused: rawValue
    case .create, .adopt, .change, .replace, .delete: "to \(rawValue)"
    }
  }

  func look(_ glyphs: Glyphs) -> (mark: String, role: Role) {
    switch self {
    case .create: ("+", .added)
    case .adopt: ("a", .changed)
    case .change: ("~", .changed)
    case .replace: ("!", .warning)
    case .delete: ("-", .removed)
    case .unchanged: ("=", .muted)
    case .refused: (glyphs.failed, .failed)
    }
  }
}
