// A directory of this machine copied over another, for `copy` with
// `remote_src`.

import Jinja

/// By the rules of ansible-core's modules/copy.py, copy_directory.
struct DirectoryMerge {
  var arguments: Parameters

  /// Copies what is not there, or differs there.
  ///
  /// - Parameters:
  ///   - source: the directory that is read.
  ///   - goal: the directory that is written.
  ///   - call: the task; where nothing may change, nothing is.
  /// - Returns: whether anything changes.
  /// - Throws: ``ModuleFailure`` and what the machine throws.
  func perform(
    from source: String, to goal: String, _ call: ModuleCall
  ) throws -> Bool {
    guard call.search.files.exists(goal) else {
      if !call.changesNothing {
        try copyTree(source, goal, call)
        _ = try setOwner(below: goal, call)
      }
      return true
    }
    var isChanged = try merge(source, goal, call)
    if try setOwner(below: goal, call) { isChanged = true }
    return isChanged
  }

  private var followsLinks: Bool? { arguments["local_follow"]?.boolean }

  private func merge(
    _ source: String, _ goal: String, _ call: ModuleCall
  ) throws -> Bool {
    let files = call.search.files
    var isChanged = false
    for name in try files.names(in: source) {
      let path = Paths.join(source, name)
      let target = Paths.join(goal, name)
      let link = call.machine.linkTarget(path)
      let isThere =
        files.exists(target) || call.machine.linkTarget(target) != nil
      if !isThere {
        isChanged = true
        if call.changesNothing { continue }
        if link == nil {
          files.isDirectory(path)
            ? try copyTree(path, target, call)
            : try copyFile(path, target, call)
        } else {
          try copyLink(path, target, call)
        }
      } else if files.isDirectory(path), files.isDirectory(target) {
        if try merge(path, target, call) { isChanged = true }
      } else if files.isFile(path), files.isFile(target),
        try files.read(path) != files.read(target)
      {
        isChanged = true
        if !call.changesNothing { try copyFile(path, target, call) }
      }
    }
    return isChanged
  }

  /// A link that is copied as one, or as what it leads to; one of which the
  /// task says nothing is left out.
  private func copyLink(
    _ path: String, _ target: String, _ call: ModuleCall
  ) throws {
    guard let followsLinks else { return }
    if !followsLinks {
      try call.machine.link(
        target, to: call.machine.linkTarget(path) ?? "", isSymbolic: true)
    } else if call.search.files.isDirectory(path) {
      try copyTree(path, target, call)
    } else {
      try copyFile(path, target, call)
    }
  }

  private func copyTree(
    _ source: String, _ goal: String, _ call: ModuleCall
  ) throws {
    let files = call.search.files
    try call.machine.makeDirectory(goal, mode: files.stamp(source)?.mode)
    for name in try files.names(in: source) {
      let path = Paths.join(source, name)
      let target = Paths.join(goal, name)
      if followsLinks != true, let link = call.machine.linkTarget(path) {
        try call.machine.link(target, to: link, isSymbolic: true)
      } else if files.isDirectory(path) {
        try copyTree(path, target, call)
      } else {
        try copyFile(path, target, call)
      }
    }
  }

  private func copyFile(
    _ path: String, _ target: String, _ call: ModuleCall
  ) throws {
    _ = try FileWrite(
      path: target, content: try call.search.files.read(path),
      mode: call.search.files.stamp(path)?.mode
    ).perform(call)
  }

  /// Gives all of a directory to the owner that the task names.
  private func setOwner(below path: String, _ call: ModuleCall) throws -> Bool {
    var arguments = arguments
    arguments["mode"] = nil
    let files = call.search.files
    guard files.exists(path) else { return false }
    var isChanged = try FileSettings(arguments, path: path).apply(call)
    guard files.isDirectory(path), call.machine.linkTarget(path) == nil else {
      return isChanged
    }
    for name in try files.names(in: path) {
      if try setOwner(below: Paths.join(path, name), call) { isChanged = true }
    }
    return isChanged
  }
}
