// `file`, `tempfile`, `stat` and `slurp`: files of this machine.

import Jinja
import OrderedCollections

struct FileModule: Module {
  let names = ["ansible.builtin.file"]
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        (
          "state",
          .init(
            "str",
            choices: ["absent", "directory", "file", "hard", "link", "touch"])
        ),
        ("path", .init("path", required: true, aliases: ["dest", "name"])),
        ("src", .init("path")), ("recurse", .init("bool", default: false)),
        ("force", .init("bool", default: false)),
        ("follow", .init("bool", default: true)),
        ("modification_time", .init("str")), ("access_time", .init("str")),
        ("modification_time_format", .init("str")),
        ("access_time_format", .init("str")),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    for name in ["modification_time", "access_time"]
    where arguments[name].map({ !$0.isNone && $0.text != "preserve" }) ?? false
    {
      throw Refusal(.argument, name, at: call.task.place)
    }
    let files = call.search.files
    let path = call.local(PlainText.of(arguments["path"] ?? ""))
    let before = files.stamp(path)
    let wanted = try FileAttributes.mode(arguments["mode"], of: before?.mode)
    let state =
      arguments["state"]?.text
      ?? (before?.isDirectory == true ? "directory" : "file")
    let changesMode = wanted.map { $0 != before?.mode } ?? false
    let isChanged: Bool
    var act: () throws -> Void = {}
    switch state {
    case "absent":
      isChanged = before != nil || call.machine.linkTarget(path) != nil
      act = { try call.machine.remove(path) }
    case "directory":
      if let before, !before.isDirectory {
        return .failure("\(path) already exists as a file")
      }
      isChanged = before == nil || changesMode
      act = {
        if before == nil {
          try call.machine.makeDirectory(path, mode: wanted)
        } else if let wanted {
          try call.machine.setMode(path, wanted)
        }
      }
    case "touch":
      isChanged = true
      act = {
        if before == nil {
          try call.machine.write(path, [], mode: wanted)
        } else if let wanted {
          try call.machine.setMode(path, wanted)
        }
      }
    case "link", "hard":
      guard let source = arguments["src"]?.text else {
        return .failure("src is required for creating new \(state)s")
      }
      isChanged = call.machine.linkTarget(path) != source
      act = {
        try call.machine.link(path, to: source, isSymbolic: state == "link")
      }
    default:
      guard before != nil else {
        return .failure(
          "file (\(path)) is absent, cannot continue")
      }
      isChanged = changesMode
      act = { if let wanted { try call.machine.setMode(path, wanted) } }
    }
    var result = ModuleResult(changed: isChanged)
    result.values["path"] = Value(path)
    if isChanged {
      if call.isPreview {
        call.reportLocal(.file(path: path, state: state))
      } else if !call.isCheckMode {
        try act()
      }
    }
    for (name, value) in FileAttributes.describe(path, files) {
      result.values[name] = value
    }
    if call.isPreview || call.isCheckMode {
      result.values["state"] = Value(state == "touch" ? "file" : state)
    }
    return result
  }
}

struct TempfileModule: Module {
  let names = ["ansible.builtin.tempfile"]
  private static let spec = ValidationSpec([
    "path": .init("path"), "prefix": .init("str", default: "ansible."),
    "suffix": .init("str", default: ""),
    "state": .init("str", default: "file", choices: ["file", "directory"]),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let state = arguments["state"]?.text ?? "file"
    var random = SystemRandomNumberGenerator()
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789_")
    let name = String(
      (0..<8).map { _ in letters.randomElement(using: &random) ?? "a" })
    let path = Paths.join(
      arguments["path"]?.text ?? "/tmp",
      (arguments["prefix"]?.text ?? "") + name
        + (arguments["suffix"]?.text ?? ""))
    if call.isPreview {
      call.reportLocal(.file(path: Paths.directory(of: path), state: state))
      var result = ModuleResult(changed: true)
      result.values["path"] = .unknown
      return result
    }
    if state == "directory" {
      try call.machine.makeDirectory(path, mode: 0o700)
    } else {
      try call.machine.write(path, [], mode: 0o600)
    }
    return ModuleResult([
      "changed": true, "path": Value(path), "state": Value(state),
      "mode": state == "directory" ? "0700" : "0600",
    ])
  }
}

struct StatModule: Module {
  let names = ["ansible.builtin.stat"]
  private static let spec = ValidationSpec([
    "path": .init("path", required: true, aliases: ["dest", "name"]),
    "follow": .init("bool", default: false),
    "get_checksum": .init("bool", default: true),
    "get_mime": .init("bool", default: true),
    "get_attributes": .init("bool", default: true),
    "checksum_algorithm": .init(
      "str", default: "sha1",
      choices: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
      aliases: ["checksum", "checksum_algo"]),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let path = call.local(PlainText.of(arguments["path"] ?? ""))
    let files = call.search.files
    var result = ModuleResult(changed: false)
    guard let stamp = files.stamp(path) else {
      result.values["stat"] = .dictionary([("exists", false)])
      return result
    }
    let octal = String(stamp.mode, radix: 8)
    let target = call.machine.linkTarget(path)
    var entries: [(String, Value)] = [
      ("exists", true), ("path", Value(path)),
      (
        "mode",
        Value(String(repeating: "0", count: max(4 - octal.count, 0)) + octal)
      ),
      ("isdir", Value(stamp.isDirectory)),
      ("isreg", Value(!stamp.isDirectory && target == nil)),
      ("islnk", Value(target != nil)), ("size", Value(stamp.size)),
      ("mtime", Value(Double(stamp.modified) / 1e9)),
      ("inode", Value(Int(truncatingIfNeeded: stamp.inode))),
      ("readable", true), ("writeable", Value(stamp.mode & 0o222 != 0)),
      ("executable", Value(stamp.mode & 0o111 != 0)),
    ]
    if let target {
      entries.append(("lnk_source", Value(Paths.normalize(target))))
      entries.append(("lnk_target", Value(target)))
    }
    if !stamp.isDirectory, arguments["get_checksum"]?.boolean ?? true {
      let function =
        Digest.Function(
          rawValue: arguments["checksum_algorithm"]?.text ?? "sha1") ?? .sha1
      entries.append(
        ("checksum", Value(Digest.hex(try files.read(path), function))))
    }
    result.values["stat"] = .dictionary(entries)
    return result
  }
}

struct SlurpModule: Module {
  let names = ["ansible.builtin.slurp"]
  private static let spec = ValidationSpec([
    "src": .init("path", required: true, aliases: ["path"])
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let path = call.local(PlainText.of(arguments["src"] ?? ""))
    guard call.search.files.exists(path) else {
      return .failure("file not found: \(path)")
    }
    return ModuleResult([
      "changed": false, "encoding": "base64", "source": Value(path),
      "content": Value(
        String(
          decoding: Base64.encoded(try call.search.files.read(path)),
          as: UTF8.self)),
    ])
  }
}
