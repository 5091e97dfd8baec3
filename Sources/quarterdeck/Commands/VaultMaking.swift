// `quarterdeck vault create` and `encrypt-string`: secrets that no file holds yet.

import Ansible
import ArgumentParser
import Glibc
import Platform

extension VaultCommand {
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a new encrypted file with $EDITOR.")

    @Argument(help: "The file; there must be none yet.") var file: String
    @OptionGroup var vault: VaultOptions
    @Option(
      help: ArgumentHelp(
        "The vault id to encrypt with, where there are several.",
        valueName: "label"))
    var encryptVaultID: String?

    func run() throws {
      guard (try? LocalFiles().exists(absolutePath(file))) != true else {
        throw Failure(.badInput, "\(file): is there already; edit changes it")
      }
      let secrets = try vault.vault(confirmed: true)
      try VaultCommand.checkID(encryptVaultID, of: secrets)
      let text = try VaultEditor.edit([], like: file)
      let content = try VaultCommand.checked(file) {
        try secrets.encrypt(text, id: encryptVaultID)
      }
      try VaultCommand.write(content, to: file)
    }
  }

  struct EncryptString: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "encrypt-string",
      abstract: "Print a !vault value for a YAML file.",
      discussion: """
        The text comes from standard input, or is asked for on a terminal: \
        what stands on a command line every process can read.
        """,
      aliases: ["encrypt_string"])

    @OptionGroup var vault: VaultOptions
    @Option(name: [.short, .long], help: "The variable that gets the value.")
    var name: String?
    @Option(
      help: ArgumentHelp(
        "The vault id to encrypt with, where there are several.",
        valueName: "label"))
    var encryptVaultID: String?

    func run() throws {
      let secrets = try vault.vault(confirmed: true)
      try VaultCommand.checkID(encryptVaultID, of: secrets)
      let plain =
        isatty(STDIN_FILENO) == 1
        ? Array(try SecretPrompt.ask("Text to encrypt: ", confirmed: true).utf8)
        : try Input.read("-")
      guard !plain.isEmpty else {
        throw Failure(.badInput, "there is no text to encrypt")
      }
      let content = try VaultCommand.checked("-") {
        try secrets.encrypt(plain, id: encryptVaultID)
      }
      let lines = String(decoding: content, as: UTF8.self)
        .split(separator: "\n").map { "          " + $0 }
      Report.line(
        (name.map { "\($0): " } ?? "") + "!vault |\n"
          + lines.joined(separator: "\n"))
    }
  }
}
