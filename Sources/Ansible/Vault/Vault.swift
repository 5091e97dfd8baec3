// Ansible Vault, formats 1.1 and 1.2 with AES256
// (https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html):
// PBKDF2-HMAC-SHA256, AES-256-CTR and HMAC-SHA256, all from swift-crypto.

import Crypto
import _CryptoExtras

/// One vault password under its id.
public struct VaultSecret: Sendable, Hashable {
  /// `default` where the operator gave none.
  public var id: String
  public var password: [UInt8]

  /// Makes a secret; `password` is the UTF-8 text without a line end.
  public init(id: String = "default", password: [UInt8]) {
    self.id = id
    self.password = password
  }

  /// Makes a secret of a password typed as text.
  public init(id: String = "default", password: String) {
    self.init(id: id, password: Array(password.utf8))
  }
}

/// The vault passwords of a session, best first, and what they open.
public struct Vault: Sendable {
  public var secrets: [VaultSecret]

  /// Makes a vault; without secrets it only recognizes vault texts.
  public init(secrets: [VaultSecret] = []) {
    self.secrets = secrets
  }

  private static let header = Array("$ANSIBLE_VAULT".utf8)
  /// Rounds of PBKDF2, part of the format.
  private static let rounds = 10_000

  /// Whether `bytes` begin like a vault text.
  public static func isEncrypted(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: header)
  }

  /// Whether `text` begins like a vault text.
  public static func isEncrypted(_ text: String) -> Bool {
    text.utf8.starts(with: header)
  }

  /// The vault id that a vault text names, `default` for format 1.1.
  ///
  /// - Throws: `VaultError` where the text is no vault text.
  public static func id(of text: some Collection<UInt8>)
    throws(VaultError) -> String
  {
    try VaultEnvelope(text).id
  }

  /// The plaintext of a vault text.
  ///
  /// The secret of the text's own id is tried first, then all others, as
  /// Ansible does.
  ///
  /// - Throws: `VaultError`.
  public func decrypt(_ text: some Collection<UInt8>)
    throws(VaultError) -> [UInt8]
  {
    try open(text).plaintext
  }

  /// The plaintext of a vault text, and the secret that opened it.
  public func open(_ text: some Collection<UInt8>)
    throws(VaultError) -> (plaintext: [UInt8], secret: VaultSecret)
  {
    let envelope = try VaultEnvelope(text)
    guard !secrets.isEmpty else {
      throw VaultError.noPassword(id: envelope.id)
    }
    let own = secrets.filter { $0.id == envelope.id }
    let others = secrets.filter { $0.id != envelope.id }
    for secret in own + others {
      if let plaintext = try envelope.open(secret, rounds: Self.rounds) {
        return (plaintext, secret)
      }
    }
    throw VaultError.wrongPassword(id: envelope.id)
  }

  /// A vault text of `plaintext`, ending with a line end.
  ///
  /// - Parameters:
  ///   - plaintext: bytes that are not a vault text themselves.
  ///   - id: whose secret encrypts; nil takes the first secret.
  ///   - salt: random by default; a fixed one gives a fixed text.
  /// - Returns: the text; format 1.2 where the id is not `default`.
  /// - Throws: `VaultError`.
  public func encrypt(
    _ plaintext: [UInt8], id: String? = nil, salt: [UInt8]? = nil
  ) throws(VaultError) -> [UInt8] {
    guard let first = secrets.first else {
      throw VaultError.noPassword(id: id ?? "default")
    }
    guard let id else {
      return try Self.encrypt(plaintext, with: first, salt: salt)
    }
    guard let secret = secrets.first(where: { $0.id == id }) else {
      throw VaultError.unknownID(id, known: secrets.map(\.id))
    }
    return try Self.encrypt(plaintext, with: secret, salt: salt)
  }

  /// A vault text of `plaintext` under `secret`.
  public static func encrypt(
    _ plaintext: [UInt8], with secret: VaultSecret, salt: [UInt8]? = nil
  ) throws(VaultError) -> [UInt8] {
    guard !isEncrypted(plaintext) else { throw VaultError.alreadyEncrypted }
    guard !secret.password.isEmpty else { throw VaultError.emptyPassword }
    var random = SystemRandomNumberGenerator()
    let salt =
      salt ?? (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    let keys = try VaultKeys(secret, salt: salt, rounds: rounds)
    let padding = 16 - plaintext.count % 16
    let ciphertext = try keys.crypt(
      plaintext + [UInt8](repeating: UInt8(padding), count: padding))
    let code = HMAC<SHA256>.authenticationCode(
      for: ciphertext, using: keys.authentication)
    let inner = [
      Digest.hex(salt), Digest.hex(code), Digest.hex(ciphertext),
    ].joined(separator: "\n")
    let body = Array(Digest.hex(inner.utf8).utf8)
    var text =
      header
      + Array(
        secret.id == "default"
          ? ";1.1;AES256\n".utf8 : ";1.2;AES256;\(secret.id)\n".utf8)
    for start in stride(from: 0, to: body.count, by: 80) {
      text += body[start..<min(start + 80, body.count)]
      text.append(0x0A)
    }
    return text
  }
}

