// The tree of a text: content, styles, places, aliases, and what is refused.

import Ansible
import Testing

@Suite struct YAMLReaderTests {
  private func root(_ text: String) throws -> YAMLNode {
    try #require(try YAML.read(text, file: "t.yml").root)
  }

  @Test func mappingKeepsOrderStylesTagsAndAnchors() throws {
    let node = try root(
      "b: 1\na: 'two'\nc: &x !vault |\n  abc\nd: *x\ne: [1, \"y\"]\n")
    let entries = try #require(node.mapping)
    #expect(entries.map { $0.key.scalar } == ["b", "a", "c", "d", "e"])
    #expect(node["b"]?.style == .plain)
    #expect(node["a"]?.style == .singleQuoted)
    #expect(node["c"]?.style == .literal)
    #expect(node["c"]?.tag == "!vault")
    #expect(node["c"]?.anchor == "x")
    #expect(node["d"]?.scalar == "abc\n")
    #expect(node["d"]?.resolved === node["c"])
    #expect(node["e"]?.sequence?.last?.style == .doubleQuoted)
  }

  @Test func marksCountCharactersAndBytes() throws {
    let node = try root("é: ü\n日本: [語, x]\n")
    let second = try #require(node.mapping?.last)
    #expect(second.key.start == YAMLMark(line: 2, column: 1, byte: 7))
    let x = try #require(second.value.sequence?.last)
    #expect(x.start == YAMLMark(line: 2, column: 9, byte: 21))
    #expect(x.end == YAMLMark(line: 2, column: 10, byte: 22))
  }

  @Test func emptyTextHasNoRoot() throws {
    #expect(try YAML.read("", file: "t.yml").root == nil)
    #expect(try YAML.read("# only\n", file: "t.yml").root == nil)
    #expect(try YAML.readAll([], file: "t.yml").isEmpty)
  }

  @Test func severalDocuments() throws {
    let all = try YAML.readAll(Array("a\n---\nb\n...\n".utf8), file: "t.yml")
    #expect(all.map { $0.root?.scalar } == ["a", "b"])
  }

  @Test(arguments: [
    ("a: b: c\n", 1, 5, "mapping values are not allowed"),
    ("a: [1, 2\nb: 3\n", 2, 2, "did not find expected ',' or ']'"),
    ("a: \"x\n", 2, 1, "found unexpected end of stream"),
    ("x: 1\na: *no\n", 2, 4, "undefined alias \"no\""),
    ("a: &a [*a]\n", 1, 8, "inside its own anchor"),
    ("a\n---\nb\n", 2, 1, "second document"),
    ("a: 1\nb: \u{7}\n", 2, 4, "control characters are not allowed: #x7"),
    ("\ta: 1\n", 1, 1, "cannot start any token"),
  ])
  func badTextSaysWhere(
    text: String, line: Int, column: Int, problem: String
  ) throws {
    let error = try #require(throws: YAMLError.self) {
      try YAML.read(text, file: "t.yml")
    }
    #expect(error.line == line)
    #expect(error.column == column)
    #expect(error.problem.contains(problem), "\(error.problem)")
    #expect(error.description.hasPrefix("t.yml:\(line):\(column): "))
  }

  @Test func errorShowsItsLine() throws {
    let error = try #require(throws: YAMLError.self) {
      try YAML.read("ok: 1\r\na: b: c\r\n", file: "t.yml")
    }
    #expect(error.sourceLine == "a: b: c")
    #expect(error.description.hasSuffix("\n  a: b: c\n      ^"))
  }

  @Test func depthIsLimited() throws {
    let error = try #require(throws: YAMLError.self) {
      try YAML.read(String(repeating: "[", count: 5000), file: "t.yml")
    }
    #expect(error.problem == "collections are nested too deeply")
  }

  @Test func aliasBombIsRefused() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let items = Array(repeating: "*a\(level - 1)", count: 9)
      text += "a\(level): &a\(level) [\(items.joined(separator: ", "))]\n"
    }
    let error = try #require(throws: YAMLError.self) {
      try YAML.read(text, file: "bomb.yml")
    }
    #expect(error.problem.contains("unfolds to more than"))
  }

  @Test func invalidUTF8IsRefused() throws {
    let error = try #require(throws: YAMLError.self) {
      try YAML.read([0x61, 0x3A, 0x20, 0xFF, 0x0A], file: "t.yml")
    }
    #expect(error.line == 1)
    #expect(error.column == 4)
  }
}
