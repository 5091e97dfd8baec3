// Marks follow a value through every operator, filter and method, and nothing
// unknown is ever taken for known.

import Testing

@testable import Jinja

@Suite struct MarkTests {
  private let secret = Value("s3cr-3t").marked(.secret)

  private func evaluate(
    _ source: String, _ variables: [String: Value]
  ) throws -> Value {
    try Expression(source, in: Environment()).evaluate(variables)
  }

  @Test(arguments: [
    "v + 'x'", "'x' + v", "v ~ 1", "1 ~ v", "v * 2", "v[0]", "v[1:3]",
    "v[::-1]", "'%s' % v", "'%10s|' % v", "'%(a)s' % {'a': v}",
    "'{}'.format(v)", "'{:>20}'.format(v)", "'{a}'.format(a=v)", "v.upper()",
    "v.title()", "v.replace('s', 'x')", "'x-y'.replace('-', v)",
    "v.center(20)", "v.split('-')[0]", "v.partition('-')[2]", "v.strip('s')",
    "','.join([v, 'x'])", "v.join(['a', 'b'])", "v.zfill(20)", "v == 'x'",
    "v < 'x'", "'s' in v", "not v", "v|list|first", "[v]|first", "[v]|last",
    "[v][0]", "{'k': v}.k", "{'k': v}['k']", "[v]|join('-')", "v|default('x')",
    "nosuch|default(v)", "v if true else 'x'", "v or 'x'", "true and v",
    "[v]|map('upper')|first", "[v]|select|first", "[v]|sort|first",
    "[v]|unique|first", "{'k': v}|dictsort|last|last", "[v]|string",
    "[v]|tojson",
    "{'k': v}|tojson", "{v: 1}|tojson", "[[v]]|tojson(2)", "[v]|pprint",
    "{'k': v}|items|first|last", "{'k': v}.items()|first|last",
    "{'k': v}.values()|first", "{'k': v}.get('k')",
    "[{'k': v}]|map(attribute='k')|first",
    "[v]|batch(1)|first|first", "[v]|reverse|first", "[v]|max", "v|int",
    "v|float", "v|length", "v|wordcount", "(v, 1)|first", "dict(a=v).a",
    "namespace(a=v).a", "([v] + [1])|first", "([v] * 2)[1]", "-(v|length)",
    "(v|length) + 1", "v is string", "v is eq 'x'", "v|safe", "v|e",
    "[{'g': v}]|groupby('g')|first|first",
  ])
  func secretsStaySecret(_ source: String) throws {
    let result = try evaluate(source, ["v": secret])
    #expect(result.deepMarks().contains(.secret), "\(source)")
  }

