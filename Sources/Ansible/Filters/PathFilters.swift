// Filters on paths, by the rules of Python's posixpath and ntpath.

import Glibc
import Jinja

enum PathFilters {
  /// The filters; those that look at files do it through `world`.
  static func all(_ world: PluginWorld) -> [Function] {
    [
      text("basename") { Paths.name(of: $0) },
      text("dirname") { Paths.directory(of: $0) },
      text("normpath") { PosixPath.normalized($0) },
      text("expanduser") { PosixPath.expandingUser($0, world.environment) },
      text("expandvars") {
        PosixPath.expandingVariables($0, world.environment)
      },
      text("realpath") { PosixPath.real($0, world) },
      text("win_basename") { WindowsPath.split($0).tail },
      text("win_dirname") { WindowsPath.split($0).head },
      splitext, windowsSplitDrive, join, common, relative(world),
      glob(world),
    ]
  }

  private static func path(_ value: Value) throws -> String {
    try value.requireText(
      "expected str, bytes or os.PathLike object, not \(value.typeName)")
  }

  private static func text(
    _ name: String, _ body: @escaping @Sendable (String) throws -> String
  ) -> Function {
    Plugin.make(name, ["path"]) { _, arguments in
      Value(try body(try path(arguments[0])))
    }
  }

  private static let splitext = Plugin.make("splitext", ["path"]) {
    _, arguments in
    let (root, ending) = PosixPath.splitExtension(try path(arguments[0]))
    return .tuple([Value(root), Value(ending)])
  }

  private static let windowsSplitDrive = Plugin.make(
    "win_splitdrive", ["path"]
  ) { _, arguments in
    let (drive, rest) = WindowsPath.splitDrive(try path(arguments[0]))
    return .tuple([Value(drive), Value(rest)])
  }

  private static let join = Plugin.make(
    "path_join", ["paths"], handlesMarks: true, acceptsUnknown: true
  ) { _, arguments in
    let value = arguments[0]
    if value.isString { return value }
    guard value.isSequence, let parts = try value.sequence() else {
      throw TemplateError(
        .type,
        "|path_join expects string or sequence, got "
          + "\(pythonClass(value)) instead.")
    }
    guard !parts.isEmpty else {
      throw TemplateError(
        .type, "join() missing 1 required positional argument: 'a'")
    }
    // `os.path.join`, keeping marks; an empty last part leaves a slash.
    var builder = TextBuilder()
    for (index, part) in parts.enumerated() {
      if part.isUnknown {
        if index > 0, builder.bytes.last != 0x2F { builder.append("/") }
        try builder.append(part)
        continue
      }
      guard let text = part.text else {
        throw TemplateError(
          .type,
          index == 0
            ? "expected str, bytes or os.PathLike object, not \(part.typeName)"
            : "join() argument must be str, bytes, or os.PathLike object, not "
              + "'\(part.typeName)'")
      }
      if text.hasPrefix("/") {
        builder = TextBuilder()
      } else if index > 0, builder.count > 0, builder.bytes.last != 0x2F {
        builder.append("/")
      }
      try builder.append(part)
    }
    return builder.value
  }

  private static func pythonClass(_ value: Value) -> String {
    "<class '\(value.typeName)'>"
  }

  private static let common = Plugin.make("commonpath", ["paths"]) {
    _, arguments in
    guard arguments[0].isSequence, let values = try arguments[0].sequence()
    else {
      throw TemplateError(
        .type,
        "|commonpath expects sequence, got \(pythonClass(arguments[0])) "
          + "instead.")
    }
    return Value(try PosixPath.common(try values.map { try path($0) }))
  }

  private static func relative(_ world: PluginWorld) -> Function {
    Plugin.make("relpath", ["path", Parameter("start", Value.none)]) {
      _, arguments in
      let text = try path(arguments[0])
      guard !text.isEmpty else {
        throw TemplateError(.value, "no path specified")
      }
      let start =
        arguments[1].isNone ? world.directory : try path(arguments[1])
      return Value(
        PosixPath.relative(
          text, to: start, workingDirectory: world.directory))
    }
  }

  private static func glob(_ world: PluginWorld) -> Function {
    Plugin.make("fileglob", ["pathname"]) { _, arguments in
      Value(
        FileGlob.matches(try path(arguments[0]), in: world)
          .filter { world.files.isFile($0) }.map { Value($0) })
    }
  }
}

