// An open file and the calls on it, with errors that name the file.

import Glibc

/// An open file of the system.
struct Descriptor {
  let number: Int32
  private let action: String
  private let path: String

  /// Opens a file; every later error says `action` and the path.
  init(
    _ path: String, _ flags: Int32, mode: FileMode = .secret, action: String,
    shownAs shown: String? = nil
  ) throws(FileError) {
    self.action = action
    self.path = shown ?? path
    number = open(path, flags | O_CLOEXEC, mode.rawValue)
    guard number >= 0 else { throw failure(errno) }
  }

  func close() { _ = Glibc.close(number) }

  func status() throws(FileError) -> FileStatus {
    var raw = stat()
    guard fstat(number, &raw) == 0 else { throw failure(errno) }
    return FileStatus(raw)
  }

  /// All that is left to read; `size` is a hint of how much that will be.
  func readAll(limit: Int, expecting size: Int) throws(FileError) -> [UInt8] {
    var result: [UInt8] = []
    // One byte more shows the end without another growth.
    var room = min(max(size, 0), limit) + 1
    while true {
      let piece = try readSome(room)
      if piece.isEmpty { return result }
      if result.isEmpty { result = piece } else { result += piece }
      guard result.count <= limit else {
        throw FileError(action, path, .tooLarge(limit))
      }
      room = 65_536
    }
  }

  func read(from offset: Int, count: Int) throws(FileError) -> [UInt8] {
    guard lseek(number, offset, SEEK_SET) >= 0 else { throw failure(errno) }
    var result: [UInt8] = []
    while result.count < count {
      let piece = try readSome(count - result.count)
      if piece.isEmpty { break }
      if result.isEmpty { result = piece } else { result += piece }
    }
    return result
  }

  private func readSome(_ count: Int) throws(FileError) -> [UInt8] {
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var got: Int
      repeat {
        got = Glibc.read(number, buffer.baseAddress, count)
      } while got < 0 && errno == EINTR
      if got < 0 { problem = errno }
      filled = max(got, 0)
    }
    guard problem == 0 else { throw failure(problem) }
    return bytes
  }

  func write(_ bytes: [UInt8]) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let wrote = bytes.withUnsafeBytes { buffer in
        Glibc.write(
          number, buffer.baseAddress?.advanced(by: done), buffer.count - done)
      }
      if wrote < 0 {
        if errno == EINTR { continue }
        throw failure(errno)
      }
      done += wrote
    }
  }

  func setMode(_ mode: FileMode) throws(FileError) {
    guard fchmod(number, mode.rawValue) == 0 else { throw failure(errno) }
  }

  /// Waits until all that was written is on the disk.
  func sync() throws(FileError) {
    guard fsync(number) == 0 else {
      // Some file systems cannot, and say so; the data is then as safe as
      // they make it.
      if errno == EINVAL || errno == EROFS { return }
      throw failure(errno)
    }
  }

  private func failure(_ number: Int32) -> FileError {
    FileError(action, path, errno: number)
  }
}

extension FileError {
  init(_ action: String, _ path: String, errno number: Int32) {
    let problem: Problem =
      switch number {
      case ENOENT: .notFound
      case EACCES, EPERM: .denied
      case ENOTDIR: .wrongKind("a part of the path is not a folder")
      case EISDIR: .wrongKind("is a folder")
      case EEXIST: .wrongKind("already exists")
      default: .system(sentence(forErrno: number))
      }
    self.init(action, path, problem)
  }
}

extension FileStatus {
  init(_ raw: stat) {
    let kind: Kind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    self.init(
      kind: kind, mode: FileMode(rawValue: raw.st_mode),
      stamp: FileStamp(
        inode: UInt64(raw.st_ino), size: Int(raw.st_size),
        modified: raw.st_mtim.tv_sec * 1_000_000_000 + raw.st_mtim.tv_nsec))
  }
}

/// The bytes of a small file, such as one below `/proc`.
func readWholeFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
  let file = try Descriptor(path, O_RDONLY, action: "read")
  defer { file.close() }
  // Files below /proc say that they are empty.
  return try file.readAll(limit: limit, expecting: limit)
}

/// The reason that the system gives for reading a link that is none.
let notALink = sentence(forErrno: EINVAL)

/// Where a link leads, as it is written.
func readLinkTarget(_ path: String) throws(FileError) -> String {
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = bytes.withUnsafeMutableBytes { buffer in
    guard let start = buffer.baseAddress else { return 0 }
    return readlink(
      path, start.assumingMemoryBound(to: CChar.self), buffer.count)
  }
  guard count >= 0 else { throw FileError("read link", path, errno: errno) }
  return String(decoding: bytes[..<count], as: UTF8.self)
}