  /// Every filter, on a secret text, and on a list and a dictionary of it.
  @Test func everyFilterPassesMarksOn() throws {
    let environment = Environment()
    let arguments: [String: String] = [
      "attr": "('k')", "batch": "(1)", "groupby": "('k')", "map": "('string')",
      "replace": "('s', 'x')", "slice": "(1)", "format": "()",
    ]
    // Tells of nothing but how many there are, or of nothing at all.
    let silent: Set<String> = [
      "count", "length", "random", "reject", "rejectattr", "select",
      "selectattr", "default", "d",
    ]
    for name in environment.filters.keys.sorted() where !silent.contains(name) {
      let call = arguments[name] ?? ""
      for source in [
        "v|\(name)\(call)", "[v]|\(name)\(call)", "{'k': v}|\(name)\(call)",
        "[{'k': v}]|\(name)\(call)",
      ] {
        for end in ["", "|list"] {
          guard
            let template = try? Expression(source + end, in: environment),
            let result = try? template.evaluate(["v": secret])
          else { continue }
          if case .object(let object) = result.payload,
            object is IteratorObject
          {
            continue
          }
          guard let text = try? result.str() else { continue }
          if text.contains("s3cr") || text.contains("S3cr") {
            #expect(
              result.deepMarks().contains(.secret), "\(source + end)")
          }
        }
      }
    }
  }

  @Test func textKeepsTheSpans() throws {
    let template = try Template(
      "user={{ u }} password={{ p }};", in: Environment())
    let text = try template.renderText(["u": "me", "p": secret])
    #expect(text.text == "user=me password=s3cr-3t;")
    #expect(text.spans == [Span(17..<24, .secret)])
  }

  @Test(arguments: [
    ("v|upper ~ '!'", 0..<7), ("'ab' ~ v ~ 'cd'", 2..<9),
    ("('ab' ~ v)[1:4]", 1..<3), ("('ab' ~ v)|replace('b', 'xyz')", 4..<11),
    ("('ab' ~ v)|center(13)", 4..<11), ("'a %s b' % v", 2..<9),
    ("'a {} b'.format(v)", 2..<9), ("('  ' ~ v)|trim", 0..<7),
    ("('a\\n' ~ v)|indent(2)", 4..<11), ("[1, v]|tojson", 4..<13),
    ("('/' ~ v)|urlencode", 1..<8), ("('<' ~ v)|e", 4..<11),
  ])
  func spansMoveWithTheText(_ source: String, _ range: Range<Int>) throws {
    let result = try evaluate(source, ["v": secret])
    let spans = result.spans
    let covered = spans.first.map {
      $0.range.lowerBound..<(spans.last?.range.upperBound ?? 0)
    }
    #expect(
      covered == range
        || covered == (range.lowerBound + 1)..<(range.upperBound - 1),
      "\(source): \(String(describing: covered))")
  }

  @Test(arguments: [
    "u", "u.a", "u['a']", "u[0]", "u + 1", "1 + u", "u ~ 'x'", "-u", "not u",
    "u == 1", "u < 1", "1 in u", "u in [1]", "u and 1", "u or 1", "u()",
    "u.upper()", "u|upper", "u|length", "u|int", "u|default(1)", "u is defined",
    "u is none", "1 if u else 2", "[1][u]", "{'a': 1}[u]", "'%s' % u",
    "'abc'|replace('a', u)", "range(u)", "[u]|sum", "[u, 1]|sort", "[u]|max",
    "[3, u]|select('odd')|list", "'abc'[u:]", "[1, u] == [1, 2]",
    "('a' ~ u)|length", "('a' ~ u) == 'ab'", "u|map('upper')|list",
  ])
  func unknownStaysUnknown(_ source: String) throws {
    let result = try evaluate(source, ["u": .unknown])
    #expect(result.deepMarks().contains(.unknown), "\(source)")
  }

  @Test func knownPartsStayKnown() throws {
    let variables: [String: Value] = [
      "u": .unknown, "l": .list([.unknown, 2]),
    ]
    #expect(try evaluate("l|length", variables) == 2)
    #expect(try evaluate("l[1]", variables) == 2)
    #expect(try evaluate("true or u", variables) == true)
    #expect(try evaluate("('a' ~ u) and 1", variables) == 1)
    let text = try Template("a {{ u }} b", in: Environment())
      .renderText(variables)
    #expect(text.text == "a (unknown) b")
    #expect(text.spans == [Span(2..<11, .unknown)])
  }

  @Test func undecidedBranchesHideWhatTheyMaySet() throws {
    let branch = try Template(
      "{% set x = 1 %}{% if u %}{% set x = 2 %}yes{% endif %}[{{ x }}]",
      in: Environment()
    ).renderText(["u": .unknown])
    #expect(branch.text?.contains("yes") == false)
    #expect(branch.text?.hasSuffix("[(unknown)]") == true)
    var options = Options()
    options.extensions = [.do]
    let effect = try Template(
      "{% set l = [] %}{% if u %}{% do l.append(1) %}{% endif %}{{ l }}",
      in: Environment(options: options)
    ).renderText(["u": .unknown])
    #expect(effect.isUnknown)
    let loop = try Template(
      "{% set n = 0 %}{% for i in u %}{% set n = i %}x{% endfor %}",
      in: Environment()
    ).renderText(["u": .unknown])
    #expect(loop.marks.contains(.unknown))
  }

  @Test func embeddersFunctionsPassMarksOn() throws {
    let environment = Environment {
      $0.filters["shout"] = Function("shout", ["v"]) { _, call in
        Value((call[0].text ?? "") + "!")
      }
    }
    let result = try Expression("{'a': [v]}.a[0]|shout", in: environment)
      .evaluate(["v": secret])
    #expect(result == "s3cr-3t!")
    #expect(result.marks == .secret)
    let unknown = try Expression("v|shout", in: environment)
      .evaluate(["v": .unknown])
    #expect(unknown.isUnknown)
  }

  @Test func errorsSayThatTheyMayQuoteASecret() throws {
    for source in ["[].index(v)", "{}.pop(v)", "[1]|map(v)|list", "{}[v].x"] {
      let error = try #require(throws: TemplateError.self) {
        try evaluate(source, ["v": secret])
      }
      #expect(error.isSecret, "\(source)")
    }
    let error = try #require(throws: TemplateError.self) {
      try evaluate("[].index(1)", ["v": secret])
    }
    #expect(!error.isSecret)
  }

  @Test func membersOfAMarkedContainerAreMarked() throws {
    let list = Value([1, 2]).marked(.secret)
    #expect(try evaluate("l[0]", ["l": list]).marks == .secret)
    #expect(try evaluate("l|first", ["l": list]).marks == .secret)
    let text = try Template(
      "{% for i in l %}{{ i }}{% endfor %}", in: Environment()
    )
    .renderText(["l": list])
    #expect(text.spans == [Span(0..<2, .secret)])
  }
}
