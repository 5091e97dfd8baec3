// How the Parameters screen is drawn: the list, what is known about the
// selected one, and what the edit would change.

import Kubernetes
import Stack
import Terminal

private let allColumns = [
  Column("PARAMETER", minimum: 22, maximum: 40, truncation: .middle),
  Column("VALUE", minimum: 14),
  Column("", minimum: 1, maximum: 1),
  Column("", minimum: 10, maximum: 20, priority: 1),
  Column("FROM", minimum: 9, maximum: 34, priority: 2, truncation: .head),
]

/// Where the parts of the screen stand.
private struct Parts {
  var filter: Rect
  var list: Rect
  var help: Rect
  var preview: Rect

  init(_ area: Rect) {
    let top = area.splitTop(1)
    filter = top.top
    let helpRows = area.rows < 12 ? 2 : area.rows < 30 ? 4 : 6
    let previewRows = area.rows < 14 ? 0 : min(12, area.rows / 5 + 1)
    let bottom = top.rest.splitBottom(previewRows)
    preview = bottom.bottom
    let middle = bottom.rest.splitBottom(helpRows)
    help = middle.bottom
    list = middle.rest
  }
}

extension ConsoleState {
  /// Rows of the list; headings between them take some.
  var parameterRows: Int {
    max(1, Parts(contentRect(size: size, isGuided: isGuided)).list.rows - 1)
  }
}

extension Frame {
  mutating func drawParameters(_ state: ConsoleState) {
    let parts = Parts(contentRect(size: size, isGuided: state.isGuided))
    let listed = state.listedParameters
    let all = state.stack?.values ?? []
    let changed = all.count { $0.isChanged }
    drawFilter(state, listed: listed.count, of: all.count, in: parts.filter)
    drawList(listed, state: state, in: parts.list)
    let selected =
      listed.indices.contains(state.parameters.list.selection)
      ? listed[state.parameters.list.selection] : nil
    if let selected { drawHelp(selected, state: state, in: parts.help) }
    drawPreview(selected, state: state, in: parts.preview)
    let isEditing = state.parameters.edit != nil
    draw(
      Chrome(
        status: "Parameters  \(changed) changed",
        sentence: parametersSentence(selected, state: state),
        hints: state.stepHints + parametersKeys.hints,
        typing: isEditing ? editKeys.hints : searchKeys.hints),
      for: state)
  }

  private mutating func drawFilter(
    _ state: ConsoleState, listed: Int, of all: Int, in rect: Rect
  ) {
    let figure = "\(listed) of \(all)"
    guard !state.parameters.search.isActive else {
      let isChanged = state.parameters.showsChangedOnly
      _ = drawSearch(
        state.parameters.search, in: rect,
        figure: isChanged ? figure + " changed" : figure)
      return
    }
    var text = "all services"
    if let name = state.parameters.service {
      text = state.stack?.graph.services[name]?.title ?? name
    }
    var notes: [String] = []
    if state.parameters.showsChangedOnly { notes.append("changed only") }
    if !state.parameters.showsAdvanced { notes.append("advanced hidden") }
    let column = write(text, column: 1, row: rect.row, role: .title)
    write(
      notes.joined(separator: ", "), column: column + 2, row: rect.row,
      role: .muted)
    write(
      figure, column: max(0, rect.columns - 20), row: rect.row, role: .muted,
      width: 19, align: .right)
  }

  private enum Row {
    case heading(String)
    case parameter(Int)
  }

  private func rows(
    _ listed: [ParameterValue], state: ConsoleState
  ) -> [Row] {
    var rows: [Row] = []
    var last: String?
    for (index, value) in listed.enumerated() {
      let parameter = value.parameter
      let service =
        parameter.service.map {
          state.stack?.graph.services[$0]?.title ?? $0
        } ?? "All services"
      let heading = "\(service): \(parameter.group)"
      if heading != last, !state.parameters.search.isActive {
        rows.append(.heading(heading))
      }
      last = heading
      rows.append(.parameter(index))
    }
    return rows
  }

