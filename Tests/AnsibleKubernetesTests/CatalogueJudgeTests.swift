// What the engine hands to the API, held to what the real ansible-playbook
// hands to kubernetes.core: every entry point of the catalogue's roles, for the
// defaults and for sets that together change every parameter.

import Ansible
import Foundation
import Kubernetes
import Testing

@testable import AnsibleKubernetes

@Suite("The catalogue against ansible-playbook")
struct CatalogueJudgeTests {
  /// One object as it is handed over, and how.
  struct Handed: Equatable, CustomStringConvertible {
    var operation: String
    var gate: String
    var object: JSON

    var description: String {
      "\(operation)\(gate.isEmpty ? "" : ", then \(gate)"): \(object.text())"
    }
  }

  @Test(
    "the same objects in the same order, for every set of parameters",
    arguments: ["mariadb", "memcached", "keystone"])
  func same(_ role: String) async throws {
    var objects = 0
    let answers = try Self.answers(role)
    #expect(answers.count > 1)
    for answer in answers {
      let name = "\(role), \(answer["set"]?.string ?? "")"
      let status = answer["status"]?.integer
      #expect(status == 0, "\(name): \(answer["output"]?.string ?? "")")
      let rendering = try await Self.render(answer)
      #expect(rendering.refusals.map(\.description) == [], "\(name)")
      #expect(rendering.failures.map(\.description) == [], "\(name)")
      let ours = rendering.writes.map(Self.handed)
      let theirs = (answer["lines"]?.array ?? []).flatMap(Self.handed)
      #expect(ours.count == theirs.count, "\(name)")
      #expect(theirs.count > 6, "\(name)")
      for (mine, other) in zip(ours, theirs) where mine != other {
        #expect(mine.description == other.description, "\(name)")
      }
      objects += theirs.count
    }
    print(
      "\(role): \(answers.count) sets of parameters through 4 entry points, "
        + "\(objects) objects as ansible-playbook hands them over")
  }

  // MARK: - Ours

  private static func render(_ answer: JSON) async throws -> RoleRendering {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("site.yml").path
    try (answer["playbook"]?.string ?? "").write(
      toFile: path, atomically: true, encoding: .utf8)
    let fixture = (answer["fixture"]?.array ?? []).map(KubernetesObject.init)
    return await RenderKit.engine.render(
      RoleJob(
        .playbook(path),
        in: Project(
          directory: directory.path,
          rolePath: RolePath(
            project: directory.path, roots: [RenderKit.roles]))),
      over: FixtureCluster(fixture))
  }

  private static func handed(_ write: RenderedWrite) -> Handed {
    let operation: String
    switch write.operation {
    case .apply(let manager, let force):
      operation = "apply as \(manager)\(force ? " by force" : "")"
    case .create, .patch, .replace: operation = "write"
    case .delete(let options):
      operation = "delete \(options.propagation?.rawValue ?? "")"
    }
    var gate = ""
    if let written = write.gate {
      switch written.condition {
      case .ready: gate = "ready"
      case .absent: gate = "absent"
      case .condition(let type, let status, let reason):
        gate = "\(type) \(status) \(reason ?? "")"
      }
      gate += " in \(written.timeoutSeconds) s"
    }
    return Handed(
      operation: operation, gate: gate,
      object: write.object ?? identity(write.reference))
  }

  private static func identity(_ reference: ObjectReference) -> JSON {
    [
      "apiVersion": .string(reference.apiVersion),
      "kind": .string(reference.kind), "name": .string(reference.name),
      "namespace": reference.namespace.map(JSON.string) ?? .null,
    ]
  }

  // MARK: - Theirs

  /// What one line of the record says of the API.
  private static func handed(_ event: JSON) -> [Handed] {
    guard event["event"]?.string == "module",
      event["module"]?.string == "kubernetes.core.k8s", let args = event["args"]
    else { return [] }
    let isDeletion = args["state"]?.string == "absent"
    var gate = ""
    if args["wait"]?.bool == true {
      let condition = args["wait_condition"]
      if isDeletion {
        gate = "absent"
      } else if let type = condition?["type"]?.string {
        let status =
          condition?["status"]?.bool.map { $0 ? "True" : "False" }
          ?? condition?["status"]?.string ?? "True"
        gate = "\(type) \(status) \(condition?["reason"]?.string ?? "")"
      } else {
        gate = "ready"
      }
      gate += " in \(args["wait_timeout"]?.integer ?? 120) s"
    }
    if isDeletion {
      let options = args["delete_options"]?["propagationPolicy"]?.string ?? ""
      return (event["deleted"]?.array ?? []).map {
        Handed(operation: "delete \(options)", gate: gate, object: $0)
      }
    }
    var operation = "write"
    if let server = args["server_side_apply"] {
      operation = "apply as \(server["field_manager"]?.string ?? "")"
      if server["force_conflicts"]?.bool == true { operation += " by force" }
    }
    return (event["definitions"]?.array ?? []).map {
      Handed(operation: operation, gate: gate, object: $0)
    }
  }

  /// What the real one renders of a role, by the script that knows the sets.
  private static func answers(_ role: String) throws -> [JSON] {
    let support = RenderKit.root.appendingPathComponent("Tests/Support")
    func output(of program: String, _ words: [String]) throws -> Data {
      let process = Process()
      let pipe = Pipe()
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = words
      process.standardOutput = pipe
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return data
    }
    let python = String(
      decoding: try output(
        of: support.appendingPathComponent("venv").path, ["ansible"]),
      as: UTF8.self
    ).trimmingCharacters(in: .whitespacesAndNewlines)
    let script = support.appendingPathComponent("catalogue/renderings.py").path
    return try output(of: python, [script, role])
      .split(separator: 0x0A).map { try JSON(parsing: Array($0)) }
  }
}
