// Tests that every role has the shape that a role must have, and that the check
// of it finds what is wrong.

import Foundation
import Testing

@Suite struct LayoutTests {
  /// The repository's root.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let roles = root.appendingPathComponent("Sources/Catalogue/roles")

  /// Runs the check on a directory of roles; returns its output and status.
  func check(_ roles: URL) throws -> (text: String, status: Int32) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c", #"exec "$("$1/venv" ansible)" "$1/catalogue/layout.py" "$2""#,
      "check", Self.root.appendingPathComponent("Tests/Support").path,
      roles.path,
    ]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  @Test func everyRoleHasItsShape() throws {
    let (text, status) = try check(Self.roles)
    #expect(status == 0, "\(text)")
    #expect(text.hasSuffix(" passed, 0 failed\n"), "\(text)")
  }

  /// A fault that is put into one file, and the rule that finds it.
  struct Fault: Sendable, CustomTestStringConvertible {
    var file: String
    var old: String
    var new: String
    var rule: String

    var testDescription: String { rule }
  }

  @Test(arguments: [
    Fault(
      file: "keystone/meta/service.yml", old: "maximum: 15", new: "maximum: 16",
      rule: "the role asserts the limits of service.yml"),
    Fault(
      file: "keystone/meta/main.yml", old: "dependencies: []",
      new: "dependencies: [mariadb]", rule: "no dependencies"),
    Fault(
      file: "memcached/defaults/main.yml", old: "memcached_memory: 256",
      new: "memcached_memory: 255", rule: "defaults and specs say the same"),
    Fault(
      file: "memcached/defaults/main.yml", old: "memcached_memory: 256",
      new: "memcached_memories: 256",
      rule: "every default belongs to an option"),
    Fault(
      file: "mariadb/tasks/main.yml", old: "field_manager: quarterdeck",
      new: "field_manager: other",
      rule: "objects are applied as quarterdeck"),
    Fault(
      file: "mariadb/tasks/main.yml", old: "  no_log: true", new: "",
      rule: "secrets are not logged and use data"),
    Fault(
      file: "mariadb/meta/service.yml", old: "requires: []",
      new: "requires: [keystone]", rule: "requires has no cycle"),
    Fault(
      file: "mariadb/meta/service.yml", old: "requires: []",
      new: "requires: [postgresql]", rule: "requires names roles"),
    Fault(
      file: "memcached/meta/argument_specs.yml",
      old: "Namespace of all objects of the stack.", new: "Namespace.",
      rule: "a value of the stack is the same in all roles"),
  ])
  func faultsAreFound(fault: Fault) throws {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("quarterdeck-roles-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: Self.roles, to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    let file = copy.appendingPathComponent(fault.file)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains(fault.old), "the fault has no place any more")
    try text.replacingOccurrences(of: fault.old, with: fault.new)
      .write(to: file, atomically: true, encoding: .utf8)
    let (said, status) = try check(copy)
    #expect(status == 1)
    #expect(said.contains(": \(fault.rule): "), "\(said)")
  }
}
