// Every filter, test and lookup call of the case files, judged by the real
// ansible-core: the same value, or an error that says the same.

import Ansible
import Foundation
import Jinja
import Testing

@Suite struct PluginCaseTests {
  static let files = [
    "encoding", "text", "data", "paths", "collections", "math", "time",
    "secrets", "tests", "versions", "lookups", "network", "general",
    "json_query",
    "builtin",
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

    func fetch(_ url: String, options: ValueDictionary) throws -> [UInt8] {
      throw TemplateError(.runtime, "no network in tests")
    }
  }

  private func ours(_ one: CaseFile.Case) -> (value: String?, error: String?) {
    do {
      let variables = try AnsibleText.value(
        of: Array(one.variables.utf8), file: "cases", vault: Vault()
      ).value
      let template = try Template(one.template, in: Self.environment)
      let value = try template.renderValue(
        variables.dictionary ?? ValueDictionary([(String, Value)]()))
      if case .undefined(let undefined) = value.payload {
        throw undefined.error
      }
      return (try Self.plain(value).repr(), nil)
    } catch let error as TemplateError {
      return (nil, error.message)
    } catch {
      return (nil, "\(error)")
    }
  }

  /// Tuples become lists where a template ends, as Ansible makes them.
  private static func plain(_ value: Value) throws -> Value {
    switch value.payload {
    case .list, .tuple: return Value(try value.members().map(plain))
    case .dictionary(let dictionary):
      return Value(
        .dictionary(
          try ValueDictionary(
            pairs: try dictionary.entries().map {
              ($0.key, try plain($0.value))
            })))
    case .undefined(let undefined): throw undefined.error
    case .markup(let text): return Value(text)
    case .object(let object) where object.isSequence:
      return Value(try value.members().map(plain))
    default: return value
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
