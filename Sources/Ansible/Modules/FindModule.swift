// `find`: files of this machine by their names, kinds and sizes.

import Jinja
import OrderedCollections

struct FindModule: Module {
  let names = ["ansible.builtin.find"]
  private static let spec = ValidationSpec([
    "paths": .init(
      "list", elements: "path", required: true, aliases: ["name", "path"]),
    "patterns": .init(
      "list", elements: "str", default: .list([]), aliases: ["pattern"]),
    "excludes": .init("list", elements: "str", aliases: ["exclude"]),
    "contains": .init("str"), "read_whole_file": .init("bool"),
    "file_type": .init(
      "str", default: "file", choices: ["any", "directory", "file", "link"]),
    "age": .init("str"),
    "age_stamp": .init(
      "str", default: "mtime", choices: ["atime", "ctime", "mtime"]),
    "size": .init("str"), "recurse": .init("bool", default: false),
    "hidden": .init("bool", default: false),
    "follow": .init("bool", default: false),
    "get_checksum": .init("bool", default: false),
    "checksum_algorithm": .init(
      "str", default: "sha1",
      choices: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
      aliases: ["checksum", "checksum_algo"]),
    "use_regex": .init("bool", default: false), "depth": .init("int"),
    "limit": .init("int"), "mode": .init("raw"),
    "exact_mode": .init("bool", default: true), "encoding": .init("str"),
  ])

  /// What the walk holds on to.
  private struct Walk {
    var found: [Value] = []
    var examined = 0
  }

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.checkEncoding(arguments["encoding"], call)
    for name in ["age", "mode"]
    where arguments[name].map({ !$0.isNone }) ?? false {
      throw Refusal(.argument, name, at: call.task.place)
    }
    var walk = Walk()
    var skipped: [(String, Value)] = []
    let limit = arguments["limit"]?.integer
    for path in try arguments["paths"]?.sequence() ?? [] {
      let directory = call.local(PlainText.of(path))
      guard call.search.files.isDirectory(directory) else {
        let reason = "'\(PlainText.of(path))' is not a directory"
        skipped.append((PlainText.of(path), Value(reason)))
        call.warn(
          "Skipped '\(PlainText.of(path))' path due to this access issue: "
            + reason)
        continue
      }
      try look(PlainText.of(path), depth: 1, arguments, call, &walk)
    }
    var message = "All paths examined"
    if let limit, limit >= 0, walk.found.count >= limit {
      walk.found = Array(walk.found.prefix(limit))
      message = "Limit of matches reached"
    }
    if !skipped.isEmpty {
      message = "Not all paths examined, check warnings for details"
    }
    return ModuleResult([
      "changed": false, "files": .list(walk.found),
      "matched": Value(walk.found.count), "examined": Value(walk.examined),
      "skipped_paths": .dictionary(skipped), "msg": Value(message),
    ])
  }

  private func look(
    _ directory: String, depth: Int, _ arguments: Parameters,
    _ call: ModuleCall, _ walk: inout Walk
  ) throws {
    if let deepest = arguments["depth"]?.integer, depth > deepest { return }
    let files = call.search.files
    let wantsHidden = arguments["hidden"]?.boolean ?? false
    var below: [String] = []
    for name in try files.names(in: call.local(directory)) {
      walk.examined += 1
      // Found files are named as the path that was given goes on.
      let shown = Paths.normalize(Paths.join(directory, name))
      let path = call.local(shown)
      let isLink = call.machine.linkTarget(path) != nil
      let stamp = files.stamp(path)
      let isDirectory = stamp?.isDirectory ?? false
      if isDirectory, !isLink || arguments["follow"]?.boolean == true {
        below.append(shown)
      }
      if name.hasPrefix("."), !wantsHidden { continue }
      let kind = isLink ? "link" : isDirectory ? "directory" : "file"
      let wanted = arguments["file_type"]?.text ?? "file"
      guard wanted == "any" || wanted == kind,
        try isNamed(name, arguments),
        try kind != "file"
          || fits(
            path, stamp?.size ?? 0, arguments, isAny: wanted == "any", call)
      else { continue }
      walk.found.append(try describe(shown, stamp, kind, arguments, call))
    }
    guard arguments["recurse"]?.boolean == true else { return }
    for path in below {
      try look(path, depth: depth + 1, arguments, call, &walk)
    }
  }

  private func isNamed(_ name: String, _ arguments: Parameters) throws -> Bool {
    func texts(_ key: String) throws -> [String] {
      try arguments[key]?.sequence()?.map { PlainText.of($0) } ?? []
    }
    let usesRegex = arguments["use_regex"]?.boolean ?? false
    func matches(_ pattern: String) throws -> Bool {
      usesRegex
        ? try PythonRegex(pattern).match(name) != nil
        : FileGlob.isMatch(name, pattern)
    }
    let patterns = try texts("patterns")
    let excludes = try texts("excludes")
    if patterns.isEmpty { return excludes.isEmpty }
    return try patterns.contains(where: matches)
      && !excludes.contains(where: matches)
  }

  /// Whether a file has the size and the content asked for.
  private func fits(
    _ path: String, _ size: Int, _ arguments: Parameters, isAny: Bool,
    _ call: ModuleCall
  ) throws -> Bool {
    if let text = arguments["size"]?.text {
      let wanted = try Self.bytes(text)
      if text.hasPrefix("-") ? size > wanted : size < wanted { return false }
    }
    guard !isAny, let pattern = arguments["contains"]?.text else { return true }
    let regex = try PythonRegex(pattern)
    let text = try call.search.files.text(path)
    if arguments["read_whole_file"]?.boolean == true {
      return try regex.search(text) != nil
    }
    return try text.split(separator: "\n", omittingEmptySubsequences: false)
      .contains { try regex.match(String($0)) != nil }
  }

  /// The bytes of `10k` or `-2m`, without the sign.
  private static func bytes(_ text: String) throws -> Int {
    let units: [Character: Int] = [
      "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40,
    ]
    var digits = Substring(text.lowercased())
    if digits.hasPrefix("-") { digits = digits.dropFirst() }
    var unit = 1
    if let last = digits.last, let known = units[last] {
      unit = known
      digits = digits.dropLast()
    }
    guard let number = Int(digits) else {
      throw AnsibleFailure("failed to process size")
    }
    let (size, isTooLarge) = number.multipliedReportingOverflow(by: unit)
    return isTooLarge ? .max : size
  }

  private func describe(
    _ path: String, _ stamp: SourceStamp?, _ kind: String,
    _ arguments: Parameters, _ call: ModuleCall
  ) throws -> Value {
    let mode = stamp?.mode ?? 0
    let octal = String(mode, radix: 8)
    var entries: [(String, Value)] = [
      ("path", Value(path)),
      (
        "mode",
        Value(String(repeating: "0", count: max(4 - octal.count, 0)) + octal)
      ),
      ("isdir", Value(kind == "directory")), ("isreg", Value(kind == "file")),
      ("islnk", Value(kind == "link")), ("size", Value(stamp?.size ?? 0)),
      ("mtime", Value(Double(stamp?.modified ?? 0) / 1e9)),
      ("inode", Value(Int(truncatingIfNeeded: stamp?.inode ?? 0))),
    ]
    if kind == "file", arguments["get_checksum"]?.boolean == true {
      let function =
        Digest.Function(
          rawValue: arguments["checksum_algorithm"]?.text ?? "sha1") ?? .sha1
      entries.append(
        (
          "checksum",
          Value(
            Digest.hex(try call.search.files.read(call.local(path)), function))
        ))
    }
    return .dictionary(entries)
  }
}
