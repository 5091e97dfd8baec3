// Lookups that act on the machine or draw by chance: in a preview they are
// unknown, and nothing is done.

import Jinja

enum EffectLookups {
  static let all: [(String, Lookups.Body)] = [
    ("pipe", pipe), ("lines", lines), ("url", url), ("password", password),
    ("random_choice", randomChoice), ("kubernetes.core.kustomize", kustomize),
  ]

  private static func output(
    _ term: Value, _ name: String, _ call: LookupCall
  ) throws -> Value {
    let command = try call.name(term)
    let result = try call.effects(
      .command([PlainText.masked(term)], usesShell: true)
    ).pipe(command, directory: call.world.directory)
    guard result.exitCode == 0 else {
      throw TemplateError.plugin(
        "lookup_plugin.\(name)(\(command)) returned \(result.exitCode)")
    }
    return Value(try TextEncoding.text(of: result.output, "utf-8"))
      .marked(term.marks.union(.unsafe))
  }

  private static func pipe(_ call: LookupCall) throws -> [Value] {
    try call.terms.map { term in
      let output = try output(term, "pipe", call)
      var text = output.text ?? ""
      while let last = text.unicodeScalars.last, PythonSplit.isSpace(last) {
        text.unicodeScalars.removeLast()
      }
      return Value(text).marked(output.marks)
    }
  }

  /// The lines of a text as `splitlines` finds them.
  private static func lines(of value: Value) -> [Value] {
    let text = value.text ?? ""
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { Value(String($0)).marked(value.marks) }
  }

  private static func lines(_ call: LookupCall) throws -> [Value] {
    try call.terms.flatMap { lines(of: try output($0, "lines", call)) }
  }

  private static func url(_ call: LookupCall) throws -> [Value] {
    try call.requireOptions(
      "validate_certs", "split_lines", "use_proxy", "username", "password",
      "headers", "force", "timeout", "http_agent", "force_basic_auth",
      "follow_redirects", "use_netrc", "unix_socket", "ca_path", "ciphers")
    return try call.terms.flatMap { term -> [Value] in
      let settings = try settings(for: try call.name(term), call)
      let page = try call.effects(
        .request(method: "GET", url: PlainText.masked(term))
      ).fetch(settings: settings.text)
      guard page.exitCode == 0 else {
        throw TemplateError.plugin(
          "Received HTTP error for \(PlainText.masked(term))")
      }
      let value = Value(try TextEncoding.text(of: page.output, "utf-8"))
        .marked(term.marks.union(.unsafe))
      return try call.flag("split_lines", true) ? lines(of: value) : [value]
    }
  }

  /// curl's settings for a page, by the lookup's options.
  private static func settings(
    for url: String, _ call: LookupCall
  ) throws -> CurlSettings {
    var curl = CurlSettings(["silent", "fail"])
    func text(_ name: String) throws -> String? {
      try call[name].filled.map { try call.name($0) }
    }
    curl.set("url", url)
    // urllib2 follows where a browser would: these are reads.
    if try !["none", "no", "false"].contains(
      text("follow_redirects")?.lowercased())
    {
      curl.turnOn("location")
    }
    if try !call.flag("validate_certs", true) { curl.turnOn("insecure") }
    if try !call.flag("use_proxy", true) { curl.set("noproxy", "*") }
    curl.set("max-time", try text("timeout") ?? "10")
    curl.set("user-agent", try text("http_agent") ?? "ansible-httpget")
    if try call.flag("force") {
      curl.set("header", "cache-control: no-cache")
    }
    if let user = try text("username") {
      curl.set("user", "\(user):\(try text("password") ?? "")")
    } else if try call.flag("use_netrc", true) {
      curl.turnOn("netrc-optional")
    }
    for (option, name) in [
      ("ca_path", "cacert"), ("unix_socket", "unix-socket"),
    ] {
      if let value = try text(option) { curl.set(name, value) }
    }
    if let ciphers = try call["ciphers"].filled?.sequence() {
      curl.set("ciphers", try ciphers.map(call.name).joined(separator: ":"))
    }
    for (name, value) in try call["headers"].filled?.dictionary?.entries() ?? []
    {
      curl.set("header", "\(try call.name(name)): \(try call.name(value))")
    }
    return curl
  }

  private static func randomChoice(_ call: LookupCall) throws -> [Value] {
    guard !call.terms.isEmpty else { return [] }
    _ = try call.effects()
    return call.terms.randomElement().map { [$0] } ?? []
  }

