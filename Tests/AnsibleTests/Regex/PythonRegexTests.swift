// Our `re` against Python's own, pattern by pattern.

import Ansible
import Testing

@Suite struct PythonRegexTests {
  struct Question: Sendable {
    var method: String
    var pattern: String
    var text: String
    var flags = ""
    var with = ""

    init(
      _ method: String, _ pattern: String, _ text: String, flags: String = "",
      with: String = ""
    ) {
      self.method = method
      self.pattern = pattern
      self.text = text
      self.flags = flags
      self.with = with
    }
  }

  static let questions: [Question] =
    [
      // Syntax that differs from PCRE2's.
      ("\\Aab\\Z", "ab"), ("\\Aab\\Z", "ab\n"), ("ab$", "ab\n"),
      ("(?P<year>\\d+)-(?P=year)", "12-12"), ("(?P<a>x)?(?(a)y|z)", "z"),
      ("(x)?(?(1)y|z)", "xy"), ("[[:alpha:]]+", ":al["), ("[]a]+", "a]"),
      ("[^]a]+", "b]"), ("a{,2}", "aaa"), ("a{2,}", "aaaa"), ("a{x}", "a{x}"),
      ("a{", "a{"), ("\\v", "\u{0B}"), ("[\\v]", "\u{0B}"), ("\\x41", "A"),
      ("\\u00e9", "é"), ("\\U0001F600", "😀"), ("\\07", "\u{07}"),
      ("(a)\\1", "aa"), ("\\141", "a"), ("[\\b]", "\u{08}"),
      ("(?i)AB", "xab"), ("(?i:A)b", "ab"), ("(?-i:A)b", "ab"),
      ("(?s).+", "a\nb"), ("(?x) a b # c (\n c", "abc"),
      ("(?x:a b)c d", "abc d"), ("a(?#no)b", "ab"), ("(?a)\\w+", "é"),
      ("(?<=a)b", "ab"), ("(?<!a)b", "ab"), ("a(?=b)", "ab"),
      ("a(?!b)", "ac"), ("(?>a+)b", "aab"), ("a++b", "aab"), ("a*?", "aa"),
      // Unicode.
      ("\\d+", "٣٤"), ("\\w+", "naïve"), ("\\s", "\u{1c}"),
      ("[\\s]", "\u{1f}"), ("\\S", "\u{1c}"), ("\\s", "\u{00a0}"),
      ("(?i)É", "é"), (".", "é"), ("\\bé", "a é"), ("日本", "x日本"),
      ("[à-ü]+", "éè"), ("\\W", "é-"), ("(?i)ß", "ẞ"), ("\\w", "²"),
      // Quoting.
      ("a\\.b", "a.b"), ("\\-\\:\\ \\#", "-: #"), ("[a\\-z]+", "-"),
      ("[\\]\\[]+", "]["), ("[a-z&&b]+", "&b"), ("\\/", "/"), ("\\\"", "\""),
      // Groups.
      ("(a)|(b)", "b"), ("(a(b(c)))", "abc"), ("(?:a|b)+", "abba"),
      ("(a|b)*", "ab"), ("()", ""), ("^$", ""), ("", "abc"),
      // Errors.
      ("(", "x"), (")", "x"), ("[a", "x"), ("*a", "x"), ("a**", "x"),
      ("a+*", "x"), ("\\q", "x"), ("[\\q]", "x"), ("\\", "x"), ("(?P<n", "x"),
      ("(?P<>a)", "x"), ("(?P<1>a)", "x"), ("(?P=no)", "x"), ("(?Pz)", "x"),
      ("(?<n>a)", "x"), ("(?z)", "x"), ("a(?i)b", "x"), ("(?", "x"),
      ("\\2(a)", "x"), ("\\h", "x"), ("\\R", "x"), ("\\K", "x"), ("\\z", "x"),
      ("(?R)", "x"), ("(?|a)", "x"), ("(?&n)", "x"), ("(*UTF)a", "x"),
      ("\\x4", "x"), ("\\u12", "x"), ("(?P<a>x)(?P<a>y)", "x"),
      ("(?#a", "x"), ("[z-a]", "x"), ("\\777", "x"), ("(?i", "x"),
      ("|*", "x"), ("(?:+)", "x"), ("a{2}{3}", "aaaaaa"), ("^*", "x"),
    ].map { Question("search", $0.0, $0.1) } + [
      Question("match", "b", "ab"), Question("match", "a", "ab"),
      Question("fullmatch", "a", "ab"), Question("fullmatch", "a|ab", "ab"),
      Question("search", "^b", "a\nb", flags: "m"),
      Question("search", "a$", "a\nb", flags: "m"),
      Question("search", "AB", "xab", flags: "i"),
      Question("search", "^a b", "ab", flags: "x"),
      Question("finditer", "x*", "axb"), Question("finditer", "", "ab"),
      Question("finditer", "(\\w)(\\d)?", "a1b"),
      Question("finditer", "\\b", "ab cd"), Question("finditer", "a|", "aab"),
      Question("split", ",", "a,b,,c"), Question("split", "(,)", "a,b"),
      Question("split", "x*", "axb"), Question("split", "(a)?b", "bab"),
      Question("sub", "x*", "abxd", with: "-"),
      Question("sub", "a", "banana", with: "\\g<0>\\g<0>"),
      Question("sub", "(\\w+) (\\w+)", "hello world", with: "\\2 \\1"),
      Question("sub", "(?P<f>\\w+)", "ab", with: "<\\g<f>>"),
      Question("sub", "(a)(b)?", "a", with: "[\\2]"),
      Question("sub", "a", "a", with: "\\n\\t\\\\"),
      Question("sub", "a", "a", with: "\\0x"),
      Question("sub", "a", "a", with: "\\101"),
      Question("sub", "(a)", "a", with: "\\11"),
      Question("sub", "(a)", "a", with: "\\g<1>1"),
      Question("sub", "a", "a", with: "\\q"),
      Question("sub", "a", "a", with: "\\g<9>"),
      Question("sub", "a", "a", with: "\\g<no>"),
      Question("sub", "a", "a", with: "\\g<"),
      Question("sub", "a", "a", with: "\\g"),
      Question("sub", "a", "a", with: "\\"),
      Question("sub", "a", "a", with: "\\."),
      Question("sub", "é", "aéb", with: "日"),
      Question("sub", "^", "a\nb", flags: "m", with: "# "),
      Question("sub", "$", "a\n", with: "X"),
      Question("sub", "(?m)^\\s+", "  a\n  b", with: ""),
    ]

