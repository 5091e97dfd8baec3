// A frame: the cells of a whole screen, and the only thing that views draw on.
// Drawing outside of it, or outside of the clip, changes nothing.

/// Which part of a text is left out when it does not fit.
public enum Truncation: Sendable {
  case head, middle, tail
}

/// Where a text stands in its width.
public enum Alignment: Sendable {
  case left, right
}

/// What a screen shows at one moment.
public struct Frame: Hashable, Sendable {
  public let size: Size
  public let glyphs: Glyphs
  /// Where the terminal's cursor is shown; nil hides it.
  public private(set) var cursor: Point?
  /// Where the hidden cursor stands: readers of the screen, and terminals that
  /// cannot hide it, find the selected line by it.
  public private(set) var rest: Point?
  /// Which line of a list stands on a row, for clicks.
  public private(set) var lines: [Int: Int] = [:]
  private var cells: [Cell]
  private var clip: Rect

  public init(size: Size, glyphs: Glyphs = .unicode) {
    self.size = size
    self.glyphs = glyphs
    cells = Array(repeating: .blank, count: size.columns * size.rows)
    clip = Rect(size)
  }

  /// The whole frame.
  public var bounds: Rect { Rect(size) }

  /// A cell; blank outside of the frame.
  public subscript(column: Int, row: Int) -> Cell {
    guard bounds.contains(Point(column: column, row: row)) else {
      return .blank
    }
    return cells[row * size.columns + column]
  }

  /// The cells of a row.
  public func row(_ row: Int) -> ArraySlice<Cell> {
    guard (0..<size.rows).contains(row) else { return [] }
    return cells[row * size.columns..<(row + 1) * size.columns]
  }

  /// Says that a line of the screen's list stands on a row.
  public mutating func note(line: Int, row: Int) { lines[row] = line }

  /// Draws with all that falls outside of `rect` left out.
  public mutating func clipped(
    to rect: Rect, _ draw: (inout Frame) -> Void
  ) {
    let outer = clip
    clip = clip.intersection(rect)
    draw(&self)
    clip = outer
  }

  /// Blanks a rectangle.
  public mutating func clear(_ rect: Rect, style: Style = .text) {
    let part = rect.intersection(clip)
    for row in part.row..<max(part.row, part.endRow) {
      for column in part.column..<max(part.column, part.endColumn) {
        set(Cell(" ", style: style), column: column, row: row)
      }
    }
  }

  /// Gives every cell of a rectangle one role.
  public mutating func paint(_ rect: Rect, role: Role) {
    restyle(rect) { $0.role = role }
  }

  /// Marks every cell of a rectangle as selected.
  public mutating func select(_ rect: Rect) {
    restyle(rect) { $0.isSelected = true }
  }

  /// Gives one role to every place of a rectangle's row where a text stands,
  /// in any case.
  public mutating func mark(_ text: String, in rect: Rect, role: Role) {
    let needle = Array(text.lowercased().unicodeScalars)
    guard !needle.isEmpty, needle.count <= rect.columns else { return }
    for row in rect.row..<rect.endRow {
      var column = rect.column
      while column + needle.count <= rect.endColumn {
        let isHere = needle.indices.allSatisfy { offset in
          self[column + offset, row].scalar.properties.lowercaseMapping
            == String(needle[offset])
        }
        if isHere {
          restyle(
            Rect(column: column, row: row, columns: needle.count, rows: 1)
          ) { $0.role = role }
        }
        column += isHere ? needle.count : 1
      }
    }
  }

  /// Puts the terminal's cursor somewhere, if that is inside the clip.
  public mutating func placeCursor(column: Int, row: Int) {
    let point = Point(column: column, row: row)
    if clip.contains(point) { cursor = point }
  }

  public mutating func hideCursor() { cursor = nil }

  /// Puts the hidden cursor somewhere, if that is inside the clip.
  public mutating func restCursor(column: Int, row: Int) {
    let point = Point(column: column, row: row)
    if clip.contains(point) { rest = point }
  }

  /// Writes text on one row, in at most `width` columns.
  ///
  /// - Returns: The column after the text.
  @discardableResult
  public mutating func write(
    _ text: some StringProtocol, column: Int, row: Int,
    role: Role = .text, width: Int? = nil, align: Alignment = .left,
    truncation: Truncation = .tail
  ) -> Int {
    let room = width ?? max(0, clip.endColumn - column)
    guard room > 0 else { return column }
    let needed = text.columns
    var start = column
    if needed <= room {
      if align == .right { start += room - needed }
      put(text.unicodeScalars, column: &start, row: row, role: role)
      return start
    }
    let dots = glyphs.ellipsis
    let keep = room - dots.columns
    guard keep >= 0 else { return column }
    let scalars = Array(text.unicodeScalars)
    let head: Int
    switch truncation {
    case .tail: head = keep
    case .head: head = 0
    case .middle: head = keep - keep / 2
    }
    put(
      Self.prefix(scalars, columns: head), column: &start, row: row,
      role: role)
    put(dots.unicodeScalars, column: &start, row: row, role: role)
    put(
      Self.suffix(scalars, columns: keep - head), column: &start, row: row,
      role: role)
    return start
  }

  /// Draws a line across a row, with a title in it if there is room.
  public mutating func rule(
    _ rect: Rect, title: String = "", role: Role = .border
  ) {
    for column in 0..<rect.columns {
      write(
        glyphs.horizontal, column: rect.column + column, row: rect.row,
        role: role, width: 1)
    }
    guard !title.isEmpty, rect.columns > 6 else { return }
    write(
      " \(title) ", column: rect.column + 1, row: rect.row, role: .heading,
      width: min(rect.columns - 2, title.columns + 2))
  }

