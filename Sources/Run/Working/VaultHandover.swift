// How vault passwords reach the run's process: through the pipe that is its
// standard input, never as an argument, a variable or a file.

import Ansible

/// The vault passwords as the run's process reads them.
public enum VaultHandover {
  /// The option that tells the process that they come.
  public static let option = "--vault-passwords-from-input"

  private struct Secret: Codable {
    var id: String
    var password: [UInt8]
  }

  /// - Throws: `EncodingError`.
  static func bytes(of vault: Vault) throws -> [UInt8] {
    try RunCoding.encode(
      vault.secrets.map { Secret(id: $0.id, password: $0.password) })
  }

  /// The vault that some bytes hand over.
  ///
  /// - Throws: `DecodingError` for what is no such text.
  public static func vault(from bytes: [UInt8]) throws -> Vault {
    Vault(
      secrets: try RunCoding.decode([Secret].self, from: bytes).map {
        VaultSecret(id: $0.id, password: $0.password)
      })
  }
}
