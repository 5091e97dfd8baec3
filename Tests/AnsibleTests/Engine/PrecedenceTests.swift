// Which of two variables of one name wins, for every pair of places that set
// variables: the real ansible-core and this engine say the same.

import Foundation
import Oracle
import Testing

@testable import Ansible

@Suite("Precedence against ansible-core")
struct PrecedenceTests {
  /// One arrangement of levels around the tasks that look.
  struct Arrangement: Sendable, CustomTestStringConvertible {
    var name: String
    /// Every level that sets variables.
    var levels: [String]
    /// Files of the project, the playbook last, made of the variables that a
    /// level sets.
    var files: @Sendable (Pairs) -> [String: Any]
    var testDescription: String { name }
  }

  /// A variable for each pair of levels, set by both of them.
  struct Pairs {
    var levels: [String]

    /// The names of all variables.
    var names: [String] {
      levels.indices.flatMap { first in
        levels.indices.dropFirst(first + 1).map { "p_\(first)_\($0)" }
      }
    }

    /// The variables that a level sets, each to the level's name.
    func set(by level: String) -> [String: Any] {
      Dictionary(
        uniqueKeysWithValues: names(of: level).map { ($0, level) })
    }

    /// The names of the variables that a level sets.
    func names(of level: String) -> [String] {
      guard let index = levels.firstIndex(of: level) else { return [] }
      return names.filter { name in
        name.split(separator: "_").dropFirst().contains { $0 == "\(index)" }
      }
    }

    /// A task that tells who won each pair.
    func tell(_ keywords: [String: Any] = [:]) -> [String: Any] {
      // A registered variable is a result that says who it is.
      let message = names.map { name in
        [name, "{{ \(name).msg | default(\(name)) | default('nobody') }}"]
      }
      return keywords.merging([
        "debug": [
          "msg": Dictionary(
            uniqueKeysWithValues: message.map { ($0[0], $0[1]) })
        ]
      ]) { $1 }
    }

    /// Tasks that register the variables of a level.
    func register(_ level: String) -> [[String: Any]] {
      names(of: level).map {
        ["debug": ["msg": level], "register": $0]
      }
    }

    /// Tasks whose loop has the variables of a level, each telling of one.
    func loops(_ level: String, vars other: String) -> [[String: Any]] {
      let values = set(by: other)
      return names(of: level).map { name in
        var task: [String: Any] = [
          "debug": ["msg": "\(name) {{ \(name).msg | default(\(name)) }}"],
          "loop": [level], "loop_control": ["loop_var": name],
        ]
        if let value = values[name] { task["vars"] = [name: value] }
        return task
      }
    }
  }

