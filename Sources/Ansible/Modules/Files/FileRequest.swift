// What a task wants a path to be, and the way there: the states of `file`.

import Jinja

/// By the rules of ansible-core's modules/file.py.
struct FileRequest {
  var path: String
  /// Nil for what the path is already.
  var state: String?
  /// What a link leads to.
  var source: String?
  /// The name that the path gets where it is a directory.
  var originalName: String?
  var recurses = false
  var force = false
  var follows = true
  /// The task's, for owner, group, mode and times.
  var arguments: Parameters

  init(path: String, state: String?, _ arguments: Parameters) {
    self.path = path
    self.state = state
    self.arguments = arguments
  }

  /// What a path is now.
  enum Kind: String {
    case absent
    case link
    case directory
    case hard
    case file

    init(_ path: String, _ call: ModuleCall) {
      if call.machine.linkTarget(path) != nil {
        self = .link
      } else if let stamp = call.search.files.stamp(path) {
        let links =
          call.machine.state(of: path, followsLinks: false)?.links ?? 1
        self = stamp.isDirectory ? .directory : links > 1 ? .hard : .file
      } else {
        self = .absent
      }
    }
  }

  /// What came of it.
  private struct Ended {
    /// `path`, or `dest` as some states name it.
    var key = "path"
    var path: String
    var isChanged: Bool
    var diff: FileDiff?
    var others: Parameters = [:]
  }

  /// Makes the path what the task wants; in a preview only tells of it.
  ///
  /// Throws ``ModuleFailure`` and what the machine throws.
  func perform(_ call: ModuleCall) throws -> ModuleResult {
    var request = self
    if !["link", "absent"].contains(state ?? ""),
      call.search.files.isDirectory(path),
      let name = originalName ?? source.map(Paths.name)
    {
      request.path = Paths.join(path, name)
    }
    let kind = Kind(request.path, call)
    let state =
      self.state
      ?? (kind == .absent ? (recurses ? "directory" : "file") : kind.rawValue)
    if recurses, state != "directory" {
      throw request.failure("recurse option requires state to be 'directory'")
    }
    if source != nil, state != "link", state != "hard" {
      throw request.failure("src option requires state to be 'link' or 'hard'")
    }
    if state == "file", kind == .absent, call.isPreview {
      // A task before it may make the file during the run.
      call.reportDecidedDuringRun("it changes a file that is not there yet")
      return .unknown
    }
    let ended: Ended
    switch state {
    case "absent": ended = try request.remove(kind, call)
    case "directory": ended = try request.directory(kind, call)
    case "touch": ended = try request.touch(kind, call)
    case "link": ended = try request.link(kind, call)
    case "hard": ended = try request.hardLink(kind, call)
    default: ended = try request.file(kind, call)
    }
    if call.isPreview, ended.isChanged {
      call.reportLocal(.file(path: ended.path, state: state))
    }
    var result = ModuleResult(changed: ended.isChanged)
    result.values[ended.key] = Value(ended.path)
    result.values.merge(ended.others) { $1 }
    if call.showsDiff, let diff = ended.diff {
      result.values["diff"] = diff.value
    }
    if call.isPreview, result.values["state"] == nil {
      result.values["state"] = Value(state == "touch" ? "file" : state)
    }
    result.describeFile(call)
    return result
  }

  private func failure(
    _ sentence: String, _ others: Parameters? = nil
  ) -> ModuleFailure {
    ModuleFailure(sentence, others ?? ["path": Value(path)])
  }

  private func difference(
    _ path: String, _ kind: Kind, becomes state: String
  ) -> FileDiff {
    var diff = FileDiff(path: path)
    if kind.rawValue != state {
      diff.note("state", Value(kind.rawValue), Value(state))
    }
    return diff
  }

  // MARK: - States

  private func remove(_ kind: Kind, _ call: ModuleCall) throws -> Ended {
    var ended = Ended(
      path: path, isChanged: kind != .absent, others: ["state": "absent"])
    guard kind != .absent else { return ended }
    var diff = difference(path, kind, becomes: "absent")
    if kind == .directory, call.showsDiff {
      diff.noteBefore("path_content", content(call))
    }
    if !call.changesNothing { try call.machine.remove(path) }
    ended.diff = diff
    return ended
  }

  /// All that is below the directory, by kind.
  private func content(_ call: ModuleCall) -> Value {
    var folders: [Value] = []
    var others: [Value] = []
    func walk(_ directory: String) {
      for name in (try? call.search.files.names(in: directory)) ?? [] {
        let inner = Paths.join(directory, name)
        if call.search.files.isDirectory(inner) {
          folders.append(Value(inner))
          if call.machine.linkTarget(inner) == nil { walk(inner) }
        } else {
          others.append(Value(inner))
        }
      }
    }
    walk(path)
    return .dictionary([
      ("directories", .list(folders)), ("files", .list(others)),
    ])
  }

