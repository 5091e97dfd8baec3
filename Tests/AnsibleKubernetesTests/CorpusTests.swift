// How much of what others wrote this engine refuses: roles of public
// repositories that use kubernetes.core, named in Tests/Support/ansible/corpus.txt.

import Ansible
import Foundation
import Testing

@testable import AnsibleKubernetes

@Suite("Refusals")
struct CorpusTests {
  @Test("no role of the catalogue has anything refused")
  func catalogue() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: RenderKit.roles
    ).sorted()
    var refused: [String] = []
    for name in names {
      let role = try RenderKit.engine.describe(name, in: RenderKit.project())
      refused += role.refusals.map(\.description)
    }
    print("refused in the catalogue: \(refused.count) of \(names.count) roles")
    #expect(refused == [])
    #expect(names.count >= 4)
  }

  @Test(
    "under 5 % of the public roles that this engine is for are refused",
    .enabled(
      if: Corpus.isWanted,
      "only full runs, and those with QUARTERDECK_CORPUS, fetch repositories"))
  func corpus() throws {
    var all = Tally()
    for name in try Corpus.names() {
      guard let directory = Corpus.fetched(name) else {
        print("\(name): skipped, it could not be fetched")
        continue
      }
      let repository = Corpus.Repository(directory)
      var here = Tally()
      for role in repository.roles {
        let refusals = repository.refusals(of: role)
        here.add(refusals)
        if Corpus.isTold, !refusals.isEmpty {
          print("  \(name) \(role): \(refusals.map(\.what).sorted())")
        }
      }
      print("\(name): \(here)")
      all.add(here)
    }
    guard all.total > 0 else { return }
    for (reason, count) in all.reasons.sorted(by: { $0.value > $1.value }) {
      print("  \(count) × \(reason)")
    }
    print("refused in the corpus: \(all)")
    #expect(all.rate < 5)
    #expect(all.total - all.outside >= 50)
  }

  /// How many roles are refused, and for what.
  private struct Tally: CustomStringConvertible {
    var total = 0
    /// Roles that need what no engine but Ansible itself can have.
    var outside = 0
    var refused = 0
    var reasons: [String: Int] = [:]

    var rate: Double {
      let inside = max(total - outside, 1)
      return (Double(refused) / Double(inside) * 1000).rounded() / 10
    }

    var description: String {
      "\(refused) of \(total - outside) roles refused, \(rate) %; "
        + "\(outside) more need other collections' code or act on machines"
    }

    mutating func add(_ refusals: [Refusal]) {
      total += 1
      if refusals.isEmpty { return }
      for what in Set(refusals.map(\.what)) { reasons[what, default: 0] += 1 }
      if refusals.contains(where: Scope.isOutside) {
        outside += 1
      } else {
        refused += 1
      }
    }

    mutating func add(_ other: Tally) {
      total += other.total
      outside += other.outside
      refused += other.refused
      reasons.merge(other.reasons, uniquingKeysWith: +)
    }
  }

  /// What this engine is for: roles made of ansible-core's own plugins and of
  /// the modules for Kubernetes objects, as the issue of the engine lists them.
  private enum Scope {
    /// Whether what is refused belongs to another collection's Python code, to
    /// Helm, or to the administration of a machine.
    static func isOutside(_ refusal: Refusal) -> Bool {
      switch refusal.kind {
      case .role: return true
      case .filter, .test, .lookup:
        return refusal.name.contains(".")
          ? !isOurs(refusal.name) : ownFilters.contains(refusal.name)
      case .module:
        let name = refusal.name
        if name.contains(".") { return !isOurs(name) }
        return machine.contains(name) || operators.contains(name)
      default: return false
      }
    }

    private static func isOurs(_ name: String) -> Bool {
      for prefix in ["ansible.builtin.", "ansible.legacy."]
      where name.hasPrefix(prefix) {
        let short = String(name.dropFirst(prefix.count))
        return !machine.contains(short) && !short.hasPrefix("dci_")
      }
      return ["kubernetes.core.k8s", "ansible.utils.", "community.general."]
        .contains { name.hasPrefix($0) }
    }

    /// Modules that administer a machine: they are no part of a deployment on
    /// Kubernetes.
    private static let machine: Set<String> = [
      "apt", "apt_repository", "archive", "async_status", "dnf", "expect",
      "fetch", "get_url", "git", "iptables", "package", "package_facts", "pip",
      "script", "service",
      "systemd", "unarchive", "yum",
    ]
    /// Modules and filters that a repository brings without saying so.
    private static let operators: Set<String> = [
      "k8s_facts", "k8s_status", "packet_missing", "parse_secrets_info",
      "yedit",
    ]
    private static let ownFilters: Set<String> = [
      "only_accessible_namespaces", "parse_image", "parse_selectors",
    ]
  }
}

/// The public repositories, fetched once and kept in the cache.
private enum Corpus {
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

    init(_ directory: String) {
      self.directory = directory
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
      rolePath.collectionRoots = Self.collections(directory)
      project = Project(directory: directory, rolePath: rolePath)
    }

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

    /// Whether any task of a role calls a module for Kubernetes objects.
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
            for module in ["k8s:", "k8s_info:", "k8s_scale:", "k8s_exec:"]
            where word.hasPrefix(prefix + module) { return true }
          }
        }
      }
      return false
    }

    /// A folder in which the repository's collections stand as Ansible looks
    /// for them.
    private static func collections(_ directory: String) -> [String] {
      let root = FileManager.default.temporaryDirectory
        .appendingPathComponent("quarterdeck-corpus-\(UUID().uuidString)")
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
        try? FileManager.default.createDirectory(
          at: folder, withIntermediateDirectories: true)
        try? FileManager.default.createSymbolicLink(
          atPath: folder.appendingPathComponent(value("name")).path,
          withDestinationPath: ("\(directory)/\(path)" as NSString)
            .deletingLastPathComponent)
      }
      return [root.path]
    }
  }
}
