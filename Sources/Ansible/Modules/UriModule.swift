// `uri`: a web request, made by curl so that proxies, certificates and
// redirects behave as on the operator's command line.

import Jinja
import OrderedCollections

struct UriModule: Module {
  let names = ["ansible.builtin.uri"]
  let supportsCheckMode = false
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("url", .init("str", required: true)),
        ("method", .init("str", default: "GET")),
        ("body", .init("raw")),
        (
          "body_format",
          .init(
            "str", default: "raw", choices: ["raw", "json", "form-urlencoded"])
        ),
        ("headers", .init("dict", default: .dictionary([]))),
        ("status_code", .init("list", elements: "int", default: [200])),
        ("return_content", .init("bool", default: false)),
        ("timeout", .init("int", default: 30)),
        (
          "follow_redirects",
          .init(
            "str", default: "safe",
            choices: ["all", "no", "none", "safe", "urllib2", "yes"])
        ),
        ("force", .init("bool", default: false)),
        // curl is never asked for packed answers.
        ("decompress", .init("bool", default: true)),
        ("use_netrc", .init("bool", default: true)),
        ("validate_certs", .init("bool", default: true)),
        ("url_username", .init("str", aliases: ["user"])),
        ("url_password", .init("str", aliases: ["password"], secret: true)),
        ("force_basic_auth", .init("bool", default: false)),
        ("http_agent", .init("str", default: "ansible-httpget")),
        ("ca_path", .init("path")), ("client_cert", .init("path")),
        ("client_key", .init("path")), ("creates", .init("path")),
        ("removes", .init("path")), ("use_proxy", .init("bool", default: true)),
      ]))

  /// Arguments about files, sockets and ciphers that curl is not given.
  private static let refused =
    [
      "dest", "src", "remote_src", "unix_socket", "ciphers", "use_gssapi",
      "unredirected_headers", "mode", "unsafe_writes", "owner", "group",
    ] + FileAttributes.refused

  /// Whether an argument asks for anything: `false` and nothing do not.
  private static func asks(_ value: Value) throws -> Bool {
    if value.isNone || TypeCheck.boolean(value) == false { return false }
    return try value.length() != 0
  }

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    var call = call
    for name in Self.refused {
      if let value = call.arguments[name], try Self.asks(value) {
        throw Refusal(.argument, name, at: call.task.place)
      }
      call.arguments[name] = nil
    }
    for name in FileAttributes.labels { call.arguments[name] = nil }
    let arguments = try call.validated(by: Self.spec)
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    if let creates = text("creates"), call.search.files.exists(creates) {
      return ModuleResult(
        changed: false, message: "skipped, since '\(creates)' exists")
    }
    if let removes = text("removes"), !call.search.files.exists(removes) {
      return ModuleResult(
        changed: false, message: "skipped, since '\(removes)' does not exist")
    }
    let method = (text("method") ?? "GET").uppercased()
    if call.isPreview || call.isCheckMode {
      if call.isPreview {
        call.reportLocal(
          .request(
            method: method,
            url: PlainText.masked(arguments["url"] ?? "")))
      }
      return .unknown
    }
    let configuration = try configuration(arguments, method, call)
    let ended = try await call.machine.run(
      LocalCommand(
        ["curl", "--config", "-"], environment: call.environment,
        input: Array(configuration.utf8)))
    return try result(ended, arguments, url: text("url") ?? "")
  }

  /// curl's settings, which may hold secrets and so go over its input.
  private func configuration(
    _ arguments: Parameters, _ method: String, _ call: ModuleCall
  ) throws -> String {
    var curl = CurlSettings(["silent", "show-error", "include"])
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    curl.set("url", text("url") ?? "")
    if method == "HEAD" {
      curl.turnOn("head")
    } else {
      curl.set("request", method)
    }
    curl.set("max-time", text("timeout") ?? "30")
    curl.set("user-agent", text("http_agent") ?? "")
    if arguments["validate_certs"]?.boolean == false {
      curl.turnOn("insecure")
    }
    if arguments["use_proxy"]?.boolean == false { curl.set("noproxy", "*") }
    let redirects = text("follow_redirects") ?? "safe"
    if ["all", "yes", "true", "True", "urllib2"].contains(redirects)
      || (redirects == "safe" && ["GET", "HEAD"].contains(method))
    {
      curl.turnOn("location")
    }
    if arguments["use_netrc"]?.boolean != false, text("url_username") == nil {
      curl.turnOn("netrc-optional")
    }
    if arguments["force"]?.boolean == true {
      curl.set("header", "cache-control: no-cache")
    }
    if let user = text("url_username") {
      curl.set("user", "\(user):\(text("url_password") ?? "")")
    }
    for (name, option) in [
      ("ca_path", "cacert"), ("client_cert", "cert"), ("client_key", "key"),
    ] {
      if let path = text(name) { curl.set(option, path) }
    }
    var headers: [(String, String)] =
      try arguments["headers"]?.dictionary?.pairs().map {
        ($0.key, PlainText.of($0.value))
      } ?? []
    if let body = arguments["body"], !body.isNone {
      let format = text("body_format") ?? "raw"
      let isPlain = body.isString && format != "form-urlencoded"
      let sent: String
      let type: String?
      switch format {
      case "json":
        sent = isPlain ? PlainText.of(body) : try JSONText.python(body)
        type = "application/json"
      case "form-urlencoded":
        sent =
          try body.dictionary?.pairs().map {
            "\(Self.encoded($0.key))=\(Self.encoded(PlainText.of($0.value)))"
          }.joined(separator: "&") ?? PlainText.of(body)
        type = "application/x-www-form-urlencoded"
      default:
        sent = isPlain ? PlainText.of(body) : try JSONText.python(body)
        type = nil
      }
      if let type,
        !headers.contains(where: { $0.0.lowercased() == "content-type" })
      {
        headers.append(("Content-Type", type))
      }
      curl.set("data-raw", sent)
    }
    for (name, value) in headers { curl.set("header", "\(name): \(value)") }
    return curl.text
  }

  private static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      let character = Character(Unicode.Scalar(byte))
      if character.isASCII,
        character.isLetter || character.isNumber || "-_.~".contains(character)
      {
        result.append(character)
      } else if character == " " {
        result += "+"
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }

  private func result(
    _ ended: LocalCommandResult, _ arguments: Parameters, url: String
  ) throws -> ModuleResult {
    let reason = String(decoding: ended.errorOutput, as: UTF8.self).stripped
    guard ended.exitCode == 0 else {
      var result = ModuleResult.failure(
        "Status code was -1 and not \(codes(arguments)): Request failed: "
          + reason)
      result.values["status"] = -1
      result.values["url"] = Value(url)
      return result
    }
    var rest = ended.output[...]
    var status = 0
    var headers: [(String, Value)] = []
    // One head for each redirect; the last is the answer's.
    while rest.starts(with: Array("HTTP/".utf8)),
      let end = Self.endOfHead(rest)
    {
      let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
      rest = rest[end.upperBound...]
      let lines = head.split { $0.isNewline }
      status =
        lines.first?.split(separator: " ").dropFirst().first.flatMap {
          Int($0)
        } ?? 0
      headers = lines.dropFirst().compactMap { line in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (
          line[..<colon].lowercased().replacing("-", with: "_"),
          Value(String(line[line.index(after: colon)...].stripped)).unsafe
        )
      }
    }
    let body = String(decoding: rest, as: UTF8.self)
    var result = ModuleResult([
      "changed": false, "status": Value(status), "url": Value(url),
      "redirected": false,
    ])
    for (name, value) in headers { result.values[name] = value }
    let wanted =
      try arguments["status_code"]?.sequence()?.compactMap(\.integer) ?? []
    let isWanted = wanted.contains(status)
    if arguments["return_content"]?.boolean == true || !isWanted {
      result.values["content"] = Value(body).unsafe
    }
    if headers.contains(where: {
      $0.0 == "content_type" && ($0.1.text ?? "").contains("json")
    }), let json = Self.json(body) {
      result.values["json"] = json
    }
    if isWanted {
      result.values["msg"] = Value("OK (\(rest.count) bytes)")
    } else {
      result.values["failed"] = true
      result.values["msg"] = Value(
        "Status code was \(status) and not \(codes(arguments))")
    }
    return result
  }

  private func codes(_ arguments: Parameters) -> String {
    arguments["status_code"].map { PlainText.of($0) } ?? "[200]"
  }

  private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Range<Int>? {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index...].starts(with: [13, 10, 13, 10]) {
        return index..<(index + 4)
      }
      if bytes[index...].starts(with: [10, 10]) { return index..<(index + 2) }
      index += 1
    }
    return nil
  }

  private static func json(_ text: String) -> Value? {
    var constructor = YAMLConstructor(
      isTrusted: false, knowsAnsibleTags: false)
    guard let document = try? YAML.read(text, file: "<answer>") else {
      return nil
    }
    return try? constructor.value(of: document)
  }
}
