// `copy`: a file or a given content put in a place on this machine.

import Jinja
import OrderedCollections

struct CopyModule: Module {
  let names = ["ansible.builtin.copy"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("src", .init("path")), ("content", .init("raw")),
        ("dest", .init("path", required: true)),
        ("backup", .init("bool", default: false)),
        ("force", .init("bool", default: true)),
        ("directory_mode", .init("raw")), ("remote_src", .init("bool")),
        ("local_follow", .init("bool")), ("follow", .init("bool")),
        ("checksum", .init("str")), ("decrypt", .init("bool", default: true)),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    let files = call.search.files
    var target = call.local(PlainText.of(arguments["dest"] ?? ""))
    let content: [UInt8]
    var source: String?
    if let given = arguments["content"], !given.isNone {
      if arguments["src"]?.isNone == false {
        return .failure("src and content are mutually exclusive")
      }
      if target.hasSuffix("/") || files.isDirectory(target) {
        return .failure("can not use content with a dir as dest")
      }
      let isText = given.isString || given.integer != nil
      content = Array(
        (isText ? PlainText.of(given) : try JSONText.python(given)).utf8)
    } else if let name = arguments["src"]?.text {
      let isHere = arguments["remote_src"]?.boolean == true
      let path = isHere ? call.local(name) : try call.find(name, kind: "files")
      if isHere, !files.exists(path) {
        return .failure("Source \(path) not found")
      }
      if files.isDirectory(path) {
        return try copyDirectory(
          path, contentsOnly: name.hasSuffix("/"), to: target, arguments, call)
      }
      source = path
      content = try bytes(path, arguments, call)
    } else {
      return .failure("src (or content) is required")
    }
    var makesFolders = false
    if let source, target.hasSuffix("/") || files.isDirectory(target) {
      makesFolders = target.hasSuffix("/")
      target = Paths.join(target, Paths.name(of: source))
    }
    if let wanted = arguments["checksum"]?.text {
      let found = Digest.hex(content, .sha1)
      if wanted != found {
        return .failure(
          "Copied file does not match the expected checksum. Transfer failed.")
      }
    }
    let file = write(
      content, to: target, from: source, makesFolders: makesFolders, arguments)
    return try FileOwnership.apply(
      to: try file.perform(call), at: file.place(call), arguments, call)
  }

  /// The content of a source, opened where it is a vault file, unless the task
  /// says otherwise.
  private func bytes(
    _ path: String, _ arguments: Parameters, _ call: ModuleCall
  ) throws -> [UInt8] {
    let opens =
      arguments["remote_src"]?.boolean != true
      && arguments["decrypt"]?.boolean != false
    return opens
      ? try call.project.bytes(path) : try call.search.files.read(path)
  }

  private func write(
    _ content: [UInt8], to path: String, from source: String?,
    makesFolders: Bool, _ arguments: Parameters
  ) -> FileWrite {
    FileWrite(
      path: path, content: content, mode: arguments["mode"],
      force: arguments["force"]?.boolean ?? true, source: source,
      backup: arguments["backup"]?.boolean ?? false,
      follows: arguments["follow"]?.boolean ?? false,
      makesFolders: makesFolders, folderMode: arguments["directory_mode"])
  }

  private func copyDirectory(
    _ source: String, contentsOnly: Bool, to target: String,
    _ arguments: Parameters, _ call: ModuleCall
  ) throws -> ModuleResult {
    let files = call.search.files
    let base =
      contentsOnly ? target : Paths.join(target, Paths.name(of: source))
    var isChanged = false
    /// Makes a directory where there is none.
    func folder(_ place: String) throws {
      if files.isDirectory(place) { return }
      isChanged = true
      if call.isPreview {
        call.reportLocal(.file(path: place, state: "directory"))
      } else if !call.isCheckMode {
        try call.machine.makeDirectory(
          place,
          mode: try FileAttributes.mode(arguments["directory_mode"], of: 0o755))
      }
    }
    func walk(_ directory: String, _ place: String) throws {
      try folder(place)
      for name in try files.names(in: directory) {
        let path = Paths.join(directory, name)
        let goal = Paths.join(place, name)
        if arguments["local_follow"]?.boolean == false,
          call.machine.linkTarget(path) != nil
        {
          throw Refusal(
            .argument, "local_follow: false", at: call.task.place,
            what: "\(path) is a link, and links are not copied as links")
        }
        if files.isDirectory(path) {
          try walk(path, goal)
          continue
        }
        let result = try write(
          try bytes(path, arguments, call), to: goal, from: path,
          makesFolders: true, arguments
        ).perform(call)
        if result.isFailed { throw AnsibleFailure(result.message) }
        if result.changed ?? true { isChanged = true }
      }
    }
    try walk(source, base)
    let result = ModuleResult([
      "changed": Value(isChanged), "dest": Value(target), "src": Value(source),
    ])
    return try FileOwnership.apply(
      to: result, at: base, recurses: true, arguments, call)
  }
}