/// Python's posixpath beyond what `Paths` has.
enum PosixPath {
  static func normalized(_ path: String) -> String {
    guard !path.isEmpty else { return "." }
    // Two leading slashes are kept, three are one.
    let slashes = path.prefix { $0 == "/" }.count
    let lead = slashes == 2 ? "//" : slashes > 0 ? "/" : ""
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." || (lead.isEmpty && parts.isEmpty)
        || parts.last == ".."
      {
        parts.append(part)
      } else if !parts.isEmpty {
        parts.removeLast()
      }
    }
    let result = lead + parts.joined(separator: "/")
    return result.isEmpty ? "." : result
  }

  static func splitExtension(_ path: String) -> (String, String) {
    let nameStart =
      path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard let dot = path.lastIndex(of: "."), dot >= nameStart,
      path[nameStart..<dot].contains(where: { $0 != "." })
    else { return (path, "") }
    return (String(path[..<dot]), String(path[dot...]))
  }

  static func expandingUser(
    _ path: String, _ environment: [String: String]
  ) -> String {
    guard path.hasPrefix("~") else { return path }
    let name = path.dropFirst().prefix { $0 != "/" }
    let rest = path.dropFirst(1 + name.count)
    guard var home = home(of: String(name), environment) else { return path }
    while home.hasSuffix("/"), home.count > 1 { home.removeLast() }
    let result = (home == "/" && !rest.isEmpty ? "" : home) + rest
    return result.isEmpty ? "/" : result
  }

  private static func home(
    of user: String, _ environment: [String: String]
  ) -> String? {
    if user.isEmpty, let home = environment["HOME"] { return home }
    // getpwnam answers from memory that a later call may reuse.
    guard let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(user),
      let directory = entry.pointee.pw_dir
    else { return nil }
    return String(cString: directory)
  }

  static func expandingVariables(
    _ path: String, _ environment: [String: String]
  ) -> String {
    var result = ""
    var rest = Substring(path)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      var name: Substring
      var tail: Substring
      if rest.first == "{" {
        guard let end = rest.firstIndex(of: "}") else {
          result += "$"
          continue
        }
        name = rest[rest.index(after: rest.startIndex)..<end]
        tail = rest[rest.index(after: end)...]
      } else {
        name = rest.prefix {
          $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
        }
        tail = rest.dropFirst(name.count)
      }
      if let value = environment[String(name)], !name.isEmpty {
        result += value
        rest = tail
      } else {
        result += "$"
      }
    }
    return result + rest
  }

  static func common(_ paths: [String]) throws -> String {
    guard !paths.isEmpty else {
      throw TemplateError(.value, "commonpath() arg is an empty sequence")
    }
    let isAbsolute = paths[0].hasPrefix("/")
    guard paths.allSatisfy({ $0.hasPrefix("/") == isAbsolute }) else {
      throw TemplateError(.value, "Can't mix absolute and relative paths")
    }
    let parts = paths.map { $0.split(separator: "/").filter { $0 != "." } }
    var shared = parts[0]
    for other in parts.dropFirst() {
      let same = zip(shared, other).prefix { $0 == $1 }.count
      shared = Array(shared.prefix(same))
    }
    return (isAbsolute ? "/" : "") + shared.joined(separator: "/")
  }

  static func relative(
    _ path: String, to start: String, workingDirectory: String
  ) -> String {
    func parts(_ path: String) -> [Substring] {
      normalized(Paths.join(workingDirectory, path)).split(separator: "/")
    }
    let from = parts(start)
    let to = parts(path)
    let same = zip(from, to).prefix { $0 == $1 }.count
    let up = Array(repeating: Substring(".."), count: from.count - same)
    let result = (up + to[same...]).joined(separator: "/")
    return result.isEmpty ? "." : result
  }

  /// The path with links followed as far as it exists.
  static func real(_ path: String, _ world: PluginWorld) -> String {
    let whole = Paths.join(world.directory, path)
    var resolved: [Substring] = []
    // Of what is longer no system knows a link.
    var length = 0
    var rest = whole.split(separator: "/")[...]
    var links = 0
    while let part = rest.popFirst() {
      if part == "." { continue }
      if part == ".." {
        length -= resolved.popLast().map { $0.utf8.count + 1 } ?? 0
        continue
      }
      resolved.append(part)
      length += part.utf8.count + 1
      guard length < longestPath, links < 40,
        let target = world.linkTarget("/" + resolved.joined(separator: "/"))
      else { continue }
      links += 1
      resolved.removeLast()
      if target.hasPrefix("/") { resolved = [] }
      length = resolved.reduce(0) { $0 + $1.utf8.count + 1 }
      rest = target.split(separator: "/") + rest
    }
    return "/" + resolved.joined(separator: "/")
  }

  /// Linux's PATH_MAX.
  private static let longestPath = 4096
}

/// Python's ntpath, as far as the `win_` filters need it.
enum WindowsPath {
  static func splitDrive(_ path: String) -> (drive: String, rest: String) {
    let plain = path.replacing("/", with: "\\")
    if plain.hasPrefix("\\\\") {
      // A share: \\host\share is the drive.
      let parts = plain.dropFirst(2).split(
        separator: "\\", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count > 1 else { return (path, "") }
      let length = 2 + parts[0].count + 1 + parts[1].count
      return (String(path.prefix(length)), String(path.dropFirst(length)))
    }
    if plain.dropFirst().first == ":" {
      return (String(path.prefix(2)), String(path.dropFirst(2)))
    }
    return ("", path)
  }

  static func split(_ path: String) -> (head: String, tail: String) {
    let (drive, rest) = splitDrive(path)
    let cut =
      rest.lastIndex { $0 == "/" || $0 == "\\" }
      .map { rest.index(after: $0) } ?? rest.startIndex
    var head = String(rest[..<cut])
    let tail = String(rest[cut...])
    var stripped = head
    while let last = stripped.last, last == "/" || last == "\\" {
      stripped.removeLast()
    }
    if !stripped.isEmpty { head = stripped }
    return (drive + head, tail)
  }
}
