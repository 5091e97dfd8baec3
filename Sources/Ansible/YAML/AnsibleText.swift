// A file of variables or tasks as Ansible's DataLoader reads it: opened where
// it is a vault file, taken for JSON where it is JSON, for YAML otherwise.

import Jinja

/// Reads the texts that Ansible reads.
public enum AnsibleText {
  /// A text's value and what was odd in it.
  public struct Read: Sendable {
    public var value: Value
    public var warnings: [YAMLWarning]
  }

  /// The value of a text in plain or as a whole vault file.
  ///
  /// - Parameters:
  ///   - bytes: the content of the file.
  ///   - file: its name in messages and origins.
  ///   - vault: opens vault files and `!vault` values.
  ///   - isTrusted: false for texts whose strings are never templates.
  /// - Returns: the value; `none` for an empty text.
  /// - Throws: `YAMLError` with the place of what is wrong; a vault file that
  ///   cannot be opened is one too, at its first line.
  public static func value(
    of bytes: [UInt8], file: String, vault: Vault, isTrusted: Bool = true
  ) throws(YAMLError) -> Read {
    guard Vault.isEncrypted(bytes) else {
      return try plain(bytes, file, vault, isTrusted, isSecret: false)
    }
    let opened: [UInt8]
    do {
      opened = try vault.decrypt(bytes)
    } catch {
      throw YAMLError(
        file: file, line: 1, column: 1, problem: error.description)
    }
    do {
      return try plain(opened, file, vault, isTrusted, isSecret: true)
    } catch {
      // The line would show what the vault hides.
      var hidden = error
      hidden.sourceLine = nil
      throw hidden
    }
  }

  private static func plain(
    _ bytes: [UInt8], _ file: String, _ vault: Vault, _ isTrusted: Bool,
    isSecret: Bool
  ) throws(YAMLError) -> Read {
    if JSONReader.mayBegin(bytes),
      let value = try? JSONReader.value(
        of: bytes, marks: isTrusted ? [] : .unsafe, profile: .legacy(vault),
        file: file)
    {
      return Read(value: isSecret ? secret(value) : value, warnings: [])
    }
    let document = try YAML.read(bytes, file: file)
    var constructor = YAMLConstructor(vault: vault, isTrusted: isTrusted)
    let value = try constructor.value(of: document)
    return Read(
      value: isSecret ? secret(value) : value, warnings: constructor.warnings)
  }

  /// The value with every scalar in it marked secret.
  private static func secret(_ value: Value) -> Value {
    switch value.payload {
    case .list(let list):
      let items = list.rawElements.map(secret)
      return Value(
        .list(ValueList(lazy: items, member: VaultedText.opened))
      ).with(origin: value.origin)
    case .dictionary(let dictionary):
      let pairs = zip(
        dictionary.orderedKeys, dictionary.rawElements.map(secret))
      guard
        let made = try? ValueDictionary(
          lazy: pairs.map { ($0, $1) }, member: VaultedText.opened)
      else { return value.marked(.secret) }
      return Value(.dictionary(made)).with(origin: value.origin)
    default: return value.marked(.secret)
    }
  }
}
