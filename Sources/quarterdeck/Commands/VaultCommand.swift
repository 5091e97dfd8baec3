// `quarterdeck vault`: what ansible-vault does to files, with its formats.

import Ansible
import ArgumentParser
import Glibc
import Platform

struct VaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault",
    abstract: "Encrypt, open, edit and rekey files with Ansible Vault.",
    discussion: """
      The texts are those of ansible-vault: each of the two opens what the \
      other one made. Where a password is wrong nothing is changed.
      """,
    subcommands: [
      Create.self, Encrypt.self, EncryptString.self, Decrypt.self, View.self,
      Edit.self, Rekey.self,
    ])

  /// Turns every file into something else, and writes only when all could be.
  static func rewrite(
    _ paths: [String], to output: String? = nil,
    _ change: (_ path: String, _ content: [UInt8]) throws -> [UInt8]
  ) throws {
    guard output == nil || paths.count == 1 else {
      throw Failure(.usage, "--output takes the result of one file alone")
    }
    let changed = try paths.map { path in
      (path, try checked(path) { try change(path, try Input.read(path)) })
    }
    for (path, content) in changed {
      try write(content, to: output ?? path)
    }
  }

  /// The same with an error that names the file.
  static func checked<Result>(
    _ path: String, _ work: () throws -> Result
  ) throws -> Result {
    do {
      return try work()
    } catch let failure as Failure {
      throw failure
    } catch let error as YAMLError {
      throw Failure(.badInput, "\(error)")
    } catch {
      throw Failure(
        .badInput, "\(path == "-" ? "standard input" : path): \(error)")
    }
  }

  /// Whether it is clear under which of several ids a text is encrypted.
  static func checkID(_ id: String?, of vault: Vault) throws {
    let known = Set(vault.secrets.map(\.id))
    guard id == nil, known.count > 1 else { return }
    throw Failure(
      .usage,
      "there are the vault ids \(known.sorted().joined(separator: ", "))"
        + ": say with --encrypt-vault-id which one encrypts")
  }

  static func write(_ content: [UInt8], to path: String) throws {
    if path == "-" {
      Report.standardOutput(content)
      return
    }
    do {
      try LocalFiles().write(content, to: path, mode: .secret)
    } catch {
      throw Failure(.badInput, "\(error)")
    }
  }
}

extension VaultCommand {
  struct Encrypt: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encrypt files; - for standard input to output.")

    @Argument(help: "The files.") var files: [String]
    @OptionGroup var vault: VaultOptions
    @Option(
      help: ArgumentHelp(
        "The vault id to encrypt with, where there are several.",
        valueName: "label"))
    var encryptVaultID: String?
    @Option(help: "Where the result goes, - for standard output.")
    var output: String?

    func run() throws {
      let secrets = try vault.vault(confirmed: true)
      try VaultCommand.checkID(encryptVaultID, of: secrets)
      try VaultCommand.rewrite(files, to: output) { _, content in
        try secrets.encrypt(content, id: encryptVaultID)
      }
    }
  }

  struct Decrypt: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write encrypted files back as plain text.")

    @Argument(help: "The files.") var files: [String]
    @OptionGroup var vault: VaultOptions
    @Option(help: "Where the result goes, - for standard output.")
    var output: String?

    func run() throws {
      let secrets = try vault.vault()
      try VaultCommand.rewrite(files, to: output) { _, content in
        try secrets.decrypt(content)
      }
    }
  }

  struct View: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what is in encrypted files.")

    @Argument(help: "The files.") var files: [String]
    @OptionGroup var vault: VaultOptions

    func run() throws {
      let secrets = try vault.vault()
      for file in files {
        let plain = try VaultCommand.checked(file) {
          try secrets.decrypt(try Input.read(file))
        }
        Report.standardOutput(plain)
      }
    }
  }

  struct Rekey: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give encrypted files a new password.",
      discussion: """
        Whole files, and the !vault values of a YAML file, of which all else \
        stays as it is.
        """)

    @Argument(help: "The files.") var files: [String]
    @OptionGroup var vault: VaultOptions
    @Option(
      help: ArgumentHelp(
        "The new vault id and where its password comes from.",
        valueName: "label@source"))
    var newVaultID: String?
    @Option(
      help: ArgumentHelp(
        "A file or a script with the new password.", valueName: "file"),
      completion: .file())
    var newVaultPasswordFile: String?

    func run() throws {
      let secrets = try vault.vault()
      let new = try VaultOptions.secret(
        VaultPasswordSource(newVaultID ?? newVaultPasswordFile ?? "prompt"),
        secrets, confirmed: true, isNew: true)
      try VaultCommand.rewrite(files) { path, content in
        let changed = try secrets.rekeyed(content, to: new, file: path)
        guard changed != content else { throw VaultError.notEncrypted }
        return changed
      }
    }
  }

  struct Edit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Edit an encrypted file with $EDITOR.",
      discussion: """
        The plain text stands in a private folder while the editor runs, and \
        goes back under the vault id that the file had.
        """)

    @Argument(help: "The file.") var file: String
    @OptionGroup var vault: VaultOptions

    func run() throws {
      let secrets = try vault.vault()
      let (plain, secret) = try VaultCommand.checked(file) {
        let text = try Input.read(file)
        var (plain, secret) = try secrets.open(text)
        // Under the id in the file, whichever secret opened it.
        secret.id = try Vault.id(of: text)
        return (plain, secret)
      }
      let edited = try VaultEditor.edit(plain, like: file)
      guard edited != plain else {
        Report.standardError("\(file): nothing was changed")
        return
      }
      let text = try VaultCommand.checked(file) {
        try Vault.encrypt(edited, with: secret)
      }
      try VaultCommand.write(text, to: file)
    }
  }
}

/// Lets an editor change a secret text.
enum VaultEditor {
  static func edit(_ plain: [UInt8], like path: String) throws -> [UInt8] {
    let files = LocalFiles()
    var template = Array("/dev/shm/quarterdeck-XXXXXX".utf8CString)
    if mkdtemp(&template) == nil {
      template = Array("/tmp/quarterdeck-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else {
        throw Failure(.badInput, "no private folder could be made in /tmp")
      }
    }
    let folder = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) },
      as: UTF8.self)
    defer { try? files.remove(folder) }
    // The ending tells editors what they edit; the rest of the name is ours.
    let isYAML = path.hasSuffix(".yml") || path.hasSuffix(".yaml")
    let draft = folder + (isYAML ? "/vault.yml" : "/vault.txt")
    do {
      try files.write(plain, to: draft, mode: .secret)
      try open(draft)
      return try files.read(draft).bytes
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.badInput, "\(error)")
    }
  }

  /// Runs the editor on the terminal and waits for its end.
  private static func open(_ draft: String) throws {
    let editor = getenv("EDITOR").map { String(cString: $0) } ?? "vi"
    // A hang-up ends the editor; what it was given has to go all the same.
    let held = [SIGHUP, SIGTERM].map { number in
      (number, signal(number) { _ in })
    }
    defer { for (number, before) in held { _ = signal(number, before) } }
    let status = system("\(editor) '\(draft)'")
    if status == 127 << 8 {
      throw Failure(
        .badInput, "\(editor): cannot be started; name an editor in $EDITOR")
    }
    guard status == 0 else {
      throw Failure(
        .failed, "\(editor): ended badly; the file is as it was")
    }
  }
}
