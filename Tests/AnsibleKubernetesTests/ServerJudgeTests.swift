// The real kubernetes.core and this engine, task by task on a real API server:
// the same tasks change, and leave the same objects behind.

import Ansible
import ControlPlane
import Foundation
import Kubectl
import Kubernetes
import Oracle
import Platform
import Synchronization
import Testing

@testable import AnsibleKubernetes

@Suite("kubernetes.core on an API server", .needsControlPlane)
struct ServerJudgeTests {
  /// How one task ended.
  struct Ended: Equatable, CustomStringConvertible {
    var task: String
    var status: String
    var message: String

    var description: String { "\(status): \(task): \(message)" }
  }

  @Test("the same changes and the same objects")
  func same() async throws {
    let plane = try await ControlPlane.shared()
    let cluster = Kubectl(
      KubectlOptions(kubeconfig: plane.admin),
      deadlines: CallDeadlines(read: .seconds(180), write: .seconds(180)))
    let judge = try Oracle(venv: "ansible", script: "ansible/plays.py")
    let only = ProcessInfo.processInfo.environment["QUARTERDECK_CASE"]
    var tasks = 0
    for (name, text) in try Self.cases() where only == nil || only == name {
      let stack = try Stack(text, cluster, judge, plane.admin)
      defer { stack.remove() }
      let theirs = "theirs-\(name.replacing("_", with: "-"))"
      let mine = "ours-\(name.replacing("_", with: "-"))"
      for namespace in [theirs, mine] {
        _ = try await cluster.create(
          KubernetesObject([
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": ["name": .string(namespace)],
          ]))
      }
      let expected = try stack.theirs(theirs)
      let ended = try await stack.ours(mine)
      #expect(ended == expected, "\(name)")
      let left = try await Self.objects(theirs, cluster)
      let own = try await Self.objects(mine, cluster)
      #expect(own.keys.sorted() == left.keys.sorted(), "\(name)")
      for (key, object) in left where own[key] != object {
        #expect(own[key] == object, "\(name): \(key)")
      }
      tasks += expected.count
      guard Self.repeats(name) else { continue }
      // Each on what the other one left.
      let again = try stack.theirs(mine)
      #expect(try await stack.ours(theirs) == again, "\(name), the other way")
    }
    await cluster.close()
    print("\(tasks) tasks as kubernetes.core does them")
    #expect(tasks > 100 || only != nil)
  }

  /// Whether a case is also run by each of the two where the other was.
  private static func repeats(_ name: String) -> Bool {
    ["create", "apply", "server_side", "merge", "numbers", "templates"]
      .contains { name.hasPrefix($0) } && name != "server_side_conflict"
  }

  // MARK: - Running

  /// One case as a playbook in a directory of its own.
  private final class Stack {
    let directory: URL
    let playbook: String
    let cluster: Kubectl
    let judge: Oracle
    let kubeconfig: String

    init(
      _ tasks: String, _ cluster: Kubectl, _ judge: Oracle,
      _ kubeconfig: String
    ) throws {
      directory = FileManager.default.temporaryDirectory
        .appendingPathComponent(UUID().uuidString)
      try FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: true)
      playbook =
        "- hosts: localhost\n  gather_facts: false\n"
        + "  collections: [kubernetes.core]\n  tasks:\n"
        + tasks.split(separator: "\n").map { "    \($0)\n" }.joined()
      self.cluster = cluster
      self.judge = judge
      self.kubeconfig = kubeconfig
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    func theirs(_ namespace: String) throws -> [Ended] {
      let answer =
        try JSONSerialization.jsonObject(
          with: try judge.ask(
            try JSONSerialization.data(withJSONObject: [
              "project": directory.path, "playbook": playbook,
              "extra": ["ns": namespace], "kubeconfig": kubeconfig,
            ]))) as? [String: Any] ?? [:]
      if let error = answer["error"] as? String {
        Issue.record("\(namespace): \(error)")
      }
      return (answer["events"] as? [[String: Any]] ?? []).map { event in
        ServerJudgeTests.ended(
          event["task"] as? String ?? "", event["status"] as? String ?? "",
          (event["result"] as? [String: Any])?["msg"], namespace)
      }
    }

