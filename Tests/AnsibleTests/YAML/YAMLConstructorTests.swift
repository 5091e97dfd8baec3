// Values of YAML texts against the real loader: types, origins, warnings and
// errors with their places.

import Ansible
import Jinja
import Testing

@Suite struct YAMLConstructorTests {
  /// Texts that are YAML.
  static let texts = [
    "", "# nothing\n", "12", "x", "- 1\n- 2\n", "a: 1\nb: [x, {c: d}]\n",
    // Booleans and null.
    "[yes, Yes, YES, no, No, NO, on, On, ON, off, Off, OFF]",
    "[true, True, TRUE, false, False, FALSE, y, n, Y, N, tRue, yEs]",
    "[~, null, Null, NULL, nULL, '', ]", "a:\nb: ~\nc: ''\n",
    // Integers.
    "[0, 1, -1, +1, 010, 0o17, 08, 0x1F, 0xfF, 0b101, 1_000, -0, 00]",
    "[12345678901234567890, -98765432109876543210, 0x1_F, 0b1_1, 0_7]",
    "[1:30, 1:30:00, -1:30, 190:20:30, 1:60, 1:5, 60:00, 0:30, 1_0:30]",
    "[0x, 0b, 0b2, 0xg, 1__0, _1, +, '-', --1, 1-, 1.2.3, 1,2]",
    // Floats.
    "[1.0, 1., .5, -.5, +.5, 1e3, 1.0e3, 1.0e+3, 1.5E-2, 1_0.5_0, 0.1]",
    "[.inf, .Inf, .INF, -.inf, +.inf, .nan, .NaN, .NAN, -.nan, inf, nan]",
    "[190:20:30.15, 1:30.5, 1e400, 1.0e+400, 123456789.123456789, 1.e+2]",
    "[., ._, .e+1, 1._, 1.0e3x, 0.0, -0.0, 1.7976931348623157e+308]",
    // Timestamps.
    "[2001-12-14, 2002-1-1, 20011214, 2001-12-14x, 2001-2-3 4:05:06]",
    "[2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43.10 -5]",
    "[2001-12-15 2:59:43.10, 2001-12-14T21:59:43Z, 2001-12-14 21:59:43]",
    "[2001-12-14 21:59:43.1234567, 2001-12-14T21:59:43 Z, 2001-12-14T1:2:3]",
    "[2001-12-14 21:59:43+05:30, 2001-12-14 21:59, 2001-12-14T]",
    // Strings and styles.
    "a: 'it''s'\nb: \"q\\\"\\n\\u00e9\\x41\"\nc: plain text # comment\n",
    "a: |\n  one\n   two\n\nb: |-\n  x\n\nc: |+\n  y\n\nd: >\n  a\n  b\n\n  c\n",
    "a: >-\n  a\n  b\n\nb: |2\n    x\n", "a: one\n  two\n\n  three\n",
    "a: '010'\nb: \"yes\"\nc: !!str 010\nd: ! 010\n", "a: \"x\\\n  y\"\n",
    "{a: 1, b, ? c}", "[a: 1, b]", "é: 日本\n\"😀\": x\n", "a: \"\\0\"\n",
    "- - a\n  - b\n- {}\n- []\n", "? x\n: y\n", "a: b#c\nd: 'e'#f\n",
    // Keys.
    "1: a\n1.5: b\nyes: c\n~: d\n2001-01-01: e\n", "on: push\n", "= : 1\n",
    "{a: {b: {c: {d: e}}}}",
    // Anchors and merges.
    "a: &x {k: 1}\nb: *x\nc: [*x, *x]\n", "a: &x 1\nb: *x\n",
    "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  c: 3\n",
    "x: &x {a: 1}\ny:\n  <<: *x\n  a: 2\n",
    "x: &x {a: 1}\nz: &z {a: 3, b: 4}\ny:\n  <<: [*x, *z]\n  c: 2\n",
    "x: &x {a: 1}\ny: &y\n  <<: *x\n  b: 2\nz:\n  c: 3\n  <<: *y\n",
    "a:\n  <<: {b: 1}\n  <<: {c: 2}\n", "a:\n  '<<': 1\n",
    "a: &a [1]\nb: &b {c: *a}\nd: {<<: *b}\n",
    // Duplicates.
    "a: 1\na: 2\n", "a: 1\nb: 2\na: 3\nb: 4\n", "1: a\n1.0: b\n",
    "x: {a: 1, a: 2}\n",
    // Tags.
    "a: !!int '5'\nb: !!float '1'\nc: !!bool 'yes'\nd: !!null ''\n",
    "a: !!int 0x1F\nb: !!float 1e3\n",
    "a: !!seq [1]\nb: !!map {c: 1}\nd: !!timestamp 2001-1-1\n",
    "a: !!binary aGVsbG8=\nb: !!binary |\n  aGVs\n  bG8=\n",
    "a: !!omap [b: 1, c: 2]\nd: !!pairs [b: 1, b: 2]\n",
    "a: !unsafe '{{ x }}'\nb: !unsafe {c: [1, yes]}\nd: !unsafe 5\n",
    "a: !unsafe [!!str 1, '{{ y }}']\n", "a: !!python/unicode x\n",
    "%YAML 1.1\n---\na: 1\n", "--- a\n", "---\na: 1\n...\n", "--- |\n x\n",
    "%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n",
    // JSON read as such.
    "{\"a\": 1, \"b\": [true, null, 1.5e3, \"\\u00e9\"]}",
    "{\"a\": 1, \"a\": 2}", "{\"a\": NaN}", "[1, 2]", "\"a\\/b\"",
    "{\"big\": 123456789012345678901234567890}", "  {\"a\": 1}\n",
    "{\"__ansible_unsafe\": \"x\"}", "1.0", "1e3", "-0.0", "true", "null",
    "{\"a\":1}", "{\"a\": \"2001-01-01\"}", "{\"a\": 010}", "{\"a\": 1,}",
    "\"a\u{0301}\": 1\n",
  ]