  /// What kustomize, or kubectl where there is none, builds of a directory.
  private static func kustomize(_ call: LookupCall) throws -> [Value] {
    try call.requireOptions(
      "dir", "binary_path", "opt_dirs", "enable_helm", "environment")
    func quoted(_ text: String) -> String {
      "'" + text.replacing("'", with: "'\\''") + "'"
    }
    let folder = quoted(try call.text("dir", "."))
    let more = try call.flag("enable_helm") ? " --enable-helm" : ""
    var command = ""
    if let given = call["environment"], !given.isNone {
      let pairs: [(String, String)]
      if let dictionary = given.dictionary {
        pairs = try dictionary.pairs().map { ($0.key, try $0.value.str()) }
      } else {
        pairs = try given.str().split(separator: " ").map { word in
          let parts = word.split(
            separator: "=", omittingEmptySubsequences: false)
          guard parts.count == 2 else {
            throw TemplateError.plugin(
              "environment should be dict or string in the format key=value, "
                + "multiple pairs separated by space")
          }
          return (String(parts[0]), String(parts[1]))
        }
      }
      for (name, value) in pairs {
        command += "export \(quoted("\(name)=\(value)")); "
      }
    }
    if let program = try call["binary_path"].filled?.str() {
      guard program.hasSuffix("kustomize") || program.hasSuffix("kubectl")
      else {
        throw TemplateError.plugin(
          "unexpected tool provided as parameter \(program), expected one of "
            + "kustomize, kubectl.")
      }
      let verb = program.hasSuffix("kustomize") ? "build" : "kustomize"
      command += "\(quoted(program)) \(verb) \(folder)\(more)"
    } else {
      let places = try call["opt_dirs"].filled.map {
        try ($0.isString ? [$0] : $0.sequence() ?? []).map { try $0.str() }
      }
      if let places, !places.isEmpty {
        command += "PATH=\(quoted(places.joined(separator: ":"))):$PATH; "
      }
      command +=
        "if command -v kustomize >/dev/null; then kustomize build \(folder)"
        + "\(more); else kubectl kustomize \(folder)\(more); fi"
    }
    let built = try call.effects(
      .command(
        [
          "kubectl kustomize "
            + (call["dir"].filled.map { PlainText.masked($0) } ?? ".")
        ], usesShell: true)
    ).pipe(command, directory: call.world.directory)
    guard built.exitCode == 0 else {
      throw TemplateError.plugin(
        "kustomize command failed. exit code: \(built.exitCode)")
    }
    return [
      Value(try TextEncoding.text(of: built.output, "utf-8")).marked(.unsafe)
    ]
  }

  // MARK: Passwords

  private static let knownOptions = [
    "length", "encrypt", "chars", "ident", "seed",
  ]

  /// A password kept in a file, made where the file is not there.
  private static func password(_ call: LookupCall) throws -> [Value] {
    try call.terms.map { term in
      let written = try call.name(term)
      let parts = written.split(separator: " ", maxSplits: 1)
      var path = parts.first.map(String.init) ?? written
      var options: [String: Value] = [:]
      for option in call.options { options[option.name] = option.value }
      if parts.count > 1 {
        let rest = try KeyValueArguments(String(parts[1]))
        if let free = rest.free {
          path += " " + free
          guard written.hasPrefix(path) else {
            throw TemplateError.plugin(
              "Unrecognized value after key=value parameters given to "
                + "password lookup")
          }
        }
        for pair in rest.pairs { options[pair.key] = Value(pair.value) }
      }
      let odd = options.keys.filter { !knownOptions.contains($0) }.sorted()
      guard odd.isEmpty else {
        throw TemplateError.plugin(
          "Unrecognized parameter(s) given to password lookup: "
            + odd.joined(separator: ", "))
      }
      return Value(try password(at: path, options, call))
        .marked(.secret)
    }
  }