    func ours(_ namespace: String) async throws -> [Ended] {
      let copy = directory.appendingPathComponent("project-\(namespace)")
      try FileManager.default.createDirectory(
        at: copy, withIntermediateDirectories: true)
      let path = copy.appendingPathComponent("site.yml").path
      try playbook.write(toFile: path, atomically: true, encoding: .utf8)
      var job = RoleJob(
        .playbook(path),
        in: Project(
          directory: copy.path, rolePath: RolePath(project: copy.path)))
      job.extraVariables = ["ns": .string(namespace)]
      let events = Mutex<[Ended]>([])
      let hooks = RunHooks(event: { event in
        guard case .taskEnded(let outcome) = event.kind, let task = event.task
        else { return }
        let result =
          event.result.flatMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8))
          } as? [String: Any]
        let ended = ServerJudgeTests.ended(
          task.name, outcome.rawValue, result?["msg"], namespace)
        events.withLock { $0.append(ended) }
      })
      _ = try await RoleEngine().run(job, on: cluster, hooks: hooks)
      return events.withLock { $0 }
    }
  }

  /// An end of a task; a failure's own words are not compared.
  private static func ended(
    _ task: String, _ status: String, _ message: Any?, _ namespace: String
  ) -> Ended {
    let isFailure = status == "failed" || status == "ignored"
    let isTold = task == "debug" && !isFailure
    let text = isTold ? message.map { "\($0)" } ?? "" : ""
    return Ended(
      task: task.split(separator: ".").last.map(String.init) ?? task,
      status: status, message: text.replacing(namespace, with: "NS"))
  }

  // MARK: - What is left

  private static let kinds: [ObjectKind] = [
    .configMap, .secret, .service, .deployment, .job,
  ]

  /// The objects of a namespace without what no two of them share.
  private static func objects(
    _ namespace: String, _ cluster: Kubectl
  ) async throws -> [String: JSON] {
    var found: [String: JSON] = [:]
    for kind in kinds {
      let list = try await cluster.listAll(
        ListQuery(kind, namespace: namespace))
      for object in list.items {
        if object.json["type"]?.string == "kubernetes.io/service-account-token"
          || object.name == "kube-root-ca.crt"
        {
          continue
        }
        let text = object.json.text().replacing(namespace, with: "NS")
        found["\(kind.kind) \(object.name)"] = settled(try JSON(parsing: text))
      }
    }
    return found
  }

  private static func settled(_ object: JSON) -> JSON {
    var json = object
    json["status"] = nil
    for member in ["uid", "resourceVersion", "creationTimestamp", "selfLink"] {
      json.set(nil, at: "metadata", member)
    }
    json.set(nil, at: "spec", "clusterIP")
    json.set(nil, at: "spec", "clusterIPs")
    // Who owns fields counts where it was said: by a server-side apply.
    let managers = (json["metadata"]?["managedFields"]?.array ?? [])
      .filter { $0["operation"]?.string == "Apply" }
      .map { manager -> JSON in
        var manager = manager
        manager["time"] = nil
        return manager
      }
    json.set(.array(managers), at: "metadata", "managedFields")
    // A Job's labels hold its own uid.
    if json["kind"]?.string == "Job" {
      json.set(nil, at: "metadata", "labels")
      json.set(nil, at: "spec", "selector")
      json.set(nil, at: "spec", "template", "metadata")
    }
    return json
  }

  private static func cases() throws -> [(String, String)] {
    let path = RenderKit.root
      .appendingPathComponent("Tests/Support/ansible/server/cases.yml").path
    let document = try ProjectReader(files: DiskSources()).document(path)
    return try document.dictionary?.entries().map {
      ($0.key.text ?? "", $0.value.text ?? "")
    } ?? []
  }
}