  private mutating func drawList(
    _ listed: [ParameterValue], state: ConsoleState, in rect: Rect
  ) {
    let rows = rows(listed, state: state)
    let selection = state.parameters.list.selection
    let line =
      rows.firstIndex {
        if case .parameter(let index) = $0 { return index == selection }
        return false
      } ?? 0
    var scroll = ListState(selection: line)
    scroll.fit(count: rows.count, rows: rect.rows)
    let visible = scroll.visible(count: rows.count, rows: rect.rows)
    let table = Rect(
      column: 2, row: rect.row, columns: rect.columns - 3, rows: 1)
    let texts = listed.map { parameterTexts($0, state: state) }
    let columns = allColumns.fitted(to: texts)
    let layout = ColumnLayout(columns, width: table.columns, gap: 2)
    for (offset, index) in visible.enumerated() {
      let row = rect.row + offset
      switch rows[index] {
      case .heading(let text):
        write(text, column: 1, row: row, role: .heading)
      case .parameter(let number):
        note(line: number, row: row)
        var place = table
        place.row = row
        writeRow(
          texts[number], columns: columns, layout: layout, in: place,
          roles: parameterRoles(listed[number]))
        mark(state.parameters.search.text, in: place, role: .match)
        if number == selection {
          drawCursor(
            row: row,
            in: Rect(column: 0, row: row, columns: rect.columns, rows: 1))
          drawEdit(state, layout: layout, in: place)
        }
      }
    }
    drawScroll(visible, count: rows.count, in: rect)
    if listed.isEmpty, let stack = state.stack {
      write(
        emptyText(stack, state: state), column: 2, row: rect.row, role: .muted,
        width: rect.columns - 3)
    }
  }

  /// Why no parameter is listed, and what to do.
  private func emptyText(
    _ stack: StackContents, state: ConsoleState
  ) -> String {
    if stack.chosen.isEmpty { return "No service is chosen yet: 1 chooses." }
    if !state.parameters.search.text.isEmpty {
      return state.parameters.showsChangedOnly
        ? "Nothing that is changed matches; c shows all."
        : "Nothing matches; esc ends the search."
    }
    if state.parameters.showsChangedOnly {
      return "Nothing differs from the defaults; c shows all."
    }
    return "All are advanced ones; a shows them."
  }

  /// The texts of a parameter's line, in the columns' order.
  private func parameterTexts(
    _ value: ParameterValue, state: ConsoleState
  ) -> [String] {
    let parameter = value.parameter
    var was = ""
    if value.isChanged, !parameter.isSecret {
      was =
        "was " + (parameter.defaultValue.map(ParameterValue.text) ?? "unset")
    }
    return [
      parameter.name, shown(value, state: state),
      value.problem != nil ? glyphs.warning : value.isChanged ? "*" : "", was,
      value.origin.brief,
    ]
  }

  private func parameterRoles(_ value: ParameterValue) -> [Int: Role] {
    let isBad = value.problem != nil
    return [
      1: isBad
        ? .invalid
        : value.parameter.isSecret
          ? .secret : value.isChanged ? .changed : .text,
      2: isBad ? .invalid : .changed, 3: .muted, 4: .muted,
    ]
  }

  private func shown(_ value: ParameterValue, state: ConsoleState) -> String {
    if value.parameter.isSecret {
      guard let secret = value.value else { return "not set" }
      return state.parameters.revealed == value.id
        ? ParameterValue.text(secret) : ParameterValue.mask
    }
    guard let found = value.value else { return "not set" }
    if value.parameter.type == .bool, !value.isTemplate {
      return ParameterInputFlag.isOn(found)
        ? "\(glyphs.checked) yes" : "\(glyphs.unchecked) no"
    }
    return value.display.isEmpty ? "\"\"" : value.display
  }

  private mutating func drawEdit(
    _ state: ConsoleState, layout: ColumnLayout, in rect: Rect
  ) {
    guard let edit = state.parameters.edit,
      let place = layout.places.first(where: { $0.index == 1 })
    else { return }
    let start = rect.column + place.column
    // Where the value is from stays in view, unless there is no room for both.
    let origin = layout.places.first { $0.index == 4 }
    let end = origin.map { rect.column + $0.column - 2 } ?? rect.endColumn
    let width = (end - start < 16 ? rect.endColumn : end) - start
    clear(
      Rect(column: start, row: rect.row, columns: width, rows: 1),
      style: Style(.input))
    let isSecret =
      state.stack?.value(of: edit.parameter)?.parameter.isSecret ?? true
    let view = edit.line.view(width: width, mask: isSecret ? "*" : nil)
    write(
      view.text, column: start, row: rect.row,
      role: edit.problem == nil ? .input : .invalid)
    placeCursor(column: start + view.cursorColumn, row: rect.row)
  }

