// Which vault passwords a command has, by the names of ansible-vault's options.

import Ansible
import ArgumentParser
import Glibc
import Platform

struct VaultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A vault id and where its password comes from: a file, a script, or "
        + "\"prompt\". May be given again.", valueName: "label@source"))
  var vaultID: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file or a script with a vault password; by default "
        + "$ANSIBLE_VAULT_PASSWORD_FILE.", valueName: "file"),
    completion: .file())
  var vaultPasswordFile: [String] = []

  /// The secrets of all options; asked for where there is none.
  func vault(confirmed: Bool = false) throws -> Vault {
    var sources = (vaultID + vaultPasswordFile).map(VaultPasswordSource.init)
    if sources.isEmpty, let file = getenv("ANSIBLE_VAULT_PASSWORD_FILE") {
      sources = [VaultPasswordSource(String(cString: file))]
    }
    if sources.isEmpty { sources = [VaultPasswordSource("prompt")] }
    var vault = Vault()
    for source in sources {
      vault.secrets.append(
        try Self.secret(source, vault, confirmed: confirmed))
    }
    return vault
  }

  /// The secrets of all options, else those that the environment or ansible.cfg
  /// names; none where nobody names any.
  func vaultIfNamed(_ configuration: Configuration) throws -> Vault {
    var sources = vaultID + vaultPasswordFile
    if sources.isEmpty {
      let environment = currentEnvironment()
      func near(_ name: String) -> String {
        name.hasPrefix("/") || name.hasPrefix("~") || configuration.file.isEmpty
          ? name
          : configuration.file.split(
            separator: "/", omittingEmptySubsequences: false
          ).dropLast().joined(separator: "/") + "/" + name
      }
      if let list = environment["ANSIBLE_VAULT_IDENTITY_LIST"] {
        sources += Self.words(list)
      } else if let list = configuration["defaults", "vault_identity_list"] {
        sources += Self.words(list).map { source in
          guard let at = source.firstIndex(of: "@") else { return near(source) }
          let place = String(source[source.index(after: at)...])
          return source[...at] + (place == "prompt" ? place : near(place))
        }
      }
      if let file = environment["ANSIBLE_VAULT_PASSWORD_FILE"], !file.isEmpty {
        sources.append(file)
      } else if let file = configuration["defaults", "vault_password_file"] {
        sources.append(near(file))
      }
    }
    var vault = Vault()
    for source in sources {
      vault.secrets.append(
        try Self.secret(VaultPasswordSource(Self.expanded(source)), vault))
    }
    return vault
  }

  private static func words(_ list: String) -> [String] {
    list.split { $0 == "," || $0.isNewline }.map { word in
      String(word.filter { !$0.isWhitespace })
    }
  }

  /// `~` for the home directory, before or after the label.
  private static func expanded(_ source: String) -> String {
    guard let home = currentEnvironment()["HOME"] else { return source }
    if source.hasPrefix("~/") { return home + source.dropFirst() }
    guard let tilde = source.firstRange(of: "@~/") else { return source }
    return source[..<tilde.lowerBound] + "@" + home
      + source[source.index(tilde.lowerBound, offsetBy: 2)...]
  }

  /// The secret of one source; `opened` opens password files that are
  /// encrypted themselves.
  static func secret(
    _ source: VaultPasswordSource, _ opened: Vault = Vault(),
    confirmed: Bool = false, isNew: Bool = false
  ) throws -> VaultSecret {
    do {
      return try source.secret(
        files: DiskSources(), opened: opened,
        prompt: { id in
          try SecretPrompt.ask(
            "\(isNew ? "New vault" : "Vault") password (\(id)): ",
            confirmed: confirmed)
        }, run: output)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.badInput, "\(error)")
    }
  }

  /// What a password script writes.
  private static func output(of command: [String]) throws -> [UInt8] {
    let ended = try Waiting.run {
      try await LocalProcesses().run(
        ChildCommand(absolutePath(command[0]), Array(command.dropFirst())))
    }
    guard ended.status.isSuccess else {
      throw Failure(
        .badInput,
        "\(command[0]): the password script ended with \(ended.status)")
    }
    return ended.output
  }
}

/// Asks for a password on the terminal, without showing it.
enum SecretPrompt {
  static func ask(_ prompt: String, confirmed: Bool) throws -> String {
    let terminal = Glibc.open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else {
      throw Failure(
        .badInput,
        "a vault password is needed and there is no terminal to ask on; "
          + "give --vault-password-file or --vault-id")
    }
    defer { close(terminal) }
    let first = try line(prompt, terminal)
    if confirmed, try line("Confirm " + prompt, terminal) != first {
      throw Failure(.badInput, "the passwords do not match")
    }
    return first
  }

  private static func line(_ prompt: String, _ terminal: Int32) throws -> String
  {
    var before = termios()
    tcgetattr(terminal, &before)
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(terminal, TCSAFLUSH, &silent)
    defer {
      tcsetattr(terminal, TCSAFLUSH, &before)
      _ = Glibc.write(terminal, "\n", 1)
    }
    _ = Glibc.write(terminal, prompt, prompt.utf8.count)
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while Glibc.read(terminal, &byte, 1) == 1, byte != 0x0A {
      bytes.append(byte)
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty
    else { throw Failure(.badInput, "the vault password is empty") }
    return text
  }
}
