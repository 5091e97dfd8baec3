// What the modules that edit a text file share: `blockinfile`, `lineinfile`,
// `replace` and those like them.

import Jinja

enum TextEditing {
  /// The shared arguments, for the specs of modules.
  static let options: [(String, ValidationSpec.Option)] =
    [
      (
        "path",
        .init("path", required: true, aliases: ["dest", "destfile", "name"])
      ),
      ("backup", .init("bool", default: false)), ("validate", .init("str")),
    ] + FileAttributes.options

  /// What became of a text.
  struct Ended {
    var isChanged: Bool
    /// What was done, in the module's words.
    var message: String
    /// Where the old text is kept.
    var backup: String?
    /// What changed beside the text.
    var attributes = FileDiff()

    /// As most modules tell it.
    var result: ModuleResult {
      var result = ModuleResult(changed: isChanged, message: message)
      if let backup { result.values["backup_file"] = Value(backup) }
      return result
    }
  }

  /// Writes an edited text back, with the mode and owner that the task asks
  /// for.
  ///
  /// - Parameters:
  ///   - text: the whole text; nil where it stays as it is.
  ///   - path: the file.
  ///   - change: what was done to the text, in the module's words; empty where
  ///     nothing was.
  ///   - arguments: the task's, checked.
  ///   - call: the task.
  /// - Returns: what became of it.
  /// - Throws: ``ModuleFailure`` and what the machine throws.
  static func write(
    _ text: String?, to path: String, saying change: String,
    _ arguments: Parameters, _ call: ModuleCall
  ) async throws -> Ended {
    var ended = Ended(isChanged: text != nil, message: change)
    if let text {
      let content = Array(text.utf8)
      if let objection = try await FileWrite.objection(
        of: arguments["validate"], to: content, call)
      {
        throw ModuleFailure(
          "failed to validate: rc:\(objection.exitCode) "
            + "error:\(objection.errorText)")
      }
      if call.isPreview {
        call.reportLocal(.write(path: path, bytes: content.count))
      } else if !call.isCheckMode {
        let folder = Paths.directory(of: path)
        if !call.search.files.isDirectory(folder) {
          try call.machine.makeDirectory(
            folder, mode: 0o777 & ~call.machine.fileMask)
        }
        ended.backup = try FileWrite(
          path: FileWrite.target(of: path, call), content: content,
          backup: arguments["backup"]?.boolean ?? false, backupPath: path
        ).perform(call)
      }
    }
    if let kept = ended.backup, let given = arguments["path"]?.text {
      ended.backup = given + kept.dropFirst(path.count)
    }
    if call.isCheckMode, !call.search.files.exists(path) { return ended }
    let settings = FileSettings(arguments, path: path)
    if try settings.apply(call, &ended.attributes) {
      if call.isPreview, !ended.isChanged {
        call.reportLocal(.file(path: path, state: "file"))
      }
      ended.message +=
        (ended.isChanged ? " and " : "")
        + "ownership, perms or SE linux context changed"
      ended.isChanged = true
    }
    return ended
  }

  /// The text of a file that a task edits, and why there is none.
  enum Original {
    case text(String)
    /// There is no such file.
    case absent
    case ended(ModuleResult)
  }

  /// Reads the file that a task edits.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - shown: the path as failures name it.
  ///   - isMade: whether the task makes a file that is not there.
  ///   - noun: what the module calls a file that is not there.
  ///   - call: the task.
  /// - Returns: the text, or the end of the task.
  /// - Throws: what reading throws.
  static func read(
    _ path: String, as shown: String, isMade: Bool, noun: String = "Path",
    _ call: ModuleCall
  ) throws -> Original {
    func failure(_ code: Int, _ sentence: String) -> Original {
      var result = ModuleResult.failure(sentence)
      result.values["rc"] = Value(code)
      return .ended(result)
    }
    let files = call.search.files
    guard let stamp = files.stamp(path) else {
      if isMade { return .absent }
      if call.isPreview {
        // A task before it may make the file during the run.
        call.reportDecidedDuringRun("it edits a file that is not there yet")
        return .ended(.unknown)
      }
      return failure(257, "\(noun) \(shown) does not exist !")
    }
    if stamp.isDirectory {
      return failure(256, "Path \(shown) is a directory !")
    }
    return .text(try files.text(path))
  }
  /// The lines of a text, each with its newline.
  static func lines(of text: String) -> [String] {
    var lines: [String] = []
    var rest = text.utf8[...]
    while let end = rest.firstIndex(of: 0x0A) {
      lines.append(String(Substring(rest[...end])))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { lines.append(String(Substring(rest))) }
    return lines
  }
}