  private mutating func drawHelp(
    _ value: ParameterValue, state: ConsoleState, in rect: Rect
  ) {
    guard rect.rows > 1 else { return }
    let parameter = value.parameter
    let facts = parameterFacts(parameter)
    let room = rect.columns - 2
    // An empty line sets it off, unless the limits need a line of their own.
    let fits = parameter.title.columns + 3 + facts.columns <= room
    var row = rect.row + (rect.rows > 2 && fits ? 1 : 0)
    write(
      parameter.title, column: 1, row: row, role: .title,
      width: fits ? room - facts.columns - 3 : room)
    if fits {
      write(
        facts, column: rect.columns - 1 - facts.columns, row: row, role: .muted)
    } else {
      row += 1
      write(facts, column: 1, row: row, role: .muted, width: room)
    }
    row += 1
    let lines = wrapped(parameter.description, width: max(1, room))
    let space = rect.endRow - row
    for (offset, line) in lines.prefix(max(0, space)).enumerated() {
      let isCut = offset == space - 1 && lines.count > space
      write(
        isCut ? line + " " + glyphs.ellipsis : line, column: 1,
        row: row + offset, width: room)
    }
  }

  private mutating func drawPreview(
    _ selected: ParameterValue?, state: ConsoleState, in rect: Rect
  ) {
    guard rect.rows > 1 else { return }
    let isBusy =
      state.isWaiting(for: .preview) || state.parameters.written != nil
    rule(
      Rect(column: 1, row: rect.row, columns: rect.columns - 2, rows: 1),
      title: isBusy ? "preview: rendering\(glyphs.ellipsis)" : "preview")
    let space = rect.rows - 1
    var lines: [PreviewLine] = []
    if let shown = state.parameters.preview, shown.parameter == selected?.id {
      if let problem = shown.problem {
        lines += wrapped(
          state.shortened(problem), width: max(1, rect.columns - 4)
        ).map { ($0, .failed) }
      }
      if let result = shown.result {
        lines += previewLines(result, rows: space)
      }
    } else if !isBusy {
      lines.append(("An edit shows here what it changes.", .muted))
    }
    for (offset, line) in lines.prefix(space).enumerated() {
      let isCut = offset == space - 1 && lines.count > space
      write(
        isCut
          ? "\(lines.count - space + 1) more; r shows the whole plan"
          : line.text,
        column: 3, row: rect.row + 1 + offset,
        role: isCut ? .muted : line.role, width: rect.columns - 4)
    }
  }

  private typealias PreviewLine = (text: String, role: Role)

  /// What an edit changes, what runs before what it reads; a line an object
  /// where all fields do not find room.
  private func previewLines(
    _ preview: EditPreview, rows: Int
  ) -> [PreviewLine] {
    guard !preview.changes.isEmpty else {
      return [("Nothing in the cluster changes.", .muted)]
    }
    var lines: [PreviewLine] = []
    if preview.restarts > 0 {
      lines.append(
        ("Restarts \(count(preview.restarts, "pod")).", .warning))
    }
    let changes = [Int](0...2).flatMap { rank in
      preview.changes.filter { $0.rank == rank }
    }
    let room = rows - lines.count
    let needed = changes.reduce(0) { $0 + max(1, $1.fields.count) }
    let width = min(36, changes.map(\.object.description.columns).max() ?? 0)
    for change in changes {
      let name = change.object.description
      var fields = change.fields
      if fields.isEmpty { fields = [change.outcome.rawValue] }
      if needed > room, fields.count > 1 {
        fields = ["\(fields[0]) and \(fields.count - 1) more"]
      }
      for (index, field) in fields.map(\.inWords).enumerated() {
        let head = index == 0 ? name : ""
        let pad = String(repeating: " ", count: max(0, width - head.columns))
        lines.append((head + pad + "  " + field, .text))
      }
    }
    return lines
  }

