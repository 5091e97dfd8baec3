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
    let filter: Filter
    do {
      filter = try Filter(arguments, on: call.machine)
    } catch let end as Unreadable {
      return .failure(
        "failed to process \(end.name)",
        [end.name: arguments[end.name] ?? .none])
    }
    if let limit = arguments["limit"]?.integer, limit <= 0 {
      return .failure("limit cannot be \(limit) (use None for unlimited)")
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
      try look(PlainText.of(path), depth: 1, arguments, filter, call, &walk)
    }
    var message = "All paths examined"
    if let limit, walk.found.count >= limit {
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
    _ filter: Filter, _ call: ModuleCall, _ walk: inout Walk
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
      guard let status = FileStatus(path, followsLinks: false, call) else {
        continue
      }
      if files.isDirectory(path),
        !status.isLink || arguments["follow"]?.boolean == true
      {
        below.append(shown)
      }
      if name.hasPrefix("."), !wantsHidden { continue }
      let wanted = arguments["file_type"]?.text ?? "file"
      guard Self.isOf(wanted, status), try isNamed(name, arguments),
        filter.takes(status, isAny: wanted == "any"),
        try wanted != "file" || holds(path, arguments, call)
      else { continue }
      walk.found.append(
        try describe(shown, status, path, arguments, call))
    }
    guard arguments["recurse"]?.boolean == true else { return }
    for path in below {
      try look(path, depth: depth + 1, arguments, filter, call, &walk)
    }
  }

  private static func isOf(_ wanted: String, _ status: FileStatus) -> Bool {
    switch wanted {
    case "any": true
    case "directory": status.isDirectory
    case "link": status.isLink
    default: status.isRegular
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

  /// Whether a file has the content asked for.
  private func holds(
    _ path: String, _ arguments: Parameters, _ call: ModuleCall
  ) throws -> Bool {
    guard let pattern = arguments["contains"]?.text else { return true }
    let regex = try PythonRegex(pattern)
    guard let text = try? call.search.files.text(path) else { return false }
    if arguments["read_whole_file"]?.boolean == true {
      return try regex.search(text) != nil
    }
    return try TextEditing.lines(of: text)
      .contains { try regex.match($0) != nil }
  }

  private func describe(
    _ shown: String, _ status: FileStatus, _ path: String,
    _ arguments: Parameters, _ call: ModuleCall
  ) throws -> Value {
    var entries: [(String, Value)] = [("path", Value(shown))]
    entries += status.members
    entries.append(("pw_name", Value(status.state.userName ?? "")))
    entries.append(("gr_name", Value(status.state.groupName ?? "")))
    if status.isRegular, arguments["get_checksum"]?.boolean == true {
      let function =
        Digest.Function(
          rawValue: arguments["checksum_algorithm"]?.text ?? "sha1") ?? .sha1
      entries.append(
        (
          "checksum",
          Value(Digest.hex(try call.search.files.read(path), function))
        ))
    }
    return .dictionary(entries)
  }

  /// An argument that cannot be read.
  private struct Unreadable: Error { var name: String }

  /// How old and large a file must be, and with which rights.
  private struct Filter {
    private var seconds: Double?
    private var stampName: String
    private var now: Double
    private var bytes: Int?
    private var mode: UInt32?
    private var isExact: Bool

    init(_ arguments: Parameters, on machine: any LocalMachine) throws {
      func text(_ name: String) -> String? {
        arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
      }
      func amount(_ name: String, _ units: [Character: Int]) throws -> Int? {
        guard let text = text(name)?.lowercased() else { return nil }
        var digits = text[...]
        var unit = 1
        if let last = digits.last, let known = units[last] {
          unit = known
          digits = digits.dropLast()
        }
        guard let number = Int(digits), digits.first != "+" else {
          throw Unreadable(name: name)
        }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit)
        return isTooLarge ? (number < 0 ? .min + 1 : .max) : product
      }
      seconds = try amount(
        "age", ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
      ).map(Double.init)
      bytes = try amount(
        "size",
        ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40])
      stampName = text("age_stamp") ?? "mtime"
      now = Double(machine.wallSeconds)
      isExact = arguments["exact_mode"]?.boolean ?? true
      if let written = text("mode"), !written.isEmpty {
        guard arguments["mode"]?.isString == true else {
          throw AnsibleFailure(
            "argument 'mode' is not a string and conversion is not allowed, "
              + "value is of type \(arguments["mode"]?.typeName ?? "")")
        }
        do {
          mode = try FileRights.mode(
            Value(written), from: .init(mode: 0, isDirectory: false, mask: 0))
        } catch {
          throw AnsibleFailure(error.message)
        }
      }
    }

    func takes(_ status: FileStatus, isAny: Bool) -> Bool {
      let state = status.state
      if let seconds {
        let stamp =
          stampName == "atime"
          ? state.accessed
          : stampName == "ctime" ? state.changed : state.modified
        let age = now - stamp.rounded(.down)
        if seconds >= 0 ? age < seconds : age > -seconds { return false }
      }
      if let bytes, status.isRegular,
        bytes >= 0 ? state.size < bytes : state.size > -bytes
      {
        return false
      }
      guard let mode else { return true }
      return isExact ? state.mode == mode : state.mode & mode != 0
    }
  }
}
