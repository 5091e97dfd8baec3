// What nobody means to write: numbers out of range, values of the wrong kind,
// damaged text, given to every filter, test and lookup. Each answers or says
// what is wrong; none ends the process, and none takes without bound.

import Ansible
import Jinja
import Testing

// In turn: each of many cases computes for long, and others would wait for all.
@Suite("Hostile arguments", .serialized) struct HostileArgumentTests {
  private static let environment = AnsiblePlugins(
    world: PluginWorld(files: MemorySources(), directory: "/")
  ).environment()

  private static let values: [Value] = [
    "", "0", "-1", "a", "٣", "a=b,c", "10.0.0.0/33", "10.0.0.1/24", "10.0.0.1",
    "::/0", "ff:ff:ff:ff:ff:ff", "count=9223372036854775807",
    "9223372036854775807-0x7fffffffffffffff/2:%d",
    "%s%d%", "(a+)+$", "{\"a\": [1]}", "- [", "=\u{0}\r\n", "é🇦🇹",
    "9999-99-99", "-P1Y", .none, true, Value(Int.max), Value(Int.min), -1, 0,
    Value(Double.nan), Value(Double.infinity), Value(-1e300), Value(1e-320),
    .list([]), .list([Value(Int.max), "a", .none]),
    .list([.list(["a", 1]), .dictionary([("a", Value(Int.min))])]),
    .dictionary([]), .dictionary([("key", "a"), ("value", Value(Int.max))]),
  ]

  /// Those that arguments are made of: fewer, for every pair is tried.
  private static let arguments: [Value] = [
    "", "a", "%Y %s", "(", .none, Value(Int.max), Value(Int.min), -1, 0, 3,
    Value(Double.nan), Value(1e300), .list(["a", Value(Int.max)]),
    .dictionary([("a", "b")]),
  ]

  private static let numbers: [Value] = [
    "a", Value(Int.max), Value(Int.min), -1,
  ]

  /// Arguments that plugins take by name and count, cut or repeat with.
  private static let keywords = [
    "attribute", "base", "binary", "count", "decorator", "default", "end",
    "fillvalue", "group", "indent", "index", "length", "levels", "linesep",
    "min", "max", "method", "postfix_count", "precision", "prefix_count",
    "r", "repeat", "rounds", "salt", "seed", "size", "skip_missing", "start",
    "step", "stride", "unit", "width", "wildcard",
  ]

  private static func names(_ table: [String: Function]) -> [String] {
    // One of each: the short names are the same functions.
    table.keys.filter {
      $0.contains(".") && !$0.hasPrefix("ansible.legacy.")
        && $0.last?.isLetter == true
    }.sorted()
  }

  @Test(
    "every filter answers or says what is wrong",
    arguments: names(environment.filters))
  func filters(name: String) throws {
    try answers(
      ["{{ x | \(name) }}", "{{ x | \(name)(a) }}", "{{ x | \(name)(a, b) }}"])
    try answers(
      Self.keywords.map { "{{ x | \(name)(\($0)=a) }}" },
      to: Self.values.filter(Self.isPlain), Self.numbers)
  }

