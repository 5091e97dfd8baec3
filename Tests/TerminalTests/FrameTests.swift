// Drawing: clamped, clipped, right with wide characters, free of control
// characters.

import Terminal
import Testing

private func drawn(
  _ columns: Int, _ rows: Int, glyphs: Glyphs = .unicode,
  _ body: (inout Frame) -> Void
) -> String {
  var frame = Frame(size: Size(columns: columns, rows: rows), glyphs: glyphs)
  body(&frame)
  return frame.text
}

struct FrameTests {
  @Test func outsideChangesNothing() {
    let text = drawn(4, 2) { frame in
      frame.write("no", column: 0, row: -1)
      frame.write("no", column: 0, row: 2)
      frame.write("no", column: 9, row: 0)
      frame.write("abc", column: -1, row: 0)
      frame.write("xyz", column: 2, row: 1, width: 9)
    }
    #expect(text == "bc\n  xy\n")
  }

  @Test func tooLongEndsWithDots() {
    #expect(
      drawn(6, 1) { $0.write("abcdefgh", column: 0, row: 0) } == "abcde…\n")
    #expect(
      drawn(6, 1) {
        $0.write("abcdefgh", column: 0, row: 0, truncation: .head)
      } == "…defgh\n")
    #expect(
      drawn(6, 1) {
        $0.write("abcdefgh", column: 0, row: 0, truncation: .middle)
      } == "abc…gh\n")
  }

  @Test func rightAligned() {
    #expect(
      drawn(6, 1) {
        $0.write("42", column: 0, row: 0, width: 5, align: .right)
      } == "   42\n")
  }

  @Test func wideCharacters() {
    #expect("作者".columns == 4)
    #expect("Jørgen".columns == 6)
    #expect("e\u{301}".columns == 1)
    #expect(drawn(4, 1) { $0.write("作者", column: 0, row: 0) } == "作者\n")
    #expect(drawn(5, 1) { $0.write("作者作", column: 0, row: 0) } == "作者…\n")
    // The half that does not fit is not shown.
    #expect(
      drawn(3, 1) { $0.write("作者", column: 0, row: 0, width: 4) } == "作\n")
    // Writing over half of one blanks the other half.
    #expect(
      drawn(4, 1) {
        $0.write("作者", column: 0, row: 0)
        $0.write("x", column: 1, row: 0)
      } == " x者\n")
    #expect(
      drawn(4, 1) {
        $0.write("作者", column: 0, row: 0)
        $0.write("作", column: 1, row: 0)
      } == " 作\n")
    #expect(
      drawn(3, 1) { $0.write("e\u{301}x", column: 0, row: 0) } == "e\u{301}x\n")
  }

  @Test func controlCharactersNeverArrive() {
    let evil = "a\u{1B}[31mb\u{7}c\u{9B}d\u{202E}e\u{200B}f"
    #expect(
      drawn(20, 1) { $0.write(evil, column: 0, row: 0) } == "a[31mbcdef\n")
    #expect(evil.columns == 10)
    #expect("a\tb\nc".withoutControls == "a b c")
  }

  @Test func asciiOnly() {
    #expect(
      drawn(8, 1, glyphs: .ascii) {
        $0.write("né作 ✓ long", column: 0, row: 0)
      } == "n??? ?..\n")
  }

  @Test func coloursOfLogsGo() {
    #expect("\u{1B}[1;31merror\u{1B}[0m: x".withoutColours == "error: x")
    #expect("a\u{1B}[38:2:1:2:3mb".withoutColours == "ab")
    #expect("\u{1B}c\u{1B}[".withoutColours == "c")
    #expect("plain 日志".withoutColours == "plain 日志")
  }

  @Test func clipping() {
    let text = drawn(8, 3) { frame in
      frame.clipped(to: Rect(column: 2, row: 1, columns: 3, rows: 1)) {
        frame in
        for row in 0..<3 { frame.write("abcdefgh", column: 0, row: row) }
      }
    }
    #expect(text == "\n  cd…\n\n")
  }

  @Test func boxes() {
    let body: (inout Frame) -> Void = { frame in
      let inside = frame.box(frame.bounds, title: "Title")
      frame.write("hello", column: inside.column, row: inside.row)
    }
    #expect(
      drawn(12, 3, body) == "┌─ Title ──┐\n│hello     │\n└──────────┘\n")
    #expect(
      drawn(12, 3, glyphs: .ascii, body)
        == "+- Title --+\n|hello     |\n+----------+\n")
    for columns in 0..<5 {
      for rows in 0..<4 { _ = drawn(columns, rows, body) }
    }
  }

  @Test func tooSmall() {
    for columns in 0..<30 {
      for rows in 0..<4 {
        _ = tooSmallFrame(
          size: Size(columns: columns, rows: rows),
          needed: Size(columns: 60, rows: 16), glyphs: .unicode)
      }
    }
    let frame = tooSmallFrame(
      size: Size(columns: 30, rows: 4), needed: Size(columns: 60, rows: 16),
      glyphs: .unicode)
    #expect(
      frame.text
        == "Terminal too small: 30x4.\nNeeds 60x16. Enlarge it to go\n"
        + "on; q quits.\n\n")
  }
}
