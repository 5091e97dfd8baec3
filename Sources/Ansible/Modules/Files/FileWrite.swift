// A file that gets a new content at once, with a copy of the old one beside it
// where a task asks for that.

import Jinja

/// A file and the content that it gets.
struct FileWrite {
  /// A link in this place is replaced; see ``target(of:_:)`` for what follows
  /// links.
  var path: String
  var content: [UInt8]
  /// Nil keeps that of what was there, or gives what a new file gets.
  var mode: UInt32?
  /// Whether what was there is kept beside it.
  var backup = false
  /// What the copy's name begins with; nil for the path itself.
  var backupPath: String?

  /// Writes the file; its owner stays.
  ///
  /// - Parameter call: the task, which may change things.
  /// - Returns: where the old content is kept, if anywhere.
  /// - Throws: what the machine throws.
  func perform(_ call: ModuleCall) throws -> String? {
    let files = call.search.files
    let before = files.stamp(path)
    let owner = before == nil ? nil : call.machine.owner(of: path)
    var kept: String?
    if backup, let before {
      let name = "\(backupPath ?? path).\(call.machine.backupMark())~"
      try call.machine.write(name, try files.read(path), mode: before.mode)
      kept = name
    }
    let isLink = call.machine.linkTarget(path) != nil
    if isLink { try call.machine.remove(path) }
    try call.machine.write(
      path, content,
      mode: mode ?? (isLink ? nil : before?.mode)
        ?? 0o666 & ~call.machine.fileMask)
    if let owner, !isLink, call.machine.owner(of: path) != owner {
      try call.machine.setOwner(path, owner)
    }
    return kept
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

  /// What `copy` says of a content that the program of `validate` objects to.
  static func failure(of objection: LocalCommandResult) -> ModuleFailure {
    var values: Parameters = ["exit_status": Value(objection.exitCode)]
    for (name, text) in [
      ("stdout", objection.text), ("stderr", objection.errorText),
    ] {
      values[name] = Value(text).unsafe
      values[name + "_lines"] = OutputLines.of(text)
    }
    return ModuleFailure("failed to validate", values)
  }

  /// Asks the program of `validate` about a content before it is put in its
  /// place.
  ///
  /// - Parameters:
  ///   - command: the program with `%s` for the file; nil where nobody is asked.
  ///   - content: what the file will hold.
  ///   - suffix: the ending of the file's name, which programs go by.
  ///   - call: the task.
  /// - Returns: how the program ended; nil where it found nothing wrong.
  /// - Throws: ``ModuleFailure`` for a command without `%s`, and what the
  ///   machine throws.
  static func objection(
    of command: Value?, to content: [UInt8], suffix: String = "",
    _ call: ModuleCall
  ) async throws -> LocalCommandResult? {
    guard let command, !command.isNone else { return nil }
    let text = PlainText.of(command)
    if call.isPreview {
      call.reportLocal(
        .command([PlainText.masked(command)], usesShell: false))
    }
    if call.changesNothing { return nil }
    guard text.contains("%s") else {
      throw ModuleFailure("validate must contain %s: \(text)")
    }
    return try await call.withScratch { scratch in
      let copy = Paths.join(scratch, "content" + suffix)
      try call.machine.write(copy, content, mode: 0o600)
      let ended = try await call.machine.run(
        LocalCommand(
          try ShellWords.split(text.replacing("%s", with: copy)),
          environment: call.environment))
      return ended.exitCode == 0 ? nil : ended
    }
  }
}
