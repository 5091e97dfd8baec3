// Bad input: every way in which a stack can be wrong has its own clear error.

import Foundation
import Kubernetes
import Stack
import Testing

@Suite struct StackProblemTests {
  /// Opens a stack after a file was put in it.
  private func problems(
    _ path: String, _ text: String
  ) throws -> [StackProblem] {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["keystone"])
    try workshop.write(path, text)
    return try workshop.store.open(workshop.stack).contents.problems
  }

  @Test(arguments: [
    (
      "keystone_replicas: [1\n", "syntax",
      "group_vars/all/parameters.yml:2:1"
    ),
    (
      "keystone_replicsa: 3\n", "unknown-parameter",
      "did you mean keystone_replicas?"
    ),
    (
      "keystone_replicas: many\n", "wrong-type",
      "parameters.yml:1:1: keystone_replicas is a whole number, not \"many\""
    ),
    (
      "keystone_replicas: 99\n", "out-of-range",
      "keystone_replicas is at most 15 pods, not 99"
    ),
    (
      "openstack_region: a b\n", "out-of-range",
      "openstack_region has to match"
    ),
    (
      "keystone_service_type: Magic\n", "out-of-range",
      "keystone_service_type is one of"
    ),
    ("- a\n", "syntax", "the file holds a list, not variables"),
  ])
  func parametersAreChecked(
    _ text: String, _ kind: String, _ sentence: String
  ) throws {
    let found = try problems("group_vars/all/parameters.yml", text)
    #expect(found.map(\.kind.rawValue) == [kind], "\(found)")
    #expect(
      found.first?.description.contains(sentence) == true, "\(found)")
  }

  @Test func aMissingSecretIsNamed() throws {
    let found = try problems("group_vars/all/passwords.yml", "{}\n")
    #expect(found.filter { $0.kind == .missing }.count >= 6)
    #expect(found.contains { $0.parameter == "keystone_admin_password" })
    #expect(found.first?.remedy == "generate one, or set it")
  }

  @Test func aSecretOutOfRangeIsNotPrinted() throws {
    let found = try problems(
      "group_vars/all/passwords.yml", "keystone_admin_password: hush\n")
    let problem = try #require(
      found.first { $0.parameter == "keystone_admin_password" })
    #expect(problem.kind == .outOfRange)
    #expect(!problem.description.contains("hush"))
  }

  @Test func secretsThatOthersMayReadAreAWarning() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["memcached"])
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644],
      ofItemAtPath: workshop.stack + "/group_vars/all/passwords.yml")
    let found = try workshop.store.open(workshop.stack).contents.problems
    #expect(found.map(\.kind) == [.secret])
    #expect(found.first?.severity == .warning)
  }

  @Test func aKeyThatStandsTwiceIsAWarning() throws {
    let found = try problems(
      "group_vars/all/parameters.yml",
      "keystone_replicas: 5\nkeystone_replicas: 7\n")
    #expect(found.map(\.severity) == [.warning], "\(found)")
    #expect(found.first?.what.contains("keystone_replicas") == true)
  }

  @Test func anUnknownServiceIsNamed() throws {
    let found = try problems(
      "group_vars/all/services.yml", "quarterdeck_services: [keystoen]\n")
    #expect(found.map(\.kind) == [.unknownService])
    #expect(found.first?.remedy == "did you mean keystone?")
    #expect(found.first?.location?.line == 1)
  }

  @Test func aDependencyLeftOutIsNamed() throws {
    let found = try problems(
      "group_vars/all/services.yml",
      "quarterdeck_services: [keystone, memcached]\n")
    #expect(found.contains { $0.what.contains("keystone needs mariadb") })
  }

  @Test func aCircleIsNamed() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: [])
    for (name, needs) in [("aa", "bb"), ("bb", "cc"), ("cc", "aa")] {
      try workshop.write("roles/\(name)/tasks/main.yml", "[]\n")
      try workshop.write(
        "roles/\(name)/meta/service.yml", "requires: [\(needs)]\n")
    }
    try workshop.write(
      "group_vars/all/services.yml", "quarterdeck_services: [aa, bb, cc]\n")
    let found = try workshop.store.open(workshop.stack).contents.problems
    #expect(found.map(\.kind) == [.cycle])
    #expect(found.first?.what.contains("aa → bb → cc → aa") == true)
  }

  @Test func noStackIsSaidPlainly() throws {
    let workshop = try Workshop()
    for path in [workshop.directory, workshop.directory + "/none"] {
      let problem = #expect(throws: StackProblem.self) {
        try workshop.store.open(path)
      }
      #expect(problem?.kind == .notAStack)
      #expect(problem?.remedy.contains("quarterdeck new") == true)
    }
  }

  @Test func aNewStackOverwritesNothing() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: [])
    let problem = #expect(throws: StackProblem.self) {
      try workshop.store.create(workshop.stack, services: [])
    }
    #expect(problem?.kind == .exists)
    let unknown = #expect(throws: StackProblem.self) {
      try workshop.store.create(
        workshop.directory + "/two", services: ["mariadbb"])
    }
    #expect(unknown?.kind == .unknownService)
    #expect(unknown?.remedy == "did you mean mariadb?")
  }

  @Test func rolesThatContradictThemselvesAreAWarning() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: [])
    try workshop.write("roles/aa/tasks/main.yml", "[]\n")
    try workshop.write(
      "roles/aa/meta/service.yml",
      "titel: A\nparameters:\n  aa_x: {minimun: 1, pattern: '['}\n")
    try workshop.write(
      "group_vars/all/services.yml", "quarterdeck_services: [aa]\n")
    let found = try workshop.store.open(workshop.stack).contents.problems
    #expect(found.allSatisfy { $0.severity == .warning && $0.kind == .role })
    #expect(found.contains { $0.remedy == "did you mean title?" })
    #expect(found.contains { $0.remedy == "did you mean minimum?" })
    #expect(found.contains { $0.what.contains("not a regular expression") })
  }
}
