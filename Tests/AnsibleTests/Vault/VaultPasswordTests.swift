// Where vault passwords come from, and new passwords for what is encrypted.

import Ansible
import Jinja
import Testing

@Suite struct VaultPasswordTests {
  struct Asked: Error {}

  private func secret(
    _ source: String, _ files: [String: String] = [:],
    prompt: (String) throws -> String = { _ in throw Asked() },
    run: ([String]) throws -> [UInt8] = { _ in throw Asked() }
  ) throws -> VaultSecret {
    try VaultPasswordSource(source).secret(
      files: MemorySources(files), prompt: prompt, run: run)
  }

  @Test func filesPromptsAndIds() throws {
    #expect(
      try secret("/p", ["/p": "  word \n\n"]) == VaultSecret(password: "word"))
    #expect(
      try secret("prod@/p", ["/p": "x y\n"])
        == VaultSecret(id: "prod", password: "x y"))
    #expect(
      try secret("@/p", ["/p": "x"]) == VaultSecret(password: "x"))
    #expect(
      try secret("dev@prompt", prompt: { "\($0)-typed\n" })
        == VaultSecret(id: "dev", password: "dev-typed"))
    #expect(throws: VaultError.emptyPassword) {
      try secret("/p", ["/p": "\n"])
    }
    #expect(throws: FileFailure.self) { try secret("/nosuch") }
  }

  @Test func scriptsAreRunAndClientsAreTold() throws {
    struct Scripts: SourceFiles {
      func stamp(_ path: String) -> SourceStamp? {
        SourceStamp(isDirectory: false, mode: 0o755)
      }
      func read(_ path: String) throws(FileFailure) -> [UInt8] {
        throw FileFailure(path: path, reason: "a script is run, not read")
      }
      func names(in directory: String) throws(FileFailure) -> [String] { [] }
    }
    func command(_ source: String) throws -> String {
      let secret = try VaultPasswordSource(source).secret(
        files: Scripts(), prompt: { _ in "" },
        run: { Array($0.joined(separator: " ").utf8) + [0x0A] })
      return String(decoding: secret.password, as: UTF8.self)
    }
    #expect(try command("prod@/bin/pass.sh") == "/bin/pass.sh")
    #expect(
      try command("prod@/bin/pass-client.py")
        == "/bin/pass-client.py --vault-id prod")
  }

  @Test func rekeyTouchesOnlyWhatIsEncrypted() throws {
    let old = Vault(secrets: [VaultSecret(password: "old")])
    func block(_ text: String, _ margin: String) throws -> String {
      String(decoding: try old.encrypt(Array(text.utf8)), as: UTF8.self)
        .split(separator: "\n").map { margin + $0 + "\n" }.joined()
    }
    let text =
      "# head\na: !vault |\n" + (try block("one", "    ")) + "\n# between\n"
      + "b: plain {{ x }}\nc:\n  - !vault |\n" + (try block("two", "      "))
    let new = VaultSecret(id: "prod", password: "new")
    let made = try old.rekeyed(Array(text.utf8), to: new, file: "p.yml")
    let string = String(decoding: made, as: UTF8.self)
    #expect(
      string.hasPrefix(
        "# head\na: !vault |\n    $ANSIBLE_VAULT;1.2;AES256;prod\n"))
    #expect(
      string.contains(
        "\n\n# between\nb: plain {{ x }}\nc:\n  - !vault |\n      $"))
    let read = try AnsibleText.value(
      of: made, file: "p.yml", vault: Vault(secrets: [new])
    ).value
    #expect(try read.member("a")?.text == "one")
    #expect(try read.member("c")?.sequence()?.first?.text == "two")
    #expect(throws: VaultError.wrongPassword(id: "default")) {
      try Vault(secrets: [VaultSecret(password: "no")])
        .rekeyed(Array(text.utf8), to: new, file: "p.yml")
    }
    let whole = try old.encrypt(Array("a: 1\n".utf8))
    let again = try old.rekeyed(whole, to: new, file: "p.yml")
    #expect(try Vault(secrets: [new]).decrypt(again) == Array("a: 1\n".utf8))
    #expect(try old.rekeyed([0x61], to: new, file: "p.yml") == [0x61])
  }
}
