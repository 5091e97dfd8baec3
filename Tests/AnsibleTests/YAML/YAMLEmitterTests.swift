// What we write as YAML against the real `to_yaml` and `to_nice_yaml`.

import Ansible
import Jinja
import Testing

@Suite struct YAMLEmitterTests {
  static let values = [
    "1", "x", "''", "~", "true", "1.5", "1e+20", "[1, 2]", "{a: 1}",
    "{b: 1, a: [x, {c: d}], e: {}, f: [], g: ''}",
    "[yes, 'yes', '010', 010, '1.0', '~', 'null', 2001-01-01, '2001-01-01']",
    "['a: b', 'a #b', '#a', '- a', '-', '?', ':', 'a:', '[x]', '{x}', '*a']",
    "['&a', '!a', '%a', '@a', '`a', '|', '>', ' a', 'a ', '', \"a'b\", 'a\"b']",
    "['=', '<<', '1:30', '0x1F', '1_000', 'y', 'n', 'on', '.5', '1e3', '+1']",
    "[\"a\\nb\", \"a\\n\", \"\\na\", \"a\\tb\", \"a\\\\b\", \"\\u00e9\", \"\\x01\", \"a\\n\\nb\\n\"]",
    "[\"日本\", \"😀\", \"\\u2028\", \"\\ufeff\", \"\\x85\", \"a\\u00a0b\"]",
    "{1: a, 1.5: b, true: c}", "{1: a, x: b}", "{? '': a, ' ': b}",
    "{long: 'the quick brown fox jumps over the lazy dog and then runs on and "
      + "on until the line is folded by the emitter at last'}",
    "{key: \"line one\\nline two that is rather long and goes on past the "
      + "eightieth column for certain\\n  indented\\n\"}",
    "[[1, [2, [3]]], [], [{}], {a: [{b: c}]}]", "[.inf, -.inf, .nan, 1.0e-7]",
    "{a: !!binary aGVsbG8=, b: 2001-12-14 21:59:43.10 -5}",
    "{a: 12345678901234567890, b: -1, c: 0.1, d: 1e+300}",
    "{'a b': 1, 'a:b': 2, 'a: b': 3, '{{ x }}': '{{ y }}'}",
    "{very_long_key_\(String(repeating: "x", count: 140)): 1}",
    "{d: 2001-01-01, t: 2001-01-01 00:00:00}", "[null, false]",
  ]

  private func judged(_ yaml: String, _ filter: String) async throws -> Verdict
  {
    try await Judge.shared.ask([
      "op": "template", "text": "{{ x | \(filter) }}", "yaml": "x: \(yaml)",
    ])
  }

  private func value(_ yaml: String) throws -> Value {
    try AnsibleText.value(
      of: Array("x: \(yaml)\n".utf8), file: "t.yml", vault: Vault()
    ).value.member("x") ?? .none
  }

  @Test(arguments: values) func writesAsAnsible(yaml: String) async throws {
    let value = try value(yaml)
    var nice = YAMLEmitter()
    nice.indent = 4
    let niceText = try nice.string(of: value)
    #expect(
      PythonText.repr(niceText)
        == (try await judged(yaml, "to_nice_yaml").value))
    var terse = YAMLEmitter()
    terse.flow = nil
    #expect(
      PythonText.repr(try terse.string(of: value))
        == (try await judged(yaml, "to_yaml").value))
    var folded = YAMLEmitter()
    folded.width = 1000
    folded.sortsKeys = false
    folded.allowsUnicode = false
    // An option that the filter passes on to the dumper.
    let options = "to_nice_yaml(indent=2, width=1000, sort_keys=false)"
    folded.allowsUnicode = true
    #expect(
      PythonText.repr(try folded.string(of: value))
        == (try await judged(yaml, options).value))
  }

  @Test func marksStandAtTheirScalars() throws {
    let value: Value = [
      "name": "x", "password": Value("se: cret").marked(.secret), "n": 1,
    ]
    var emitter = YAMLEmitter()
    emitter.sortsKeys = false
    let text = try emitter.text(of: value)
    #expect(text.text == "name: x\npassword: 'se: cret'\nn: 1\n")
    #expect(text.spans == [Span(18..<28, .secret)])
  }

  @Test func undefinedIsAnError() {
    #expect(throws: TemplateError.self) {
      try YAMLEmitter().text(of: [Value.undefined(name: "x")])
    }
  }
}
