// Where vault passwords come from: `--vault-id label@source`, a password file,
// a script, or a prompt.

/// One source of a vault password, as ansible-vault's options name it.
public struct VaultPasswordSource: Sendable, Hashable {
  /// How the password is got.
  public enum Kind: Sendable, Hashable {
    /// Asked of the operator.
    case prompt
    /// Read from a file, or from what it writes where it can be run.
    case file(String)
  }

  /// The vault id; `default` where none is given.
  public var id: String
  public var kind: Kind

  /// Reads `label@source`, or a source alone; `prompt` asks.
  public init(_ text: String) {
    var source = Substring(text)
    id = "default"
    if let at = text.firstIndex(of: "@") {
      let label = text[..<at]
      if !label.isEmpty { id = String(label) }
      source = text[text.index(after: at)...]
    }
    let isPrompt = ["prompt", "prompt_ask_vault_pass"].contains(source)
    kind = isPrompt ? .prompt : .file(String(source))
  }

  /// Gets the password.
  ///
  /// - Parameters:
  ///   - files: where password files are.
  ///   - opened: opens a password file that is a vault text itself.
  ///   - prompt: asks the operator for the password of an id.
  ///   - run: runs a script with its arguments and gives what it wrote; it
  ///     throws where the script fails.
  /// - Returns: the secret under its id.
  /// - Throws: `VaultError.emptyPassword`, `FileFailure`, and what the
  ///   closures throw.
  public func secret(
    files: some SourceFiles, opened: Vault = Vault(),
    prompt: (_ id: String) throws -> String,
    run: (_ command: [String]) throws -> [UInt8]
  ) throws -> VaultSecret {
    let password: [UInt8]
    switch kind {
    case .prompt:
      password = Self.stripped(Array(try prompt(id).utf8))
    case .file(let path):
      guard let stamp = files.stamp(path) else {
        throw FileFailure(path: path, reason: "No such file or directory")
      }
      guard !stamp.isDirectory else {
        throw FileFailure(path: path, reason: "a directory holds no password")
      }
      if stamp.mode & 0o111 != 0 {
        password = Self.withoutLineEnds(try run(command(path)))
      } else {
        let content = Self.stripped(try files.read(path))
        password = Self.withoutLineEnds(
          Vault.isEncrypted(content) ? try opened.decrypt(content) : content)
      }
    }
    guard !password.isEmpty else { throw VaultError.emptyPassword }
    return VaultSecret(id: id, password: password)
  }

  /// A script whose name ends with `-client` is told the id that it is asked
  /// for.
  private func command(_ path: String) -> [String] {
    let name = Paths.name(of: path)
    let stem = name.dropLast(Paths.suffix(of: path).count)
    return stem.hasSuffix("-client") ? [path, "--vault-id", id] : [path]
  }

  private static func stripped(_ bytes: [UInt8]) -> [UInt8] {
    func isSpace(_ byte: UInt8) -> Bool {
      byte == 0x20 || (0x09...0x0D).contains(byte)
    }
    var rest = bytes.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return Array(rest)
  }

  private static func withoutLineEnds(_ bytes: [UInt8]) -> [UInt8] {
    var rest = bytes.drop { $0 == 0x0A || $0 == 0x0D }
    while let last = rest.last, last == 0x0A || last == 0x0D {
      rest.removeLast()
    }
    return Array(rest)
  }
}
