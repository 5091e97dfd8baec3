// Vault texts both ways with the real ansible-core, and what is refused.

import Ansible
import Testing

@Suite struct VaultTests {
  static let plaintexts = [
    "", "x", "0123456789abcdef", "password: sésame\n",
    String(repeating: "line\n", count: 300),
  ]

  @Test(arguments: plaintexts, [nil, "prod"] as [String?])
  func ansibleOpensOurs(plaintext: String, id: String?) async throws {
    let vault = Vault(secrets: [
      VaultSecret(id: id ?? "default", password: "sésame")
    ])
    let text = try vault.encrypt(Array(plaintext.utf8))
    let judged = try await Judge.shared.ask([
      "op": "vault", "do": "decrypt", "password": "sésame",
      "id": id ?? "default", "text": String(decoding: text, as: UTF8.self),
    ])
    #expect(judged.value == plaintext, "\(judged.errors)")
  }

  @Test(arguments: plaintexts, [nil, "prod"] as [String?])
  func weOpenAnsibles(plaintext: String, id: String?) async throws {
    var question: [String: any Sendable] = [
      "op": "vault", "do": "encrypt", "password": "sésame", "text": plaintext,
    ]
    if let id { question["id"] = id }
    let text = try #require(try await Judge.shared.ask(question).value)
    let vault = Vault(secrets: [
      VaultSecret(password: "wrong"), VaultSecret(id: "b", password: "sésame"),
    ])
    let opened = try vault.open(Array(text.utf8))
    #expect(String(decoding: opened.plaintext, as: UTF8.self) == plaintext)
    #expect(opened.secret.id == "b")
    #expect(try Vault.id(of: Array(text.utf8)) == id ?? "default")
  }

  @Test func fixedSaltGivesAnsiblesText() throws {
    let secret = VaultSecret(password: "p")
    let one = try Vault.encrypt([1, 2, 3], with: secret, salt: [7])
    #expect(try Vault.encrypt([1, 2, 3], with: secret, salt: [7]) == one)
    #expect(try Vault.encrypt([1, 2, 3], with: secret) != one)
  }

  @Test func wrongPasswordSaysSo() throws {
    let text = try Vault.encrypt(
      Array("x".utf8), with: VaultSecret(id: "prod", password: "right"))
    #expect(throws: VaultError.wrongPassword(id: "prod")) {
      try Vault(secrets: [VaultSecret(password: "wrong")]).decrypt(text)
    }
    #expect(throws: VaultError.noPassword(id: "prod")) {
      try Vault().decrypt(text)
    }
  }

  @Test func tamperedTextIsNotOpened() throws {
    let secret = VaultSecret(password: "right")
    var text = try Vault.encrypt(Array("x".utf8), with: secret)
    // The last digit but one is the low half of a digit of the ciphertext.
    let place = text.count - 2
    text[place] = text[place] == 0x30 ? 0x31 : 0x30
    #expect(throws: VaultError.self) {
      try Vault(secrets: [secret]).decrypt(text)
    }
  }

  @Test(arguments: [
    "", "plain", "$ANSIBLE_VAULT", "$ANSIBLE_VAULT;1.1;AES\n00\n",
    "$ANSIBLE_VAULT;1.1;AES256\n0\n", "$ANSIBLE_VAULT;1.1;AES256\nzz\n",
    "$ANSIBLE_VAULT;1.1;AES256\n",
  ])
  func damagedTextIsRefused(text: String) {
    #expect(throws: VaultError.self) {
      try Vault(secrets: [VaultSecret(password: "p")])
        .decrypt(Array(text.utf8))
    }
  }

  @Test func refusesToEncryptTwiceOrUnderAnUnknownID() throws {
    let vault = Vault(secrets: [VaultSecret(id: "a", password: "p")])
    let text = try vault.encrypt([1])
    #expect(throws: VaultError.alreadyEncrypted) { try vault.encrypt(text) }
    #expect(throws: VaultError.unknownID("z", known: ["a"])) {
      try vault.encrypt([1], id: "z")
    }
  }
}
