// Templates from strangers end in an error within the limits: never in a
// crash, never in a stall.

import Foundation
import Testing

@testable import Jinja

// In turn: each of many cases computes for long, and others would wait for all.
@Suite(.serialized) struct LimitTests {
  private func kind(
    _ source: String, _ change: (inout Limits) -> Void = { _ in }
  ) throws -> TemplateError.Kind? {
    var options = Options()
    options.extensions = [.do, .loopControls]
    change(&options.limits)
    let environment = Environment(options: options) {
      $0.loader = { name, _ in
        name == "self" ? TemplateSource(text: "{% include 'self' %}") : nil
      }
    }
    do {
      _ = try Template(source, in: environment).render(["l": Value([1])])
      return nil
    } catch let error as TemplateError {
      return error.kind
    }
  }

  @Test(arguments: [
    "{{ 'a' * 10 ** 9 }}", "{{ [0] * 10 ** 9 }}", "{{ (0,) * 10 ** 9 }}",
    "{{ 10 ** (10 ** 9) }}", "{{ 2 ** (2 ** 40) }}",
    "{{ (2 ** 100000) ** 99999 }}",
    "{{ range(10 ** 12) }}", "{{ range(10 ** 18)|list }}",
    "{% set ns = namespace(s='aaaaaaaaaa') %}{% for i in range(99) %}"
      + "{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(s='aaaaaaaaaa') %}{% for i in range(99) %}"
      + "{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}"
      + "{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}"
      + "{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=2) %}{% for i in range(99) %}"
      + "{% set ns.s = ns.s * ns.s %}{% endfor %}",
    "{% set ns = namespace(s='ab') %}{% for i in range(99) %}"
      + "{% set ns.s = ns.s|replace('a', 'aa') %}{% endfor %}"
      + "{% set ns.s = ns.s|replace('', ns.s * 1000000) %}",
    "{{ '%999999999d' % 1 }}", "{{ '%.999999999f' % 1 }}",
    "{{ '{:999999999}'.format(1) }}", "{{ 'a'|center(10 ** 10) }}",
    "{{ 'a'.ljust(10 ** 10) }}", "{{ 'a'.zfill(10 ** 10) }}",
    "{{ 'a'|indent(10 ** 10) }}", "{{ [1]|tojson(indent=10 ** 10) }}",
    "{{ [1]|batch(10 ** 10, 0)|list }}", "{{ [1]|slice(10 ** 10)|list }}",
    "{{ 'a\\tb'.expandtabs(10 ** 9) }}", "{{ lipsum(n=10 ** 9) }}",
    "{% for i in range(99999) %}xxxxxxxxxxxxxxxx{{ i }}{% endfor %}",
    "{{ ('f' * 1000000)|int(base=16) }}",
    "{{ '{:>999999999}'.format('a') }}", "{{ '{:.999999999}'.format(1.5) }}",
    "{{ '{:{}}'.format(1, 10 ** 9) }}", "{{ '%*d' % (10 ** 9, 1) }}",
    "{{ '%.999999999d' % 1 }}", "{{ '%-999999999s|' % 'a' }}",
    "{{ 'a'.rjust(10 ** 9) }}", "{{ 'a'.center(10 ** 18) }}",
    "{{ ('a\n' * 100000)|indent(100000) }}",
    "{{ 'a\nb'|indent('x' * 1000000) ~ ('y' * 1000000) }}",
    "{{ ('a ' * 400000)|wordwrap(1, wrapstring='x' * 100000) }}",
    "{{ ('a' * 1000)|replace('a', 'b' * 10000) }}",
    "{{ ('a' * 1000).replace('', 'b' * 10000) }}",
    "{{ range(60000)|join('x' * 1000) }}",
    "{{ ('x' * 1000).join(range(60000)|map('string')) }}",
    "{{ ['x' * 1000] * 60000 }}", "{{ [['x' * 1000] * 1000] * 1000 }}",
    "{{ ([0] * 60000 + [0] * 60000)|length }}",
    "{{ ('a' * 100000)|list|length }}",
    "{{ range(200000)|list|length }}", "{{ range(200000)|batch(1)|list }}",
    "{{ [1]|batch(10 ** 6, 'x')|list }}", "{{ range(9)|slice(10 ** 6)|list }}",
    "{{ ('<' * 400000)|e }}", "{{ ('&' * 400000)|urlencode }}",
    "{{ ('\u{1}' * 300000)|tojson }}", "{{ [[0] * 60000] * 60000 }}",
    "{{ (('a',) * 60000 + ('b',) * 60000)|length }}",
    "{{ range(60000)|map('string')|map('center', 1000000)|list|length }}",
    "{{ range(60000)|map('center', 100000)|join|length }}",
    "{% for i in range(60000) %}{% set x = 'a' * 1000000 %}{% endfor %}",
    "{% set ns = namespace(l=[]) %}{% for i in range(60000) %}"
      + "{% set ns.l = [ns.l, 'a' * 1000000 ~ i] %}{% endfor %}",
    "{% set l = [] %}{% for i in range(60000) %}"
      + "{% do l.append(l * 2) %}{% endfor %}",
    "{% set l = [1] %}{% for i in range(99) %}{% do l.extend(l) %}{% endfor %}",
    "{% set ns = namespace(n=3) %}{% for i in range(99999) %}"
      + "{% set ns.n = ns.n * 7 %}{% endfor %}",
    "{% macro m() %}{{ 'x' * 100000 }}{% endmacro %}"
      + "{% for i in range(60000) %}{% set x = m() %}{% endfor %}",
    "{% set x %}{% for i in range(60000) %}{{ 'x' * 1000 }}{% endfor %}"
      + "{% endset %}",
    "{{ (1).to_bytes(10 ** 9) }}", "{{ 'a'.encode() * 10 ** 9 }}",
    "{% for i in range(60000) %}{% set x = (1).to_bytes(1000000) %}"
      + "{% endfor %}",
    "{% set n = namespace(l=[], b='a'.encode() * 100000) %}"
      + "{% for i in range(60000) %}{% set n.l = [n.l, n.b * 10] %}"
      + "{% endfor %}",
    "{{ 'a'.encode().center(10 ** 9) }}",
    "{% set n = namespace(l=['abc']) %}{% for i in range(40) %}"
      + "{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l|pprint }}",
    "{% set n = namespace(l={'a': 1}) %}{% for i in range(40) %}"
      + "{% set n.l = {'a': n.l, 'b': n.l} %}{% endfor %}{{ n.l|pprint }}",
    "{% set n = namespace(l=(1,)) %}{% for i in range(40) %}"
      + "{% set n.l = (n.l, n.l) %}{% endfor %}{{ {n.l: 1}|pprint }}",
    "{{ ('a' * 100000).translate({97: 'b' * 100000})|length }}",
    "{{ lipsum(n=100000) }}", "{{ dict.fromkeys(range(200000)|list) }}",
  ])
  func growthIsStopped(_ source: String) throws {
    let found = try kind(source) {
      $0.textSize = 1 << 20
      $0.totalSize = 16 << 20
      $0.steps = 1_000_000
      $0.listSize = 1 << 16
      $0.rangeSize = 1 << 18
    }
    #expect(found == .limit, "\(source)")
  }

