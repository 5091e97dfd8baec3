// `unarchive`: an archive unpacked on this machine by tar or unzip, where what
// is there differs from what is in it.

import Jinja
import OrderedCollections

struct UnarchiveModule: Module {
  let names = ["ansible.builtin.unarchive"]
  let refusedArguments = Set(FileAttributes.refused)

  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("src", .init("path", required: true)),
        ("dest", .init("path", required: true)),
        ("remote_src", .init("bool", default: false)),
        ("copy", .init("bool", default: true)), ("creates", .init("path")),
        ("list_files", .init("bool", default: false)),
        ("keep_newer", .init("bool", default: false)),
        ("exclude", .init("list", elements: "str", default: .list([]))),
        ("include", .init("list", elements: "str", default: .list([]))),
        ("extra_opts", .init("list", elements: "str", default: .list([]))),
        ("validate_certs", .init("bool", default: true)),
        ("decrypt", .init("bool", default: true)),
        ("io_buffer_size", .init("int")),
      ] + FileAttributes.options),
    mutuallyExclusive: [["include", "exclude"]])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    if call.arguments["copy"] != nil, call.arguments["remote_src"] != nil {
      return .failure(
        "parameters are mutually exclusive: ('copy', 'remote_src')")
    }
    let files = call.search.files
    if let creates = arguments["creates"]?.text,
      files.exists(call.local(creates))
    {
      var result = ModuleResult(
        changed: false, message: "skipped, since \(creates) exists")
      result.values["skipped"] = true
      return result
    }
    let isHere =
      arguments["remote_src"]?.boolean == true
      || (call.arguments["copy"] != nil && arguments["copy"]?.boolean == false)
    let name = PlainText.of(arguments["src"] ?? "")
    let target = call.local(PlainText.of(arguments["dest"] ?? ""))
    let isAddress = name.contains("://")
    if isAddress, !isHere {
      return .failure(
        "Unsupported option, an URI src (\(name)) is only supported when "
          + "remote_src is True")
    }
    if call.isPreview {
      // What a task before it brings is not there yet.
      if isAddress { call.reportLocal(.request(method: "GET", url: name)) }
      call.reportLocal(.file(path: target, state: "unpacked from \(name)"))
      return .unknown
    }
    guard files.isDirectory(target) else {
      return .failure("dest '\(target)' must be an existing dir")
    }
    return try await call.withScratch { scratch in
      let source = try await source(
        name, isHere: isHere, isAddress, scratch, arguments, call)
      guard files.exists(source) else {
        return .failure("Source '\(source)' does not exist")
      }
      if files.stamp(source)?.size == 0 {
        return .failure("Invalid archive '\(source)', the file is 0 bytes")
      }
      return try await unpack(source, to: target, arguments, call)
    }
  }

  /// The archive on this machine: fetched, found or opened.
  private func source(
    _ name: String, isHere: Bool, _ isAddress: Bool, _ scratch: String,
    _ arguments: Parameters, _ call: ModuleCall
  ) async throws -> String {
    let copy = Paths.join(
      scratch, Paths.name(of: String(name.prefix { $0 != "?" })))
    if isAddress {
      var curl = CurlSettings(["silent", "show-error", "location", "fail"])
      curl.set("url", name)
      curl.set("output", copy)
      if arguments["validate_certs"]?.boolean == false {
        curl.turnOn("insecure")
      }
      let ended = try await call.machine.run(
        LocalCommand(
          ["curl", "--config", "-"], environment: call.environment,
          input: Array(curl.text.utf8)))
      guard ended.exitCode == 0 else {
        throw AnsibleFailure(
          "Failure downloading \(name), \(ended.errorText.stripped)")
      }
      return copy
    }
    if isHere { return call.local(name) }
    let path = try call.find(name, kind: "files")
    guard arguments["decrypt"]?.boolean != false,
      Vault.isEncrypted(try call.search.files.read(path))
    else { return path }
    try call.machine.write(
      copy, try call.project.bytes(path), mode: 0o600)
    return copy
  }

  private func unpack(
    _ source: String, to target: String, _ arguments: Parameters,
    _ call: ModuleCall
  ) async throws -> ModuleResult {
    let archive = Archive(
      source: source, target: target,
      options: try texts("extra_opts", arguments),
      excludes: try texts("exclude", arguments),
      includes: try texts("include", arguments),
      keepsNewer: arguments["keep_newer"]?.boolean ?? false,
      owner: arguments["owner"]?.text, group: arguments["group"]?.text,
      setsMode: arguments["mode"]?.isNone == false)
    let (handler, members) = try await archive.handler(call)
    guard let handler else {
      return .failure(
        "Failed to find handler for \"\(source)\". Make sure the required "
          + "command to extract the file is installed.")
    }
    if call.isCheckMode, handler != .zip {
      var result = ModuleResult(
        changed: false,
        message: "remote module (ansible.legacy.unarchive) does not support "
          + "check mode when using gtar")
      result.values["skipped"] = true
      return result
    }
    let isUnpacked = try await archive.isUnpacked(handler, members, call)
    var result = ModuleResult(changed: !isUnpacked)
    result.values["handler"] = Value(handler.rawValue)
    result.values["dest"] = Value(target)
    result.values["src"] = Value(source)
    let given = PlainText.of(arguments["dest"] ?? "")
    func described() -> ModuleResult {
      var told = result
      told.describeFile(call)
      told.namePaths(as: given, call)
      return told
    }
    if !isUnpacked, !call.isCheckMode {
      let ended = try await archive.unpack(handler, call)
      result.values["extract_results"] = .dictionary([
        ("cmd", .list(archive.command(handler, call).map { Value($0) })),
        ("rc", Value(ended.exitCode)), ("out", Value(ended.text)),
        ("err", Value(ended.errorText)),
      ])
      guard ended.exitCode == 0 else {
        result.values["failed"] = true
        result.values["msg"] = Value(
          "failed to unpack \(source) to \(target)")
        return described()
      }
    }
    if !call.isCheckMode {
      result = try give(
        members.map(\.name), in: target, result, arguments, call)
    }
    if arguments["list_files"]?.boolean == true {
      result.values["files"] = .list(members.map { Value($0.name) })
    }
    return described()
  }

  private func texts(
    _ name: String, _ arguments: Parameters
  ) throws -> [String] {
    try arguments[name]?.sequence()?.map { PlainText.of($0) } ?? []
  }

  /// Gives all that was unpacked the mode and owner that the task names.
  private func give(
    _ names: [String], in target: String, _ result: ModuleResult,
    _ arguments: Parameters, _ call: ModuleCall
  ) throws -> ModuleResult {
    var result = result
    let folders = Set(
      names.filter { $0.contains("/") }.compactMap {
        $0.split(separator: "/").first.map(String.init)
      })
    for name in names + folders.sorted() {
      let path = Paths.normalize(Paths.join(target, name))
      if try FileSettings(arguments, path: path).apply(call) {
        result.values["changed"] = true
      }
    }
    return result
  }
}
