// The line of a file that an error is in, as a terminal can show it.

extension TemplateError {
  /// The line at fault and a caret below its column, each on a line of its own;
  /// nil where the place is not known.
  public func excerpt(width: Int = 100) -> String? {
    guard let sourceLine, column > 0 else { return nil }
    return SourceExcerpt.lines(of: sourceLine, column: column, width: width)
  }
}

/// Lines of files as errors show them.
public enum SourceExcerpt {
  /// A line and a caret below a column, counted in characters from 1, each on
  /// a line of its own.
  ///
  /// A line of more than `width` cells is cut around the column, and `...`
  /// marks the cuts. Tabs become blanks, what steers a terminal is left out,
  /// and wide characters count for two cells.
  public static func lines(
    of line: String, column: Int, width: Int = 100
  ) -> String {
    let scalars = line.unicodeScalars
    let place =
      scalars.index(
        scalars.startIndex, offsetBy: column - 1, limitedBy: scalars.endIndex)
      ?? scalars.endIndex
    // Only what can be near the column is measured: a line may be of any
    // length. Some characters take no cell.
    let first =
      scalars.index(place, offsetBy: -4 * width, limitedBy: scalars.startIndex)
      ?? scalars.startIndex
    let last =
      scalars.index(place, offsetBy: 4 * width, limitedBy: scalars.endIndex)
      ?? scalars.endIndex
    var cells: [(text: String, width: Int)] = []
    var end = 0
    for scalar in scalars[first..<last] {
      let cell = Self.cell(scalar, at: end)
      end += cell.width
      cells.append(cell)
    }
    let target = scalars.distance(from: first, to: place)
    var start = 0
    var stop = cells.count
    if end > width {
      let before = cells[..<target].reduce(0) { $0 + $1.width }
      var skipped = 0
      while start < target, before - skipped > width / 2 {
        skipped += cells[start].width
        start += 1
      }
      var shown = 0
      stop = start
      while stop < cells.count, shown + cells[stop].width <= width {
        shown += cells[stop].width
        stop += 1
      }
    }
    let isCutBefore = start > 0 || first > scalars.startIndex
    let isCutBehind = stop < cells.count || last < scalars.endIndex
    let head = isCutBefore ? "... " : ""
    let tail = isCutBehind ? " ..." : ""
    let lead = cells[start..<target].reduce(head.utf8.count) { $0 + $1.width }
    return head + cells[start..<stop].map(\.text).joined() + tail + "\n"
      + String(repeating: " ", count: lead) + "^"
  }

  /// What a terminal shows of a character, and in how many cells.
  private static func cell(
    _ scalar: Unicode.Scalar, at column: Int
  ) -> (text: String, width: Int) {
    if scalar == "\t" {
      let width = 8 - column % 8
      return (String(repeating: " ", count: width), width)
    }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return (" ", 1)
    case .format: return ("", 0)
    case .nonspacingMark, .enclosingMark: return (String(scalar), 0)
    default: return (String(scalar), isWide(scalar.value) ? 2 : 1)
    }
  }

  /// Whether a character takes two cells: Unicode's East Asian Width W and F,
  /// and pictures.
  private static func isWide(_ code: UInt32) -> Bool {
    let wide: [ClosedRange<UInt32>] = [
      0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
      0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
    ]
    return wide.contains { $0.contains(code) }
  }
}
