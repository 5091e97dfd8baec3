// Arguments written as text: pairs, free form, quotes and braces.

import Testing

@testable import Ansible

@Suite("Arguments as text")
struct KeyValueArgumentsTests {
  @Test(
    "pairs and what is none",
    arguments: [
      ("a=1 b=2", ["a": "1", "b": "2"], nil),
      ("src=x dest=\"y z\"", ["src": "x", "dest": "y z"], nil),
      ("a='it is' rest of it", ["a": "it is"], "rest of it"),
      ("x={{ a + 'b c' }} y=2", ["x": "{{ a + 'b c' }}", "y": "2"], nil),
      ("noop", [:], "noop"),
      ("a=b=c", ["a": "b=c"], nil),
      ("", [:], nil),
    ] as [(String, [String: String], String?)])
  func pairs(_ text: String, _ pairs: [String: String], _ free: String?) throws
  {
    let read = try KeyValueArguments(text)
    #expect(
      Dictionary(read.pairs.map { ($0.key, $0.value) }) { $1 } == pairs)
    #expect(read.free == free)
  }

  @Test("a command keeps its own pairs")
  func command() throws {
    let read = try KeyValueArguments(
      "env X=1 make all chdir=/src creates=/x", keepsFree: true)
    #expect(read.free == "env X=1 make all")
    #expect(read.pairs.map(\.key) == ["chdir", "creates"])
  }

  @Test("what does not close is an error", arguments: ["a='b", "a={{ b", "\""])
  func unbalanced(_ text: String) {
    #expect(throws: KeyValueArguments.Unbalanced.self) {
      try KeyValueArguments(text)
    }
  }

  @Test("words of a command line")
  func words() throws {
    #expect(
      try ShellWords.split("a 'b c' \"d \\\" e\" f\\ g ''") == [
        "a", "b c", "d \" e", "f g", "",
      ])
    #expect(throws: ShellWords.Unfinished.self) { try ShellWords.split("a 'b") }
  }
}