  private static func password(
    at path: String, _ options: [String: Value], _ call: LookupCall
  ) throws -> String {
    let expanded = PosixPath.expandingUser(path, call.world.environment)
    let place = Paths.join(call.world.directory, expanded)
    var plain: String
    var salt: String?
    var ident: String?
    var isChanged = false
    if place != "/dev/null", call.world.files.isFile(place) {
      var content = try call.world.files.text(place)
      while content.last?.isWhitespace == true { content.removeLast() }
      (plain, salt, ident) = parsed(content)
    } else {
      // It is another one each time.
      if place == "/dev/null" { _ = try call.effects() }
      plain = try made(options)
      isChanged = true
    }
    let encrypt = try options["encrypt"].flatMap {
      $0.isNone || $0.text?.isEmpty == true ? nil : try $0.str()
    }
    if let encrypt, salt == nil {
      isChanged = true
      let size = PasswordScheme(name: encrypt)?.defaultSaltSize ?? 8
      salt = characters("./" + digits + letters, size, nil)
    }
    let given = try options["ident"].flatMap { $0.isNone ? nil : try $0.str() }
    if let stored = ident {
      if let given, given != stored {
        throw TemplateError.plugin(
          "The ident parameter provided (\(given)) does not match the stored "
            + "one (\(stored)).")
      }
    } else {
      ident = given
    }
    if let encrypt, ident == nil,
      PasswordScheme(name: encrypt) == .bcrypt
    {
      ident = "2b"
      isChanged = true
    }
    if isChanged, place != "/dev/null" {
      var content = plain
      if encrypt != nil || salt != nil { content += " salt=\(salt ?? "")" }
      if let ident, encrypt != nil { content += " ident=\(ident)" }
      content += "\n"
      let effects = try call.effects(
        .write(path: place, bytes: content.utf8.count))
      try effects.writePassword(place, Array(content.utf8))
    }
    guard let encrypt else { return plain }
    guard let scheme = PasswordScheme(name: encrypt) else {
      throw TemplateError.plugin("there is no password scheme \(encrypt)")
    }
    return try PasswordHash.hash(
      plain, scheme: scheme, salt: salt, saltSize: nil, rounds: nil,
      ident: ident)
  }

  /// Password, salt and ident of a password file's line.
  private static func parsed(_ content: String)
    -> (String, salt: String?, ident: String?)
  {
    func last(_ mark: String, in text: Substring) -> Range<String.Index>? {
      var found: Range<String.Index>?
      var rest = text
      while let next = rest.firstRange(of: mark) {
        found = next
        rest = rest[next.upperBound...]
      }
      return found
    }
    guard let mark = last(" salt=", in: content[...]) else {
      return (content, nil, nil)
    }
    let rest = content[mark.upperBound...]
    let plain = String(content[..<mark.lowerBound])
    guard let second = last(" ident=", in: rest) else {
      return (plain, rest.isEmpty ? nil : String(rest), nil)
    }
    return (
      plain, String(rest[..<second.lowerBound]),
      String(rest[second.upperBound...])
    )
  }

  private static let letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
  private static let digits = "0123456789"
  private static let punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

  private static func made(_ options: [String: Value]) throws -> String {
    var length = 20
    if let value = options["length"], !value.isNone {
      guard let given = value.integer ?? value.text.flatMap({ Int($0) }) else {
        throw TemplateError.plugin(
          "Invalid type for configuration option length")
      }
      length = given
    }
    guard (0...100_000).contains(length) else {
      throw TemplateError.plugin("the length of a password is out of range")
    }
    var sets = ["ascii_letters", "digits", ".,:-_"]
    if let value = options["chars"], !value.isNone {
      if let text = value.text {
        sets = text.contains(",,") ? [","] : []
        sets += text.replacing(",,", with: ",").split(separator: ",")
          .map(String.init)
      } else {
        sets = try value.members().map { try $0.str() }
      }
    }
    let characterSet = sets.map(expanded).joined()
      .filter { $0 != "\"" && $0 != "'" }
    guard !characterSet.isEmpty else {
      throw TemplateError.plugin("there are no characters for a password")
    }
    let seed = options["seed"].filled
    return characters(
      characterSet, length, try seed.map { try MersenneTwister(seed: $0) })
  }

  /// The characters of one of Python's `string` constants, or the text itself.
  private static func expanded(_ name: String) -> String {
    switch name {
    case "ascii_letters": letters
    case "ascii_lowercase": String(letters.prefix(26))
    case "ascii_uppercase": String(letters.suffix(26))
    case "digits": digits
    case "hexdigits": digits + "abcdefABCDEF"
    case "octdigits": "01234567"
    case "punctuation": punctuation
    case "printable":
      digits + letters + punctuation + " \t\n\r\u{0B}\u{0C}"
    case "whitespace": " \t\n\r\u{0B}\u{0C}"
    default: name
    }
  }

  private static func characters(
    _ set: String, _ count: Int, _ seeded: MersenneTwister?
  ) -> String {
    let choices = Array(set)
    var seeded = seeded
    var random = SystemRandomNumberGenerator()
    return String(
      (0..<count).map { _ in
        choices[
          seeded?.below(choices.count)
            ?? Int.random(in: 0..<choices.count, using: &random)]
      })
  }
}
