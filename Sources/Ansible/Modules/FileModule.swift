// `file`, `tempfile`, `stat` and `slurp`: files of this machine.

import Jinja
import OrderedCollections

struct FileModule: Module {
  let names = ["ansible.builtin.file"]
  let refusedArguments = Set(FileAttributes.refused)
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

  /// What a task is to do about a path.
  private struct Change {
    var isChanged = false
    var act: () throws -> Void = {}
  }

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    for name in ["modification_time", "access_time"]
    where arguments[name].map({
      !$0.isNone && !["preserve", "now", ""].contains($0.text)
    }) ?? false {
      throw Refusal(.argument, name, at: call.task.place)
    }
    let files = call.search.files
    let path = call.local(PlainText.of(arguments["path"] ?? ""))
    let before = files.stamp(path)
    let follows = arguments["follow"]?.boolean ?? true
    if !follows, arguments["mode"]?.isNone == false,
      call.machine.linkTarget(path) != nil
    {
      throw Refusal(
        .argument, "follow: false", at: call.task.place,
        what: "\(path) is a link, and the mode of a link itself is not set")
    }
    let wanted = try FileAttributes.mode(arguments["mode"], of: before?.mode)
    let recurses = arguments["recurse"]?.boolean ?? false
    let state =
      arguments["state"]?.text
      ?? (recurses || before?.isDirectory == true ? "directory" : "file")
    if recurses, state != "directory" {
      return .failure("recurse option requires state to be 'directory'")
    }
    var change = Change()
    let changesMode = wanted.map { $0 != before?.mode } ?? false
    switch state {
    case "absent":
      change.isChanged = before != nil || call.machine.linkTarget(path) != nil
      change.act = { try call.machine.remove(path) }
    case "directory":
      if let before, !before.isDirectory {
        return .failure("\(path) already exists as a file")
      }
      change = try directory(
        path, isNew: before == nil, wanted, arguments, call, changesMode)
    case "touch":
      change = touch(
        path, isNew: before == nil, wanted, arguments, call, changesMode)
    case "link", "hard":
      let made = link(path, isSymbolic: state == "link", arguments, call)
      if let failure = made.failure { return .failure(failure) }
      change = made.change
      if changesMode, let wanted, follows {
        let act = change.act
        change.isChanged = true
        change.act = {
          try act()
          if files.exists(path) { try call.machine.setMode(path, wanted) }
        }
      }
    default:
      guard before != nil else {
        return .failure("file (\(path)) is absent, cannot continue")
      }
      change.isChanged = changesMode
      change.act = { if let wanted { try call.machine.setMode(path, wanted) } }
    }
    var result = ModuleResult(changed: change.isChanged)
    result.values["path"] = Value(path)
    if change.isChanged {
      if call.isPreview {
        call.reportLocal(.file(path: path, state: state))
      } else if !call.isCheckMode {
        try change.act()
      }
    }
    for (name, value) in FileAttributes.describe(path, files) {
      result.values[name] = value
    }
    if call.isPreview || call.isCheckMode {
      result.values["state"] = Value(state == "touch" ? "file" : state)
    }
    if state == "absent" { return result }
    return try FileOwnership.apply(
      to: result, at: path, recurses: recurses, arguments, call)
  }

  private func directory(
    _ path: String, isNew: Bool, _ wanted: UInt32?, _ arguments: Parameters,
    _ call: ModuleCall, _ changesMode: Bool
  ) throws -> Change {
    guard !isNew else {
      return Change(isChanged: true) {
        try call.machine.makeDirectory(path, mode: wanted)
      }
    }
    var others: [(path: String, mode: UInt32)] = []
    let files = call.search.files
    func walk(_ directory: String) throws {
      for name in try files.names(in: directory) {
        let inner = Paths.join(directory, name)
        guard call.machine.linkTarget(inner) == nil,
          let stamp = files.stamp(inner)
        else { continue }
        if let mode = try FileAttributes.mode(
          arguments["mode"], of: stamp.mode),
          mode != stamp.mode
        {
          others.append((inner, mode))
        }
        if stamp.isDirectory { try walk(inner) }
      }
    }
    if arguments["recurse"]?.boolean == true, wanted != nil { try walk(path) }
    let below = others
    return Change(isChanged: changesMode || !below.isEmpty) {
      if changesMode, let wanted { try call.machine.setMode(path, wanted) }
      for other in below { try call.machine.setMode(other.path, other.mode) }
    }
  }

  private func touch(
    _ path: String, isNew: Bool, _ wanted: UInt32?, _ arguments: Parameters,
    _ call: ModuleCall, _ changesMode: Bool
  ) -> Change {
    if isNew {
      return Change(isChanged: true) {
        try call.machine.write(path, [], mode: wanted)
      }
    }
    let keepsTimes = ["modification_time", "access_time"].allSatisfy {
      arguments[$0]?.text == "preserve"
    }
    return Change(isChanged: !keepsTimes || changesMode) {
      if !keepsTimes { try call.machine.touch(path) }
      if let wanted { try call.machine.setMode(path, wanted) }
    }
  }

  /// By the rules of ansible-core's file.py, ensure_symlink and
  /// ensure_hardlink.
  private func link(
    _ path: String, isSymbolic: Bool, _ arguments: Parameters,
    _ call: ModuleCall
  ) -> (change: Change, failure: String?) {
    let files = call.search.files
    let old = call.machine.linkTarget(path)
    let before = files.stamp(path)
    let force = arguments["force"]?.boolean ?? false
    func failed(_ sentence: String) -> (Change, String?) {
      (Change(), sentence)
    }
    guard let source = arguments["src"]?.text else {
      return isSymbolic && old != nil
        ? (Change(), nil)
        : failed(
          "src is required for creating new \(isSymbolic ? "sym" : "hard")links"
        )
    }
    let folder =
      old == nil && before?.isDirectory == true
      ? path : Paths.directory(of: path)
    let target =
      isSymbolic && !Paths.isAbsolute(source)
      ? Paths.join(folder, source) : call.local(source)
    if !isSymbolic {
      guard let there = files.stamp(target) else {
        return failed("src does not exist")
      }
      if let before, old == nil {
        if before.inode == there.inode { return (Change(), nil) }
        if !force {
          return failed("Cannot link, file exists at destination")
        }
      }
    } else {
      if !force, !files.exists(target) {
        return failed(
          "src file does not exist, use 'force=yes' if you really want to "
            + "create the link: \(target)")
      }
      if old == source { return (Change(), nil) }
      if old == nil, let before {
        if !force {
          return failed(
            "refusing to convert from "
              + "\(before.isDirectory ? "directory" : "file") to symlink for "
              + path)
        }
        if before.isDirectory, (try? files.names(in: path))?.isEmpty == false {
          return failed(
            "the directory \(path) is not empty, refusing to convert it")
        }
      }
    }
    let change = Change(isChanged: true) {
      if before != nil || old != nil { try call.machine.remove(path) }
      try call.machine.link(
        path, to: isSymbolic ? source : target, isSymbolic: isSymbolic)
    }
    return (change, nil)
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
    if call.isCheckMode {
      var result = ModuleResult(
        changed: false,
        message: "remote module (tempfile) does not support check mode")
      result.values["skipped"] = true
      return result
    }
    var random = SystemRandomNumberGenerator()
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789_")
    let name = String(
      (0..<8).map { _ in letters.randomElement(using: &random) ?? "a" })
    let path = Paths.join(
      arguments["path"]?.text ?? "/tmp",
      (arguments["prefix"]?.text ?? "") + name
        + (arguments["suffix"]?.text ?? ""))
    if call.isPreview {
      call.reportLocal(
        .file(
          path: Paths.directory(of: path),
          state: state == "directory" ? "temporary folder" : "temporary file"))
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
  /// The members that only the machine itself can tell.
  private static func told(_ state: FileState) -> [(String, Value)] {
    let kinds: [(String, UInt32)] = [
      ("isfifo", 0o010000), ("ischr", 0o020000), ("isdir", 0o040000),
      ("isblk", 0o060000), ("isreg", 0o100000), ("islnk", 0o120000),
      ("issock", 0o140000),
    ]
    var told = kinds.map { ($0.0, Value(state.kind == $0.1)) }
    told += [
      ("uid", Value(Int(state.user))), ("gid", Value(Int(state.group))),
      ("dev", Value(state.device)), ("nlink", Value(state.links)),
      ("device_type", Value(state.specialDevice)),
      ("blocks", Value(state.blocks)), ("block_size", Value(state.blockSize)),
      ("atime", Value(state.accessed)), ("ctime", Value(state.changed)),
      ("readable", Value(state.mayRead)),
      ("writeable", Value(state.mayWrite)),
      ("executable", Value(state.mayExecute)),
    ]
    if let name = state.userName { told.append(("pw_name", Value(name))) }
    if let name = state.groupName { told.append(("gr_name", Value(name))) }
    return told
  }

  let names = ["ansible.builtin.stat"]
  private static let spec = ValidationSpec([
    "path": .init("path", required: true, aliases: ["dest", "name"]),
    "follow": .init("bool", default: false),
    "get_checksum": .init("bool", default: true),
    "get_mime": .init("bool", aliases: ["mime", "mime_type", "mime-type"]),
    "get_attributes": .init("bool", aliases: ["attr", "attributes"]),
    "checksum_algorithm": .init(
      "str", default: "sha1",
      choices: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
      aliases: ["checksum", "checksum_algo"]),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let path = call.local(PlainText.of(arguments["path"] ?? ""))
    for name in ["get_mime", "get_attributes"]
    where arguments[name]?.boolean == true {
      throw Refusal(
        .argument, name, at: call.task.place,
        what: "the kind of a file's content and its attributes are not asked "
          + "for")
    }
    let files = call.search.files
    var result = ModuleResult(changed: false)
    let link = call.machine.linkTarget(path)
    let target = arguments["follow"]?.boolean == true ? nil : link
    // A link that leads nowhere is there all the same.
    let found =
      files.stamp(path)
      ?? target.map {
        SourceStamp(isDirectory: false, size: $0.utf8.count, mode: 0o777)
      }
    guard var stamp = found else {
      result.values["stat"] = .dictionary([("exists", false)])
      return result
    }
    if let target {
      stamp.isDirectory = false
      stamp.mode = 0o777
      stamp.size = target.utf8.count
    }
    let octal = String(stamp.mode, radix: 8)
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
      ("isuid", Value(stamp.mode & 0o4000 != 0)),
      ("isgid", Value(stamp.mode & 0o2000 != 0)),
    ]
    for (index, name) in [
      "xoth", "woth", "roth", "xgrp", "wgrp", "rgrp", "xusr", "wusr", "rusr",
    ].enumerated() {
      entries.append((name, Value(stamp.mode & (1 << UInt32(index)) != 0)))
    }
    if let state = call.machine.state(of: path, followsLinks: target == nil) {
      let told = Self.told(state)
      entries.removeAll { entry in told.contains { $0.0 == entry.0 } }
      entries += told
    }
    if let target {
      entries.append(("lnk_source", Value(FileWrite.target(of: path, call))))
      entries.append(("lnk_target", Value(target)))
    }
    // A pipe would be waited for, a device read for ever.
    let isPlain = entries.contains { $0.0 == "isreg" && $0.1.boolean == true }
    if isPlain, files.isFile(path), target == nil,
      arguments["get_checksum"]?.boolean ?? true
    {
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
