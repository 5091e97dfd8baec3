// Why a vault text was not opened or made.

/// What is wrong with a vault text or with the passwords at hand.
public enum VaultError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text does not start with `$ANSIBLE_VAULT`.
  case notEncrypted
  /// The text starts like a vault text but is damaged: the reason.
  case malformed(String)
  /// A cipher that Ansible no longer reads either.
  case unknownCipher(String)
  /// Nothing to try: the vault id that the text names.
  case noPassword(id: String)
  /// None of the passwords opens the text: the vault id that it names.
  case wrongPassword(id: String)
  /// Encrypting what is encrypted.
  case alreadyEncrypted
  /// A vault id to encrypt with that has no password.
  case unknownID(String, known: [String])
  /// A password that is empty.
  case emptyPassword

  public var description: String {
    switch self {
    case .notEncrypted: "the text is not encrypted with Ansible Vault"
    case .malformed(let reason): "the vault text is damaged: \(reason)"
    case .unknownCipher(let name):
      "the vault text names the cipher \(name); only AES256 is known"
    case .noPassword(let id):
      "the text is encrypted (vault id \(id)) and no vault password was given"
    case .wrongPassword(let id):
      "wrong vault password: none of those given opens the text "
        + "(vault id \(id))"
    case .alreadyEncrypted: "the text is encrypted already"
    case .unknownID(let id, let known):
      "no password for the vault id \(id); there are "
        + (known.isEmpty ? "none" : known.joined(separator: ", "))
    case .emptyPassword: "the vault password is empty"
    }
  }
}
