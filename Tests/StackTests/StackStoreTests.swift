// Stacks on disk: making, opening, editing, and everything that can be wrong
// with one.

import Foundation
import Kubernetes
import Stack
import Testing

@Suite struct StackStoreTests {
  @Test func aNewStackBringsWhatItsServicesNeed() throws {
    let workshop = try Workshop()
    let stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    #expect(
      Set(stack.contents.chosen) == ["keystone", "mariadb", "memcached"])
    #expect(stack.contents.chosen.last == "keystone")
    #expect(stack.contents.problems == [])
    #expect(stack.contents.name == "lab")
    #expect(try workshop.mode("group_vars/all/passwords.yml") == 0o600)
    #expect(try workshop.mode(".quarterdeck") == 0o700)
    #expect(try workshop.text(".gitignore").contains("/.quarterdeck/"))
  }

  @Test func secretsAreGeneratedByTheirRulesAndNeverShown() throws {
    let workshop = try Workshop()
    let stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    let secrets = stack.contents.values.filter(\.parameter.isSecret)
    #expect(secrets.count >= 6)
    for value in secrets {
      guard case .generated = value.origin else {
        Issue.record("\(value.parameter.name): \(value.origin)")
        continue
      }
      #expect(value.display == ParameterValue.mask)
      #expect(!value.isChanged)
      let text = value.value?.string ?? ""
      #expect(try workshop.text("group_vars/all/passwords.yml").contains(text))
      #expect(
        !(try workshop.text("group_vars/all/parameters.yml"))
          .contains(text))
    }
    let texts = secrets.compactMap(\.value?.string)
    #expect(Set(texts).count == texts.count)
  }

  @Test func playbooksNameTheComponentsInOrder() throws {
    let workshop = try Workshop()
    let stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    try workshop.store.writePlaybooks(stack)
    let site = try workshop.text("site.yml")
    let order = ["mariadb", "memcached", "keystone"].map {
      site.range(of: "- role: \($0)")?.lowerBound
    }
    #expect(order.allSatisfy { $0 != nil })
    #expect(order[0] ?? site.endIndex < order[2] ?? site.startIndex)
    let remove = try workshop.text("remove.yml")
    let gone = ["keystone", "mariadb"].map {
      remove.range(of: "name: \($0)\n")?.lowerBound
    }
    #expect(gone[0] ?? remove.endIndex < gone[1] ?? remove.startIndex)
    #expect(remove.contains("tasks_from: remove"))
  }

  @Test func settingKeepsTheOperatorsText() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    try workshop.write(
      "group_vars/all/parameters.yml",
      """
      # My own heading.

      # why three: see ticket 12
      keystone_replicas: 3  # not fewer
      """ + "\n")
    stack = try workshop.store.open(workshop.stack)
    stack = try workshop.store.apply(
      [
        .set("keystone_replicas", 5), .set("mariadb_replicas", 5),
      ], to: stack)
    let text = try workshop.text("group_vars/all/parameters.yml")
    #expect(text.contains("# My own heading."))
    #expect(
      text.contains(
        "# why three: see ticket 12\nkeystone_replicas: 5  # not fewer"))
    #expect(text.contains("\nmariadb_replicas: 5\n"))
    #expect(text.contains("# Number of members."))
    let value = try #require(stack.contents.value(of: "keystone_replicas"))
    #expect(value.value == 5)
    #expect(value.isChanged)
    #expect(
      value.origin
        == .file(
          SourceLocation(
            file: "group_vars/all/parameters.yml", line: 4, column: 1)))
  }

  /// The cluster keeps a stack's lock and releases under its name: a copy of
  /// the directory must not get a lock of its own.
  @Test func aMovedStackKeepsItsName() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["keystone"])
    let name = try workshop.store.open(workshop.stack).contents.name
    let moved = workshop.stack + " \"moved\" \\"
    try FileManager.default.moveItem(atPath: workshop.stack, toPath: moved)
    let stack = try workshop.store.open(moved)
    #expect(stack.contents.name == name)
    #expect(stack.contents.problems.isEmpty)
    // One from before names were written down has its directory's.
    let odd = try workshop.store.create(
      workshop.directory + "/a \"b\" \\c", services: [])
    #expect(odd.contents.name == "a \"b\" \\c")
    let path = odd.layout.services
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("quarterdeck_stack") }.joined(separator: "\n")
      .write(toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try workshop.store.open(odd.layout.directory).contents.name
        == odd.layout.name)
  }

  @Test func aDefaultIsTakenOutOfTheFile() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    let before = try workshop.text("group_vars/all/parameters.yml")
    let usual = try #require(
      stack.contents.value(of: "keystone_replicas")?.parameter.defaultValue)
    stack = try workshop.store.apply(
      [.set("keystone_replicas", 7)], to: stack)
    stack = try workshop.store.apply(
      [.set("keystone_replicas", usual)], to: stack)
    #expect(try workshop.text("group_vars/all/parameters.yml") == before)
    stack = try workshop.store.apply(
      [.set("keystone_replicas", 7)], to: stack)
    stack = try workshop.store.apply([.reset("keystone_replicas")], to: stack)
    #expect(try workshop.text("group_vars/all/parameters.yml") == before)
  }

  /// The operator's comments are not ours to take out.
  @Test func commentsStayWhereADefaultIsTakenOut() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    let path = "group_vars/all/parameters.yml"
    let kept = try workshop.text(path) + "# five since the outage\n"
    try workshop.write(path, kept + "keystone_replicas: 5\n")
    stack = try workshop.store.open(workshop.stack)
    _ = try workshop.store.apply([.reset("keystone_replicas")], to: stack)
    #expect(try workshop.text(path) == kept)
  }

  @Test func listsAndDictionariesAreWrittenAndReadBack() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["keystone"])
    let resources: JSON = ["requests": ["cpu": "2", "memory": "1Gi"]]
    let tolerations: JSON = [["key": "a b", "operator": "Exists"]]
    stack = try workshop.store.apply(
      [
        .set("keystone_resources", resources),
        .set("keystone_tolerations", tolerations),
      ], to: stack)
    #expect(
      stack.contents.value(of: "keystone_resources")?.value == resources)
    #expect(
      stack.contents.value(of: "keystone_tolerations")?.value == tolerations)
    #expect(stack.contents.errors == [])
  }

  @Test func commentsInsideADictionaryStay() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["keystone"])
    try workshop.write(
      "group_vars/all/parameters.yml",
      """
      keystone_policy:
        # who may list
        list_users: role:admin
        drop_me: role:admin

      # below
      keystone_replicas: 5
      """ + "\n")
    let stack = try workshop.store.open(workshop.stack)
    let edited = try workshop.store.apply(
      [
        .set(
          "keystone_policy",
          ["list_users": "role:reader", "show_user": "role:admin"])
      ], to: stack)
    let text = try workshop.text("group_vars/all/parameters.yml")
    #expect(text.contains("  # who may list\n  list_users: role:reader\n"))
    #expect(text.contains("  show_user: role:admin\n"))
    #expect(!text.contains("drop_me"))
    #expect(text.contains("\n# below\nkeystone_replicas: 5\n"))
    #expect(edited.contents.problems == [])
  }

  @Test func aFileChangedMeanwhileIsNotOverwritten() throws {
    let workshop = try Workshop()
    let stack = try workshop.store.create(
      workshop.stack, services: ["memcached"])
    try workshop.write(
      "group_vars/all/parameters.yml", "memcached_replicas: 2\n")
    let problem = #expect(throws: StackProblem.self) {
      try workshop.store.apply([.set("memcached_replicas", 4)], to: stack)
    }
    #expect(problem?.kind == .changedOnDisk)
    #expect(
      try workshop.text("group_vars/all/parameters.yml")
        == "memcached_replicas: 2\n")
  }

  @Test func aValueOfTheOperatorsOwnFilesIsNotTouched() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["memcached"])
    try workshop.write("group_vars/all/zz.yml", "memcached_replicas: 2\n")
    let stack = try workshop.store.open(workshop.stack)
    #expect(stack.contents.value(of: "memcached_replicas")?.value == 2)
    let problem = #expect(throws: StackProblem.self) {
      try workshop.store.apply([.set("memcached_replicas", 4)], to: stack)
    }
    #expect(problem?.what.contains("group_vars/all/zz.yml") == true)
  }

  @Test func theRoleOfTheStackWins() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["memcached"])
    try workshop.write("roles/memcached/tasks/main.yml", "[]\n")
    try workshop.write(
      "roles/memcached/defaults/main.yml", "memcached_greeting: hello\n")
    let stack = try workshop.store.open(workshop.stack)
    let component = try #require(
      stack.contents.components.first { $0.name == "memcached" })
    #expect(component.isFromStack)
    let value = try #require(stack.contents.value(of: "memcached_greeting"))
    #expect(value.value == "hello")
    #expect(value.parameter.type == .str)
  }

  @Test func choosingWritesServicesPlaybooksAndSecrets() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["memcached"])
    stack = try workshop.store.apply(
      [.choose(["keystone", "mariadb", "memcached"])], to: stack)
    #expect(stack.contents.chosen == ["mariadb", "memcached", "keystone"])
    #expect(stack.contents.problems == [])
    #expect(try workshop.text("site.yml").contains("role: keystone"))
    let services = try workshop.text("group_vars/all/services.yml")
    #expect(services.contains("# The chosen services, by name."))
    #expect(services.contains("openstack_release: \"2025.2\""))
  }

  @Test func theClusterIsRecorded() throws {
    let workshop = try Workshop()
    var stack = try workshop.store.create(
      workshop.stack, services: ["memcached"])
    stack = try workshop.store.apply(
      [
        .recordCluster(uid: "1-2-3", policyVersion: "policy/v1beta1"),
        .useCluster(context: "prod", isRehearsal: false),
      ], to: stack)
    #expect(stack.contents.settings.clusterUID == "1-2-3")
    #expect(stack.contents.settings.context == "prod")
    #expect(
      try workshop.text("group_vars/all/services.yml")
        .contains("openstack_policy_api_version: policy/v1beta1"))
    #expect(stack.contents.problems == [])
  }
}