  private func touch(_ kind: Kind, _ call: ModuleCall) throws -> Ended {
    var ended = Ended(key: "dest", path: path, isChanged: kind == .absent)
    if kind == .absent {
      if call.changesNothing { return ended }
      try call.machine.write(
        path, [], mode: 0o666 & ~call.machine.fileMask)
    }
    var diff = difference(path, kind, becomes: "touch")
    let settings = FileSettings(followed, following: path, call)
    do {
      if try settings.apply(call, &diff) { ended.isChanged = true }
    } catch var failure as ModuleFailure {
      // What was only just made is told of, and taken back.
      failure.result.describeFile(call)
      if kind == .absent { try? call.machine.remove(path) }
      throw failure
    }
    if try setTimes(settings.path, unlessTold: "now", call) {
      ended.isChanged = true
    }
    ended.diff = diff
    return ended
  }

  private func file(_ kind: Kind, _ call: ModuleCall) throws -> Ended {
    var path = path
    var kind = kind
    if follows, kind == .link {
      path = FileWrite.target(of: path, call)
      kind = Kind(path, call)
    }
    guard kind == .file || kind == .hard else {
      throw failure(
        "file (\(path)) is \(kind.rawValue), cannot continue",
        ["path": Value(path), "state": Value(kind.rawValue)])
    }
    var diff = difference(path, kind, becomes: "file")
    var isChanged = try FileSettings(arguments, path: path).apply(call, &diff)
    if try setTimes(path, call) { isChanged = true }
    return Ended(path: path, isChanged: isChanged, diff: diff)
  }

  private func directory(_ kind: Kind, _ call: ModuleCall) throws -> Ended {
    var path = path
    var kind = kind
    if follows, kind == .link {
      path = FileWrite.target(of: path, call)
      kind = Kind(path, call)
    }
    var diff = difference(path, kind, becomes: "directory")
    switch kind {
    case .absent:
      if !call.changesNothing {
        diff = try Self.makeDirectory(path, arguments, call, diff)
      }
      return Ended(path: path, isChanged: true, diff: diff)
    case .directory: break
    default:
      throw failure(
        "\(path) already exists as a \(kind.rawValue)", ["path": Value(path)])
    }
    let settings = FileSettings(arguments, path: path)
    var isChanged = try settings.apply(call, &diff)
    if try setTimes(path, call) { isChanged = true }
    if recurses {
      var seen: Set<String> = []
      if try setAll(below: path, call, &seen) { isChanged = true }
    }
    return Ended(path: path, isChanged: isChanged, diff: diff)
  }

  /// Makes a directory and those that lead to it, each with the owner and mode
  /// that the task wants.
  ///
  /// - Parameters:
  ///   - path: the directory.
  ///   - arguments: the task's.
  ///   - call: the task.
  ///   - diff: gets what changes.
  /// - Returns: the difference with that.
  /// - Throws: ``ModuleFailure`` and what the machine throws.
  static func makeDirectory(
    _ path: String, _ arguments: Parameters, _ call: ModuleCall,
    _ diff: FileDiff = FileDiff()
  ) throws -> FileDiff {
    var diff = diff
    var missing: [String] = []
    var next = path
    while !next.isEmpty, next != "/", !call.search.files.exists(next) {
      missing.append(next)
      next = Paths.directory(of: next)
    }
    for folder in missing.reversed() {
      do {
        try call.machine.makeDirectory(
          folder, mode: 0o777 & ~call.machine.fileMask)
      } catch {
        throw ModuleFailure(
          "There was an issue creating \(folder) as requested: \(error)",
          ["path": Value(path)])
      }
      _ = try FileSettings(arguments, path: folder).apply(call, &diff)
    }
    return diff
  }

  /// Gives all that is below a directory what the task wants.
  private func setAll(
    below directory: String, _ call: ModuleCall, _ seen: inout Set<String>
  ) throws -> Bool {
    guard seen.insert(directory).inserted else { return false }
    let files = call.search.files
    var isChanged = false
    for name in try files.names(in: directory) {
      let inner = Paths.join(directory, name)
      if try FileSettings(arguments, path: inner).apply(call) {
        isChanged = true
      }
      if try setTimes(inner, call) { isChanged = true }
      var next = inner
      if call.machine.linkTarget(inner) != nil {
        next = FileWrite.target(of: inner, call)
        guard follows, files.exists(next) else { continue }
        if try FileSettings(arguments, path: next).apply(call) {
          isChanged = true
        }
      }
      if files.isDirectory(next), try setAll(below: next, call, &seen) {
        isChanged = true
      }
    }
    return isChanged
  }

  // MARK: - Links

