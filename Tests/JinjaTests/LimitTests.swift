// Templates from strangers end in an error within the limits: never in a
// crash, never in a stall.

import Testing

@testable import Jinja

@Suite struct LimitTests {
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
    "{{ 'a\\tb'.expandtabs(10 ** 10) }}", "{{ lipsum(n=10 ** 9) }}",
    "{% for i in range(99999) %}xxxxxxxxxxxxxxxx{{ i }}{% endfor %}",
    "{{ ('1' * 1000000)|int }}",
  ])
  func growthIsStopped(_ source: String) throws {
    let found = try kind(source) {
      $0.textSize = 1 << 20
      $0.listSize = 1 << 16
      $0.rangeSize = 1 << 18
    }
    #expect(found == .limit, "\(source)")
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
