// `get_url`: a file fetched from the web, by curl, into a place on this machine.

import Jinja
import OrderedCollections

struct GetURLModule: Module {
  let names = ["ansible.builtin.get_url"]
  let refusedArguments = Set(
    FileAttributes.refused + [
      "ciphers", "unredirected_headers", "use_gssapi",
    ])

  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("url", .init("str", required: true)),
        ("dest", .init("path", required: true)),
        ("backup", .init("bool", default: false)),
        ("checksum", .init("str", default: "")),
        ("timeout", .init("int", default: 10)), ("headers", .init("dict")),
        ("tmp_dest", .init("path")),
        ("force", .init("bool", default: false)),
        // curl is never asked for packed answers.
        ("decompress", .init("bool", default: true)),
        ("use_netrc", .init("bool", default: true)),
        ("use_proxy", .init("bool", default: true)),
        ("validate_certs", .init("bool", default: true)),
        ("url_username", .init("str", aliases: ["username"])),
        (
          "url_password",
          .init("str", aliases: ["password"], secret: true)
        ),
        ("force_basic_auth", .init("bool", default: false)),
        ("http_agent", .init("str", default: "ansible-httpget")),
        ("client_cert", .init("path")), ("client_key", .init("path")),
        ("ciphers", .init("list")), ("unredirected_headers", .init("list")),
        ("use_gssapi", .init("bool")),
      ] + FileAttributes.options))

  /// An answer of a server, its body in a file.
  private struct Answer {
    var status: Int
    var url: String
    var headers: [String: String]
    var body: [UInt8]
    /// Where the body was kept for the moment.
    var place: String
  }

  /// Why there is nothing to write.
  private struct End: Error { var result: ModuleResult }

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    for name in refusedArguments.sorted() {
      guard let value = arguments[name], !value.isNone, try value.truth()
      else { continue }
      throw Refusal(.argument, name, at: call.task.place)
    }
    try FileAttributes.check(call)
    do {
      return try await fetch(arguments, call)
    } catch let end as End {
      return end.result
    }
  }

  private func fetch(
    _ arguments: Parameters, _ call: ModuleCall
  ) async throws -> ModuleResult {
    let files = call.search.files
    let url = PlainText.of(arguments["url"] ?? "")
    let given = PlainText.of(arguments["dest"] ?? "")
    var target = call.local(given)
    let isFolder = files.isDirectory(target)
    let isThere = !isFolder && files.exists(target)
    var told = ModuleResult([
      "changed": false, "checksum_dest": .none, "checksum_src": .none,
      "dest": Value(target), "elapsed": 0, "url": arguments["url"] ?? .none,
    ])
    func ended(
      _ others: Parameters, isFailure: Bool = false
    ) -> ModuleResult {
      var result = told
      result.values.merge(others) { $1 }
      if isFailure { result.values["failed"] = true }
      result.describeFile(call)
      result.namePaths(as: given, call)
      return result
    }
    var wanted: Wanted?
    do {
      wanted = try await checksum(arguments, call, url: url)
    } catch let failure as AnsibleFailure {
      return ended(["msg": Value(failure.message)], isFailure: true)
    }
    var force = arguments["force"]?.boolean ?? false
    if isThere, !force, case .known(let function, let digest)? = wanted {
      if Digest.hex(try files.read(target), function) == digest {
        let isChanged = try FileSettings(arguments, following: target, call)
          .apply(call)
        if isChanged, call.isPreview {
          call.reportLocal(.file(path: target, state: "file"))
        }
        return ended([
          "changed": Value(isChanged),
          "msg": Value(
            "file already exists"
              + (isChanged ? " but file attributes changed" : "")),
        ])
      }
      force = true
    }
    if call.isPreview {
      call.reportLocal(
        .request(method: "GET", url: PlainText.masked(arguments["url"] ?? "")))
      call.reportLocal(.file(path: target, state: "downloaded"))
      return .unknown
    }
    let answer: Answer
    do {
      answer = try await get(
        url, arguments, call, since: isThere && !force ? target : nil)
    } catch var end as End {
      end.result.values["dest"] = Value(target)
      end.result.values["elapsed"] = 0
      end.result.describeFile(call)
      end.result.namePaths(as: given, call)
      return end.result
    }
    told.values["src"] = Value(answer.place)
    if isFolder {
      target = Paths.join(
        target,
        Self.filename(answer.headers) ?? Self.filename(of: answer.url))
      told.values["dest"] = Value(target)
    }
    let digest = Digest.hex(answer.body, .sha1)
    told.values["checksum_src"] = Value(digest)
    if files.isFile(target) {
      told.values["checksum_dest"] = Value(
        Digest.hex(try files.read(target), .sha1))
    } else if !files.exists(Paths.directory(of: target)) {
      return ended(
        [
          "msg": Value(
            "Destination \(Paths.directory(of: target)) does not exist")
        ], isFailure: true)
    }
    let differs = told.values["checksum_dest"]?.text != digest
    let size = answer.headers["content-length"] ?? "unknown"
    let message = Value("OK (\(size) bytes)")
    if call.isCheckMode {
      return ended(["changed": Value(differs), "msg": message])
    }
    if case .known(let function, let digest)? = wanted {
      let found = Digest.hex(answer.body, function)
      if found != digest {
        return ended(
          [
            "msg": Value(
              "The checksum for \(answer.place) did not match \(digest); "
                + "it was \(found).")
          ], isFailure: true)
      }
    }
    var values: Parameters = [
      "msg": message,
      "status_code": answer.status == 0 ? Value.none : Value(answer.status),
    ]
    if differs {
      let kept = try FileWrite(
        path: FileWrite.target(of: target, call), content: answer.body,
        backup: arguments["backup"]?.boolean ?? false
      ).perform(call)
      if let kept { values["backup_file"] = Value(kept) }
    }
    let isGiven = try FileSettings(arguments, following: target, call)
      .apply(call)
    values["changed"] = Value(differs || isGiven)
    values["md5sum"] = Value(Digest.hex(answer.body, .md5))
    return ended(values)
  }

  // MARK: - Checksums

  /// The digest that the file must have.
  private enum Wanted {
    case known(Digest.Function, String)
    /// Only the run asks for the list that it stands in.
    case unasked
  }

  private func checksum(
    _ arguments: Parameters, _ call: ModuleCall, url: String
  ) async throws -> Wanted? {
    let text = arguments["checksum"].map { PlainText.of($0) } ?? ""
    if text.isEmpty { return nil }
    guard let colon = text.firstIndex(of: ":") else {
      throw AnsibleFailure(
        "The checksum parameter has to be in format <algorithm>:<checksum>")
    }
    let name = String(text[..<colon])
    let rest = String(text[text.index(after: colon)...])
    guard let function = Digest.Function(rawValue: name) else {
      throw Refusal(
        .argument, "checksum: \(name)", at: call.task.place)
    }
    if ["http:", "https:", "ftp:", "file:"].contains(where: rest.hasPrefix) {
      if call.isPreview { return .unasked }
      return .known(
        function, try await digest(at: rest, of: url, arguments, call))
    }
    return .known(function, try Self.plain(rest))
  }

  /// The digest of a file in a list of digests.
  private func digest(
    at place: String, of url: String, _ arguments: Parameters,
    _ call: ModuleCall
  ) async throws -> String {
    let answer = try await get(place, arguments, call, since: nil)
    let name = Self.filename(of: url)
    let lines = String(decoding: answer.body, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let filled = lines.last == "" ? lines.dropLast() : lines[...]
    if filled.count == 1, let only = filled.first,
      only.split(whereSeparator: \.isWhitespace).count == 1
    {
      return try Self.plain(only)
    }
    // Both the forms of the BSDs and of GNU's programs.
    let forms = [
      try PythonRegex(#"^(?:\w+) ?\((.+)\) ?= ([\w.]+)$"#),
      try PythonRegex(#"^([\w.]+)\s+(?:\*|\./|\.)?(.+)$"#),
    ]
    for line in filled {
      var path: String
      var digest: String
      if let found = try forms[0].match(line) {
        (path, digest) = (found.group(1) ?? "", found.group(2) ?? "")
      } else if let found = try forms[1].match(line) {
        (digest, path) = (found.group(1) ?? "", found.group(2) ?? "")
        path = String(path.drop { $0 == "." || $0 == "/" })
      } else {
        continue
      }
      if path == name { return try Self.plain(digest) }
    }
    throw AnsibleFailure(
      "Unable to find a checksum for file '\(name)' in '\(place)'")
  }

  private static func plain(_ text: String) throws -> String {
    let digits = text.filter { $0.isLetter || $0.isNumber || $0 == "_" }
      .lowercased()
    guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit) else {
      throw AnsibleFailure("The checksum format is invalid")
    }
    return digits
  }

  // MARK: - The web

  private func get(
    _ url: String, _ arguments: Parameters, _ call: ModuleCall,
    since old: String?
  ) async throws -> Answer {
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let parent = text("tmp_dest").map(call.local)
    if let parent, !call.search.files.isDirectory(parent) {
      throw AnsibleFailure(
        call.search.files.exists(parent)
          ? "\(parent) is a file but should be a directory."
          : "\(parent) directory does not exist.")
    }
    return try await call.withScratch(in: parent) { scratch in
      let place = Paths.join(scratch, "body")
      var curl = CurlSettings(["silent", "show-error", "location"])
      curl.set("url", url)
      curl.set("output", place)
      curl.set("dump-header", "-")
      curl.set("write-out", "\\n%{http_code} %{url_effective}")
      curl.set("max-time", text("timeout") ?? "10")
      curl.set("user-agent", text("http_agent") ?? "")
      if arguments["validate_certs"]?.boolean == false {
        curl.turnOn("insecure")
      }
      // Only the head is asked for where nothing may change; a file has none.
      if call.isCheckMode, !url.hasPrefix("file:") { curl.turnOn("head") }
      if arguments["use_proxy"]?.boolean == false { curl.set("noproxy", "*") }
      if arguments["force"]?.boolean == true {
        curl.set("header", "cache-control: no-cache")
      }
      if let user = text("url_username") {
        curl.set("user", "\(user):\(text("url_password") ?? "")")
      } else if arguments["use_netrc"]?.boolean != false {
        curl.turnOn("netrc-optional")
      }
      for (name, option) in [("client_cert", "cert"), ("client_key", "key")] {
        if let path = text(name) { curl.set(option, path) }
      }
      if let old, !url.hasPrefix("file:") { curl.set("time-cond", old) }
      for header in try arguments["headers"]?.dictionary?.pairs() ?? [] {
        curl.set("header", "\(header.key): \(PlainText.of(header.value))")
      }
      let ended = try await call.machine.run(
        LocalCommand(
          ["curl", "--config", "-"], environment: call.environment,
          input: Array(curl.text.utf8)))
      guard ended.exitCode == 0 else {
        var result = ModuleResult.failure(
          "Request failed: \(ended.errorText.stripped)")
        result.values["url"] = Value(url)
        throw End(result: result)
      }
      return try answer(ended, place, url, call)
    }
  }

  private func answer(
    _ ended: LocalCommandResult, _ place: String, _ url: String,
    _ call: ModuleCall
  ) throws -> Answer {
    let lines = ended.text.split(omittingEmptySubsequences: false) {
      $0.isNewline
    }
    let last = lines.last?.split(separator: " ", maxSplits: 1) ?? []
    var headers: [String: String] = [:]
    var reason = ""
    for line in lines.dropLast() {
      if line.hasPrefix("HTTP/") {
        // One head for each redirect; the last is the answer's.
        headers = [:]
        reason =
          line.split(separator: " ", maxSplits: 2).last
          .map(String.init) ?? ""
      } else if let colon = line.firstIndex(of: ":") {
        headers[line[..<colon].lowercased()] =
          String(String(line[line.index(after: colon)...]).stripped)
      }
    }
    let status = last.first.flatMap { Int($0) } ?? 0
    guard status == 200 || status == 0 else {
      var result =
        status == 304
        ? ModuleResult(changed: false) : .failure("Request failed")
      let response = "HTTP Error \(status): \(reason)"
      result.values[status == 304 ? "msg" : "response"] = Value(response)
      result.values["status_code"] = Value(status)
      result.values["url"] = Value(url)
      throw End(result: result)
    }
    let files = call.search.files
    let isHead = call.isCheckMode && !url.hasPrefix("file:")
    return Answer(
      status: status, url: last.last.map(String.init) ?? url,
      headers: headers,
      body: files.exists(place) && !isHead ? try files.read(place) : [],
      place: place)
  }

  /// The name that a server gives a file, without any path.
  private static func filename(_ headers: [String: String]) -> String? {
    guard let value = headers["content-disposition"] else { return nil }
    for part in value.split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1)
      if pair.count == 2, String(pair[0]).stripped.lowercased() == "filename" {
        let name = String(pair[1]).stripped.filter { $0 != "\"" }
        return name.isEmpty ? nil : Paths.name(of: name)
      }
    }
    return nil
  }

  /// The last part of an address's path.
  private static func filename(of url: String) -> String {
    var path = url.prefix { $0 != "?" && $0 != "#" }
    if let scheme = path.firstRange(of: "://") {
      path = path[scheme.upperBound...].drop { $0 != "/" }
    }
    let name =
      path.split(
        separator: "/", omittingEmptySubsequences: false
      ).last.map(String.init) ?? ""
    return name.isEmpty ? "index.html" : name
  }
}
