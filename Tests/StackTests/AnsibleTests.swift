// A stack is an ordinary Ansible project: the real ansible-playbook says so.

import Foundation
import Stack
import Testing

@Suite struct AnsibleTests {
  /// Runs a program in a directory; its exit code and all that it printed.
  private func run(
    _ program: String, _ arguments: [String], in directory: String,
    environment: [String: String] = [:]
  ) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: directory)
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: bytes, as: UTF8.self)
    )
  }

  private var repository: String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
  }

  private func playbook() throws -> String {
    let python = try run(
      repository + "/Tests/Support/venv", ["ansible"], in: repository)
    let path = python.output.split(separator: "\n").last.map(String.init) ?? ""
    return URL(filePath: path).deletingLastPathComponent()
      .appending(path: "ansible-playbook").path
  }

  @Test(arguments: ["site.yml", "remove.yml", "check.yml", "test.yml"])
  func playbooksAreAnsible(_ name: String) throws {
    let workshop = try Workshop()
    let stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    try workshop.store.writePlaybooks(stack)
    let result = try run(
      try playbook(), ["--syntax-check", name], in: workshop.stack)
    #expect(result.code == 0, "\(result.output)")
    #expect(!result.output.contains("WARNING"), "\(result.output)")
  }

  @Test func ansibleReadsTheValuesThatWereSet() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    stack = try workshop.store.apply(
      [
        .set("keystone_replicas", 5),
        .set("keystone_policy", ["a:b": "role:x and 'y' # no comment"]),
      ], to: stack)
    try workshop.write(
      "show.yml",
      """
      - hosts: localhost
        connection: local
        gather_facts: false
        tasks:
          - ansible.builtin.debug:
              msg: "<{{ keystone_replicas }}|{{ keystone_policy['a:b'] }}>"
      """)
    let result = try run(
      try playbook(), ["show.yml"], in: workshop.stack)
    #expect(
      result.output.contains("<5|role:x and 'y' # no comment>"),
      "\(result.output)")
  }
}
