// The files of a project as the engine reads them: playbooks, roles,
// variables, templates. Reading only; what tasks write goes another way.

import Glibc
import Synchronization

/// What tells one state of a file from another, so that a parsed file can be
/// kept until it changes.
public struct SourceStamp: Sendable, Hashable {
  /// Whether the path names a directory.
  public var isDirectory: Bool
  /// Size in bytes.
  public var size: Int
  /// Time of the last change in nanoseconds since 1970.
  public var modified: Int
  /// The number of the file in its file system.
  public var inode: UInt64
  /// The permission bits, such as 0o644.
  public var mode: UInt32

  /// A stamp of the given state.
  public init(
    isDirectory: Bool, size: Int = 0, modified: Int = 0, inode: UInt64 = 0,
    mode: UInt32 = 0o644
  ) {
    self.isDirectory = isDirectory
    self.size = size
    self.modified = modified
    self.inode = inode
    self.mode = mode
  }
}

/// A file that could not be read, and why.
public struct FileFailure: Error, Sendable, CustomStringConvertible {
  /// The path as asked for.
  public var path: String
  /// The system's reason, such as "No such file or directory".
  public var reason: String

  public var description: String { "\(path): \(reason)" }

  /// A failure with the reason in the system's words.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

/// Where the engine reads a project's files.
public protocol SourceFiles: Sendable {
  /// The state of what the path names, links followed; nil where nothing is.
  func stamp(_ path: String) -> SourceStamp?
  /// The whole content. Throws ``FileFailure``.
  func read(_ path: String) throws(FileFailure) -> [UInt8]
  /// The names in a directory, sorted. Throws ``FileFailure``.
  func names(in directory: String) throws(FileFailure) -> [String]
}

extension SourceFiles {
  /// Whether the path names anything.
  public func exists(_ path: String) -> Bool { stamp(path) != nil }

  /// Whether the path names a file that is not a directory.
  public func isFile(_ path: String) -> Bool {
    stamp(path).map { !$0.isDirectory } ?? false
  }

  /// Whether the path names a directory.
  public func isDirectory(_ path: String) -> Bool {
    stamp(path)?.isDirectory ?? false
  }

  /// The content as text.
  ///
  /// Throws ``FileFailure``, also where it is not UTF-8.
  public func text(_ path: String) throws(FileFailure) -> String {
    guard let text = String(validating: try read(path), as: UTF8.self) else {
      throw FileFailure(path: path, reason: "is not UTF-8 text")
    }
    return text
  }
}

/// The files of the machine.
public struct DiskSources: SourceFiles {
  /// The machine's files, relative paths against the working directory.
  public init() {}

  public func stamp(_ path: String) -> SourceStamp? {
    var state = stat()
    guard stat(path, &state) == 0 else { return nil }
    return SourceStamp(
      isDirectory: state.st_mode & S_IFMT == S_IFDIR,
      size: Int(state.st_size),
      modified: state.st_mtim.tv_sec * 1_000_000_000 + state.st_mtim.tv_nsec,
      inode: UInt64(state.st_ino), mode: UInt32(state.st_mode & 0o7777))
  }

  public func read(_ path: String) throws(FileFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var state = stat()
    let expected =
      fstat(descriptor, &state) == 0 ? max(Int(state.st_size), 0) : 0
    var content: [UInt8] = []
    content.reserveCapacity(expected + 1)
    // The size is a hint: files under /proc tell 0 and still have content.
    while true {
      let room = max(expected - content.count + 1, 4096)
      var got = 0
      var code: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        got = Glibc.read(descriptor, buffer.baseAddress, room)
        code = errno
        count = max(got, 0)
      }
      if got < 0 {
        if code == EINTR { continue }
        throw FileFailure(path: path, reason: String(cString: strerror(code)))
      }
      if got == 0 { return content }
      content += chunk
    }
  }

  public func names(in directory: String) throws(FileFailure) -> [String] {
    guard let stream = opendir(directory) else { throw failure(directory) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
        start.withMemoryRebound(to: CChar.self, capacity: 256) {
          String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private func failure(_ path: String) -> FileFailure {
    FileFailure(path: path, reason: String(cString: strerror(errno)))
  }
}

/// A project in memory, for tests and for what has no directory.
public final class MemorySources: SourceFiles {
  private let contents: Mutex<[String: (text: [UInt8], change: Int)]>

  /// A project with these files; directories follow from the paths.
  public init(_ files: [String: String] = [:]) {
    contents = Mutex(
      Dictionary(
        uniqueKeysWithValues: files.map {
          (Paths.normalize($0.key), (Array($0.value.utf8), 0))
        }))
  }

  /// Puts a file in place of what was there.
  public func write(_ path: String, _ text: String) {
    contents.withLock {
      let key = Paths.normalize(path)
      $0[key] = (Array(text.utf8), ($0[key]?.change ?? 0) + 1)
    }
  }

  public func stamp(_ path: String) -> SourceStamp? {
    let key = Paths.normalize(path)
    return contents.withLock { files in
      if let file = files[key] {
        return SourceStamp(
          isDirectory: false, size: file.text.count, modified: file.change)
      }
      let prefix = key == "/" ? "/" : key + "/"
      return files.keys.contains { $0.hasPrefix(prefix) }
        ? SourceStamp(isDirectory: true, mode: 0o755) : nil
    }
  }

  public func read(_ path: String) throws(FileFailure) -> [UInt8] {
    let key = Paths.normalize(path)
    guard let file = contents.withLock({ $0[key]?.text }) else {
      throw FileFailure(path: path, reason: "No such file or directory")
    }
    return file
  }

  public func names(in directory: String) throws(FileFailure) -> [String] {
    let key = Paths.normalize(directory)
    let prefix = key == "/" ? "/" : key + "/"
    let below = contents.withLock { files in
      files.keys.filter { $0.hasPrefix(prefix) }
    }
    guard !below.isEmpty else {
      throw FileFailure(path: directory, reason: "No such file or directory")
    }
    return Set(
      below.map {
        String($0.dropFirst(prefix.count).prefix { $0 != "/" })
      }
    ).sorted()
  }
}
