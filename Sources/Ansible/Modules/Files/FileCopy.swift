// One file put in its place: what `copy` and `template` have in common.

import Jinja

/// A content and the place that it is to have.
///
/// By the rules of ansible-core's plugins/action/copy.py and modules/copy.py.
struct FileCopy {
  var content: [UInt8]
  /// The file that the content comes from, as results name it.
  var source: String
  /// The name that it gets in a directory.
  var name: String
  /// The source's own mode, for `mode: preserve`.
  var sourceMode: UInt32?
  /// The content with its marks, where it was made of values.
  var marked: Value?
  /// Whether the content stands in the task itself.
  var isGiven = false
  /// Whether a link in the file's place is left, and its target written.
  var follows: Bool
  /// Whether the task names the place without any directory.
  var isBare = false
  var arguments: Parameters

  /// Copies the file.
  ///
  /// - Parameters:
  ///   - place: where to; a directory where it ends with a slash.
  ///   - call: the task.
  /// - Returns: the result; nil where the file is there and may not be
  ///   overwritten.
  /// - Throws: ``ModuleFailure`` and what the machine throws.
  func perform(
    to place: String, _ call: ModuleCall
  ) async throws -> ModuleResult? {
    let files = call.search.files
    func isLeftLink(_ path: String) -> Bool {
      !follows && call.machine.linkTarget(path) != nil
    }
    var target = place.hasSuffix("/") ? Paths.join(place, name) : place
    if files.isDirectory(target), !isLeftLink(target) {
      if isGiven {
        var result = ModuleResult.failure(
          "can not use content with a dir as dest")
        result.values["diff"] = .list([])
        return result
      }
      target = Paths.join(place, name)
    }
    let isThere = files.exists(target) || isLeftLink(target)
    if isThere, arguments["force"]?.boolean == false { return nil }
    let isSame =
      files.isFile(target) && !isLeftLink(target)
      && (try? files.read(target)) == content
    var diffs: [Value] = []
    if !isSame, call.showsDiff {
      diffs.append(
        FileDiff.content(
          of: target, becomes: content, from: isGiven ? target : source,
          marked: secretContent(call), call))
    }
    if !isSame, call.isCheckMode, !call.isPreview {
      return ModuleResult(["changed": true, "diff": .list(diffs)])
    }
    var result: ModuleResult
    do {
      result =
        isSame
        ? try attributes(at: place, call) : try await write(to: place, call)
    } catch let failure as ModuleFailure {
      result = failure.result
      result.describeFile(call)
    }
    let isElsewhere = follows && call.machine.linkTarget(target) != nil
    if isBare, !isSame, !isElsewhere { result.nameBarePaths(call) }
    if result.values["checksum"] == nil {
      result.values["checksum"] = Value(Digest.hex(content, .sha1))
    }
    if result.values["diff"] == nil { result.values["diff"] = .list(diffs) }
    return result
  }

  /// What of the content may be secret: all of what a vault held.
  private func secretContent(_ call: ModuleCall) -> [Value] {
    let isVaulted =
      !isGiven
      && Vault.isEncrypted((try? call.search.files.read(source)) ?? [])
    let whole = isVaulted ? String(decoding: content, as: UTF8.self) : ""
    return [marked, Value(whole).marked(.secret)].compactMap { $0 }
  }

  /// The arguments with the mode that `preserve` means.
  private var settled: Parameters {
    var settled = arguments
    if arguments["mode"]?.text == "preserve" {
      settled["mode"] = sourceMode.map { Value(FileRights.text($0)) }
    }
    return settled
  }

  /// A file that has its content already, but may lack its mode or owner.
  private func attributes(
    at place: String, _ call: ModuleCall
  ) throws -> ModuleResult {
    var place = place
    if follows, call.machine.linkTarget(place) != nil {
      place = FileWrite.target(of: place, call)
    }
    var request = FileRequest(path: place, state: "file", settled)
    request.originalName = name
    request.force = arguments["force"]?.boolean ?? true
    return try request.perform(call)
  }

  private func write(
    to place: String, _ call: ModuleCall
  ) async throws -> ModuleResult {
    let files = call.search.files
    let digest = Digest.hex(content, .sha1)
    if let wanted = arguments["checksum"]?.text, wanted != digest {
      throw ModuleFailure(
        "Copied file does not match the expected checksum. Transfer failed.",
        ["checksum": Value(digest), "expected_checksum": Value(wanted)])
    }
    var path = place
    if place.hasSuffix("/") {
      path = Paths.join(place, name)
      try makeFolders(Paths.directory(of: path), call)
    }
    if files.isDirectory(path) { path = Paths.join(path, name) }
    if follows, call.machine.linkTarget(path) != nil {
      path = FileWrite.target(of: path, call)
    }
    let folder = Paths.directory(of: path)
    if !call.isPreview, !files.isDirectory(folder) {
      throw ModuleFailure("Destination directory \(folder) does not exist")
    }
    if let objection = try await FileWrite.objection(
      of: arguments["validate"], to: content, suffix: Paths.suffix(of: path),
      call)
    {
      throw FileWrite.failure(of: objection)
    }
    var result = ModuleResult(changed: true)
    result.values["dest"] = Value(path)
    result.values["src"] = Value(source)
    result.values["md5sum"] = Value(Digest.hex(content, .md5))
    result.values["checksum"] = Value(digest)
    if call.isPreview {
      call.reportLocal(.write(path: path, bytes: content.count))
      result.values["size"] = Value(content.count)
      result.values["state"] = "file"
    } else {
      let kept = try FileWrite(
        path: path, content: content,
        backup: arguments["backup"]?.boolean ?? false
      ).perform(call)
      if let kept { result.values["backup_file"] = Value(kept) }
      _ = try FileSettings(settled, following: path, call).apply(call)
    }
    result.describeFile(call)
    return result
  }

  /// Makes the directories that lead to the file.
  private func makeFolders(_ folder: String, _ call: ModuleCall) throws {
    guard !call.isPreview, !call.search.files.isDirectory(folder) else {
      return
    }
    var settled = settled
    settled["mode"] = arguments["directory_mode"]
    _ = try FileRequest.makeDirectory(folder, settled, call)
  }
}
