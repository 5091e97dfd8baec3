// What `stat` and `find` tell of a file.

import Jinja

/// What there is to know of a path, by the names of results.
struct FileStatus {
  var state: FileState

  /// The state of a path; nil where nothing is.
  init?(_ path: String, followsLinks: Bool, _ call: ModuleCall) {
    if let state = call.machine.state(of: path, followsLinks: followsLinks) {
      self.state = state
      return
    }
    // A project in memory knows less.
    guard let stamp = call.search.files.stamp(path) else { return nil }
    state = FileState(
      kind: stamp.isDirectory ? 0o040000 : 0o100000, mode: stamp.mode,
      size: stamp.size, user: 0, group: 0, device: 0, specialDevice: 0,
      links: 1, blocks: 0, blockSize: 4096,
      accessed: Double(stamp.modified) / 1e9,
      modified: Double(stamp.modified) / 1e9,
      changed: Double(stamp.modified) / 1e9, inode: stamp.inode, mayRead: true,
      mayWrite: stamp.mode & 0o222 != 0, mayExecute: stamp.mode & 0o111 != 0)
  }

  var isRegular: Bool { state.kind == 0o100000 }
  var isDirectory: Bool { state.kind == 0o040000 }
  var isLink: Bool { state.kind == 0o120000 }

  /// The members that both modules tell.
  var members: [(String, Value)] {
    let kinds: [(String, UInt32)] = [
      ("isfifo", 0o010000), ("ischr", 0o020000), ("isdir", 0o040000),
      ("isblk", 0o060000), ("isreg", 0o100000), ("islnk", 0o120000),
      ("issock", 0o140000),
    ]
    let rights = [
      "xoth", "woth", "roth", "xgrp", "wgrp", "rgrp", "xusr", "wusr", "rusr",
    ]
    var members: [(String, Value)] = [
      ("mode", Value(FileRights.digits(state.mode, 4))),
      ("uid", Value(Int(state.user))), ("gid", Value(Int(state.group))),
      ("size", Value(state.size)),
      ("inode", Value(Int(truncatingIfNeeded: state.inode))),
      ("dev", Value(state.device)), ("nlink", Value(state.links)),
      ("atime", Value(state.accessed)), ("mtime", Value(state.modified)),
      ("ctime", Value(state.changed)),
      ("isuid", Value(state.mode & 0o4000 != 0)),
      ("isgid", Value(state.mode & 0o2000 != 0)),
    ]
    members += kinds.map { ($0.0, Value(state.kind == $0.1)) }
    members += rights.enumerated().map {
      ($1, Value(state.mode & (1 << UInt32($0)) != 0))
    }
    return members
  }
}