  /// What takes Python's naive algorithms, or ours, long on texts as large as
  /// the limits let them be.
  @Test(arguments: [
    "{{ ('a' * 100000 ~ 'b') in ('a' * 200000) }}",
    "{{ ('a' * 200000).find('a' * 80000 ~ 'b') }}",
    "{{ ('a' * 200000).rfind('b' ~ 'a' * 80000) }}",
    "{{ ('a' * 200000).count('a' * 80000 ~ 'b') }}",
    "{{ (('a' * 20000 ~ 'b') * 200)|replace('a' * 9999 ~ 'b', 'x')|length }}",
    "{{ (('a' * 20000 ~ 'b') * 200).split('a' * 9999 ~ 'b')|length }}",
    "{{ (('b' ~ 'a' * 20000) * 200).rsplit('b' ~ 'a' * 9999)|length }}",
    "{{ (('b' ~ 'a' * 20000) * 200).rfind('b' ~ 'a' * 20001) }}",
    "{{ ('a' * 200000).rsplit('a')|length }}",
    "{{ ('a' * 200000).translate({97: 'bb'})|length }}",
    "{{ ('a' * 200000)|replace('a' * 80000 ~ 'b', 'x')|length }}",
    "{{ ('a' * 200000).split('a' * 80000 ~ 'b')|length }}",
    "{{ ('<' * 200000)|striptags|length }}",
    "{{ ('<!--' * 200000)|striptags|length }}",
    "{{ ('&' * 200000)|striptags|length }}",
    "{{ ('http://' * 100000)|urlize|length }}",
    "{{ ('(' * 100000 ~ 'www.a.b')|urlize|length }}",
    "{{ ('a@' * 20000)|urlize|length }}",
    "{{ ('a-' * 80000)|wordwrap(9)|length }}",
    "{{ (' ' * 200000)|wordwrap(9)|length }}",
    "{{ ('a' * 200000)|wordwrap(1, false)|length }}",
    "{{ ('a ' * 80000)|truncate(20000)|length }}",
    "{{ ('a' * 200000)|title|length }}", "{{ ('é' * 80000)|title|length }}",
    "{{ ('Σ' * 80000)|lower|length }}", "{{ (' ' * 200000)|trim|length }}",
    "{{ ('a ' * 80000)|wordcount }}", "{{ ('\t' * 10000)|length }}",
    "{{ ('é' * 80000)[79999] }}", "{{ ('é' * 80000)[::-1]|length }}",
    "{{ ('%s' * 10000) % tuple if false }}",
    "{{ ('{}' * 20000).format(*range(20000)|list)|length }}",
    "{{ ('a\n' * 80000).splitlines()|length if false }}",
    "{{ range(20000)|sort(reverse=true)|first }}",
    "{{ range(20000)|unique|list|length }}",
    "{{ range(20000)|groupby('real')|length }}",
    "{{ [range(20000)|list] == [range(20000)|list] }}",
    "{{ (3 ** 30000)|string|length }}", "{{ ('\\t' * 80000).expandtabs() }}",
    "{{ (3 ** 30000) // (7 ** 20000) % 9 }}",
    "{{ (3 ** 30000) / (7 ** 20000) }}", "{{ (3 ** 30000)|float|string }}",
    "{{ '{:,}'.format(3 ** 30000)|length }}",
    "{{ ('9' * 30000)|int % 7 }}", "{{ ('9' * 20000)|float }}",
    "{{ ('[' * 100000)|length }}", "{{ ('a' * 200000).encode().hex(':') }}",
    "{{ ('a' * 200000).encode().find(('a' * 80000 ~ 'b').encode()) }}",
    "{{ ('a' * 80000 ~ 'b').encode() in ('a' * 200000).encode() }}",
    "{{ (1.5).fromhex('f' * 200000) }}",
    "{{ (0).from_bytes(('a' * 10000).encode())|string|length }}",
    "{{ ('a' * 200000).encode('utf-32').decode('utf-32')|length }}",
    "{{ ('é' * 80000).encode('latin-1').decode('utf-8', 'replace')|length }}",
    "{{ range(0, 9, 4)[::4611686018427387904]|list }}",
  ])
  func longTextsTakeNoLonger(_ source: String) throws {
    let found = try kind(source) {
      $0.textSize = 4 << 20
      $0.integerBits = 1 << 17
    }
    #expect([nil, .limit, .overflow, .value].contains(found), "\(source)")
  }

