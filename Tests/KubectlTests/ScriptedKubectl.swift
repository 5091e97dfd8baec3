// A kubectl that does what a test says.

import Foundation
import Kubernetes
import Platform

@testable import Kubectl

/// A folder with a scripted kubectl, and clusters that use it.
struct ScriptedKubectl {
  let folder: PrivateFolder

  /// `script` is described in Tests/Support/scripted_kubectl.py; a context is
  /// there unless it names its own.
  init(_ script: JSON) throws {
    folder = try PrivateFolder(prefix: "quarterdeck-test")
    let program = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Support/scripted_kubectl.py").path
    let files = LocalFiles()
    try files.link(folder.path + "/kubectl", to: program)
    var script = script
    if script["config"] == nil { script["config"] = Self.config() }
    try files.write(script.bytes(), to: folder.path + "/script")
  }

  /// Answers of the proxy, by request.
  init(answers: [String: [JSON]]) throws {
    try self.init(
      ["proxy": ["answers": .object(answers.mapValues(JSON.array))]])
  }

  static func config(
    current: String = "lab", server: String = "https://10.0.0.1:6443"
  ) -> JSON {
    [
      "current-context": .string(current),
      "clusters": [["name": "c", "cluster": ["server": .string(server)]]],
      "contexts": [
        ["name": "lab", "context": ["cluster": "c", "user": "u"]],
        [
          "name": "other",
          "context": ["cluster": "c", "user": "u", "namespace": "openstack"],
        ],
      ],
    ]
  }

  func processes() -> LocalProcesses {
    var environment = currentEnvironment()
    environment["KUBECTL_SCRIPT"] = folder.path + "/script"
    return LocalProcesses(environment: environment)
  }

  func cluster(
    deadlines: CallDeadlines = CallDeadlines(
      read: .seconds(120), list: .seconds(120), write: .seconds(120)),
    context: String? = nil,
    time: any TimeSource = SystemTime()
  ) -> Kubectl {
    Kubectl(
      KubectlOptions(executable: folder.path + "/kubectl", context: context),
      deadlines: deadlines, processes: processes(), time: time)
  }

  /// The words of every call of kubectl so far.
  var calls: [String] { lines("calls") }

  /// Every request to the proxy so far, with its body.
  var requests: [String] { lines("requests") }

  func rewrite(_ key: String, _ value: JSON) throws {
    let files = LocalFiles()
    var script = try JSON(parsing: files.read(folder.path + "/script").bytes)
    script[key] = value
    try files.write(script.bytes(), to: folder.path + "/script")
  }

  private func lines(_ kind: String) -> [String] {
    let bytes =
      (try? LocalFiles().read(folder.path + "/script." + kind).bytes) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }
}

/// What the core group serves, as far as the tests need it.
let coreResources: JSON = [
  "body": [
    "resources": [
      ["name": "pods", "kind": "Pod", "namespaced": true, "verbs": ["get"]],
      ["name": "nodes", "kind": "Node", "namespaced": false, "verbs": ["get"]],
      [
        "name": "pods/log", "kind": "Pod", "namespaced": true,
        "verbs": ["get"],
      ],
    ]
  ]
]

let versionAnswer: JSON = [
  "body": ["major": "1", "minor": "29+", "gitVersion": "v1.29.3-eks"]
]

func statusAnswer(
  _ code: Int, _ reason: String, headers: [String: String] = [:]
) -> JSON {
  [
    "status": .integer(code), "headers": JSON(headers),
    "body": [
      "kind": "Status", "code": .integer(code), "reason": .string(reason),
      "message": .string("scripted \(reason)"),
    ],
  ]
}
