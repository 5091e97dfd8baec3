// The line at fault, as errors show it.

import Testing

@testable import Jinja

@Suite struct ExcerptTests {
  private func excerpt(_ line: String, _ column: Int, _ width: Int = 20)
    -> [String]
  {
    let error = TemplateError(
      .syntax, "bad", line: 1, column: column, sourceLine: line)
    return (error.excerpt(width: width) ?? "").split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  @Test func theCaretStandsBelowTheColumn() {
    #expect(excerpt("{{ a.b }}", 4) == ["{{ a.b }}", "   ^"])
    #expect(excerpt("{{ a }}", 1) == ["{{ a }}", "^"])
    // Behind the end of the line.
    #expect(excerpt("{{ a", 5) == ["{{ a", "    ^"])
    #expect(excerpt("", 1) == ["", "^"])
  }

  @Test func tabsAndWideCharactersTakeTheirCells() {
    #expect(excerpt("\t{{ a }}", 5) == ["        {{ a }}", "           ^"])
    #expect(excerpt("日本 {{ a }}", 7) == ["日本 {{ a }}", "        ^"])
    #expect(excerpt("😀{{ a }}", 5) == ["😀{{ a }}", "     ^"])
    // A letter and its accent share a cell.
    #expect(excerpt("e\u{301}{{ a }}", 6) == ["e\u{301}{{ a }}", "    ^"])
  }

  @Test func whatSteersATerminalIsLeftOut() {
    #expect(
      excerpt("\u{1b}[31m{{ a }}", 9) == [" [31m{{ a }}", "        ^"])
    #expect(excerpt("\u{202e}{{ a }}", 5) == ["{{ a }}", "   ^"])
  }

  @Test func messagesAreOfALengthToRead() {
    let huge = String(repeating: "é", count: 1_000_000)
    let error = TemplateError(.value, huge)
    #expect(error.message.hasPrefix("éé"))
    #expect(error.message.hasSuffix("é..."))
    #expect(error.message.utf8.count < 10_000)
    #expect(TemplateError(.value, "as it is").message == "as it is")
  }

  @Test func longLinesAreCutAroundTheColumn() {
    let line = String(repeating: "x", count: 500) + "{{ !" + "y"
    #expect(
      excerpt(line, 504) == ["... xxxxxxx{{ !y", "              ^"])
    let long = "{{ ! }}" + String(repeating: "y", count: 500)
    #expect(
      excerpt(long, 4) == ["{{ ! }}yyyyyyyyyyyyy ...", "   ^"])
    let both = String(repeating: "日", count: 300)
    #expect(
      excerpt(both, 150) == ["... 日日日日日日日日日日 ...", "              ^"])
    // A huge line costs no more than to go through it once.
    let huge = String(repeating: "z", count: 5_000_000)
    #expect(excerpt(huge, 2_500_000).first?.utf8.count == 28)
  }
}
