// The small playbooks that the real ansible-core and this engine both run.

import Foundation
import Jinja

@testable import Ansible

/// One small playbook with what stands around it.
struct PlaybookCase {
  var name: String
  var playbook: String
  /// Files beside those of the common project, by path.
  var files: [String: String] = [:]
  var extra: [String: String] = ["from_extra": "extra"]
  var tags: [String] = []
  var skip: [String] = []
  var isCheck = false
  var showsDiff = false
  /// Whether only messages are compared, not whole results.
  var comparesMessages = false

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
    .appendingPathComponent("Support/ansible/plays")

  /// The files of cases, by name; only those that QUARTERDECK_PLAYS names where
  /// it names any.
  static let files: [String] = {
    let chosen = ProcessInfo.processInfo.environment["QUARTERDECK_PLAYS"]?
      .split(separator: ",").map(String.init)
    return
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path))
      ?? [])
      .filter { $0.hasSuffix(".yml") && (chosen?.contains($0) ?? true) }
      .sorted()
  }()

  /// Reads a file of cases: a mapping of names to a playbook, or to a mapping
  /// with `playbook`, `files`, `extra`, `tags`, `skip`, `check`, `diff`
  /// and `compare`.
  static func read(_ file: String) throws -> [PlaybookCase] {
    let path = folder.appendingPathComponent(file).path
    var constructor = YAMLConstructor()
    let document = try YAML.read(DiskSources().text(path), file: path)
    guard let pairs = try constructor.value(of: document).dictionary?.pairs()
    else { return [] }
    return try pairs.map { pair in
      var one = PlaybookCase(name: pair.key, playbook: "")
      guard let entries = try pair.value.dictionary?.pairs() else {
        one.playbook = tasksAsPlaybook(pair.value.text ?? "")
        return one
      }
      for entry in entries {
        func texts() throws -> [String: String] {
          Dictionary(
            try entry.value.dictionary?.pairs().map {
              ($0.key, $0.value.text ?? "")
            } ?? [], uniquingKeysWith: { $1 })
        }
        func words() throws -> [String] {
          try entry.value.sequence()?.compactMap(\.text) ?? []
        }
        switch entry.key {
        case "playbook": one.playbook = tasksAsPlaybook(entry.value.text ?? "")
        case "files": one.files = try texts()
        case "extra": one.extra = try texts()
        case "tags": one.tags = try words()
        case "skip": one.skip = try words()
        case "compare": one.comparesMessages = entry.value.text == "messages"
        case "diff": one.showsDiff = entry.value.boolean ?? false
        case "check": one.isCheck = entry.value.boolean ?? false
        default: throw UnknownKey(key: entry.key)
        }
      }
      return one
    }
  }

  struct UnknownKey: Error { var key: String }

  /// A text that does not begin with a play is the list of tasks of one.
  private static func tasksAsPlaybook(_ text: String) -> String {
    if text.hasPrefix("- hosts") || text.hasPrefix("- import_playbook") {
      return text
    }
    let tasks = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "    " + $0 }
    return
      (["- hosts: localhost", "  gather_facts: false", "  tasks:"] + tasks)
      .joined(separator: "\n") + "\n"
  }

  /// What the judge is asked.
  func question(_ project: URL) -> [String: Any] {
    var question: [String: Any] = [
      "project": project.path, "playbook": playbook, "extra": extra,
    ]
    if !files.isEmpty { question["files"] = files }
    if !tags.isEmpty { question["tags"] = tags }
    if !skip.isEmpty { question["skip"] = skip }
    if isCheck { question["check"] = true }
    if showsDiff { question["diff"] = true }
    return question
  }

  /// A result as text, without what differs from run to run and from machine
  /// to machine.
  static func comparable(_ result: [String: Any]) -> String {
    if result["censored"] != nil { return "censored" }
    // Ansible does not tell callbacks what the status says already.
    let result = result.filter { !["failed", "skipped"].contains($0.key) }
    let data = try? JSONSerialization.data(
      withJSONObject: cleaned(result, isResult: true),
      options: [.sortedKeys, .withoutEscapingSlashes])
    let text = data.map { String(decoding: $0, as: UTF8.self) }
    return withoutChance(withoutFolder(text ?? "\(result)"))
  }

  /// A text without the names that only one run has: of backups and of
  /// temporary files.
  private static func withoutChance(_ text: String) -> String {
    text.replacing(
      /\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~/, with: ".BACKUP"
    )
    .replacing(/"[^"]*\/ansible-(tmp|local)-[^"]*"/, with: "\"TEMPORARY\"")
    .replacing(/\/(ansible\.|own)[a-z0-9_]{8}/) { "/\($0.1)RANDOM" }
  }

  /// A result of ours where Ansible names the copy that it makes for the
  /// moment, and we what it is a copy of.
  static func aligned(_ mine: String, with theirs: String) -> String {
    theirs.matches(of: /"(\w+)":"TEMPORARY"/).reduce(mine) { text, match in
      guard let key = try? Regex("\"\(match.1)\":\"[^\"]*\"") else {
        return text
      }
      return text.replacing(key, with: "\"\(match.1)\":\"TEMPORARY\"")
    }
  }

  /// A text without the folder that a project was copied to.
  static func withoutFolder(_ text: String) -> String {
    text.replacing(/\/tmp\/[^\/" ]+\/project/, with: "PROJECT")
  }

  private static func cleaned(_ value: Any, isResult: Bool) -> Any {
    if let dictionary = value as? [String: Any] {
      var kept: [String: Any] = [:]
      for (key, value) in dictionary {
        if isResult, volatile.contains(key) { continue }
        if times.contains(key), value is NSNumber { continue }
        if key == "version", dictionary["attr_flags"] != nil { continue }
        if key.hasPrefix("_ansible_") { continue }
        kept[key] = cleaned(value, isResult: isResult)
      }
      return kept
    }
    if let list = value as? [Any] {
      return list.map { cleaned($0, isResult: isResult) }
    }
    return value
  }

  private static let volatile: Set<String> = [
    "invocation", "start", "end", "delta", "stop", "warnings", "deprecations",
    "exception", "frame", "ansible_job_id", "results_file",
  ]

  /// What one file has and no other.
  private static let times: Set<String> = [
    "atime", "mtime", "ctime", "inode", "dev",
  ]
}
