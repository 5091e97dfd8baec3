// A `!vault` value as it stands in its file: opened when it is first read, so
// that a password is asked for only where a value is used.

import Jinja

/// The ciphertext of one value and the vault that opens it.
///
/// It stands among the raw members of lazy lists and dictionaries; a reader of
/// the members gets the opened text.
public final class VaultedText: Object, @unchecked Sendable {
  /// The text after `!vault |`.
  public let ciphertext: String
  private let vault: Vault
  private let origin: Origin

  init(ciphertext: String, vault: Vault, origin: Origin) {
    self.ciphertext = ciphertext
    self.vault = vault
    self.origin = origin
    super.init()
  }

  override public var typeName: String { "EncryptedString" }
  override public func repr() throws -> String { "!vault" }

  static func isVaulted(_ value: Value) -> Bool {
    if case .object(let object) = value.payload { return object is VaultedText }
    return false
  }

  /// The opened text, marked secret; anything else as it is.
  ///
  /// What cannot be
  /// opened is undefined, with the reason: only its use is an error.
  static func opened(_ value: Value) -> Value {
    guard case .object(let object) = value.payload,
      let vaulted = object as? VaultedText
    else { return value }
    return vaulted.value
  }

  private var value: Value {
    do {
      let bytes = try vault.decrypt(Array(ciphertext.utf8))
      return Value(String(decoding: bytes, as: UTF8.self))
        .with(origin: origin).marked(.secret)
    } catch {
      return Value.undefined(
        hint: "\(origin): \(error)", policy: .chainableStrict
      ).with(origin: origin)
    }
  }
}
