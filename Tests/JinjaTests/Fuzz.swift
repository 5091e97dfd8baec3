// Random templates, rendered by our engine and by the real Jinja2.

import Foundation
import Testing

@testable import Jinja

/// A generator of numbers that a seed determines.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// Writes random templates.
struct TemplateWriter {
  var random: SeededGenerator

  private mutating func pick(_ choices: [String]) -> String {
    choices.randomElement(using: &random) ?? ""
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  static let context =
    "{'a': 1, 'b': 'text', 'c': [3, 1, 2], 'd': {'x': 1, 'y': 'z', 'n': None},"
    + " 'e': 2.5, 'f': None, 'g': True, 't': (1, 'u'), 'h': '<b>é</b>',"
    + " 'o': [{'k': 'p', 'v': 2}, {'k': 'q', 'v': 1}]}"

  private mutating func name() -> String {
    pick(["a", "b", "c", "d", "e", "f", "g", "t", "h", "o", "i", "s", "nosuch"])
  }

  private mutating func literal() -> String {
    pick([
      "0", "1", "-2", "7", "1.5", "'x'", "''", "'A b'", "true", "none", "[]",
      "[1, 2]", "{}", "{'k': 1}", "(1,)", "'%s'", "10 ** 20", "'é'",
    ])
  }

  mutating func expression(_ depth: Int) -> String {
    if depth <= 0 { return chance(60) ? name() : literal() }
    let next = depth - 1
    switch Int.random(in: 0..<13, using: &random) {
    case 0: return name()
    case 1: return literal()
    case 2, 3:
      let symbol = pick(["+", "-", "*", "/", "//", "%", "~", "~", "~"])
      return "(\(expression(next)) \(symbol) \(expression(next)))"
    case 4:
      let symbol = pick(["==", "!=", "<", ">", "<=", ">=", "in", "not in"])
      return "(\(expression(next)) \(symbol) \(expression(next)))"
    case 5:
      let symbol = pick(["and", "or"])
      return "(\(expression(next)) \(symbol) \(expression(next)))"
    case 6: return "(not \(expression(next)))"
    case 7:
      return
        "(\(expression(next)) if \(expression(next)) else \(expression(next)))"
    case 8:
      return "\(name()).\(pick(["x", "y", "k", "v", "nosuch", "0"]))"
    case 9:
      return "\(name())[\(pick(["0", "-1", "'x'", "1:", ":2", "::-1", "9"]))]"
    case 10:
      let test = pick([
        "defined", "none", "string", "number", "mapping", "sequence",
        "iterable", "odd", "eq 1", "in [1, 'x']", "lower", "sameas true",
      ])
      return "(\(expression(next)) is \(chance(20) ? "not " : "")\(test))"
    case 11:
      let method = pick([
        "upper()", "split()", "items()|list", "keys()|list", "get('x')",
        "replace('e', 'E')", "strip()", "title()", "count('x')", "index(1)",
        "startswith('t')", "format(1)", "find('x')",
      ])
      return "\(name()).\(method)"
    default:
      let filter = pick([
        "upper", "lower", "title", "capitalize", "trim", "length", "list",
        "first", "last", "join(',')", "join", "sort", "reverse|list",
        "unique|list",
        "int", "float", "string", "abs", "round", "sum", "min", "max",
        "default('D')",
        "d('D', true)", "replace('e', 'X')", "tojson", "e", "safe", "urlencode",
        "map('string')|list", "map(attribute='k')|list", "select|list",
        "selectattr('v')|list", "rejectattr('nosuch')|list", "batch(2)|list",
        "slice(2)|list", "dictsort", "items|list", "wordcount", "indent(2)",
        "center(9)", "truncate(5)", "striptags", "pprint", "xmlattr",
        "groupby('k')",
        "sum(attribute='v')", "wordwrap(4)", "filesizeformat", "format(1)",
      ])
      return "(\(expression(next))|\(filter))"
    }
  }

  mutating func body(_ depth: Int) -> String {
    var text = ""
    for _ in 0...Int.random(in: 0..<3, using: &random) { text += piece(depth) }
    return text
  }

  private mutating func tag(_ inside: String) -> String {
    let open = pick(["{%", "{%", "{%", "{%-", "{%+"])
    let close = pick(["%}", "%}", "%}", "-%}", "+%}"])
    return "\(open) \(inside) \(close)"
  }

  private mutating func piece(_ depth: Int) -> String {
    let next = depth - 1
    let kinds = depth <= 0 ? 3 : 12
    switch Int.random(in: 0..<kinds, using: &random) {
    case 0:
      return pick(["text", " ", "\n", " \n  ", "<é>", "a b\n", "{# c #}"])
    case 1, 2:
      let open = pick(["{{", "{{", "{{-"])
      let close = pick(["}}", "}}", "-}}"])
      return "\(open) \(expression(2)) \(close)"
    case 3:
      return tag("if \(expression(1))") + body(next)
        + (chance(40) ? tag("elif \(expression(1))") + body(next) : "")
        + (chance(50) ? tag("else") + body(next) : "") + tag("endif")
    case 4, 5:
      let target = chance(20) ? "i, s" : "i"
      let filter = chance(20) ? " if \(expression(1))" : ""
      let loop =
        chance(50)
        ? "{{ loop.\(pick(["index", "last", "length", "revindex0", "cycle('p', 'q')"])) }}"
        : ""
      return tag("for \(target) in \(expression(1))\(filter)") + loop
        + body(next) + (chance(30) ? tag("else") + body(next) : "")
        + tag("endfor")
    case 6:
      return tag("set \(pick(["s", "i", "a", "b"])) = \(expression(2))")
    case 7:
      let name = pick(["s", "b"])
      return tag("set \(name)") + body(next) + tag("endset") + "{{ \(name) }}"
    case 8:
      return tag("with \(pick(["s", "a"])) = \(expression(1))") + body(next)
        + tag("endwith")
    case 9:
      return tag("macro m(i, s=\(expression(1)))") + body(next)
        + tag("endmacro") + "{{ m(\(chance(70) ? expression(1) : "")) }}"
    case 10:
      return tag("filter \(pick(["upper", "trim", "indent(1)", "e"]))")
        + body(next) + tag("endfilter")
    default:
      return tag("raw") + pick(["{{ x }}", " {% if %} ", "\n"]) + tag("endraw")
    }
  }

  /// A template with options.
  mutating func make(_ number: Int) -> Case {
    var options: [String: Any] = [:]
    for name in ["trim_blocks", "lstrip_blocks", "keep_trailing_newline"]
    where chance(30) {
      options[name] = true
    }
    if chance(15) { options["autoescape"] = true }
    if chance(15) {
      options["undefined"] = pick(["strict", "chainable", "debug"])
    }
    return Case(
      file: "fuzz", line: number, source: body(3), context: Self.context,
      options: options)
  }
}

@Suite struct Fuzz {
  /// Runs for QUARTERDECK_FUZZ_SECONDS, else for a moment.
  ///
  /// About 3 of 10,000 random templates still differ, nearly all in the line
  /// or the order of errors, so it stays out of `ci` until they are mended.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["QUARTERDECK_TEST_LEVEL"]
        == "full"))
  func randomTemplatesAgreeWithJinja2() throws {
    let environment = ProcessInfo.processInfo.environment
    let seconds =
      environment["QUARTERDECK_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    let seed =
      environment["QUARTERDECK_FUZZ_SEED"].flatMap { UInt64($0) }
      ?? UInt64.random(in: 0..<1_000_000)
    var writer = TemplateWriter(random: SeededGenerator(seed: seed))
    let oracle = try JinjaOracle()
    let end = ContinuousClock.now + .seconds(seconds)
    var count = 0
    var wrong = 0
    while ContinuousClock.now < end && wrong < 20 {
      let cases = (0..<50).map { writer.make(count + $0) }
      for (item, expected) in zip(cases, try oracle.judge(cases)) {
        count += 1
        let found = item.judge()
        if found.agrees(with: expected) || Self.isKnown(item, found, expected) {
          continue
        }
        wrong += 1
        Issue.record(
          """
          seed \(seed), template \(item.line), options \(item.options)
          \(item.source)
          Jinja2  \(expected)
          ours    \(found)
          """)
      }
    }
    print("fuzz: seed \(seed), \(count) templates, \(wrong) differ")
  }

  /// Where we differ on purpose.
  private static func isKnown(
    _ item: Case, _ found: Judgement, _ expected: Judgement
  ) -> Bool {
    guard case .error(let kind, let line, let message) = found else {
      return false
    }
    // Jinja2 has no such limits.
    if kind == "LimitError" { return true }
    // Jinja2 notes no line for the values of `with`, and blames an earlier one.
    guard case .error(kind, let other, message) = expected else { return false }
    return item.source.contains(" with ") && other < line
  }
}