/// The keys of one secret and salt.
private struct VaultKeys {
  let encryption: SymmetricKey
  let authentication: SymmetricKey
  let nonce: [UInt8]

  init(_ secret: VaultSecret, salt: [UInt8], rounds: Int) throws(VaultError) {
    guard
      let derived = try? KDF.Insecure.PBKDF2.deriveKey(
        from: secret.password, salt: salt, using: .sha256, outputByteCount: 80,
        unsafeUncheckedRounds: rounds)
    else { throw VaultError.malformed("no key can be derived from its salt") }
    let bytes = derived.withUnsafeBytes { Array($0) }
    encryption = SymmetricKey(data: bytes[0..<32])
    authentication = SymmetricKey(data: bytes[32..<64])
    nonce = Array(bytes[64..<80])
  }

  /// CTR mode is its own inverse.
  func crypt(_ bytes: [UInt8]) throws(VaultError) -> [UInt8] {
    guard let nonce = try? AES._CTR.Nonce(nonceBytes: nonce),
      let result = try? AES._CTR.encrypt(
        bytes, using: encryption, nonce: nonce)
    else { throw VaultError.malformed("its ciphertext cannot be read") }
    return Array(result)
  }
}

/// A vault text taken apart.
private struct VaultEnvelope {
  let id: String
  let salt: [UInt8]
  let code: [UInt8]
  let ciphertext: [UInt8]

  init(_ text: some Collection<UInt8>) throws(VaultError) {
    guard Vault.isEncrypted(text) else { throw VaultError.notEncrypted }
    let lines = Array(text).split { $0 == 0x0A || $0 == 0x0D }
    let fields = String(
      decoding: lines.first.map(Array.init) ?? [], as: UTF8.self
    )
    .split(separator: ";", omittingEmptySubsequences: false)
    .map { field in String(field.filter { $0 != " " && $0 != "\t" }) }
    guard fields.count >= 3 else {
      throw VaultError.malformed("its first line has no version and cipher")
    }
    guard fields[2] == "AES256" else {
      throw VaultError.unknownCipher(fields[2])
    }
    id = fields.count > 3 && !fields[3].isEmpty ? fields[3] : "default"
    // Inline in YAML the lines may keep their indentation.
    let body = lines.dropFirst().joined().filter { $0 != 0x20 && $0 != 0x09 }
    let inner = try Self.bytes(hexadecimal: Array(body))
    let parts = inner.split(
      separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw VaultError.malformed("salt, checksum and content are not there")
    }
    salt = try Self.bytes(hexadecimal: Array(parts[0]))
    code = try Self.bytes(hexadecimal: Array(parts[1]))
    ciphertext = try Self.bytes(hexadecimal: Array(parts[2]))
  }

  /// The plaintext, nil where `secret` is not the one.
  func open(_ secret: VaultSecret, rounds: Int) throws(VaultError) -> [UInt8]? {
    let keys = try VaultKeys(secret, salt: salt, rounds: rounds)
    guard
      HMAC<SHA256>.isValidAuthenticationCode(
        code, authenticating: ciphertext, using: keys.authentication)
    else { return nil }
    let padded = try keys.crypt(ciphertext)
    guard let last = padded.last, (1...16).contains(last),
      padded.count >= Int(last),
      padded.suffix(Int(last)).allSatisfy({ $0 == last })
    else { throw VaultError.malformed("its padding is wrong") }
    return Array(padded.dropLast(Int(last)))
  }

  private static func bytes(hexadecimal text: [UInt8])
    throws(VaultError) -> [UInt8]
  {
    guard text.count % 2 == 0 else {
      throw VaultError.malformed("an odd number of hexadecimal digits")
    }
    func value(_ digit: UInt8) throws(VaultError) -> UInt8 {
      switch digit {
      case 0x30...0x39: return digit - 0x30
      case 0x61...0x66: return digit - 0x61 + 10
      case 0x41...0x46: return digit - 0x41 + 10
      default:
        throw VaultError.malformed("a character that is no hexadecimal digit")
      }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for index in stride(from: 0, to: text.count, by: 2) {
      bytes.append(try value(text[index]) << 4 | value(text[index + 1]))
    }
    return bytes
  }
}
