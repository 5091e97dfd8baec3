// Edits in place: what changes, what stays, and what is refused.

import Ansible
import Jinja
import Testing

@Suite struct YAMLEditorTests {
  private func edit(
    _ text: String, _ body: (inout YAMLEditor) throws -> Void
  ) throws -> String {
    var editor = try YAMLEditor(text, file: "t.yml")
    try body(&editor)
    return editor.text
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var before: String
    var path: [String]
    var value: Value
    var after: String
    var testDescription: String { before }
  }

  static let sets: [Case] = [
    Case(
      before: "a: 1\nb: 2\n", path: ["a"], value: 3, after: "a: 3\nb: 2\n"),
    Case(
      before: "# head\na: 1   # note\n", path: ["a"], value: "x y",
      after: "# head\na: x y   # note\n"),
    Case(before: "a: 'x'\n", path: ["a"], value: "yes", after: "a: 'yes'\n"),
    Case(before: "a: 1", path: ["a"], value: 2, after: "a: 2"),
    Case(before: "a:\nb: 1\n", path: ["a"], value: 2, after: "a: 2\nb: 1\n"),
    Case(
      before: "a:   # note\nb: 1\n", path: ["a"], value: 2,
      after: "a: 2   # note\nb: 1\n"),
    Case(
      before: "a: \"{{ x }}\"\nb: {{'{'}}\n".replacing("{{'{'}}", with: "1"),
      path: ["b"], value: 2, after: "a: \"{{ x }}\"\nb: 2\n"),
    Case(
      before: "a:\n  b: 1  # one\n  c: 2\nd: 3\n", path: ["a", "b"], value: 5,
      after: "a:\n  b: 5  # one\n  c: 2\nd: 3\n"),
    Case(
      before: "a: [1, 2]\n", path: ["a"], value: [3],
      after: "a:\n  - 3\n"
    ),
    Case(
      before: "a: # note\n  - 1\n  # in\n  - 2\n# after\nb: 1\n", path: ["a"],
      value: 7, after: "a: 7 # note\n# after\nb: 1\n"),
    Case(
      before: "a:\n  - 1\n\n# after\nb: 1\n", path: ["a"],
      value: ["x": ["y": "z"]],
      after: "a:\n  x:\n    y: z\n\n# after\nb: 1\n"),
    Case(
      before: "a: |\n  one\n  two\n\n# after\nb: 1\n", path: ["a"],
      value: "three\nfour\n",
      after: "a: |\n  three\n  four\n\n# after\nb: 1\n"),
    Case(
      before: "a: x\nb: 1\n", path: ["a"], value: "p\nq",
      after: "a: |-\n  p\n  q\nb: 1\n"),
    Case(
      before: "a: one\n  two\nb: 1\n", path: ["a"], value: 1,
      after: "a: 1\nb: 1\n"),
    Case(
      before: "x: &x {k: 1}\na: *x\n", path: ["a"], value: 1,
      after: "x: &x {k: 1}\na: 1\n"),
    Case(
      before: "a: {b: 1, c: 2}\n", path: ["a", "b"], value: "x, y",
      after: "a: {b: 'x, y', c: 2}\n"),
    Case(before: "a: 1\n", path: ["a"], value: [], after: "a: []\n"),
    Case(before: "a: 1\n", path: ["a"], value: Value.none, after: "a: null\n"),
    Case(
      before: "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00\nb: 1\n",
      path: ["a"], value: "open",
      after: "a: open\nb: 1\n"),
    Case(
      before: "a: !vault |\n  00\nb: 1\n", path: ["b"], value: 2,
      after: "a: !vault |\n  00\nb: 2\n"),
    Case(
      before: "é: ü\nb: 日本 # ん\n", path: ["b"], value: "語",
      after: "é: ü\nb: 語 # ん\n"),
    Case(
      before: "\"a\": 1\n'b': 2\n", path: ["b"], value: 3,
      after: "\"a\": 1\n'b': 3\n"),
    Case(
      before: "a: 1\r\nb: 2\r\n", path: ["a"], value: 3,
      after: "a: 3\r\nb: 2\r\n"),
    Case(
      before: "---\na: 1\n...\n", path: ["a"], value: 2,
      after: "---\na: 2\n...\n"),
    // Inserted.
    Case(before: "", path: ["a"], value: 1, after: "a: 1\n"),
    Case(before: "---\n", path: ["a"], value: 1, after: "---\na: 1\n"),
    Case(before: "# only\n", path: ["a"], value: 1, after: "# only\na: 1\n"),
    Case(before: "# only", path: ["a"], value: 1, after: "# only\na: 1\n"),
    Case(before: "a: 1", path: ["b"], value: 2, after: "a: 1\nb: 2\n"),
    Case(
      before: "a: 1 # x\n\n# tail\n", path: ["b"], value: [1, 2],
      after: "a: 1 # x\nb:\n  - 1\n  - 2\n\n# tail\n"),
    Case(
      before: "a:\n  b: 1\nc: 2\n", path: ["a", "d"], value: 3,
      after: "a:\n  b: 1\n  d: 3\nc: 2\n"),
    Case(
      before: "a: {b: 1}\n", path: ["a", "c"], value: [1],
      after: "a: {b: 1, c: [1]}\n"),
    Case(before: "{}\n", path: ["a"], value: 1, after: "a: 1\n\n"),
    Case(
      before: "a: |\n  x\n", path: ["yes"], value: true,
      after: "a: |\n  x\n'yes': true\n"),
  ]

