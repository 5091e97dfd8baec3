// What the engine hands to the API, held to what the real ansible-playbook
// hands to kubernetes.core, for every entry point of the catalogue's roles.

import Ansible
import Foundation
import Kubernetes
import Testing

@testable import AnsibleKubernetes

@Suite("The catalogue against ansible-playbook")
struct CatalogueJudgeTests {
  /// One object as it is handed over.
  struct Handed: Equatable, CustomStringConvertible {
    var isDeletion: Bool
    var object: JSON

    var description: String {
      (isDeletion ? "delete " : "write ") + object.text()
    }
  }

  @Test(
    "the same objects in the same order",
    arguments: ["mariadb", "memcached", "keystone"],
    ["main", "check", "test", "remove"])
  func same(_ role: String, _ entryPoint: String) async throws {
    var objects = RenderKit.nodes
    if entryPoint == "remove" {
      // What a deployment leaves behind, so that there is something to remove.
      let deployed = await RenderKit.render(role, "main")
      objects += deployed.writes.compactMap { write in
        write.object.map(KubernetesObject.init)
      }
    }
    let rendering = await RenderKit.render(
      role, entryPoint, over: FixtureCluster(objects))
    let ours = rendering.writes.map { write -> Handed in
      if case .delete = write.operation {
        return Handed(
          isDeletion: true, object: Self.identity(write.reference))
      }
      return Handed(isDeletion: false, object: write.object ?? .null)
    }
    let theirs = try Self.record(role, entryPoint, objects)
    #expect(ours.count == theirs.count)
    if entryPoint == "main" { #expect(theirs.count > 3) }
    for (mine, other) in zip(ours, theirs) where mine != other {
      #expect(
        mine.description == other.description, "\(role) \(entryPoint)")
    }
    #expect(rendering.refusals.map(\.description) == [])
  }

  private static func identity(_ reference: ObjectReference) -> JSON {
    var json: JSON = [
      "apiVersion": .string(reference.apiVersion),
      "kind": .string(reference.kind), "name": .string(reference.name),
    ]
    json["namespace"] = reference.namespace.map(JSON.string)
    return json
  }

  /// What the real one hands over, from the recorder of its callback.
  private static func record(
    _ role: String, _ entryPoint: String, _ objects: [KubernetesObject]
  ) throws -> [Handed] {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    func write(_ json: JSON, _ name: String) throws -> String {
      let path = directory.appendingPathComponent(name)
      try Data(json.bytes()).write(to: path)
      return path.path
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = RenderKit.root
      .appendingPathComponent("Tests/Support/ansible/record")
    process.arguments = [
      "--role", role, "--entry", entryPoint, "--vars",
      try write(.object(try RenderKit.secrets(role)), "vars.json"),
      "--fixture", try write(.array(objects.map(\.json)), "fixture.json"),
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try text.split(separator: 0x0A).flatMap { line -> [Handed] in
      let event = try JSON(parsing: Array(line))
      guard event["event"]?.string == "module",
        event["module"]?.string?.hasSuffix("k8s") == true
      else { return [] }
      let isDeletion = event["args"]?["state"]?.string == "absent"
      let existing = Set(objects.map(\.reference))
      return (event["definitions"]?.array ?? []).compactMap { definition in
        guard isDeletion else {
          return Handed(isDeletion: false, object: definition)
        }
        let reference = KubernetesObject(definition).reference
        return existing.contains(reference)
          ? Handed(isDeletion: true, object: identity(reference)) : nil
      }
    }
  }
}
