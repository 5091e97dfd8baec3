// Files as a seam: LocalFiles are the machine's, MemoryFiles live in memory.

/// Reads and writes files.
///
/// Every call blocks until it is done and throws `FileError`. Paths are
/// absolute, or count from the current directory.
public protocol Files: Sendable {
  /// The whole content of a file and the stamp it had when it was read.
  ///
  /// More than `limit` bytes are an error.
  func read(_ path: String, limit: Int) throws(FileError) -> FileContent

  /// Part of a file: at most `count` bytes from `offset`; less at its end.
  func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8]

  /// What lies at a path, links followed; nil when there is nothing.
  func status(_ path: String) throws(FileError) -> FileStatus?

  /// Replaces a file in one step: whoever reads sees the old or the new one,
  /// also after a power cut.
  ///
  /// A link stays a link: the file that it leads to is replaced. Without a
  /// `mode` the rights of the old file stay, or are 0644. When the file is not
  /// what is `expected` the error is `changed`.
  func write(
    _ bytes: [UInt8], to path: String, mode: FileMode?,
    expected: ExpectedFile
  ) throws(FileError) -> FileStamp

  /// Appends to a file, which is made with `mode` where it is missing, and
  /// waits for the disk when `synced`.
  func append(
    _ bytes: [UInt8], to path: String, mode: FileMode, synced: Bool
  ) throws(FileError)

  /// The names in a folder with what they are, sorted by name.
  func list(_ folder: String) throws(FileError) -> [FolderEntry]

  /// Makes a folder, and those above it, where they are missing.
  func makeFolder(_ path: String, mode: FileMode) throws(FileError)

  /// Makes or replaces a link in one step.
  func link(_ path: String, to target: String) throws(FileError)

  /// Where a link leads, as it is written; nil when it is no link.
  func linkTarget(_ path: String) throws(FileError) -> String?

  /// Renames a file or folder, replacing a file at the new path.
  func rename(_ path: String, to newPath: String) throws(FileError)

  /// Removes a file, a link, or a folder with all that is in it.
  ///
  /// Nothing there is no error.
  func remove(_ path: String) throws(FileError)

  /// Takes the lock that a file stands for, waiting for its holder.
  ///
  /// The lock is an advisory flock(2): it ends with its holder, so none is
  /// ever left over. The file is made where it is missing, and stays.
  ///
  /// - Throws: `FileError` with `locked` once `wait` has passed.
  func lock(_ path: String, wait: Duration) throws(FileError) -> FileLock
}

extension Files {
  /// The whole content of a file of at most 64 MiB.
  public func read(_ path: String) throws(FileError) -> FileContent {
    try read(path, limit: 64 << 20)
  }

  /// Replaces a file in one step, whatever it was before.
  @discardableResult
  public func write(
    _ bytes: [UInt8], to path: String, mode: FileMode? = nil
  ) throws(FileError) -> FileStamp {
    try write(bytes, to: path, mode: mode, expected: .anything)
  }

  /// Whether there is something at a path.
  public func exists(_ path: String) throws(FileError) -> Bool {
    try status(path) != nil
  }

  /// Makes a folder that its owner alone may enter.
  public func makePrivateFolder(_ path: String) throws(FileError) {
    try makeFolder(path, mode: .privateFolder)
  }
}

/// What a file held when it was read.
public struct FileContent: Sendable, Hashable {
  public var bytes: [UInt8]
  public var stamp: FileStamp

  public init(bytes: [UInt8], stamp: FileStamp) {
    self.bytes = bytes
    self.stamp = stamp
  }
}

/// Tells two states of a file apart without reading it.
///
/// An atomic write always makes a new inode, and an edit in place moves the
/// time, so equal stamps mean the same content but for an edit of the same
/// size within the clock's tick.
public struct FileStamp: Sendable, Hashable, Codable {
  public var inode: UInt64
  public var size: Int
  /// Nanoseconds since 1970 of the last change of the content.
  public var modified: Int

  public init(inode: UInt64, size: Int, modified: Int) {
    self.inode = inode
    self.size = size
    self.modified = modified
  }
}

/// What must be at a path when it is written.
public enum ExpectedFile: Sendable, Hashable {
  /// Whatever is there is replaced.
  case anything
  /// No file yet.
  case nothing
  /// The file with this stamp, unchanged since it was read.
  case unchanged(FileStamp)
}

/// What lies at a path.
public struct FileStatus: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case file
    case folder
    case link
    case other
  }

  public var kind: Kind
  public var mode: FileMode
  public var stamp: FileStamp

  public init(kind: Kind, mode: FileMode, stamp: FileStamp) {
    self.kind = kind
    self.mode = mode
    self.stamp = stamp
  }
}

/// One name in a folder.
public struct FolderEntry: Sendable, Hashable {
  public var name: String
  /// What it is itself; a link is not followed.
  public var kind: FileStatus.Kind

  public init(name: String, kind: FileStatus.Kind) {
    self.name = name
    self.kind = kind
  }
}

/// The rights of a file, as chmod(1) writes them in octal.
public struct FileMode: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue & 0o7777 }

  public init(integerLiteral value: UInt32) { self.init(rawValue: value) }

  /// Readable by all, as an ordinary file: 0644.
  public static let shared: FileMode = 0o644
  /// For its owner alone: 0600.
  public static let secret: FileMode = 0o600
  /// A folder for its owner alone: 0700.
  public static let privateFolder: FileMode = 0o700
  /// A folder that all may read: 0755.
  public static let sharedFolder: FileMode = 0o755

  /// Whether others than the owner may read or write it.
  public var isOpenToOthers: Bool { rawValue & 0o077 != 0 }
}

/// A lock on a file, until `release()` or the end of this object.
public final class FileLock: Sendable {
  private let unlock: @Sendable () -> Void

  init(unlock: @escaping @Sendable () -> Void) { self.unlock = unlock }

  deinit { unlock() }

  /// Gives the lock back; calling it again does nothing.
  public func release() { unlock() }
}
