// Marks through Ansible's filters: what is unknown or secret stays so, by span
// where the filter keeps the text in order.

import Ansible
import Jinja
import Testing

@Suite struct MarkTests {
  private static let environment: Environment = {
    let world = PluginWorld(files: MemorySources(), directory: "/")
    return AnsiblePlugins(world: world).environment()
  }()

  private func render(
    _ template: String, _ variables: [String: Value]
  ) throws -> Value {
    try Template(template, in: Self.environment).renderValue(variables)
  }

  private static let secret = Value("s3cret!").marked(.secret)

  /// Every filter that makes a text of a text.
  static let textFilters = [
    "b64encode", "b64encode | b64decode", "quote", "regex_replace('s', 'x')",
    "regex_escape", "regex_search('.*')", "hash('sha256')", "md5", "sha1",
    "checksum", "to_uuid", "urlencode", "comment", "to_json", "to_nice_json",
    "to_yaml", "to_nice_yaml", "basename", "dirname | string", "normpath",
    "password_hash('sha512', 'salt', rounds=1000)", "upper",
    "replace('s', 't')",
    "indent(2, true)", "urldecode", "expandvars", "string", "trim",
  ]

  @Test(arguments: textFilters)
  func secretsStaySecret(filter: String) throws {
    let made = try render("{{ x | \(filter) }}", ["x": Self.secret])
    if made.text?.isEmpty == false {
      #expect(made.deepMarks().contains(.secret), "\(filter)")
    }
  }

  @Test(arguments: textFilters)
  func whatIsMadeOfTheUnknownIsUnknown(filter: String) throws {
    let made = try render("{{ x | \(filter) }}", ["x": .unknown])
    #expect(made.deepMarks().contains(.unknown), "\(filter)")
  }

  @Test(arguments: [
    "combine({'b': 1})", "dict2items", "dict2items | items2dict", "to_json",
    "to_nice_yaml", "community.general.json_query('a')", "to_json | from_json",
    "to_yaml | from_yaml", "b64encode", "list | map('extract', x) | list",
  ])
  func secretMembersStaySecret(filter: String) throws {
    let made = try render("{{ x | \(filter) }}", ["x": ["a": Self.secret]])
    #expect(made.deepMarks().contains(.secret), "\(filter)")
  }

  @Test func spansStandWhereTheSecretStands() throws {
    let text = try render(
      "{{ x }}",
      ["x": Value("user:secret@host").marked([Span(5..<11, .secret)])]
    )
    func spans(_ filter: String) throws -> [Range<Int>] {
      try render("{{ x | \(filter) }}", ["x": text]).spans.map(\.range)
    }
    // 16 bytes: the fourth byte of the secret begins a group of base 64.
    #expect(try spans("b64encode") == [4..<16])
    #expect(try spans("regex_replace('host', 'h')") == [5..<11])
    #expect(try spans("regex_replace('secret', 'x')") == [5..<6])
    #expect(try spans("quote") == [5..<11])
    #expect(try spans("to_json") == [6..<12])
    let parts = try render("{{ x | split('@') }}", ["x": text])
    let items = try #require(try parts.sequence())
    #expect(items[0].spans.map(\.range) == [5..<11])
    #expect(items[1].marks == [])
  }

  @Test func chanceAndEffectsAreUnknownInAPreview() throws {
    for template in [
      "{{ 10 | random }}", "{{ [1, 2] | shuffle }}", "{{ now() }}",
      "{{ lookup('pipe', 'touch /tmp/never') }}",
      "{{ lookup('password', '/tmp/never') }}",
      "{{ lookup('url', 'http://localhost/') }}",
      "{{ lookup('lines', 'ls') }}", "{{ lookup('random_choice', 1, 2) }}",
      "{{ 'x' | password_hash }}", "{{ 'x' | vault('y') }}",
      "{{ lookup('community.general.random_string') }}",
      "{{ '52:54' | community.general.random_mac }}",
      "{{ '%Y' | strftime }}",
    ] {
      let made = try render(template, [:])
      #expect(made.deepMarks().contains(.unknown), "\(template)")
    }
  }

  @Test func whatDoesNotHangOnTheUnknownIsKnown() throws {
    let variables: [String: Value] = ["x": .unknown, "known": "k"]
    #expect(try render("{{ known | default(x) }}", variables) == "k")
    #expect(try render("{{ nope | default(x) }}", variables).isUnknown)
    #expect(try render("{{ true | ternary(known, x) }}", variables) == "k")
    #expect(try render("{{ x | ternary(1, 2) }}", variables).isUnknown)
    let path = try render("{{ ['/a', x, 'b'] | path_join }}", variables)
    #expect(path.spans == [Span(3..<12, .unknown)])
    let items = try render("{{ query('items', [x, known]) }}", variables)
    #expect(try items.sequence()?.count == 2)
    #expect(
      try render("{{ {'a': x} | combine({'b': known}) }}", variables)
        .member("b") == "k")
  }

  @Test func vaultTextsMayBeShown() throws {
    let made = try render("{{ x | vault('pw', salt='s') }}", ["x": Self.secret])
    #expect(made.marks == [])
    let opened = try render("{{ x | unvault('pw') }}", ["x": made])
    #expect(opened.marks.contains(.secret))
    #expect(opened.text == "s3cret!")
  }

  @Test func filesOfTheProjectAreNeverTemplates() throws {
    let world = PluginWorld(
      files: MemorySources(["/p/files/a": "{{ x }}"]), directory: "/p")
    let made = try Template(
      "{{ lookup('file', 'a') }}",
      in: AnsiblePlugins(world: world).environment()
    ).renderValue([String: Value]())
    #expect(made.text == "{{ x }}")
    #expect(made.marks == .unsafe)
  }
}
