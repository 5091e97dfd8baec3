// A stack whose secrets are encrypted with Ansible Vault.

import Ansible
import Foundation
import Stack
import Testing

@Suite struct VaultTests {
  private let vault = Vault(secrets: [VaultSecret(password: "correct horse")])

  /// A stack whose passwords.yml is encrypted as a whole.
  private func locked() throws -> Workshop {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["mariadb"])
    let text = try workshop.text("group_vars/all/passwords.yml")
    try workshop.write(
      "group_vars/all/passwords.yml",
      String(decoding: try vault.encrypt(Array(text.utf8)), as: UTF8.self))
    return workshop
  }

  private func store(_ workshop: Workshop, _ vault: Vault) -> StackStore {
    StackStore(
      files: workshop.files, catalogue: Workshop.catalogue, vault: vault)
  }

  @Test func withoutAPasswordItSaysThatItIsLocked() throws {
    let workshop = try locked()
    let problems = try workshop.store.open(workshop.stack).contents.errors
    // What the file holds is not missing: one error says what to do.
    #expect(problems.map(\.kind) == [.locked])
    #expect(
      problems.first?.description.hasPrefix("group_vars/all/passwords.yml:")
        == true)
    #expect(
      problems.first?.remedy.contains("--vault-password-file") == true)
    let wrong = Vault(secrets: [VaultSecret(password: "wrong")])
    let other = try store(workshop, wrong).open(workshop.stack).contents.errors
    #expect(other.map(\.kind) == [.locked])
    #expect(other.first?.what.contains("wrong vault password") == true)
  }

  @Test func itStaysEncryptedWhenItIsEdited() throws {
    let workshop = try locked()
    let store = store(workshop, vault)
    let stack = try store.open(workshop.stack)
    #expect(stack.contents.problems == [])
    let before = stack.contents.value(of: "mariadb_root_password")?.value
    // A service that comes brings secrets of its own.
    let changed = try store.apply(
      [.choose(["mariadb", "memcached", "keystone"])], to: stack)
    #expect(changed.contents.problems == [])
    #expect(
      changed.contents.value(of: "mariadb_root_password")?.value == before)
    let secret = try #require(
      changed.contents.value(of: "keystone_admin_password")?.value?.string)
    let text = try workshop.text("group_vars/all/passwords.yml")
    #expect(text.hasPrefix("$ANSIBLE_VAULT;1.1;AES256"))
    #expect(!text.contains(secret))
    #expect(try workshop.mode("group_vars/all/passwords.yml") == 0o600)
    let plain = String(
      decoding: try vault.decrypt(Array(text.utf8)), as: UTF8.self)
    #expect(plain.contains(secret))
    #expect(plain.contains("# "), "comments stay")
  }

  @Test func singleValuesMayBeEncrypted() throws {
    let workshop = try Workshop()
    _ = try workshop.store.create(workshop.stack, services: ["mariadb"])
    let vaulted = String(
      decoding: try vault.encrypt(Array("s3cret-of-the-root-account".utf8)),
      as: UTF8.self
    ).split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    let lines = try workshop.text("group_vars/all/passwords.yml")
      .split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.map {
      $0.hasPrefix("mariadb_root_password:")
        ? "mariadb_root_password: !vault |\n\(vaulted)" : String($0)
    }.joined(separator: "\n")
    try workshop.write("group_vars/all/passwords.yml", text)
    let shut = try workshop.store.open(workshop.stack).contents.errors
    #expect(shut.map(\.kind) == [.locked])
    #expect(shut.first?.what.contains("mariadb_root_password") == true)
    let open = try store(workshop, vault).open(workshop.stack).contents
    #expect(open.errors == [])
    #expect(
      open.value(of: "mariadb_root_password")?.value
        == "s3cret-of-the-root-account")
  }
}
