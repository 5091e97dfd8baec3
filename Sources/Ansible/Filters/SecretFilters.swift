// Filters that hash passwords and open or make vault texts.

import Jinja

enum SecretFilters {
  /// The filters, with chance as `world` allows it.
  static func all(_ world: PluginWorld) -> [Function] {
    [passwordHash(world), vault(world), unvault]
  }

  private static func passwordHash(_ world: PluginWorld) -> Function {
    Plugin.make(
      "password_hash",
      [
        "password", Parameter("hashtype", "sha512"),
        Parameter("salt", Value.none), Parameter("salt_size", Value.none),
        Parameter("rounds", Value.none), Parameter("ident", Value.none),
      ]
    ) { _, arguments in
      let name = try arguments[1].str()
      guard let scheme = PasswordScheme(name: name) else {
        throw TemplateError.plugin(
          "\(name) is not in the list of supported passlib algorithms: md5, "
            + "blowfish, sha256, sha512")
      }
      func text(_ value: Value) throws -> String? {
        value.isNone ? nil : try value.str()
      }
      func number(_ value: Value, _ name: String) throws -> Int? {
        value.isNone ? nil : try value.wholeOption(name)
      }
      let salt = try text(arguments[2])
      if salt?.isEmpty ?? true, world.isPreview { return .unknown }
      let password = try arguments[0].str()
      return Value(
        try PasswordHash.hash(
          password, scheme: scheme, salt: salt,
          saltSize: try number(arguments[3], "salt_size"),
          rounds: try number(arguments[4], "rounds"),
          ident: try text(arguments[5])))
    }
  }

  private static func vault(_ world: PluginWorld) -> Function {
    Plugin.make(
      "vault",
      [
        "data", "secret", Parameter("salt", Value.none),
        Parameter("vault_id", "filter_default"),
        Parameter("wrap_object", false), Parameter("vaultid", Value.none),
      ], handlesMarks: true
    ) { _, arguments in
      try Plugin.requireKnown(arguments)
      let secret = try arguments[1].requireText(
        "Secret passed is required to be a string, instead we got "
          + "<class '\(arguments[1].typeName)'>.")
      let data = try arguments[0].requireText(
        "Can only vault strings, instead we got "
          + "<class '\(arguments[0].typeName)'>.")
      let salt = arguments[2].isNone ? nil : try arguments[2].str()
      if salt == nil, world.isPreview { return .unknown }
      var id = try arguments[3].str()
      if id == "filter_default", !arguments[5].isNone {
        id = try arguments[5].str()
      }
      do {
        let text = try Vault.encrypt(
          Array(data.utf8), with: VaultSecret(id: id, password: secret),
          salt: salt.map { Array($0.utf8) })
        // What is encrypted may be shown.
        return Value(String(decoding: text, as: UTF8.self))
      } catch {
        throw TemplateError.plugin("Unable to encrypt. \(error)")
      }
    }
  }

  private static let unvault = Plugin.make(
    "unvault",
    [
      "vault", "secret", Parameter("vault_id", "filter_default"),
      Parameter("vaultid", Value.none),
    ]
  ) { _, arguments in
    let secret = try arguments[1].requireText(
      "Secret passed is required to be as string, instead we got "
        + "<class '\(arguments[1].typeName)'>.")
    let text = try arguments[0].requireText(
      "Vault should be in the form of a string, instead we got "
        + "<class '\(arguments[0].typeName)'>.")
    guard Vault.isEncrypted(text) else { return Value(text) }
    do {
      let vault = Vault(secrets: [VaultSecret(password: secret)])
      let bytes = try vault.decrypt(Array(text.utf8))
      return Value(String(decoding: bytes, as: UTF8.self)).marked(.secret)
    } catch {
      throw TemplateError.plugin(
        "Unable to decrypt: Decryption failed (no vault secrets were found "
          + "that could decrypt).")
    }
  }
}
