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
    /// The whole result, see ``PlaybookCase/comparable(_:)``.
    var result = ""

    var description: String { "\(status): \(task): \(result)" }
  }

  @Test("every small playbook", arguments: PlaybookCase.files)
  func playbooks(_ file: String) async throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/plays.py")
    var refused: [String] = []
    let cases = try PlaybookCase.read(file)
    for one in cases {
      let question = try JSONSerialization.data(
        withJSONObject: one.question(Self.project))
      let answer =
        try JSONSerialization.jsonObject(with: try judge.ask(question))
        as? [String: Any] ?? [:]
      var (ours, refusal) = try await Self.run(one, project: Self.project)
      if let refusal { refused.append("\(one.name): \(refusal)") }
      var theirs = Self.events(answer)
      if file == "cases.yml" || one.comparesMessages {
        // Of these only the messages are compared.
        for index in theirs.indices { theirs[index].result = "" }
        for index in ours.indices { ours[index].result = "" }
      } else {
        for index in theirs.indices { theirs[index].message = "" }
        for index in ours.indices { ours[index].message = "" }
        for index in zip(ours.indices, theirs.indices).map(\.0) {
          ours[index].result = PlaybookCase.aligned(
            ours[index].result, with: theirs[index].result)
        }
      }
      if let error = answer["error"] as? String {
        theirs.append(Self.unloadable(error))
      }
      for (mine, other) in zip(ours, theirs) where mine != other {
        Issue.record("\(one.name):\n  \(mine)\nnot\n  \(other)")
      }
      if ours.count != theirs.count {
        Issue.record("\(one.name): \(ours) are not \(theirs)")
      }
    }
    print("refused: \(refused.count) of \(cases.count) in \(file)")
    #expect(refused == [])
    #expect(!cases.isEmpty)
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
        } as? [String: Any] ?? ["censored": true]
      // Whoever shows a failure that a rescue mends knows it at once.
      let status = outcome == .rescued ? .failed : outcome
      ended.withLock {
        $0.append(
          PlaybookJudgeTests.ended(task.name, status.rawValue, result))
      }
    }
    func decidedDuringRun(_ task: TaskReference, _ reason: String) {}
    func local(_ action: LocalAction) {}
    func warned(_ sentence: String) {}
  }

  /// Runs a playbook in a copy of a project.
  static func run(
    _ one: PlaybookCase, project source: URL
  ) async throws -> ([Ended], Refusal?) {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let project = directory.appendingPathComponent("project")
    try FileManager.default.copyItem(at: source, to: project)
    let path = project.appendingPathComponent("site.yml").path
    for (name, text) in one.files.merging(
      ["site.yml": one.playbook], uniquingKeysWith: { $1 })
    {
      let file = project.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let language = ProjectLanguage(
      directory: project.path, files: DiskSources(), vault: Vault(),
      environment: [:])
    var settings = EngineSettings(
      directory: project.path, rolePath: RolePath(project: project.path),
      reader: ProjectReader(files: DiskSources(), lookups: language.lookups),
      templating: Templating(language.run),
      modules: ModuleTable(ModuleTable.builtin), machine: PlatformMachine())
    settings.extraVariables = one.extra.mapValues { Value($0) }
    settings.tags = Set(one.tags)
    settings.skipTags = Set(one.skip)
    settings.isCheckMode = one.isCheck
    settings.showsDiff = one.showsDiff
    let collector = Collector()
    do {
      _ = try await AnsibleRun.run(
        .playbook(path), settings: settings, observer: collector)
    } catch let refusal as Refusal {
      return (collector.ended.withLock { $0 }, refusal)
    } catch let failure as AnsibleFailure {
      collector.ended.withLock { $0.append(unloadable("\(failure)")) }
    }
    return (collector.ended.withLock { $0 }, nil)
  }

  /// The end of a run that cannot go on, for what was written; its words are
  /// not compared.
  static func unloadable(_: String) -> Ended {
    Ended(task: "", status: "unloadable", message: "")
  }

  // MARK: - Theirs

  static func events(_ answer: [String: Any]) -> [Ended] {
    (answer["events"] as? [[String: Any]] ?? []).map { event in
      ended(
        event["task"] as? String ?? "", event["status"] as? String ?? "",
        event["result"] as? [String: Any] ?? [:])
    }
  }

  static func ended(
    _ task: String, _ status: String, _ result: [String: Any]
  ) -> Ended {
    Ended(
      task: PlaybookCase.withoutFolder(task), status: status,
      message: message(
        result, isFailure: status == "failed" || status == "ignored"),
      result: PlaybookCase.comparable(result))
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
    let all = text(result["msg"]) + messages.joined(separator: "|")
    // Each runs in a copy of the project with a name of its own.
    return all.replacing(/\\\/tmp\\\/[^\\]+\\\/project/, with: "PROJECT")
  }

  static let project = PlaybookCase.folder.appendingPathComponent("project")
}
