// Password hashes of htpasswd files: Apache's own form of MD5-crypt, and
// whatever else stands in such files.

enum ApacheHash {
  private static let digits = Array(
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// The hash of a password for a line of an htpasswd file.
  ///
  /// - Parameters:
  ///   - password: the word itself.
  ///   - scheme: passlib's name, such as `apr_md5_crypt`.
  /// - Returns: nil for a scheme that is not known here.
  /// - Throws: what the schemes of crypt(5) throw.
  static func hash(_ password: String, scheme: String) throws -> String? {
    switch scheme {
    case "apr_md5_crypt", "portable", "portable_apache_22",
      "portable_apache_24", "host_apache_22", "host_apache_24":
      return md5(password, salt: salt(8))
    case "ldap_sha1":
      return "{SHA}" + Self.sha1(password)
    case "plaintext": return password
    case "des_crypt": return PasswordHash.hash(password, like: salt(2))
    default:
      guard let known = PasswordScheme(name: scheme) else { return nil }
      // Apache takes bcrypt under this name alone.
      return try PasswordHash.hash(
        password, scheme: known, salt: nil, saltSize: nil, rounds: nil,
        ident: known.name == "bcrypt" ? "2y" : nil)
    }
  }

  /// Whether a hash, of whatever scheme, is that of a password.
  static func verify(_ password: String, _ hash: String) -> Bool {
    if hash.hasPrefix("$apr1$") {
      let salt = hash.dropFirst(6).prefix { $0 != "$" }
      return md5(password, salt: String(salt)) == hash
    }
    if hash.hasPrefix("{SHA}") { return "{SHA}" + sha1(password) == hash }
    if hash.hasPrefix("$") || hash.utf8.count == 13,
      PasswordHash.hash(password, like: hash) == hash
    {
      return true
    }
    return hash == password
  }

  private static func sha1(_ password: String) -> String {
    String(
      decoding: Base64.encoded(Digest.bytes(password.utf8, .sha1)),
      as: UTF8.self)
  }

  private static func salt(_ count: Int) -> String {
    var random = SystemRandomNumberGenerator()
    return String(
      decoding: (0..<count).map { _ in
        digits.randomElement(using: &random) ?? 0x2E
      }, as: UTF8.self)
  }

  /// `$apr1$`: MD5-crypt with another mark, by apr_md5.c of Apache's runtime.
  private static func md5(_ password: String, salt: String) -> String {
    let word = Array(password.utf8)
    let salt = Array(salt.utf8.prefix(8))
    func digest(_ bytes: [UInt8]) -> [UInt8] { Digest.bytes(bytes, .md5) }
    let inner = digest(word + salt + word)
    var text = word + Array("$apr1$".utf8) + salt
    var left = word.count
    while left > 0 {
      text += inner.prefix(min(left, 16))
      left -= 16
    }
    var length = word.count
    while length > 0 {
      text.append(length & 1 == 1 ? 0 : word.first ?? 0)
      length >>= 1
    }
    var sum = digest(text)
    for round in 0..<1000 {
      var part = round & 1 == 1 ? word : sum
      if round % 3 != 0 { part += salt }
      if round % 7 != 0 { part += word }
      part += round & 1 == 1 ? sum : word
      sum = digest(part)
    }
    var shown: [UInt8] = []
    func add(_ value: Int, _ count: Int) {
      var value = value
      for _ in 0..<count {
        shown.append(digits[value & 63])
        value >>= 6
      }
    }
    for index in 0..<5 {
      let last = index == 4 ? 5 : 12 + index
      add(
        Int(sum[index]) << 16 | Int(sum[6 + index]) << 8 | Int(sum[last]), 4)
    }
    add(Int(sum[11]), 2)
    return "$apr1$" + String(decoding: salt, as: UTF8.self) + "$"
      + String(decoding: shown, as: UTF8.self)
  }
}
