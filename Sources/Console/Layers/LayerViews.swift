// How the layers are drawn: pages fill the screen below the header, questions
// and choices stand in a box in the middle.

import Terminal

extension Frame {
  mutating func draw(_ layer: TextLayer, isHelp: Bool) {
    let area = Rect(
      column: 0, row: 1, columns: size.columns, rows: size.rows - 1)
    clear(area)
    let parts = area.splitBottom(1)
    var body = parts.rest
    let title = body.splitTop(1)
    rule(title.top, title: layer.title)
    if layer.search.isActive {
      body = drawSearch(layer.search, in: title.rest, figure: "")
    } else {
      body = title.rest
    }
    let visible = layer.top..<min(layer.lines.count, layer.top + body.rows)
    for (offset, index) in visible.enumerated() {
      let line = layer.lines[index]
      writeShifted(
        line.text, by: layer.shift, role: line.role,
        in: Rect(
          column: 1, row: body.row + offset, columns: body.columns - 2,
          rows: 1))
      if !layer.search.text.isEmpty {
        mark(
          layer.search.text,
          in: Rect(
            column: 0, row: body.row + offset, columns: body.columns, rows: 1),
          role: .match)
      }
    }
    drawScroll(visible, count: layer.lines.count, in: body)
    let typing = layer.search.isTyping ? searchKeys.hints : nil
    drawKeys(
      layer.hints, row: parts.bottom.row,
      typing: typing ?? (isHelp ? layer.hints : nil))
  }

  /// Writes a line of which the first columns are scrolled out.
  mutating func writeShifted(
    _ text: String, by shift: Int, role: Role = .text, in rect: Rect
  ) {
    clipped(to: rect) { frame in
      frame.write(
        text, column: rect.column - shift, row: rect.row, role: role,
        width: rect.columns + shift)
    }
    if shift > 0, !text.isEmpty {
      write("<", column: rect.column - 1, row: rect.row, role: .muted, width: 1)
    }
  }

  /// Puts a dialog's keys in place of the screen's, which do not hold now.
  private mutating func replaceKeys(_ hints: [Hint], hasHelp: Bool) {
    let row = size.rows - 1
    clear(Rect(column: 0, row: row, columns: size.columns, rows: 1))
    drawKeys(hints, row: row, typing: hasHelp ? nil : hints)
  }

  mutating func draw(_ layer: ConfirmLayer) {
    replaceKeys(
      layer.typed == nil ? confirmKeys.hints : confirmTypedKeys, hasHelp: false)
    let width = min(size.columns - 4, 64)
    let text = wrapped(layer.text, width: max(1, width - 4))
    let extra = layer.typed == nil ? 0 : 2
    let inside = box(
      bounds.centred(Size(columns: width, rows: text.count + extra + 4)),
      title: layer.title)
    var row = inside.row
    for line in text {
      write(line, column: inside.column + 1, row: row)
      row += 1
    }
    if let typed = layer.typed {
      row += 1
      var column = write(
        "Type \(typed) to go on: ", column: inside.column + 1, row: row,
        role: .sentence)
      let view = layer.line.view(width: max(1, inside.endColumn - column - 1))
      let start = column
      column = write(view.text, column: column, row: row, role: .input)
      placeCursor(column: start + view.cursorColumn, row: row)
      writeKeys(confirmTypedKeys, in: inside)
    } else {
      hideCursor()
      writeKeys(confirmKeys.hints, in: inside)
    }
  }

  /// The keys of a question, on the last line inside its box too.
  private mutating func writeKeys(_ hints: [Hint], in inside: Rect) {
    clipped(to: inside) { frame in
      var column = inside.column + 1
      for hint in hints {
        column = frame.write(
          hint.key, column: column, row: inside.endRow - 1, role: .key)
        column =
          frame.write(
            hint.text, column: column + 1, row: inside.endRow - 1, role: .keys)
          + 2
      }
    }
  }

  mutating func draw(_ layer: ChoiceLayer) {
    replaceKeys(choiceKeys.hints, hasHelp: true)
    let widest = layer.options.map(\.columns).max() ?? 0
    let width = min(size.columns - 4, max(layer.title.columns + 6, widest + 8))
    let rows = min(size.rows - 4, layer.options.count + 2)
    let inside = box(
      bounds.centred(Size(columns: width, rows: rows)), title: layer.title)
    hideCursor()
    let visible = layer.list.visible(
      count: layer.options.count, rows: inside.rows)
    for (offset, index) in visible.enumerated() {
      let row = inside.row + offset
      write(
        layer.options[index], column: inside.column + 2, row: row,
        width: max(0, inside.columns - 3))
      if index == layer.list.selection { drawCursor(row: row, in: inside) }
    }
    drawScroll(visible, count: layer.options.count, in: inside)
  }
}