  private func link(_ kind: Kind, _ call: ModuleCall) throws -> Ended {
    let files = call.search.files
    let old = call.machine.linkTarget(path)
    var source = source
    if source == nil, follows, files.exists(path) { source = old }
    let folder = kind == .directory ? path : Paths.directory(of: path)
    if !force, !call.isPreview, let source,
      !files.exists(Paths.join(folder, source))
    {
      throw failure(
        "src file does not exist, use 'force=yes' if you really want to "
          + "create the link: \(Paths.join(folder, source))",
        ["path": Value(path), "src": Value(source)])
    }
    let isPlain = kind == .file || kind == .hard
    if kind == .directory || isPlain, !force {
      throw failure(
        "refusing to convert from \(kind.rawValue) to symlink for \(path)")
    }
    if kind == .directory, try !files.names(in: path).isEmpty {
      throw failure(
        "the directory \(path) is not empty, refusing to convert it")
    }
    var diff = difference(path, kind, becomes: "link")
    var isChanged = kind != .link
    if isChanged, source == nil {
      throw failure("src is required for creating new symlinks", [:])
    }
    if !isChanged, let source, let old, old != source {
      diff.note("src", Value(old), Value(source))
      isChanged = true
    }
    if isChanged, !call.changesNothing, let source {
      if kind == .directory { try call.machine.remove(path) }
      try call.machine.link(path, to: source, isSymbolic: true)
    }
    let told: Parameters = ["src": source.map { Value($0) } ?? Value.none]
    if call.changesNothing, !files.exists(path) {
      return Ended(
        key: "dest", path: path, isChanged: isChanged, diff: diff, others: told)
    }
    let settings = FileSettings(followed, following: path, call)
    if follows, call.machine.linkTarget(path) != nil,
      !files.exists(settings.path)
    {
      call.warn(
        "Cannot set fs attributes on a non-existent symlink target. follow "
          + "should be set to False to avoid this.")
    } else {
      if try settings.apply(call, &diff) { isChanged = true }
      if try setTimes(settings.path, call) { isChanged = true }
    }
    return Ended(
      key: "dest", path: path, isChanged: isChanged, diff: diff, others: told)
  }

  private func hardLink(_ kind: Kind, _ call: ModuleCall) throws -> Ended {
    let files = call.search.files
    if kind != .hard, source == nil {
      throw failure("src is required for creating new hardlinks", [:])
    }
    let target = source.map(call.local)
    let told: Parameters = ["src": source.map { Value($0) } ?? Value.none]
    func refused(_ sentence: String) -> ModuleFailure {
      failure(sentence, told.merging(["dest": Value(path)]) { $1 })
    }
    let there = target.flatMap { files.stamp($0) }
    if target != nil, there == nil, !call.isPreview {
      throw refused("src does not exist")
    }
    var diff = difference(path, kind, becomes: "hard")
    var isChanged = false
    let isSame =
      there != nil && files.stamp(path)?.inode == there?.inode
    switch kind {
    case .absent: isChanged = true
    case .link:
      let old = call.machine.linkTarget(path)
      if let old, let source, old != source {
        diff.note("src", Value(old), Value(source))
        isChanged = true
      }
    case .hard where target != nil && !isSame:
      isChanged = true
      if !force {
        throw refused(
          "Cannot link, different hard link exists at destination")
      }
    case .file:
      isChanged = true
      if !force { throw refused("Cannot link, file exists at destination") }
    case .directory:
      if isSame { return Ended(path: path, isChanged: false) }
      isChanged = true
      if !force {
        throw refused(
          "Cannot link: different hard link exists at destination")
      }
    default: break
    }
    if isChanged, !call.changesNothing, let target {
      if kind != .absent { try call.machine.remove(path) }
      try call.machine.link(path, to: target, isSymbolic: false)
    }
    if call.changesNothing, !files.exists(path) {
      return Ended(
        key: "dest", path: path, isChanged: isChanged, diff: diff, others: told)
    }
    let settings = FileSettings(followed, following: path, call)
    if try settings.apply(call, &diff) { isChanged = true }
    if try setTimes(settings.path, call) { isChanged = true }
    return Ended(
      key: "dest", path: path, isChanged: isChanged, diff: diff, others: told)
  }

  // MARK: - Times

  /// The arguments with `follow` as the state treats it.
  private var followed: Parameters {
    arguments.merging(["follow": Value(follows)]) { $1 }
  }

  /// Sets the times that the task wants set to now.
  private func setTimes(
    _ path: String, unlessTold fallback: String = "preserve",
    _ call: ModuleCall
  ) throws -> Bool {
    func isNow(_ name: String) -> Bool {
      let told = arguments[name].flatMap { $0.isNone ? nil : $0.text }
      return (told ?? fallback) == "now"
    }
    let (modified, accessed) = (
      isNow("modification_time"), isNow("access_time")
    )
    guard modified || accessed else { return false }
    if !call.changesNothing {
      try call.machine.touch(path, modified: modified, accessed: accessed)
    }
    return true
  }
}