  @Test(arguments: sets) func setsAnEntry(one: Case) throws {
    let text = try edit(one.before) {
      try $0.set(one.path, to: .value(one.value))
    }
    #expect(text == one.after)
  }

  @Test func insertsUnderItsDescription() throws {
    let text = try edit("a: 1\n") {
      try $0.set(
        ["b"], to: .value(2), comment: "Number of pods.\nAt least 1.",
        isSpaced: true)
    }
    #expect(text == "a: 1\n\n# Number of pods.\n# At least 1.\nb: 2\n")
  }

  @Test func aCommentCannotBecomeContent() throws {
    let text = try edit("a: 1\n") {
      try $0.set(["b"], to: .value(2), comment: "x\r\nevil: 1\u{85}more: 2")
    }
    #expect(try YAML.read(text, file: "t").root?.mapping?.count == 2)
  }

  @Test func vaultTextsAreSpliced() throws {
    let vault = Vault(secrets: [VaultSecret(password: "p")])
    let cipher = String(
      decoding: try vault.encrypt(Array("new".utf8)), as: UTF8.self)
    let text = try edit("# secret\na: old  # note\nb: 1\n") {
      try $0.set(["a"], to: .vaulted(cipher))
    }
    #expect(text.hasPrefix("# secret\na: !vault | # note\n  $ANSIBLE_VAULT;"))
    #expect(text.hasSuffix("\nb: 1\n"))
    let read = try AnsibleText.value(
      of: Array(text.utf8), file: "t", vault: vault)
    #expect(try read.value.member("a")?.text == "new")
  }

  @Test(arguments: [
    ("a: 1\nb: 2\n", ["a"], "b: 2\n"),
    ("# about\n# more\na: 1\n# about b\nb: 2\n", ["a"], "# about b\nb: 2\n"),
    ("# of mine\n# x\na: 1\n", ["a"], "# of mine\n"),
    ("# x of mine\na: 1\n", ["a"], "# x of mine\n"),
    ("# of mine\n\n# x\na: 1\n", ["a"], "# of mine\n"),
    ("# of mine\n# about\n# more\na: 1\n", ["a"], "# of mine\n"),
    ("# about\na: 1\n", ["a"], "# about\n"),
    (
      "x: 0\n\n# about\n# more\na:\n  - 1\n\n# b\nb: 2\n", ["a"],
      "x: 0\n\n# b\nb: 2\n"
    ),
    ("a:\n  # x\n  b: 1\n  c: 2\n", ["a", "b"], "a:\n  c: 2\n"),
    ("a: 1\n", ["a"], ""),
    ("a:\n  b: 1\n  c: 2\n", ["a", "c"], "a:\n  b: 1\n"),
    ("a: |\n  x\n\nb: 2", ["b"], "a: |\n  x\n\n"),
    ("a: 1\nb: 2 # last", ["b"], "a: 1\n"),
  ])
  func removesAnEntry(before: String, path: [String], after: String) throws {
    let comments = ["about\nmore", "x"]
    #expect(
      try edit(before) { try $0.remove(path, comments: comments) } == after)
  }

  @Test(arguments: [
    ("a: &x 1\nb: *x\n", ["a"], "line 2 refers to"),
    ("a: 1\na: 2\n", ["a"], "twice"),
    ("a: 1\n", ["a", "b"], "no mapping at a"),
    ("a: 1\n", ["x", "y"], "no mapping at x"),
  ])
  func refusesToSet(text: String, path: [String], problem: String) throws {
    var editor = try YAMLEditor(text, file: "t.yml")
    let error = try #require(throws: YAMLEditError.self) {
      try editor.set(path, to: .value(9))
    }
    #expect(error.description.contains(problem), "\(error)")
    #expect(error.description.hasPrefix("t.yml"))
    #expect(editor.text == text)
  }

  @Test func refusesARootThatIsNoMapping() {
    #expect(throws: YAMLEditError.self) {
      try YAMLEditor("- a\n", file: "t.yml")
    }
    #expect(throws: YAMLError.self) { try YAMLEditor("a: [", file: "t.yml") }
  }

  @Test func refusesToRemoveWhatIsNotThere() throws {
    var editor = try YAMLEditor("a: {b: 1, c: 2}\nd:\n  e: 1\n", file: "t.yml")
    #expect(throws: YAMLEditError.self) { try editor.remove(["z"]) }
    #expect(throws: YAMLEditError.self) { try editor.remove(["a", "b"]) }
    #expect(throws: YAMLEditError.self) { try editor.remove(["d", "e"]) }
  }
}
