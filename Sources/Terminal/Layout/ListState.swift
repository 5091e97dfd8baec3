// Which line of a list is selected, and which part of the list is in view.

/// The selection and the first visible line of a list.
public struct ListState: Hashable, Sendable {
  public private(set) var selection: Int
  public private(set) var top: Int

  public init(selection: Int = 0) {
    self.selection = selection
    top = 0
  }

  /// Keys that move through every list.
  public enum Move: Hashable, Sendable {
    case up, down, pageUp, pageDown, first, last
  }

  /// Selects a line; out of range is brought into range by `fit`.
  public mutating func select(_ index: Int) { selection = max(0, index) }

  /// Moves the selection in a list of `count` lines of which `rows` show.
  public mutating func move(_ move: Move, count: Int, rows: Int) {
    let page = max(1, rows - 1)
    switch move {
    case .up: selection -= 1
    case .down: selection += 1
    case .pageUp: selection -= page
    case .pageDown: selection += page
    case .first: selection = 0
    case .last: selection = count - 1
    }
    fit(count: count, rows: rows)
  }

  /// Brings the selection into the list and the view to the selection.
  public mutating func fit(count: Int, rows: Int) {
    selection = min(max(0, selection), max(0, count - 1))
    guard rows > 0 else {
      top = selection
      return
    }
    if selection < top { top = selection }
    if selection >= top + rows { top = selection - rows + 1 }
    top = min(top, max(0, count - rows))
    top = max(0, top)
  }

  /// The lines in view.
  public func visible(count: Int, rows: Int) -> Range<Int> {
    var copy = self
    copy.fit(count: count, rows: rows)
    return copy.top..<min(count, copy.top + max(0, rows))
  }
}