  @Test(
    "every pair of levels has the same winner", arguments: Self.arrangements)
  func pairs(_ arrangement: Arrangement) async throws {
    let pairs = Pairs(levels: arrangement.levels)
    let project = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: project) }
    var playbook = ""
    for (path, content) in arrangement.files(pairs) {
      let text = String(
        decoding: try JSONSerialization.data(
          withJSONObject: content, options: [.sortedKeys]), as: UTF8.self)
      if path == "site.yml" { playbook = text }
      let file = project.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let extra = pairs.set(by: "extra vars")
    let judge = try Oracle(venv: "ansible", script: "ansible/plays.py")
    let answer =
      try JSONSerialization.jsonObject(
        with: try judge.ask(
          try JSONSerialization.data(withJSONObject: [
            "project": project.path, "playbook": playbook, "extra": extra,
          ]))) as? [String: Any] ?? [:]
    var one = PlaybookCase(name: arrangement.name, playbook: playbook)
    one.extra = extra.compactMapValues { $0 as? String }
    let (ours, refusal) = try await PlaybookJudgeTests.run(
      one, project: project)
    let theirs = PlaybookJudgeTests.events(answer)
    #expect(refusal?.description == nil)
    #expect(answer["error"] as? String == nil)
    #expect(theirs.allSatisfy { $0.status == "ok" }, "\(theirs.last as Any)")
    #expect(!theirs.isEmpty)
    #expect(ours.count == theirs.count)
    for (mine, other) in zip(ours, theirs) where mine != other {
      let wrong = Self.differences(mine.message, other.message)
      Issue.record("\(arrangement.name): \(wrong)")
    }
    print(
      "\(arrangement.name): \(pairs.names.count) pairs of "
        + "\(pairs.levels.count) levels")
  }

  /// Which pairs two messages tell apart, with the names of their levels.
  private static func differences(_ ours: String, _ theirs: String) -> String {
    func winners(_ text: String) -> [String: String]? {
      let value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
      return (value as? [Any])?.first as? [String: String]
    }
    guard let ours = winners(ours), let theirs = winners(theirs) else {
      return "\(ours) is not \(theirs)"
    }
    return theirs.keys.sorted().filter { ours[$0] != theirs[$0] }
      .map { "\($0): \(ours[$0] ?? "-"), not \(theirs[$0] ?? "-")" }
      .joined(separator: "; ")
  }

  // MARK: - Arrangements

  /// Levels that every arrangement has, and their files.
  private static let project = [
    "group_vars/all", "group_vars file", "host_vars", "play vars", "vars_files",
    "extra vars",
  ]

  private static func projectFiles(_ pairs: Pairs) -> [String: Any] {
    [
      // One file in the directory and one of the same level beside it.
      "group_vars/all/a.yml": pairs.set(by: "group_vars/all"),
      "group_vars/all/b.yml": pairs.set(by: "group_vars file"),
      "host_vars/localhost.yml": pairs.set(by: "host_vars"),
      "files.yml": pairs.set(by: "vars_files"),
    ]
  }

  private static func play(_ pairs: Pairs, _ content: [String: Any])
    -> [[String: Any]]
  {
    [
      content.merging([
        "hosts": "localhost", "gather_facts": false,
        "vars": pairs.set(by: "play vars"), "vars_files": ["files.yml"],
      ]) { $1 }
    ]
  }

  static let arrangements = [
    Arrangement(
      name: "a role of the play",
      levels: project + [
        "role defaults", "dependency defaults", "role vars", "dependency vars",
        "role params", "role use vars", "block vars", "inner block vars",
        "include_vars", "set_fact", "registered", "include_tasks vars",
        "inner include_tasks vars", "task vars",
      ],
      files: { pairs in
        var use = pairs.set(by: "role params")
        use["role"] = "r"
        use["vars"] = pairs.set(by: "role use vars")
        return projectFiles(pairs).merging([
          "roles/dep/defaults/main.yml": pairs.set(by: "dependency defaults"),
          "roles/dep/vars/main.yml": pairs.set(by: "dependency vars"),
          "roles/r/meta/main.yml": ["dependencies": ["dep"]],
          "roles/r/defaults/main.yml": pairs.set(by: "role defaults"),
          "roles/r/vars/main.yml": pairs.set(by: "role vars"),
          "roles/r/vars/more.yml": pairs.set(by: "include_vars"),
          "roles/r/tasks/main.yml": [
            ["include_vars": "more.yml"],
            ["set_fact": pairs.set(by: "set_fact")],
          ] + pairs.register("registered") + [
            pairs.tell(),
            [
              "vars": pairs.set(by: "block vars"),
              "block": [
                [
                  "vars": pairs.set(by: "inner block vars"),
                  "block": [
                    [
                      "include_tasks": "outer.yml",
                      "vars": pairs.set(by: "include_tasks vars"),
                    ]
                  ],
                ]
              ],
            ],
          ],
          "roles/r/tasks/outer.yml": [
            [
              "include_tasks": "inner.yml",
              "vars": pairs.set(by: "inner include_tasks vars"),
            ]
          ],
          "roles/r/tasks/inner.yml": [
            pairs.tell(["vars": pairs.set(by: "task vars")]), pairs.tell(),
          ],
          "site.yml": play(
            pairs, ["roles": [use], "post_tasks": [pairs.tell()]]),
        ]) { $1 }
      }),
    Arrangement(
      name: "an included role",
      levels: project + [
        "role defaults", "role vars", "include_role vars", "block vars",
        "role block vars", "task vars", "set_fact before", "include_vars",
        "role set_fact", "loop variable",
      ],
      files: { pairs in
        included(pairs, "include_role", ["public": true])
      }),
    Arrangement(
      name: "an imported role",
      levels: project + [
        "role defaults", "role vars", "include_role vars", "block vars",
        "role block vars", "task vars", "set_fact before", "include_vars",
        "role set_fact", "loop variable",
      ],
      files: { pairs in included(pairs, "import_role", [:]) }),
    Arrangement(
      name: "one role after another",
      levels: project + [
        "first defaults", "first vars", "first params", "second defaults",
        "second vars", "second params", "first set_fact", "import_tasks vars",
      ],
      files: { pairs in
        projectFiles(pairs).merging([
          "roles/first/defaults/main.yml": pairs.set(by: "first defaults"),
          "roles/first/vars/main.yml": pairs.set(by: "first vars"),
          "roles/first/tasks/main.yml": [
            pairs.tell(), ["set_fact": pairs.set(by: "first set_fact")],
          ],
          "roles/second/defaults/main.yml": pairs.set(by: "second defaults"),
          "roles/second/vars/main.yml": pairs.set(by: "second vars"),
          "roles/second/tasks/main.yml": [
            pairs.tell(),
            [
              "import_tasks": "more.yml",
              "vars": pairs.set(by: "import_tasks vars"),
            ],
          ],
          "roles/second/tasks/more.yml": [pairs.tell()],
          "site.yml": play(
            pairs,
            [
              "pre_tasks": [pairs.tell()],
              "roles": [
                pairs.set(by: "first params")
                  .merging(["role": "first"]) { $1 },
                pairs.set(by: "second params")
                  .merging(["role": "second"]) { $1 },
              ], "tasks": [pairs.tell()],
            ]),
        ]) { $1 }
      }),
  ]

  /// A role that tasks bring in.
  private static func included(
    _ pairs: Pairs, _ action: String, _ arguments: [String: Any]
  ) -> [String: Any] {
    projectFiles(pairs).merging([
      "roles/r/defaults/main.yml": pairs.set(by: "role defaults"),
      "roles/r/vars/main.yml": pairs.set(by: "role vars"),
      "roles/r/vars/more.yml": pairs.set(by: "include_vars"),
      "roles/r/tasks/main.yml": [
        pairs.tell(), ["include_vars": "more.yml"], pairs.tell(),
        ["set_fact": pairs.set(by: "role set_fact")],
        [
          "vars": pairs.set(by: "role block vars"),
          "block": [
            pairs.tell(["vars": pairs.set(by: "task vars")]), pairs.tell(),
          ] + pairs.loops("loop variable", vars: "task vars"),
        ],
      ],
      "site.yml": play(
        pairs,
        [
          "tasks": [
            ["set_fact": pairs.set(by: "set_fact before")],
            [
              "vars": pairs.set(by: "block vars"),
              "block": [
                [
                  action: arguments.merging(["name": "r"]) { $1 },
                  "vars": pairs.set(by: "include_role vars"),
                ]
              ],
            ],
            pairs.tell(),
          ]
        ]),
    ]) { $1 }
  }
}