  /// What holds itself, or the same over and over again, is compared, written
  /// and asked for no longer than anything else.
  @Test(arguments: [
    "{% set l = [] %}{% set m = [] %}{% do l.append(m) %}{% do m.append(l) %}"
      + "{{ l == m }}",
    "{% set l = [] %}{% set m = [] %}{% do l.append(l) %}{% do m.append(m) %}"
      + "{{ l < m }}",
    "{% set a = {} %}{% set b = {} %}{% do a.update(x=b) %}"
      + "{% do b.update(x=a) %}{{ a == b }}",
    "{% set n = namespace(a=[], b=[]) %}{% for i in range(30000) %}"
      + "{% set n.a = [n.a] %}{% set n.b = [n.b] %}{% endfor %}"
      + "{{ n.a == n.b }}",
    "{% set n = namespace(a=[1], b=[1]) %}{% for i in range(60) %}"
      + "{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}"
      + "{{ n.a == n.b }}",
    "{% set n = namespace(a=(1,), b=(1,)) %}{% for i in range(60) %}"
      + "{% set n.a = (n.a, n.a) %}{% set n.b = (n.b, n.b) %}{% endfor %}"
      + "{{ n.a < n.b }}",
    "{% set n = namespace() %}{% set n.a = n %}{{ n }}{{ n == n }}{{ [n] }}",
    "{% set d = {} %}{% do d.update(a=d.items()) %}{{ d }}{{ d.values() }}",
    "{% set d = {} %}{% do d.update(a=d.values()) %}{{ d.a == d.a }}",
    "{% set l = [1] %}{% for x in l %}{% do l.append(x) %}{% endfor %}",
    "{% set l = [1] %}{% for x in l %}{{ loop.previtem }}{% do l.append(x) %}"
      + "{% endfor %}",
    "{{ (10 ** 400)|filesizeformat }}", "{{ 'inf'|float|filesizeformat }}",
    "{{ lipsum(n=1, min=-9, max=-5) }}",
    "{{ lipsum(n=1, min=2 ** 62, max=2 ** 62 + 1) }}",
    "{{ lipsum(n=1, min=-2 ** 62 - 9, max=2 ** 62) }}",
    "{{ '-inf'|float|filesizeformat }}", "{{ 'nan'|float|filesizeformat }}",
    "{{ 'abc'|truncate(9223372036854775807, leeway=9223372036854775807) }}",
    "{{ \(String(repeating: "9", count: 100_000)) }}",
    "{{ 0x\(String(repeating: "f", count: 1_000_000)) }}",
  ])
  func whatHoldsItselfEnds(_ source: String) throws {
    let found = try kind(source) {
      $0.listSize = 20_000
      $0.textSize = 1 << 20
    }
    #expect(
      [nil, .limit, .recursion, .overflow, .value, .assertion].contains(found),
      "\(source)")
  }

  /// What a template gives as a value is fit to be gone through by others.
  @Test(arguments: [
    "{% set l = [] %}{% do l.append(l) %}{{ l }}",
    "{% set n = namespace(a=[]) %}{% for i in range(30000) %}"
      + "{% set n.a = [n.a] %}{% endfor %}{{ n.a }}",
    "{% set n = namespace(a={}) %}{% for i in range(30000) %}"
      + "{% set n.a = {'a': n.a} %}{% endfor %}{{ n.a }}",
    "{% set n = namespace(a=[1]) %}{% for i in range(60) %}"
      + "{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}",
    "{% set n = namespace(a=(1,)) %}{% for i in range(60) %}"
      + "{% set n.a = (n.a, n.a) %}{% endfor %}{{ n.a }}",
    "{% set n = namespace(a=(1,)) %}{% for i in range(60) %}"
      + "{% set n.a = (n.a, n.a) %}{% endfor %}{{ {n.a: 1} }}",
  ])
  func valuesAreBounded(_ source: String) throws {
    var options = Options.ansible
    options.extensions = [.do]
    let template = try Template(source, in: Environment(options: options))
    let error = #expect(throws: TemplateError.self) {
      try template.renderValue(ValueDictionary([(String, Value)]()))
    }
    #expect(error?.kind == .limit || error?.kind == .recursion, "\(source)")
  }

  /// Every limit can be set by the name that the command line gives it.
  @Test func limitsAreSettings() throws {
    let names = [
      "recursion", "nesting", "steps", "computing", "text_size", "total_size",
      "list_size",
      "range_size", "integer_bits",
    ]
    #expect(Mirror(reflecting: Limits()).children.count == names.count)
    for name in names {
      let limits: Value = [name: 7]
      let options = try Options().overridden(
        by: ValueDictionary([("limits", limits)]))
      #expect(options.limits != Limits(), "\(name)")
    }
    for limits: Value in [["nosuch": 1], ["steps": 0], ["steps": "x"], 5] {
      #expect(throws: TemplateError.self) {
        try Options().overridden(
          by: ValueDictionary([("limits", limits)]))
      }
    }
  }

  @Test func stepsAreCounted() throws {
    let loops =
      "{% for a in range(999) %}{% for b in range(999) %}"
      + "{% for c in range(999) %}{% endfor %}{% endfor %}{% endfor %}"
    #expect(try kind(loops) { $0.steps = 100_000 } == .limit)
    #expect(
      try kind("{{ range(9999)|map('string')|list|length }}") {
        $0.steps = 1000
      } == .limit)
  }

  /// Few steps may take long: each of these reads much, over and over.
  @Test(arguments: [
    "{% set s = 'é' * 200000 %}{% for i in range(1000000) %}"
      + "{% if s|length == 3 %}{% endif %}{% endfor %}",
    "{% set s = 'é' * 200000 %}{% for i in range(1000000) %}"
      + "{% if s[i] == 'x' %}{% endif %}{% endfor %}",
    "{% set s = 'é' * 200000 %}{% for i in range(1000000) %}"
      + "{% if 'x' in s %}{% endif %}{% endfor %}",
    "{% set l = range(200000)|list %}{% for i in range(1000000) %}"
      + "{% if -1 in l or l.count(-1) %}{% endif %}{% endfor %}",
    "{% set l = range(200000)|list %}{% for i in range(200000) %}"
      + "{% do l.pop(0) %}{% do l.insert(0, 1) %}{% endfor %}",
    "{% set n = namespace(a=[1], b=[1]) %}{% for i in range(16) %}"
      + "{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}"
      + "{% for i in range(1000000) %}{% if n.a == n.b %}{% endif %}"
      + "{% endfor %}",
    "{% set d = dict.fromkeys(range(100000)|list) %}"
      + "{% for i in range(100000) %}{% do d.pop(i) %}{% endfor %}",
  ])
  func computingIsBounded(_ source: String) throws {
    #expect(try kind(source) { $0.computing = 100 } == .limit, "\(source)")
  }

  @Test(arguments: [
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% include 'self' %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}"
      + "{% endmacro %}{{ a() }}",
  ])
  func recursionIsStopped(_ source: String) throws {
    #expect(try kind(source) == .recursion, "\(source)")
  }

  @Test func deepSourceIsRefused() throws {
    let open = String(repeating: "(", count: 100_000)
    #expect(try kind("{{ \(open)1 }}") == .limit)
    let lists = String(repeating: "[", count: 100_000)
    #expect(try kind("{{ \(lists) }}") == .limit)
    let nots = String(repeating: "not ", count: 100_000)
    #expect(try kind("{{ \(nots) 1 }}") == .limit)
    let signs = String(repeating: "-", count: 100_000)
    #expect(try kind("{{ \(signs)1 }}") == .limit)
    let sums = String(repeating: "1 + ", count: 100_000)
    #expect(try kind("{{ \(sums)1 }}") == .limit)
    let filters = String(repeating: "|upper", count: 100_000)
    #expect(try kind("{{ 'a'\(filters) }}") == .limit)
    let members = String(repeating: ".a", count: 100_000)
    #expect(try kind("{{ a\(members) }}") == .limit)
    let conditions = String(repeating: "1 if 1 else ", count: 100_000)
    #expect(try kind("{{ \(conditions)1 }}") == .limit)
    let tags = String(repeating: "{% if 1 %}", count: 100_000)
    #expect(try kind(tags) == .limit)
    // What is only long is fine.
    let joined = Array(repeating: "1", count: 10_000)
    #expect(try kind("{{ \(joined.joined(separator: " ~ ")) }}") == nil)
    #expect(try kind("{{ \(joined.joined(separator: " and ")) }}") == nil)
    #expect(try kind("{{ [\(joined.joined(separator: ", "))] }}") == nil)
  }

  @Test func deepValuesAreLetGoOf() throws {
    let chain =
      "{% set ns = namespace(s=[]) %}{% for i in range(30000) %}"
      + "{% set ns.s = [ns.s] %}{% endfor %}done"
    #expect(try kind(chain) == nil)
    let objects =
      "{% set ns = namespace(s=none) %}{% for i in range(30000) %}"
      + "{% set ns.s = namespace(s=ns.s) %}{% endfor %}done"
    #expect(try kind(objects) == nil)
    let tuples =
      "{% set ns = namespace(s=()) %}{% for i in range(30000) %}"
      + "{% set ns.s = (ns.s,) %}{% endfor %}done"
    #expect(try kind(tuples) == .limit)
    #expect(try kind("{% do l.append(l) %}{{ l }}") == nil)
  }

  /// Memory does not grow with renders.
  @Test func rendersLeaveNothingBehind() async {
    await #expect(processExitsWith: .success) {
      let template = try Template(
        "{% macro m(a) %}{{ a }}{{ m is defined }}{{ caller() }}{% endmacro %}"
          + "{% set ns = namespace(l=[]) %}{% for k, v in d|dictsort %}"
          + "{% call m(k) %}{{ v|join(',') }}{% endcall %}"
          + "{% set ns.l = ns.l + [loop.index] %}{% endfor %}"
          + "{% block b %}{{ ns }}{{ self.b is defined }}{% endblock %}"
          + "{% for n in t recursive %}{{ n.v }}{{ loop(n.c) }}{% endfor %}"
          + "{{ '%s {}' % d|tojson }}{{ t|map(attribute='v')|list }}",
        in: Environment())
      let context: [String: Value] = [
        "d": ["b": [1, 2], "a": ["x"]],
        "t": [["v": 1, "c": [["v": 2, "c": []]]]],
      ]
      func run(_ count: Int) throws -> Int {
        for _ in 0..<count { _ = try template.render(context) }
        let pages = try String(
          contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return pages.split(separator: " ").dropFirst().first.flatMap {
          Int($0)
        } ?? 0
      }
      let before = try run(300)
      let after = try run(3000)
      precondition(after - before < 256, "\(after - before) pages more")
    }
  }

  @Test func rendersDoNotKeepTheirMacros() throws {
    final class Probe: Object, @unchecked Sendable {}
    let template = try Template(
      "{% macro m() %}{{ p is defined }}{{ m is defined }}{% endmacro %}"
        + "{% set kept = m %}{{ m() }}", in: Environment())
    weak var seen: Probe?
    do {
      let probe = Probe()
      seen = probe
      _ = try template.render(["p": Value(probe)])
    }
    #expect(seen == nil)
  }
}
