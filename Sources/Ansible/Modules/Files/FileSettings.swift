// `owner`, `group` and `mode` of the modules that write files: what a task
// wants a file to have, and the change to it.

import Jinja

/// What a task wants of a file beside its content.
///
/// By the rules of ansible-core's basic.py, set_fs_attributes_if_different.
struct FileSettings {
  var path: String
  var owner: Value?
  var group: Value?
  var mode: Value?

  /// What the arguments of a task say about a path.
  init(_ arguments: Parameters, path: String) {
    self.path = path
    func given(_ name: String) -> Value? {
      arguments[name].flatMap { $0.isNone ? nil : $0 }
    }
    owner = given("owner")
    group = given("group")
    mode = given("mode")
  }

  /// The same about the path that `follow` leads to: a link's target.
  init(_ arguments: Parameters, following path: String, _ call: ModuleCall) {
    let follows = arguments["follow"]?.boolean ?? false
    self.init(
      arguments,
      path: follows ? FileWrite.target(of: path, call) : path)
  }

  /// Gives the file what the task wants it to have.
  ///
  /// - Parameters:
  ///   - call: the task; where nothing may change, nothing is.
  ///   - diff: gets what changes.
  /// - Returns: whether anything changes.
  /// - Throws: ``ModuleFailure`` for names and modes that there are not, and
  ///   what the machine throws.
  func apply(_ call: ModuleCall, _ diff: inout FileDiff) throws -> Bool {
    var isChanged = false
    // A file that only the run makes is given all that the task says.
    guard !call.changesNothing || call.search.files.exists(path) else {
      return owner != nil || group != nil || mode != nil
    }
    if try setOwner(call, &diff) { isChanged = true }
    if let mode, try setMode(mode, call, &diff) { isChanged = true }
    return isChanged
  }

  /// The same where nobody wants to know what changed.
  func apply(_ call: ModuleCall) throws -> Bool {
    var diff = FileDiff()
    return try apply(call, &diff)
  }

  private func setOwner(
    _ call: ModuleCall, _ diff: inout FileDiff
  ) throws -> Bool {
    guard owner != nil || group != nil,
      let before = call.machine.owner(of: path)
    else { return false }
    var after = before
    if let owner {
      after.user = try number(
        owner, "chown", "user", call.machine.userNumber)
    }
    if after.user != before.user {
      diff.note("owner", Value(Int(before.user)), Value(Int(after.user)))
    }
    if let group {
      after.group = try number(
        group, "chgrp", "group", call.machine.groupNumber)
    }
    if after.group != before.group {
      diff.note("group", Value(Int(before.group)), Value(Int(after.group)))
    }
    guard after != before else { return false }
    if !call.changesNothing { try call.machine.setOwner(path, after) }
    return true
  }

  private func number(
    _ value: Value, _ program: String, _ kind: String,
    _ find: (String) -> UInt32?
  ) throws -> UInt32 {
    let name = PlainText.of(value)
    guard let number = UInt32(name) ?? find(name) else {
      throw ModuleFailure(
        "\(program) failed: failed to look up \(kind) \(name)",
        ["path": Value(path)])
    }
    return number
  }

  private func setMode(
    _ mode: Value, _ call: ModuleCall, _ diff: inout FileDiff
  ) throws -> Bool {
    let isLink = call.machine.linkTarget(path) != nil
    guard let stamp = call.search.files.stamp(path) else { return false }
    let before: UInt32 = isLink ? 0o777 : stamp.mode
    let after: UInt32
    do {
      after = try FileRights.mode(
        mode,
        from: .init(
          mode: before, isDirectory: stamp.isDirectory && !isLink,
          mask: call.machine.fileMask))
    } catch {
      throw ModuleFailure(
        error.message, ["path": Value(path), "details": error.details])
    }
    guard after != before else { return false }
    diff.note(
      "mode", Value(FileRights.text(before)), Value(FileRights.text(after)))
    if call.changesNothing { return true }
    // No file system here keeps a mode for a link itself.
    if isLink { return false }
    try call.machine.setMode(path, after)
    return true
  }
}
