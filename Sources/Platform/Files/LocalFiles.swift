// The machine's files.

import CPlatform
import Glibc
import Synchronization

/// Files of this machine.
public struct LocalFiles: Files {
  public init() {}

  public func read(
    _ path: String, limit: Int
  ) throws(FileError) -> FileContent {
    let file = try Descriptor(path, O_RDONLY, action: "read")
    defer { file.close() }
    let status = try file.status()
    guard status.kind != .folder else {
      throw FileError("read", path, .wrongKind("is a folder"))
    }
    let bytes = try file.readAll(limit: limit, expecting: status.stamp.size)
    return FileContent(bytes: bytes, stamp: status.stamp)
  }

  public func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8] {
    let file = try Descriptor(path, O_RDONLY, action: "read")
    defer { file.close() }
    return try file.read(from: offset, count: count)
  }

  public func status(_ path: String) throws(FileError) -> FileStatus? {
    var raw = stat()
    if stat(path, &raw) == 0 { return FileStatus(raw) }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw FileError("look at", path, errno: errno)
  }

  public func write(
    _ bytes: [UInt8], to path: String, mode: FileMode?,
    expected: ExpectedFile
  ) throws(FileError) -> FileStamp {
    let target = try followLinks(path)
    let old = try status(target)
    if let old, old.kind != .file {
      throw FileError("write", path, .wrongKind("is not an ordinary file"))
    }
    let part = folder(of: target) + "/.\(fileName(of: target)).\(unique())"
    let stamp: FileStamp
    do throws(FileError) {
      let file = try Descriptor(
        part, O_WRONLY | O_CREAT | O_EXCL, mode: mode ?? old?.mode ?? .shared,
        action: "write", shownAs: path)
      defer { file.close() }
      try file.setMode(mode ?? old?.mode ?? .shared)
      try file.write(bytes)
      try file.sync()
      stamp = try file.status().stamp
      // As late as can be: what is left is the time of one rename.
      try check(expected, at: target, shownAs: path)
      guard Glibc.rename(part, target) == 0 else {
        throw FileError("write", path, errno: errno)
      }
    } catch {
      unlink(part)
      throw error
    }
    try syncFolder(folder(of: target))
    return stamp
  }

  public func append(
    _ bytes: [UInt8], to path: String, mode: FileMode, synced: Bool
  ) throws(FileError) {
    let isNew = synced ? try !exists(path) : false
    let file = try Descriptor(
      path, O_WRONLY | O_CREAT | O_APPEND, mode: mode, action: "write")
    defer { file.close() }
    try file.write(bytes)
    if synced { try file.sync() }
    if isNew { try syncFolder(folder(of: path)) }
  }

  public func list(_ folder: String) throws(FileError) -> [FolderEntry] {
    guard let stream = opendir(folder) else {
      throw FileError("list", folder, errno: errno)
    }
    defer { closedir(stream) }
    var entries: [FolderEntry] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      entries.append(
        FolderEntry(name: name, kind: ownKind(folder + "/" + name)))
    }
    guard errno == 0 else { throw FileError("list", folder, errno: errno) }
    return entries.sorted { $0.name < $1.name }
  }

  public func makeFolder(
    _ path: String, mode: FileMode
  ) throws(FileError) {
    if mkdir(path, mode.rawValue) == 0 {
      // The process's mask may have taken rights away.
      chmod(path, mode.rawValue)
      return
    }
    let number = errno
    switch number {
    case EEXIST:
      guard try status(path)?.kind == .folder else {
        throw FileError("make folder", path, .wrongKind("is not a folder"))
      }
    case ENOENT where folder(of: path) != path:
      try makeFolder(folder(of: path), mode: mode)
      try makeFolder(path, mode: mode)
    default: throw FileError("make folder", path, errno: number)
    }
  }

  public func link(
    _ path: String, to target: String
  ) throws(FileError) {
    let part = folder(of: path) + "/.\(fileName(of: path)).\(unique())"
    guard symlink(target, part) == 0 else {
      throw FileError("link", path, errno: errno)
    }
    guard Glibc.rename(part, path) == 0 else {
      let number = errno
      unlink(part)
      throw FileError("link", path, errno: number)
    }
  }

  public func linkTarget(_ path: String) throws(FileError) -> String? {
    do {
      return try readLinkTarget(path)
    } catch let error where error.problem == .system(notALink) {
      return nil
    }
  }

  public func rename(
    _ path: String, to newPath: String
  ) throws(FileError) {
    guard Glibc.rename(path, newPath) == 0 else {
      throw FileError("rename", path, errno: errno)
    }
    try syncFolder(folder(of: newPath))
  }

  public func remove(_ path: String) throws(FileError) {
    if unlink(path) == 0 || errno == ENOENT { return }
    // For a folder Linux says EISDIR; POSIX would allow EPERM.
    guard errno == EISDIR || errno == EPERM, ownKind(path) == .folder else {
      throw FileError("remove", path, errno: errno)
    }
    for entry in try list(path) { try remove(path + "/" + entry.name) }
    guard rmdir(path) == 0 || errno == ENOENT else {
      throw FileError("remove", path, errno: errno)
    }
  }

  public func lock(
    _ path: String, wait: Duration
  ) throws(FileError) -> FileLock {
    let time = SystemTime()
    let end = time.uptime + wait
    let file = try Descriptor(
      path, O_RDWR | O_CREAT, mode: .secret, action: "lock")
    var pause: UInt32 = 1000
    while true {
      let error = qd_try_lock(file.number)
      if error == 0 { break }
      guard error == EWOULDBLOCK || error == EINTR else {
        file.close()
        throw FileError("lock", path, errno: error)
      }
      guard time.uptime < end else {
        let holder = (try? file.read(from: 0, count: 256)) ?? []
        file.close()
        let name = String(decoding: holder, as: UTF8.self).terminalSafe()
        throw FileError("lock", path, .locked(by: name.isEmpty ? nil : name))
      }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
    // Whoever waits can then say for whom. Written only where it changes: a
    // file that is cut short is flushed when it is closed, and that waits
    // for a busy disk.
    let holder = Array(Host.holder.utf8)
    if (try? file.read(from: 0, count: 256)) != holder {
      ftruncate(file.number, 0)
      lseek(file.number, 0, SEEK_SET)
      try? file.write(holder)
    }
    let held = Mutex<Int32?>(file.number)
    return FileLock {
      held.withLock { number in
        if let open = number { close(open) }
        number = nil
      }
    }
  }

  // MARK: Parts

  private func check(
    _ expected: ExpectedFile, at target: String, shownAs path: String
  ) throws(FileError) {
    switch expected {
    case .anything: return
    case .nothing:
      if try status(target) == nil { return }
    case .unchanged(let stamp):
      if try status(target)?.stamp == stamp { return }
    }
    throw FileError("write", path, .changed)
  }

  private func ownKind(_ path: String) -> FileStatus.Kind {
    var raw = stat()
    return lstat(path, &raw) == 0 ? FileStatus(raw).kind : .other
  }

  /// The path at the end of a chain of links; it need not exist.
  private func followLinks(_ path: String) throws(FileError) -> String {
    var path = path
    for _ in 0..<40 {
      guard ownKind(path) == .link, let target = try linkTarget(path) else {
        return path
      }
      path = target.hasPrefix("/") ? target : folder(of: path) + "/" + target
    }
    throw FileError("write", path, errno: ELOOP)
  }

  private func syncFolder(_ path: String) throws(FileError) {
    let folder = try Descriptor(path, O_RDONLY | O_DIRECTORY, action: "write")
    defer { folder.close() }
    try folder.sync()
  }

  private func unique() -> String {
    String(UInt64.random(in: .min ... .max), radix: 36)
  }
}

/// The folder part of a path: `.` when there is none.
func folder(of path: String) -> String {
  let trimmed = trimmingSlashes(path)
  guard let slash = trimmed.lastIndex(of: "/") else { return "." }
  return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
}

/// The last part of a path.
func fileName(of path: String) -> String {
  let trimmed = trimmingSlashes(path)
  guard let slash = trimmed.lastIndex(of: "/") else { return String(trimmed) }
  return String(trimmed[trimmed.index(after: slash)...])
}

private func trimmingSlashes(_ path: String) -> Substring {
  var rest = path[...]
  while rest.count > 1, rest.last == "/" { rest.removeLast() }
  return rest
}