  private func parametersSentence(
    _ selected: ParameterValue?, state: ConsoleState
  ) -> Notice {
    if let edit = state.parameters.edit {
      if let problem = edit.problem { return .problem(problem) }
      return .info("Enter takes the value, Esc leaves it as it was.")
    }
    guard let selected else {
      if state.stack == nil { return .info("Reading the stack.") }
      return .info(
        state.parameters.search.isActive
          ? "Esc ends the search." : "1 shows the services.")
    }
    if let problem = selected.problem {
      return .problem(problem.description)
    }
    let bad = (state.stack?.values ?? []).filter { $0.problem != nil }
    if let first = bad.first {
      let more = bad.count > 1 ? " and \(bad.count - 1) more" : ""
      return Notice(
        text: "\(first.id)\(more) cannot stay as "
          + "\(bad.count == 1 ? "it is" : "they are") (\(glyphs.warning)); "
          + "/ finds it.",
        role: .warning)
    }
    // What a file that cannot be read says is not known.
    if let problem = state.stack?.errors.first {
      return .problem(problem.description)
    }
    let changed = state.stack?.values.count { $0.isChanged } ?? 0
    return .info(
      changed == 0
        ? "All values are defaults; r reviews the plan."
        : "\(count(changed, "value")) \(changed == 1 ? "differs" : "differ") "
          + "from the defaults; r reviews the plan.")
  }
}

extension String {
  /// What a field says of an edit, where its own words do not: a new hash of
  /// the configuration is why pods restart.
  fileprivate var inWords: String {
    guard hasPrefix("spec.template.metadata.annotations["),
      let end = firstIndex(of: "]"), self[..<end].contains("hash")
    else { return self }
    let rest = firstRange(of: " and ").map { self[$0.lowerBound...] } ?? ""
    let what = self[..<end].contains("secret") ? "secrets" : "configuration"
    return "new hash of its \(what)" + rest
  }
}

extension EditPreview.Change {
  /// Workloads come first, what only they read last.
  fileprivate var rank: Int {
    switch object.kind {
    case "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob": 0
    case "ConfigMap", "Secret": 2
    default: 1
    }
  }
}

extension ValueOrigin {
  /// The origin for a narrow column: of a place, the file's name and the line.
  fileprivate var brief: String {
    guard case .file(let location) = self else { return title }
    let name = location.file.split(separator: "/").last.map(String.init)
    return (name ?? location.file) + (location.line.map { ":\($0)" } ?? "")
  }
}

/// Type, limits and default of a parameter in one line.
func parameterFacts(_ parameter: Parameter) -> String {
  var facts = typeFacts(parameter)
  if parameter.isSecret {
    facts.append("secret")
  } else if let value = parameter.defaultValue {
    let text = ParameterValue.text(value)
    facts.append("default \(text.isEmpty ? "\"\"" : text)")
  } else {
    facts.append(parameter.isRequired ? "required" : "no default")
  }
  if parameter.level == .advanced { facts.append("advanced") }
  return facts.joined(separator: ", ")
}

/// What a value of a parameter has to be.
func typeFacts(_ parameter: Parameter) -> [String] {
  var facts = [parameter.type.title]
  let limits = parameter.limits
  let unit = limits.unit.map { " \($0)" } ?? ""
  switch (limits.minimum, limits.maximum) {
  case (let low?, let high?):
    facts.append("\(plain(low)) to \(plain(high))\(unit)")
  case (let low?, nil): facts.append("at least \(plain(low))\(unit)")
  case (nil, let high?): facts.append("at most \(plain(high))\(unit)")
  case (nil, nil): if !unit.isEmpty { facts.append("in\(unit)") }
  }
  if !limits.choices.isEmpty {
    facts.append(
      "one of "
        + limits.choices.map(ParameterValue.text).joined(separator: ", "))
  }
  if let pattern = limits.pattern { facts.append("matches \(pattern)") }
  return facts
}

private func plain(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15
    ? String(Int(number)) : String(number)
}