  /// Lists and dictionaries that are small to make and too large to go
  /// through: what a filter makes of them is bounded in size and time.
  @Test(arguments: [
    "{{ l | to_json }}", "{{ l | to_nice_json }}", "{{ d | to_json }}",
    "{{ l | to_yaml }}", "{{ d | to_nice_yaml }}", "{{ l | flatten }}",
    "{{ d | combine(e, recursive=true) }}",
    "{{ ([{'a': many}] * 20000) | subelements('a') }}",
    "{{ many | product(many) }}", "{{ many | permutations(2) }}",
    "{{ many | combinations(3) }}", "{{ lookup('nested', many, many) }}",
    "{{ ('a' * 200000) | regex_replace('a', 'b' * 100) }}",
    "{{ ('a' * 200000) | regex_replace('(a+)', '\\\\1' * 1000) }}",
    "{{ lists | unique }}",
    "{{ lists | difference(lists | reverse | list) }}",
    "{{ lists | union(lists) }}",
    "{{ lists | community.general.lists_intersect(lists) }}",
  ])
  func growthIsStopped(_ source: String) throws {
    var options = Self.environment.options
    options.limits.computing = 300
    options.limits.textSize = 1 << 20
    let environment = AnsiblePlugins(
      world: PluginWorld(files: MemorySources(), directory: "/")
    ).environment(options: options)
    var variables: [String: Value] = [
      "many": .list((0..<3000).map { Value($0) }),
      "lists": .list((0..<20000).map { .list([Value($0)]) }),
    ]
    let ends: [(String, Value)] = [
      ("l", .list([1])), ("d", .dictionary([("a", 1)])),
      ("e", .dictionary([("a", 2)])),
    ]
    for (name, end) in ends {
      variables[name] = (0..<60).reduce(end) { value, _ in
        name == "l"
          ? .list([value, value]) : .dictionary([("a", value), ("b", value)])
      }
    }
    let template = try Template(source, in: environment)
    let error = #expect(throws: TemplateError.self) {
      try template.renderValue(variables)
    }
    #expect(error?.kind == .limit, "\(source): \(error?.description ?? "")")
  }

  /// Python reads and writes numbers of so many digits and no more.
  @Test(arguments: [
    "{{ ('1' * 4301) | from_json }}", "{{ ('-' ~ '1' * 4301) | from_json }}",
    "{{ ('1' * 1000000) | from_yaml }}",
  ])
  func numbersAreBounded(_ source: String) throws {
    let template = try Template(source, in: Self.environment)
    let error = #expect(throws: TemplateError.self) {
      try template.renderValue([:])
    }
    #expect(error?.message.contains("Exceeds the limit (4300 digits)") == true)
  }

  /// Lists of many different members take no longer than their size.
  @Test(arguments: [
    "{{ a | union(b) | length }}", "{{ a | intersect(b) | length }}",
    "{{ a | difference(b) | length }}",
    "{{ a | symmetric_difference(b) | length }}", "{{ a | unique | length }}",
    "{{ a | community.general.lists_union(b) | length }}",
    "{{ a | community.general.lists_difference(b) | length }}",
    "{{ a | map('community.general.dict_kv', 'k') | list "
      + "| rekey_on_member('k') | length }}",
    "{{ dict(a | zip(b)) | combine(dict(b | zip(a))) | length }}",
    "{{ ('a/../' * 50000) | realpath }}", "{{ ('a/' * 50000) | realpath }}",
  ])
  func manyMembersAreGoneThroughOnce(_ source: String) throws {
    let variables: [String: Value] = [
      "a": .list((0..<50_000).map { Value("x\($0)") }),
      "b": .list((25_000..<75_000).map { Value("x\($0)") }),
    ]
    let template = try Template(source, in: Self.environment)
    _ = try template.renderValue(variables)
  }

  @Test(
    "every test answers or says what is wrong",
    arguments: names(environment.tests))
  func tests(name: String) throws {
    try answers(
      [
        "{{ x is \(name) }}", "{{ x is \(name)(a) }}",
        "{{ x is \(name)(a, b) }}",
      ])
  }

  @Test("every lookup answers or says what is wrong")
  func lookups() throws {
    let world = PluginWorld(files: MemorySources(), directory: "/")
    for name in AnsiblePlugins(world: world).lookupNames.sorted() {
      try answers(
        ["{{ query('\(name)', x) }}", "{{ query('\(name)', x, a) }}"])
      try answers(
        Self.keywords.map { "{{ query('\(name)', x, \($0)=a) }}" },
        to: Self.values.filter(Self.isPlain), Self.numbers)
    }
  }

  /// Renders texts with no argument, with each argument, with each pair.
  private func answers(_ texts: [String]) throws {
    let few = Self.values.filter(Self.isPlain)
    try answers([texts[0]], to: Self.values, [.none])
    try answers([texts[1]], to: Self.values)
    if texts.count > 2 {
      try answers([texts[2]], to: few, seconds: Self.arguments)
    }
  }

  private func answers(
    _ texts: [String], to values: [Value],
    _ firsts: [Value] = HostileArgumentTests.arguments,
    seconds: [Value] = [.none]
  ) throws {
    for text in texts {
      let template = try Template(text, in: Self.environment)
      for value in values {
        for first in firsts {
          for second in seconds {
            _ = try? template.renderValue(["x": value, "a": first, "b": second])
          }
        }
      }
    }
  }

  private static func isPlain(_ value: Value) -> Bool {
    switch value.payload {
    case .string(let text): text == "a" || text == "::/0"
    case .integer(let number): number == .max
    case .list(let list): list.count == 3
    case .dictionary(let dictionary): dictionary.count == 2
    default: false
    }
  }
}