  @Test func valuesAreAnsibles() async throws {
    for text in Self.texts {
      let judged = try await Judge.shared.ask([
        "op": "load", "text": text, "origins": true,
      ])
      let label = Comment(rawValue: "\(text) \(judged.errors)")
      let read: AnsibleText.Read
      do {
        read = try AnsibleText.value(
          of: Array(text.utf8), file: "/t.yml", vault: Vault())
      } catch {
        Issue.record("\(text): \(error)")
        continue
      }
      #expect(try read.value.repr() == judged.value, label)
      #expect(
        read.warnings.map { $0.message.prefix { $0 != "." } }
          == judged.warnings.map { $0.prefix { $0 != "." } }, label)
      for (path, place) in judged.origins {
        guard let origin = Self.member(read.value, path)?.origin else {
          Issue.record("\(text): no origin at \(path)")
          continue
        }
        #expect([origin.line, origin.column] == place, label)
      }
    }
  }

  private static func member(_ value: Value, _ path: String) -> Value? {
    var value = value
    for part in path.split(separator: "/") {
      if let items = try? value.sequence() {
        guard let index = Int(part), items.indices.contains(index) else {
          return nil
        }
        value = items[index]
      } else {
        let entries = (try? value.dictionary?.entries()) ?? []
        guard
          let found = entries.first(where: { (try? $0.key.str()) ?? "" == part }
          )
        else { return nil }
        value = found.value
      }
    }
    return value
  }

  /// Texts that are refused, ours in words of our own where Ansible shows
  /// Python's.
  static let refused: [(String, String?)] = [
    ("a: b: c\n", nil), ("a: [1\n", nil), ("a: 'x\n", nil), ("\ta: 1\n", nil),
    ("a: &x 1\nb: &x 2\n", "found duplicate anchor"),
    ("a: *x\n", "found undefined alias"), ("a: !foo 2\n", nil),
    ("{[1]: 2}\n", nil), ("? {a: 1}\n: 2\n", nil),
    ("a: {{ x }}\n", "found unhashable key"),
    ("a: !!int x\n", "invalid literal for int() with base 10"),
    ("a: !!float x\n", "could not convert string to float"),
    ("a: !!bool x\n", "is not a boolean"),
    ("a: !!timestamp x\n", "is not a timestamp"),
    ("a: 2020-13-45\n", "month must be in 1..12"),
    ("a: 2020-02-30\n", "day is out of range for month"),
    ("a: 2020-01-01 25:00:00\n", "hour must be in 0..23"),
    ("a: !vault 3", nil), ("a: 1\n---\nb: 2", "a second document"),
    ("b: =\n", nil), ("a: <<\n", nil), ("<<: 3\n", nil), ("<<: [3]\n", nil),
    ("a: !!str [1]\n", nil), ("a: !!seq x\n", nil), ("a: !!map x\n", nil),
    ("a: !!omap x\n", nil), ("a: !!omap [x]\n", nil),
    ("a: !!omap [{b: 1, c: 2}]\n", nil),
    ("a: !!python/object:x.y {}\n", nil), ("a: 1\n b: 2\n", nil),
    ("- a\nb: 1\n", nil), ("a: @x\n", nil), ("a: `x\n", nil), ("%X\n", nil),
    ("a: \"\\q\"\n", nil), ("a: !x!y 1\n", nil), ("a:\n\t- b\n", nil),
    ("a: |3x\n  y\n", nil), ("key: [a, b}\n", nil),
  ]

  @Test func errorsAreAnsibles() async throws {
    for (text, ours) in Self.refused {
      let judged = try await Judge.shared.ask(["op": "load", "text": text])
      let label = Comment(rawValue: "\(text) \(judged.errors)")
      #expect(judged.value == nil, label)
      do {
        _ = try AnsibleText.value(
          of: Array(text.utf8), file: "/t.yml", vault: Vault())
        Issue.record("\(text): not refused; Ansible says \(judged.errors)")
      } catch {
        if let ours {
          #expect(error.problem.contains(ours), label)
          continue
        }
        // The second message is PyYAML's own, before Ansible interprets it.
        let raw = judged.errors.last ?? ""
        #expect(raw.contains(error.problem), "\(error) / \(raw)")
        if let context = error.context { #expect(raw.contains(context), label) }
        #expect(
          raw.contains("line \(error.line), column \(error.column)"), label)
      }
    }
  }

  @Test func vaultedValuesOpenWhenRead() throws {
    let vault = Vault(secrets: [VaultSecret(password: "p")])
    let text = try vault.encrypt(Array("s3cret".utf8))
    let lines = String(decoding: text, as: UTF8.self)
      .split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    let yaml = Array("plain: 1\nhidden: !vault |\n\(lines)\n".utf8)
    let read = try AnsibleText.value(of: yaml, file: "p.yml", vault: vault)
    let hidden = try #require(try read.value.member("hidden"))
    #expect(hidden.text == "s3cret")
    #expect(hidden.marks == .secret)
    #expect(hidden.origin == Origin(file: "p.yml", line: 2, column: 9))

    let locked = try AnsibleText.value(of: yaml, file: "p.yml", vault: Vault())
    #expect(try locked.value.member("plain") == Value(1))
    let closed = try #require(try locked.value.member("hidden"))
    guard case .undefined(let undefined) = closed.payload else {
      Issue.record("opened without a password")
      return
    }
    #expect(undefined.message.contains("no vault password was given"))
    #expect(undefined.message.hasPrefix("p.yml:2:9: "))
  }

  @Test func unsafeAndUntrustedStringsAreMarked() throws {
    let text = Array("a: !unsafe '{{ x }}'\nb: '{{ y }}'\n".utf8)
    let read = try AnsibleText.value(of: text, file: "t.yml", vault: Vault())
    #expect(try read.value.member("a")?.marks == .unsafe)
    #expect(try read.value.member("b")?.marks == [])
  }
}
