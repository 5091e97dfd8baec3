// `stat`: what there is to know of a path on this machine.

import Jinja

struct StatModule: Module {
  let names = ["ansible.builtin.stat"]
  private static let spec = ValidationSpec([
    "path": .init("path", required: true, aliases: ["dest", "name"]),
    "follow": .init("bool", default: false),
    "get_checksum": .init("bool", default: true),
    "get_mime": .init(
      "bool", default: true, aliases: ["mime", "mime_type", "mime-type"]),
    "get_attributes": .init(
      "bool", default: true, aliases: ["attr", "attributes"]),
    "checksum_algorithm": .init(
      "str", default: "sha1",
      choices: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
      aliases: ["checksum", "checksum_algo"]),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let given = PlainText.of(arguments["path"] ?? "")
    let path = call.local(given)
    let follows = arguments["follow"]?.boolean ?? false
    var result = ModuleResult(changed: false)
    guard let status = FileStatus(path, followsLinks: follows, call) else {
      result.values["stat"] = .dictionary([("exists", false)])
      return result
    }
    let state = status.state
    var entries: [(String, Value)] = [
      ("exists", true), ("path", Value(given)),
      ("device_type", Value(state.specialDevice)),
      ("blocks", Value(state.blocks)), ("block_size", Value(state.blockSize)),
      ("readable", Value(state.mayRead)),
      ("writeable", Value(state.mayWrite)),
      ("executable", Value(state.mayExecute)),
    ]
    entries += status.members
    if let name = state.userName { entries.append(("pw_name", Value(name))) }
    if let name = state.groupName { entries.append(("gr_name", Value(name))) }
    if status.isLink, let target = call.machine.linkTarget(path) {
      entries.append(("lnk_source", Value(FileWrite.target(of: path, call))))
      entries.append(("lnk_target", Value(target)))
    }
    // A pipe would be waited for, a device read for ever.
    if status.isRegular, state.mayRead,
      arguments["get_checksum"]?.boolean ?? true
    {
      let function =
        Digest.Function(
          rawValue: arguments["checksum_algorithm"]?.text ?? "sha1") ?? .sha1
      entries.append(
        (
          "checksum",
          Value(Digest.hex(try call.search.files.read(path), function))
        ))
    }
    if arguments["get_mime"]?.boolean ?? true {
      entries += try await content(of: path, call)
    }
    if arguments["get_attributes"]?.boolean ?? true {
      entries += try await attributes(of: path, call)
    }
    result.values["stat"] = .dictionary(entries)
    return result
  }

  /// What `file` says of the content; a preview starts no program.
  private func content(
    of path: String, _ call: ModuleCall
  ) async throws -> [(String, Value)] {
    if call.isPreview {
      return [("mimetype", .unknown), ("charset", .unknown)]
    }
    var told: (Value, Value) = ("unknown", "unknown")
    let ended = try await call.program(
      ["file", "--mime-type", "--mime-encoding", path])
    if ended.exitCode == 0, let colon = ended.text.lastIndex(of: ":") {
      let parts = ended.text[ended.text.index(after: colon)...]
        .split(separator: ";")
      if parts.count == 2, let equals = parts[1].firstIndex(of: "=") {
        told.0 = Value(String(parts[0].stripped))
        told.1 = Value(
          String(parts[1][parts[1].index(after: equals)...].stripped))
      }
    }
    return [("mimetype", told.0), ("charset", told.1)]
  }

  /// What `lsattr` says; a preview starts no program.
  private func attributes(
    of path: String, _ call: ModuleCall
  ) async throws -> [(String, Value)] {
    let names = ["version", "attributes", "attr_flags"]
    if call.isPreview { return names.map { ($0, .unknown) } }
    let ended = try await call.program(["lsattr", "-vd", path])
    let words = ended.text.split(whereSeparator: \.isWhitespace)
    guard ended.exitCode == 0, words.count > 1 else {
      return [
        ("version", .none), ("attributes", .list([])), ("attr_flags", ""),
      ]
    }
    let flags = words[1].filter { $0 != "-" }
    return [
      ("version", Value(String(words[0]))),
      (
        "attributes",
        .list(flags.compactMap { Self.attributes[$0] }.map { Value($0) })
      ), ("attr_flags", Value(flags)),
    ]
  }

  /// The names of the flags, from ansible-core's module_utils/common/file.py.
  private static let attributes: [Character: String] = [
    "A": "noatime", "a": "append", "c": "compressed", "C": "nocow",
    "d": "nodump", "D": "dirsync", "e": "extents", "E": "encrypted",
    "h": "blocksize", "i": "immutable", "I": "indexed", "j": "journalled",
    "N": "inline", "s": "zero", "S": "synchronous", "t": "notail",
    "T": "blockroot", "u": "undelete", "X": "compressedraw",
    "Z": "compresseddirty",
  ]
}
