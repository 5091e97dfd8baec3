// The machine that the engine runs on, as far as tasks change it or wait.

/// A program to run.
public struct LocalCommand: Sendable, Hashable {
  /// The program and its arguments.
  public var arguments: [String]
  /// Nil for the directory of the process.
  public var directory: String?
  /// Variables beside those of the process.
  public var environment: [String: String]
  public var input: [UInt8]

  public init(
    _ arguments: [String], directory: String? = nil,
    environment: [String: String] = [:], input: [UInt8] = []
  ) {
    self.arguments = arguments
    self.directory = directory
    self.environment = environment
    self.input = input
  }
}

/// How a program ended.
public struct LocalCommandResult: Sendable, Hashable {
  public var exitCode: Int
  public var output: [UInt8]
  public var errorOutput: [UInt8]
  /// Whether there was such a program to start.
  public var hasStarted = true

  public init(exitCode: Int, output: [UInt8], errorOutput: [UInt8] = []) {
    self.exitCode = exitCode
    self.output = output
    self.errorOutput = errorOutput
  }
}

/// Whom a file belongs to.
public struct FileOwner: Sendable, Hashable {
  public var user: UInt32
  public var group: UInt32

  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }
}

/// What `stat` tells of a file beside its size, time and mode.
public struct FileState: Sendable, Hashable {
  /// The bits of the mode that tell a file from a pipe or a device.
  public var kind: UInt32
  /// The permission bits, such as 0o644.
  public var mode: UInt32
  /// Size in bytes.
  public var size: Int
  public var user: UInt32
  public var group: UInt32
  /// Nil where the number has no name.
  public var userName: String?
  public var groupName: String?
  public var device: Int
  /// Which device a device file stands for.
  public var specialDevice: Int
  public var links: Int
  /// Blocks of 512 bytes.
  public var blocks: Int
  /// Bytes that are best read at once.
  public var blockSize: Int
  /// Seconds since 1970.
  public var accessed: Double
  public var modified: Double
  public var changed: Double
  /// The number of the file in its file system.
  public var inode: UInt64
  /// What this process may do.
  public var mayRead: Bool
  public var mayWrite: Bool
  public var mayExecute: Bool
}

/// What tasks may do to the machine that the engine runs on.
public protocol LocalMachine: Sendable {
  /// Runs a program to its end. Cancelling the task ends the program.
  func run(_ command: LocalCommand) async throws -> LocalCommandResult
  /// Writes a whole file at once; nil keeps the mode of what was there.
  func write(_ path: String, _ content: [UInt8], mode: UInt32?) throws
  func makeDirectory(_ path: String, mode: UInt32?) throws
  /// Removes a file, or a directory with all that is in it.
  func remove(_ path: String) throws
  func setMode(_ path: String, _ mode: UInt32) throws
  /// The numbers of a file's user and group, links not followed.
  func owner(of path: String) -> FileOwner?
  /// What else there is to know of a file; nil where there is none.
  func state(of path: String, followsLinks: Bool) -> FileState?
  /// Gives a file, or a link itself, to a user and a group.
  func setOwner(_ path: String, _ owner: FileOwner) throws
  /// The number of a user by name; nil where there is none.
  func userNumber(_ name: String) -> UInt32?
  /// The number of a group by name; nil where there is none.
  func groupNumber(_ name: String) -> UInt32?
  /// Sets the times of a file, or one of them, to now.
  func touch(_ path: String, modified: Bool, accessed: Bool) throws
  /// Seconds since 1970.
  var wallSeconds: Int { get }
  /// The rights that new files of this process do not get (`umask`).
  var fileMask: UInt32 { get }
  /// Process and time, as the names of backups tell them:
  /// `4711.2026-11-23@04:20:00`.
  func backupMark() -> String
  func link(_ path: String, to target: String, isSymbolic: Bool) throws
  /// The target of a symbolic link; nil where the path is none.
  func linkTarget(_ path: String) -> String?
  /// Whether a connection to a port can be opened.
  func canConnect(host: String, port: Int, timeoutSeconds: Double) async
    -> Bool
  /// Waits. Throws `CancellationError` when the task is cancelled.
  func sleep(seconds: Double) async throws
}
