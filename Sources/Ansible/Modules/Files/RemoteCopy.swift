// `copy` with `remote_src`: a file or directory of this machine copied beside
// it, not one of the project.

import Jinja

/// By the rules of ansible-core's modules/copy.py.
struct RemoteCopy {
  var source: String
  /// The source as the task names it.
  var shown: String
  var place: String
  var arguments: Parameters

  /// Copies it.
  ///
  /// Throws ``ModuleFailure`` and what the machine throws.
  func perform(_ call: ModuleCall) async throws -> ModuleResult {
    let files = call.search.files
    guard files.exists(source) else {
      if call.isPreview {
        // A task before it may make the file during the run.
        call.reportDecidedDuringRun("it copies a file that is not there yet")
        return .unknown
      }
      throw ModuleFailure("Source \(shown) not found")
    }
    let isDirectory = files.isDirectory(source)
    let content = isDirectory ? nil : try files.read(source)
    let checksum = content.map { Digest.hex($0, .sha1) }
    if let wanted = arguments["checksum"]?.text, wanted != checksum {
      throw ModuleFailure(
        "Copied file does not match the expected checksum. Transfer failed.",
        [
          "checksum": checksum.map { Value($0) } ?? Value.none,
          "expected_checksum": Value(wanted),
        ])
    }
    var path = place
    var isChanged = false
    if place.hasSuffix("/") {
      let folder = Paths.directory(of: place)
      if !files.exists(folder) {
        if call.isCheckMode {
          return ModuleResult([
            "changed": true, "src": Value(shown),
            "msg": Value("dest directory \(folder) would be created"),
          ])
        }
        isChanged = true
        if !call.isPreview {
          var arguments = arguments
          arguments["mode"] = arguments["directory_mode"]
          _ = try FileRequest.makeDirectory(folder, arguments, call)
        }
      }
    }
    if files.isDirectory(path) {
      path =
        shown.hasSuffix("/")
        ? path.hasSuffix("/") ? path : path + "/"
        : Paths.join(path, Paths.name(of: source))
    }
    if files.exists(path) {
      if arguments["follow"]?.boolean == true {
        path = FileWrite.target(of: path, call)
      }
      if arguments["force"]?.boolean == false {
        return described(
          [
            "changed": false, "msg": "file already exists",
            "src": Value(shown), "dest": Value(path),
          ], call)
      }
    } else if !call.isPreview, !files.isDirectory(Paths.directory(of: path)) {
      throw ModuleFailure(
        "Destination directory \(Paths.directory(of: path)) does not exist")
    }
    var values: Parameters = [
      "dest": Value(path), "src": Value(shown),
      "md5sum": content.map { Value(Digest.hex($0, .md5)) } ?? Value.none,
      "checksum": checksum.map { Value($0) } ?? Value.none,
    ]
    if let content {
      let isLink = call.machine.linkTarget(path) != nil
      let old = files.isFile(path) ? try files.read(path) : nil
      if old != content || isLink {
        isChanged = true
        values["backup_file"] = try await write(content, to: path, call)
      }
    } else if try DirectoryMerge(arguments: arguments).perform(
      from: source, to: goal, call)
    {
      isChanged = true
    }
    var settled = arguments
    if arguments["mode"]?.text == "preserve" {
      settled["mode"] = files.stamp(source).map {
        Value(FileRights.text($0.mode))
      }
    }
    if try FileSettings(settled, following: path, call).apply(call) {
      isChanged = true
    }
    if call.isPreview, isChanged {
      call.reportLocal(
        content.map { .write(path: path, bytes: $0.count) }
          ?? .file(path: path, state: "directory"))
    }
    values["changed"] = Value(isChanged)
    return described(values, call)
  }

  private func described(
    _ values: Parameters, _ call: ModuleCall
  ) -> ModuleResult {
    var result = ModuleResult(values)
    result.describeFile(call)
    return result
  }

  /// Where a directory's content goes.
  private var goal: String {
    shown.hasSuffix("/") ? place : Paths.join(place, Paths.name(of: source))
  }

  private func write(
    _ content: [UInt8], to path: String, _ call: ModuleCall
  ) async throws -> Value? {
    if let objection = try await FileWrite.objection(
      of: arguments["validate"], to: content, suffix: Paths.suffix(of: path),
      call)
    {
      throw FileWrite.failure(of: objection)
    }
    if call.changesNothing { return nil }
    return try FileWrite(
      path: path, content: content,
      mode: call.search.files.exists(path)
        ? call.search.files.stamp(source)?.mode : nil,
      backup: arguments["backup"]?.boolean ?? false
    ).perform(call).map { Value($0) }
  }
}