/// A file that a task wants to have a content.
struct FileWrite {
  var path: String
  var content: [UInt8]
  var mode: Value?
  var force = true
  var source: String?
  /// Whether what was there is kept beside it.
  var backup = false
  /// Whether a link in the file's place is left, and its target written.
  var follows = false
  /// Whether directories that lead to the file are made.
  var makesFolders = false
  var folderMode: Value?

  /// Writes the file where it differs; in a preview only tells of it.
  ///
  /// Throws ``AnsibleFailure`` and what the machine throws.
  func perform(_ call: ModuleCall) throws -> ModuleResult {
    let files = call.search.files
    let place = place(call)
    // A link that is not followed is replaced, whatever it leads to.
    let isLink = call.machine.linkTarget(place) != nil
    let before = files.stamp(place)
    if before?.isDirectory == true {
      return .failure("Destination \(place) is a directory")
    }
    let old = before == nil ? nil : try? files.read(place)
    let parent = Paths.directory(of: place)
    let lacksFolder =
      before == nil && !parent.isEmpty && !files.isDirectory(parent)
    if lacksFolder, !makesFolders, !call.isPreview {
      return .failure("Destination directory \(parent) does not exist")
    }
    let wanted = try wantedMode(before, files)
    let differs = (old != content || isLink) && (force || before == nil)
    let changesMode =
      (force || before == nil)
      && (wanted.map { $0 != before?.mode } ?? false)
    var result = ModuleResult(changed: differs || changesMode)
    result.values["dest"] = Value(path)
    result.values["checksum"] = Value(Digest.hex(content, .sha1))
    if let source { result.values["src"] = Value(source) }
    guard differs || changesMode else {
      for (name, value) in FileAttributes.describe(place, files) {
        result.values[name] = value
      }
      return result
    }
    if call.isPreview {
      call.reportLocal(.write(path: path, bytes: content.count))
      return result
    }
    if !call.isCheckMode {
      if differs {
        if lacksFolder {
          try call.machine.makeDirectory(
            parent, mode: try FileAttributes.mode(folderMode, of: 0o755))
        }
        if backup, let old, let before {
          let name = "\(place).\(call.machine.backupMark())~"
          try call.machine.write(name, old, mode: before.mode)
          result.values["backup_file"] = Value(name)
        }
        if isLink { try call.machine.remove(place) }
        try call.machine.write(place, content, mode: wanted ?? before?.mode)
      } else if let wanted {
        try call.machine.setMode(place, wanted)
      }
    }
    for (name, value) in FileAttributes.describe(place, files) {
      result.values[name] = value
    }
    return result
  }

  /// The file that is written: what a link that is followed leads to.
  func place(_ call: ModuleCall) -> String {
    follows ? Self.target(of: path, call) : path
  }

  /// The mode to give; `preserve` means that of the source.
  private func wantedMode(
    _ before: SourceStamp?, _ files: any SourceFiles
  ) throws -> UInt32? {
    guard mode?.text == "preserve" else {
      return try FileAttributes.mode(mode, of: before?.mode)
    }
    return source.flatMap { files.stamp($0)?.mode }
  }

  /// What a path leads to, link after link.
  static func target(of path: String, _ call: ModuleCall) -> String {
    var path = path
    for _ in 0..<40 {
      guard let next = call.machine.linkTarget(path) else { break }
      path =
        Paths.isAbsolute(next)
        ? next : Paths.normalize(Paths.join(Paths.directory(of: path), next))
    }
    return path
  }
}
