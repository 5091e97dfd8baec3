// Lists, columns, wrapped text and the one-line editor.

import Terminal
import Testing

struct LayoutTests {
  private func accept(_ key: Key, _ line: inout LineEditor) {
    let taken = line.handle(key)
    #expect(taken)
  }

  private func refuse(_ key: Key, _ line: inout LineEditor) {
    let taken = line.handle(key)
    #expect(!taken)
  }

  @Test func selectionStaysInView() {
    var list = ListState()
    for _ in 0..<30 { list.move(.down, count: 20, rows: 5) }
    #expect(list.selection == 19)
    #expect(list.visible(count: 20, rows: 5) == 15..<20)
    list.move(.pageUp, count: 20, rows: 5)
    #expect(list.selection == 15)
    list.move(.first, count: 20, rows: 5)
    #expect(list.visible(count: 20, rows: 5) == 0..<5)
    // The list shrinks, then is empty.
    list.select(19)
    #expect(list.visible(count: 3, rows: 5) == 0..<3)
    #expect(list.visible(count: 0, rows: 5) == 0..<0)
    #expect(list.visible(count: 9, rows: 0).isEmpty)
  }

  @Test func columnsDropByPriority() {
    let columns = [
      Column("NAME", minimum: 10),
      Column("READY", minimum: 5, maximum: 5, align: .right, priority: 1),
      Column("NODE", minimum: 8, maximum: 12, priority: 3),
      Column("AGE", minimum: 4, maximum: 6, priority: 2),
    ]
    func kept(_ width: Int) -> [Int] {
      ColumnLayout(columns, width: width).places.map(\.index)
    }
    #expect(kept(80) == [0, 1, 2, 3])
    #expect(kept(25) == [0, 1, 3])
    #expect(kept(17) == [0, 1])
    #expect(kept(10) == [0])
    #expect(kept(3) == [0])
    for width in 0..<100 {
      let places = ColumnLayout(columns, width: width).places
      #expect(places.allSatisfy { $0.column + $0.width <= max(width, 0) })
    }
    #expect(ColumnLayout(columns, width: 80).places[0].width == 80 - 26)
  }

  @Test func wrapping() {
    #expect(wrapped("one two three", width: 7) == ["one two", "three"])
    #expect(wrapped("abcdefgh", width: 3) == ["abc", "def", "gh"])
    #expect(wrapped("a\n\nb\n", width: 9) == ["a", "", "b"])
    #expect(wrapped("作者作者", width: 5) == ["作者", "作者"])
    #expect(wrapped("x \u{1B}[2J y", width: 20) == ["x [2J y"])
    #expect(wrapped("作", width: 1) == ["作"])
    #expect(wrapped("abc", width: 0) == [])
  }

  @Test func editing() {
    var line = LineEditor("abc def")
    accept(.control("w"), &line)
    #expect(line.text == "abc ")
    accept(.character("é"), &line)
    accept(.home, &line)
    accept(.character("作"), &line)
    #expect(line.text == "作abc é")
    accept(.end, &line)
    accept(.backspace, &line)
    accept(.left, &line)
    accept(.delete, &line)
    #expect(line.text == "作abc")
    accept(.control("u"), &line)
    #expect(line.text == "")
    accept(.backspace, &line)
    line.insert("two\nlines\u{1B}")
    #expect(line.text == "two lines")
    refuse(.enter, &line)
    refuse(.up, &line)
    refuse(Key(.character("x"), .alt), &line)
  }

  @Test func longLinesShowTheCursor() {
    var line = LineEditor("0123456789")
    #expect(line.view(width: 5) == ("6789", 4))
    accept(.home, &line)
    #expect(line.view(width: 5) == ("01234", 0))
    #expect(line.view(width: 5, mask: "*") == ("*****", 0))
    #expect(line.view(width: 0) == ("", 0))
  }
}

@Suite struct FittedColumnTests {
  @Test func columnsAreAsWideAsTheirTexts() {
    let columns = [
      Column("NAME", minimum: 10, maximum: 40), Column("", minimum: 8),
      Column("NOTE", minimum: 6, maximum: 6),
    ].fitted(to: [["a", "", "long text"], ["abcdef", "", "x"]])
    let layout = ColumnLayout(columns, width: 40, gap: 2)
    #expect(layout.places.map(\.index) == [0, 2])
    #expect(layout.places.map(\.width) == [6, 6])
    #expect(layout.places.map(\.column) == [0, 8])
  }
}
