// Small playbooks run by the real ansible-core and by this engine: the same
// tasks end the same way, with the same messages.

import Foundation
import Jinja
import Oracle
import Synchronization
import Testing

@testable import Ansible

@Suite("Playbooks against ansible-core")
struct PlaybookJudgeTests {
  /// How one task ended.
  struct Ended: Equatable, CustomStringConvertible {
    var task: String
    var status: String
    var message: String

    var description: String { "\(status): \(task): \(message)" }
  }

  @Test("every small playbook")
  func playbooks() async throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/plays.py")
    var refused: [String] = []
    for (name, text) in Self.cases.sorted(by: { $0.key < $1.key }) {
      let playbook = Self.playbook(text)
      let question = try JSONSerialization.data(withJSONObject: [
        "project": Self.project.path, "playbook": playbook,
        "extra": ["from_extra": "extra"],
      ])
      let answer =
        try JSONSerialization.jsonObject(with: try judge.ask(question))
        as? [String: Any] ?? [:]
      let (ours, refusal) = try await Self.run(
        playbook, project: Self.project, extra: ["from_extra": "extra"])
      if let refusal { refused.append("\(name): \(refusal)") }
      #expect(ours == Self.events(answer), "\(name)")
    }
    print("refused: \(refused.count) of \(Self.cases.count)")
    #expect(refused == [])
    #expect(Self.cases.count >= 80)
  }

  // MARK: - Ours

  /// Collects how tasks end.
  final class Collector: RunObserver {
    let ended = Mutex<[Ended]>([])

    func happened(_ event: RunEvent) async {
      guard case .taskEnded(let outcome) = event.kind, let task = event.task
      else { return }
      let result =
        event.result.flatMap {
          try? JSONSerialization.jsonObject(with: Data($0.utf8))
        } as? [String: Any] ?? [:]
      let isFailure = outcome == .failed || outcome == .ignored
      let message = PlaybookJudgeTests.message(result, isFailure: isFailure)
      ended.withLock {
        $0.append(
          Ended(task: task.name, status: outcome.rawValue, message: message))
      }
    }
    func decidedDuringRun(_ task: TaskReference, _ reason: String) {}
    func local(_ action: LocalAction) {}
    func warned(_ sentence: String) {}
  }

  /// Runs a playbook in a copy of a project.
  static func run(
    _ playbook: String, project source: URL, extra: [String: String]
  ) async throws -> ([Ended], Refusal?) {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let project = directory.appendingPathComponent("project")
    try FileManager.default.copyItem(at: source, to: project)
    let path = project.appendingPathComponent("site.yml").path
    try playbook.write(toFile: path, atomically: true, encoding: .utf8)
    let language = ProjectLanguage(
      directory: project.path, files: DiskSources(), vault: Vault(),
      environment: [:])
    var settings = EngineSettings(
      directory: project.path, rolePath: RolePath(project: project.path),
      reader: ProjectReader(files: DiskSources(), lookups: language.lookups),
      templating: Templating(language.run),
      modules: ModuleTable(ModuleTable.builtin), machine: PlatformMachine())
    settings.extraVariables = extra.mapValues { Value($0) }
    let collector = Collector()
    do {
      _ = try await AnsibleRun.run(
        .playbook(path), settings: settings, observer: collector)
    } catch let refusal as Refusal {
      return (collector.ended.withLock { $0 }, refusal)
    } catch is AnsibleFailure {
      // What cannot be loaded: the real one ends without events too.
    }
    return (collector.ended.withLock { $0 }, nil)
  }

  // MARK: - Theirs

  static func events(_ answer: [String: Any]) -> [Ended] {
    (answer["events"] as? [[String: Any]] ?? []).map { event in
      let status = event["status"] as? String ?? ""
      return Ended(
        task: event["task"] as? String ?? "", status: status,
        message: message(
          event, isFailure: status == "failed" || status == "ignored"))
    }
  }

  /// The message of a result and those of its loop.
  ///
  /// A failure's own words are not compared, only that it is one.
  static func message(_ result: [String: Any], isFailure: Bool) -> String {
    if isFailure { return "" }
    func text(_ value: Any?) -> String {
      guard let value, !(value is NSNull) else { return "" }
      let data = try? JSONSerialization.data(
        withJSONObject: [value], options: [.sortedKeys])
      return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }
    let items = result["results"] as? [[String: Any]] ?? []
    let messages = items.map { item in
      (item["skipped"] as? Bool ?? false) ? "skipped" : text(item["msg"])
    }
    return text(result["msg"]) + messages.joined(separator: "|")
  }

  // MARK: - Cases

  private static let support = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Support/ansible")
  private static let project = support.appendingPathComponent("plays/project")

  private static let cases: [String: String] = {
    let path = support.appendingPathComponent("plays/cases.yml").path
    var constructor = YAMLConstructor()
    guard let text = try? DiskSources().text(path),
      let document = try? YAML.read(text, file: path),
      let value = try? constructor.value(of: document),
      let pairs = try? value.dictionary?.pairs()
    else { return [:] }
    return Dictionary(
      pairs.map { ($0.key, $0.value.text ?? "") }, uniquingKeysWith: { $1 })
  }()

  private static func playbook(_ text: String) -> String {
    if text.hasPrefix("- hosts") { return text }
    let tasks = text.split(separator: "\n").map { "    " + $0 }
    return
      (["- hosts: localhost", "  gather_facts: false", "  tasks:"] + tasks)
      .joined(separator: "\n") + "\n"
  }
}
