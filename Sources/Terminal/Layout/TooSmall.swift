// What a screen shows when the terminal is too small for it.

/// A frame that says which size is needed; it fits any size.
public func tooSmallFrame(
  size: Size, needed: Size, glyphs: Glyphs
) -> Frame {
  var frame = Frame(size: size, glyphs: glyphs)
  let text =
    "Terminal too small: \(size.columns)x\(size.rows). "
    + "Needs \(needed.columns)x\(needed.rows). Enlarge it to go on; q quits."
  for (row, line) in wrapped(text, width: size.columns).enumerated() {
    frame.write(line, column: 0, row: row)
  }
  return frame
}
