// Password hashes by libcrypt, with the settings that Ansible's
// `password_hash` gives passlib.

import CAnsible
import Jinja

/// A scheme of crypt(5).
enum PasswordScheme: Sendable {
  case md5
  case sha256
  case sha512
  case bcrypt

  /// The scheme by Ansible's or passlib's name.
  init?(name: String) {
    switch name {
    case "md5", "md5_crypt": self = .md5
    case "sha256", "sha256_crypt": self = .sha256
    case "sha512", "sha512_crypt": self = .sha512
    case "blowfish", "bcrypt": self = .bcrypt
    default: return nil
    }
  }

  var saltSizes: ClosedRange<Int> {
    switch self {
    case .md5: 0...8
    case .sha256, .sha512: 0...16
    case .bcrypt: 22...22
    }
  }
  var rounds: ClosedRange<Int>? {
    switch self {
    case .md5: nil
    case .sha256, .sha512: 1000...999_999_999
    case .bcrypt: 4...31
    }
  }
  var defaultSaltSize: Int { saltSizes.upperBound }
  /// passlib's.
  var defaultRounds: Int? {
    switch self {
    case .md5: nil
    case .sha256: 535_000
    case .sha512: 656_000
    case .bcrypt: 12
    }
  }
  /// The name that messages show.
  var name: String {
    switch self {
    case .md5: "md5_crypt"
    case .sha256: "sha256_crypt"
    case .sha512: "sha512_crypt"
    case .bcrypt: "bcrypt"
    }
  }
}

enum PasswordHash {
  private static let saltDigits = Array(
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  /// bcrypt's own base 64.
  private static let bcryptDigits = Array(
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

  /// The hash of `password`.
  ///
  /// - Throws: `TemplateError` in Ansible's words.
  static func hash(
    _ password: String, scheme: PasswordScheme, salt: String?, saltSize: Int?,
    rounds: Int?, ident: String?
  ) throws -> String {
    guard !password.utf8.contains(0) else {
      throw failure("the password holds a zero byte")
    }
    let digits = scheme == .bcrypt ? bcryptDigits : saltDigits
    var salt = salt.flatMap { $0.isEmpty ? nil : $0 }
    let wanted = saltSize ?? scheme.defaultSaltSize
    if salt == nil {
      guard scheme.saltSizes.contains(wanted) else {
        throw failure(
          "a salt of \(scheme.name) cannot have \(wanted) characters")
      }
      var random = SystemRandomNumberGenerator()
      salt = String(
        (0..<wanted).compactMap { _ in digits.randomElement(using: &random) })
    }
    var text = salt ?? ""
    if scheme == .bcrypt, text.count % 4 == 1 {
      throw TemplateError(.value, "source length must != 1 mod 4")
    }
    guard text.allSatisfy(digits.contains) else {
      throw failure("invalid characters in \(scheme.name) salt")
    }
    let sizes = scheme.saltSizes
    guard text.count <= sizes.upperBound else {
      throw failure(
        "salt too large (\(scheme.name) requires "
          + "\(sizes.count == 1 ? "exactly" : "<=") \(sizes.upperBound) chars)")
    }
    guard text.count >= sizes.lowerBound else {
      throw failure(
        "salt too small (\(scheme.name) requires "
          + "\(sizes.count == 1 ? "exactly" : ">=") \(sizes.lowerBound) chars)")
    }
    if scheme == .bcrypt { text = repaired(text) }
    if let rounds, rounds > 0, let range = scheme.rounds {
      guard range.contains(rounds) else {
        let isLow = rounds < range.lowerBound
        throw failure(
          "\(scheme.name): min_desired_rounds (\(rounds)) is too "
            + (isLow ? "low" : "high") + ", must be at "
            + (isLow
              ? "least \(range.lowerBound)" : "most \(range.upperBound)"))
      }
    }
    let given = rounds.flatMap { $0 > 0 ? $0 : nil } ?? scheme.defaultRounds
    let setting: String
    switch scheme {
    case .md5: setting = "$1$\(text)$"
    case .sha256: setting = "$5$\(shown(given))\(text)$"
    case .sha512: setting = "$6$\(shown(given))\(text)$"
    case .bcrypt:
      let version = ident.map { $0.filter { $0 != "$" } } ?? "2b"
      guard ["2", "2a", "2b", "2y"].contains(version) else {
        throw failure("unknown ident: \(version)")
      }
      setting =
        "$\(version)$" + CivilTime.padded(given ?? 12, 2) + "$\(text)"
    }
    var room = [CChar](repeating: 0, count: 256)
    guard ca_crypt(password, setting, &room, room.count) else {
      throw failure("libcrypt does not know \(scheme.name)")
    }
    let bytes = room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A password's hash by the scheme and salt that stand at the beginning of
  /// another hash; nil where libcrypt does not know it.
  static func hash(_ password: String, like setting: String) -> String? {
    var room = [CChar](repeating: 0, count: 256)
    guard !password.utf8.contains(0),
      ca_crypt(password, setting, &room, room.count)
    else { return nil }
    let bytes = room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func failure(_ reason: String) -> TemplateError {
    TemplateError.plugin("Could not hash the secret: \(reason)")
  }

  /// The rounds as they stand in a hash: crypt's own default is left out.
  private static func shown(_ rounds: Int?) -> String {
    guard let rounds, rounds != 5000 else { return "" }
    return "rounds=\(rounds)$"
  }

  /// The last of 22 digits holds two bits: the others are cleared.
  private static func repaired(_ salt: String) -> String {
    guard let last = salt.last, let value = bcryptDigits.firstIndex(of: last)
    else { return salt }
    return salt.dropLast() + String(bcryptDigits[value & 0x30])
  }
}
