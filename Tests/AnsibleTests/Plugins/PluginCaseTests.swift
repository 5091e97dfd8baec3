// Every filter, test and lookup call of the case files, judged by the real
// ansible-core: the same value, or an error that says the same.

import Foundation
import Jinja
import Testing

@testable import Ansible

@Suite struct PluginCaseTests {
  static let files = [
    "encoding", "text", "data", "paths", "collections", "math", "time",
    "secrets", "tests", "versions", "lookups", "network", "general",
    "json_query",
    "builtin", "native",
  ]

  /// A project on disk that both read.
  static let project = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appendingPathComponent("Project").path

  static let environment: Environment = {
    var world = PluginWorld(files: DiskSources(), directory: project)
    world.effects = Effects()
    world.environment = ProcessInfo.processInfo.environment
    world.environment["TZ"] = "UTC"
    world.now = { 1_700_000_000 }
    world.vault = Vault(secrets: [VaultSecret(password: "sesame")])
    world.linkTarget = {
      try? FileManager.default.destinationOfSymbolicLink(atPath: $0)
    }
    var options = Options.ansible
    options.keepsBackslashes = true
    return AnsiblePlugins(world: world).environment(options: options)
  }()

  /// Runs nothing: cases ask for no more than that something may be run.
  struct Effects: PluginEffects {
    func pipe(_ command: String, directory: String) throws
      -> (exitCode: Int, output: [UInt8])
    {
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", command]
      process.currentDirectoryURL = URL(fileURLWithPath: directory)
      process.standardOutput = output
      try process.run()
      let bytes = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (Int(process.terminationStatus), Array(bytes))
    }

    func writePassword(_ path: String, _ content: [UInt8]) throws {
      try Data(content).write(to: URL(fileURLWithPath: path))
    }

    func fetch(settings: String) throws -> (exitCode: Int, output: [UInt8]) {
      throw TemplateError(.runtime, "no network in tests")
    }
  }

  /// A case's variables, as the engine hands them to a template.
  private func scope(_ one: CaseFile.Case) throws -> VariableScope {
    let variables = try AnsibleText.value(
      of: Array(one.variables.utf8), file: "cases", vault: Vault()
    ).value
    var values: [String: Value] = ["omit": Omit.value]
    for (name, value) in try variables.dictionary?.entries() ?? [] {
      values[name.text ?? ""] = value
    }
    return VariableScope(
      [VariableLayer("case", values, isFinal: true)],
      templating: Templating(Self.environment))
  }

  private func ours(_ one: CaseFile.Case) -> (value: String?, error: String?) {
    do {
      return (try scope(one).template(Value(one.template)).repr(), nil)
    } catch let error as TemplateError {
      return (nil, error.message)
    } catch {
      return (nil, "\(error)")
    }
  }

  @Test(arguments: files) func answersAsAnsible(name: String) async throws {
    let file = try CaseFile(name)
    #expect(!file.cases.isEmpty)
    for one in file.cases {
      let judged = try await Judge.shared.ask([
        "op": "template", "text": one.template,
        "json": one.variables,
        "basedir": Self.project,
      ])
      let made = ours(one)
      let place = "\(name).txt:\(one.line): \(one.template)"
      if let value = judged.value {
        if made.value != value {
          Issue.record(
            """
            \(place)
            Ansible: \(value)
            we:      \(made.value ?? "error: " + (made.error ?? ""))
            """)
        }
      } else if let value = made.value {
        Issue.record(
          "\(place)\nAnsible: error \(judged.errors)\nwe: \(value)")
      } else if let error = made.error,
        !Self.isSame(error, judged.errors)
      {
        Issue.record("\(place)\nAnsible: \(judged.errors)\nwe:      \(error)")
      }
    }
  }

  /// What a template file renders to is the text of what Ansible's templates
  /// are as values.
  @Test func templateFilesAreTheirText() async throws {
    var count = 0
    // A list of groups that is all of a file is written as one of lists, joined
    // to other text as one of tuples; ours always writes tuples.
    for one in try CaseFile("native").cases
    where !one.template.contains("groupby") {
      let judged = try await Judge.shared.ask([
        "op": "template", "text": one.template, "json": one.variables,
        "basedir": Self.project,
      ])
      guard let answer = judged.value, let value = PythonLiteral.read(answer)
      else { continue }
      count += 1
      let text = try Template(one.template, in: Self.environment)
        .render(try scope(one))
      #expect(
        text == (value.isNone ? "" : try value.str()),
        "native.txt:\(one.line): \(one.template)")
    }
    #expect(count > 150)
  }

  /// Whether our message is Ansible's, or holds what its cause says.
  private static func isSame(_ ours: String, _ theirs: [String]) -> Bool {
    // Ansible shows the names of its lazy containers where Python would show
    // those of the plain ones.
    let theirs = theirs.map { message in
      message.replacing(
        "ansible._internal._templating._lazy_containers.", with: ""
      )
      .replacing("_AnsibleLazyTemplateDict", with: "dict")
      .replacing("_AnsibleLazyTemplateList", with: "list")
    }
    guard let outer = theirs.first else { return false }
    if outer.hasPrefix(ours) || ours.hasPrefix(outer) { return true }
    return theirs.dropFirst().contains { cause in
      // Places in a text of YAML stand elsewhere in our messages.
      let lines = cause.split(separator: "\n")
        .filter { !$0.hasPrefix("  in ") }
      return !lines.isEmpty && lines.allSatisfy { ours.contains($0) }
    }
  }

  @Test func thereAreEnoughCases() throws {
    let count = try Self.files.reduce(0) { try $0 + CaseFile($1).cases.count }
    #expect(count >= 800, "\(count) cases")
  }

  @Test func everyPluginOfAnsibleCoreIsThere() async throws {
    let names = try await Judge.shared.ask(["op": "names"]).names
    for name in names["filter"] ?? [] {
      #expect(Self.environment.filters[name] != nil, "filter \(name)")
    }
    for name in names["test"] ?? [] {
      #expect(Self.environment.tests[name] != nil, "test \(name)")
    }
    let world = PluginWorld(files: DiskSources(), directory: "/")
    let lookups = AnsiblePlugins(world: world).lookupNames
    for name in names["lookup"] ?? [] {
      let short = name.replacing("ansible.builtin.", with: "")
      #expect(lookups.contains(short), "lookup \(name)")
    }
  }

  /// Every filter is asked for in some case under its short or full name.
  @Test func everyFilterOfAnsibleCoreHasACase() async throws {
    let names = try await Judge.shared.ask(["op": "names"]).names
    let text = try Self.files.flatMap { try CaseFile($0).cases }
      .map(\.template).joined(separator: "\n")
    let jinjas: Set = ["reject", "rejectattr", "select", "selectattr", "map"]
    for name in names["filter"] ?? [] {
      let short = name.replacing("ansible.builtin.", with: "")
      if jinjas.contains(short) { continue }
      #expect(
        text.contains("| \(short)") || text.contains("| \(name)"),
        "no case for the filter \(name)")
    }
    for name in names["test"] ?? [] {
      let short = name.replacing("ansible.builtin.", with: "")
      #expect(
        text.contains("is \(short)") || text.contains("is not \(short)"),
        "no case for the test \(name)")
    }
  }
}