  /// Draws the edge of a box and blanks its inside.
  ///
  /// - Returns: The inside.
  @discardableResult
  public mutating func box(
    _ rect: Rect, title: String = "", role: Role = .border
  ) -> Rect {
    clear(rect)
    guard rect.columns >= 2, rect.rows >= 2 else { return rect.inset() }
    let last = rect.endRow - 1
    let right = rect.endColumn - 1
    for row in [rect.row, last] {
      for column in (rect.column + 1)..<max(rect.column + 1, right) {
        write(
          glyphs.horizontal, column: column, row: row, role: role, width: 1)
      }
    }
    for row in rect.row..<rect.endRow {
      write(
        glyphs.vertical, column: rect.column, row: row, role: role, width: 1)
      write(glyphs.vertical, column: right, row: row, role: role, width: 1)
    }
    write(glyphs.topLeft, column: rect.column, row: rect.row, role: role)
    write(glyphs.topRight, column: right, row: rect.row, role: role)
    write(glyphs.bottomLeft, column: rect.column, row: last, role: role)
    write(glyphs.bottomRight, column: right, row: last, role: role)
    if !title.isEmpty {
      write(
        " \(title) ", column: rect.column + 2, row: rect.row, role: .title,
        width: min(rect.columns - 4, title.columns + 2))
    }
    return rect.inset(columns: 1, rows: 1)
  }

  /// The frame as text: a line per row, spaces at the end removed.
  public var text: String {
    var lines: [String] = []
    for row in 0..<size.rows {
      var scalars = String.UnicodeScalarView()
      for cell in self.row(row) where !cell.isContinuation {
        scalars.append(cell.scalar)
        if let mark = cell.mark { scalars.append(mark) }
      }
      while scalars.last == " " { scalars.removeLast() }
      lines.append(String(scalars))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // Cells

  private mutating func put(
    _ scalars: some Sequence<Unicode.Scalar>, column: inout Int, row: Int,
    role: Role
  ) {
    for scalar in scalars {
      if scalar.isControl { continue }
      let width = scalar.columns
      if width == 0 {
        combine(scalar, column: column - 1, row: row)
        continue
      }
      let shown =
        glyphs.isASCII && !scalar.isASCII
        ? Self.plainForms[scalar] ?? "?" : scalar
      if width == 2, glyphs.isASCII {
        set(Cell("?", style: Style(role)), column: column, row: row)
        set(Cell("?", style: Style(role)), column: column + 1, row: row)
      } else if width == 2 {
        let second = Point(column: column + 1, row: row)
        if clip.contains(second) {
          set(Cell(shown, style: Style(role)), column: column, row: row)
          set(
            Cell(Cell.continuationScalar, style: Style(role)),
            column: column + 1, row: row)
        } else {
          // Half of a wide character cannot be shown.
          set(Cell(" ", style: Style(role)), column: column, row: row)
        }
      } else {
        set(Cell(shown, style: Style(role)), column: column, row: row)
      }
      column += width
    }
  }

  /// What stands for common signs where only ASCII can be shown.
  private static let plainForms: [Unicode.Scalar: Unicode.Scalar] = [
    "→": ">", "←": "<", "…": "~", "–": "-", "—": "-", "‘": "'", "’": "'",
    "“": "\"", "”": "\"", "·": ".", "×": "x", "\u{A0}": " ",
  ]

  private mutating func combine(
    _ mark: Unicode.Scalar, column: Int, row: Int
  ) {
    guard !glyphs.isASCII, clip.contains(Point(column: column, row: row))
    else { return }
    var index = row * size.columns + column
    if cells[index].isContinuation, column > 0 { index -= 1 }
    if cells[index].mark == nil { cells[index].mark = mark }
  }

  private mutating func set(_ cell: Cell, column: Int, row: Int) {
    guard clip.contains(Point(column: column, row: row)) else { return }
    let index = row * size.columns + column
    // Half of a wide character is never left behind.
    if cells[index].isContinuation, !cell.isContinuation, column > 0 {
      cells[index - 1].scalar = " "
      cells[index - 1].mark = nil
    }
    if column + 1 < size.columns, cells[index + 1].isContinuation {
      cells[index + 1].scalar = " "
    }
    cells[index] = cell
  }

  private mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let part = rect.intersection(clip)
    for row in part.row..<max(part.row, part.endRow) {
      for column in part.column..<max(part.column, part.endColumn) {
        change(&cells[row * size.columns + column].style)
      }
    }
  }

  private static func prefix(
    _ scalars: [Unicode.Scalar], columns: Int
  ) -> ArraySlice<Unicode.Scalar> {
    var used = 0
    var end = 0
    while end < scalars.count {
      let width = scalars[end].isControl ? 0 : scalars[end].columns
      if used + width > columns { break }
      used += width
      end += 1
    }
    return scalars[..<end]
  }

  private static func suffix(
    _ scalars: [Unicode.Scalar], columns: Int
  ) -> ArraySlice<Unicode.Scalar> {
    var used = 0
    var start = scalars.count
    while start > 0 {
      let width = scalars[start - 1].isControl ? 0 : scalars[start - 1].columns
      if used + width > columns { break }
      used += width
      start -= 1
    }
    return scalars[start...]
  }
}