  private func ours(_ question: Question) -> Verdict {
    var flags: RegexFlags = []
    if question.flags.contains("i") { flags.insert(.ignoreCase) }
    if question.flags.contains("m") { flags.insert(.multiline) }
    if question.flags.contains("x") { flags.insert(.verbose) }
    do {
      let regex = try PythonRegex(question.pattern, flags: flags)
      switch question.method {
      case "sub":
        let (text, count) = try regex.substitute(
          question.with, in: question.text)
        return Verdict(value: "(\(repr(text)), \(count))")
      case "split":
        let pieces = try regex.split(question.text).map(repr)
        return Verdict(value: "[\(pieces.joined(separator: ", "))]")
      case "finditer":
        let found = try regex.matches(in: question.text).map(repr)
        return Verdict(value: "[\(found.joined(separator: ", "))]")
      case "match":
        return Verdict(
          value: try regex.match(question.text).map(repr) ?? "None")
      case "fullmatch":
        return Verdict(
          value: try regex.fullMatch(question.text).map(repr) ?? "None")
      default:
        return Verdict(
          value: try regex.search(question.text).map(repr) ?? "None")
      }
    } catch {
      return Verdict(errors: ["\(error)"])
    }
  }

  private func repr(_ match: PythonRegex.Match) -> String {
    let groups = (0..<match.groupCount).map { repr(match.group($0 + 1)) }
    let tuple =
      groups.count == 1
      ? "(\(groups[0]),)" : "(\(groups.joined(separator: ", ")))"
    return "(\(repr(match.text)), \(tuple))"
  }

  private func repr(_ text: String?) -> String {
    text.map { PythonText.repr($0) } ?? "None"
  }

  @Test func answersAsPython() async throws {
    for question in Self.questions {
      let judged = try await Judge.shared.ask([
        "op": "regex", "method": question.method, "pattern": question.pattern,
        "text": question.text, "flags": question.flags, "with": question.with,
      ])
      let made = ours(question)
      let label = Comment(rawValue: "\(question)")
      if let value = judged.value {
        #expect(made.value == value, label)
      } else {
        #expect(made.value == nil, label)
        #expect(made.errors.first == judged.errors.first, label)
      }
    }
  }

  @Test func endlessBacktrackingIsAnError() throws {
    let regex = try PythonRegex("(a+)+$")
    let text = String(repeating: "a", count: 60) + "b"
    let error = try #require(throws: RegexError.self) {
      try regex.search(text)
    }
    #expect(error.problem.contains("too many steps"))
  }

  @Test(arguments: ["a.b*c", "naïve [x] {y}", "\t\n", "a-b~c&d#e", "日本"])
  func escapedTextMatchesItself(text: String) throws {
    let match = try PythonRegex(PythonRegex.escape(text)).fullMatch(text)
    #expect(match?.text == text)
  }
}
