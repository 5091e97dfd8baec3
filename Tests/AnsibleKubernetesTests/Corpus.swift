// The public repositories whose roles CorpusTests measures: fetched once, kept in
// the cache, and their roles that use Kubernetes found.

import Ansible
import Foundation

@testable import AnsibleKubernetes

/// The public repositories, fetched once and kept in the cache.
enum Corpus {
  private static let environment = ProcessInfo.processInfo.environment

  static var isWanted: Bool {
    environment["QUARTERDECK_TEST_LEVEL"] == "full"
      || environment["QUARTERDECK_CORPUS"] != nil
  }

  /// Whether each refused role is to be told.
  static var isTold: Bool { environment["QUARTERDECK_CORPUS"] == "tell" }

  static func names() throws -> [String] {
    let path = RenderKit.root
      .appendingPathComponent("Tests/Support/ansible/corpus.txt")
    return try String(contentsOf: path, encoding: .utf8)
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  /// The directory of a repository; nil where it cannot be had.
  static func fetched(_ name: String) -> String? {
    let cache =
      environment["QUARTERDECK_CACHE"]
      ?? (environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache")
      + "/quarterdeck"
    let directory =
      cache + "/corpus/" + name.replacingOccurrences(of: "/", with: "+")
    if FileManager.default.fileExists(atPath: directory) { return directory }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "timeout", "120", "git", "clone", "--quiet", "--depth", "1",
      "https://github.com/\(name)", directory,
    ]
    process.environment = environment.merging(
      ["GIT_TERMINAL_PROMPT": "0"]) { $1 }
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? directory : nil
  }

  /// One repository with the roles in it that use Kubernetes.
  struct Repository {
    let roles: [String]
    private let directory: String
    private let project: Project
    /// Where the repository's collections stand for as long as this is used.
    private let shelf: URL

    init(_ directory: String) throws {
      self.directory = directory
      shelf = FileManager.default.temporaryDirectory
        .appendingPathComponent("quarterdeck-corpus-\(UUID().uuidString)")
      let all = Self.roleDirectories(directory)
      roles = all.filter { Self.usesKubernetes("\(directory)/\($0)") }
      var rolePath = RolePath(project: directory)
      rolePath.roots = Set(
        all.map { role in
          role.isEmpty
            ? (directory as NSString).deletingLastPathComponent
            : ("\(directory)/\(role)" as NSString).deletingLastPathComponent
        }
      ).sorted()
      rolePath.collectionRoots = [shelf.path]
      project = Project(directory: directory, rolePath: rolePath)
      try Self.shelve(directory, on: shelf)
    }

    /// Takes away what stood outside the cache.
    func remove() { try? FileManager.default.removeItem(at: shelf) }

    /// What of a role is refused.
    func refusals(of role: String) -> [Refusal] {
      let path = role.isEmpty ? directory : "\(directory)/\(role)"
      do {
        return try RoleEngine().describe(path, in: project).refusals
      } catch {
        return [
          Refusal(
            .syntax, role, at: SourcePlace(file: path), what: "\(error)")
        ]
      }
    }

    private static func roleDirectories(_ directory: String) -> [String] {
      let skipped: Set<String> = [
        "molecule", "tests", "test", ".git", ".github", "files", "templates",
      ]
      guard let walk = FileManager.default.enumerator(atPath: directory) else {
        return []
      }
      var found: [String] = []
      while let path = walk.nextObject() as? String {
        let name = (path as NSString).lastPathComponent
        if skipped.contains(name) {
          walk.skipDescendants()
        } else if name == "tasks",
          ["main.yml", "main.yaml"].contains(where: {
            FileManager.default.fileExists(
              atPath: "\(directory)/\(path)/\($0)")
          })
        {
          found.append((path as NSString).deletingLastPathComponent)
        }
      }
      return found.sorted()
    }

    /// The modules of kubernetes.core that make a role one of the corpus.
    private static let modules = [
      "k8s", "k8s_info", "k8s_scale", "k8s_exec", "k8s_log", "k8s_json_patch",
      "k8s_rollback",
    ]

    /// Whether any task of a role calls one of those modules.
    private static func usesKubernetes(_ role: String) -> Bool {
      let tasks = role + "/tasks"
      let walk = FileManager.default.enumerator(atPath: tasks)
      while let path = walk?.nextObject() as? String {
        guard path.hasSuffix("ml"),
          let text = try? String(
            contentsOfFile: "\(tasks)/\(path)", encoding: .utf8)
        else { continue }
        for line in text.split(separator: "\n") {
          let word = line.drop { $0 == " " || $0 == "-" }
          for prefix in ["kubernetes.core.", "community.kubernetes.", ""] {
            for module in modules
            where word.hasPrefix(prefix + module + ":") { return true }
          }
        }
      }
      return false
    }

    /// Puts the repository's collections into a folder as Ansible looks for
    /// them.
    private static func shelve(_ directory: String, on root: URL) throws {
      let walk = FileManager.default.enumerator(atPath: directory)
      while let path = walk?.nextObject() as? String {
        guard (path as NSString).lastPathComponent == "galaxy.yml",
          let text = try? String(
            contentsOfFile: "\(directory)/\(path)", encoding: .utf8)
        else { continue }
        func value(_ key: String) -> String {
          text.split(separator: "\n").first { $0.hasPrefix(key + ":") }?
            .dropFirst(key.count + 1)
            .trimmingCharacters(in: CharacterSet(charactersIn: " \"'")) ?? "_"
        }
        let folder = root.appendingPathComponent(
          "ansible_collections/\(value("namespace"))")
        try FileManager.default.createDirectory(
          at: folder, withIntermediateDirectories: true)
        try? FileManager.default.createSymbolicLink(
          atPath: folder.appendingPathComponent(value("name")).path,
          withDestinationPath: ("\(directory)/\(path)" as NSString)
            .deletingLastPathComponent)
      }
    }
  }
}
