// The seam between the facts of a machine and the machine: what is read, never
// changed and never started.

import Platform

/// Where facts about a machine come from.
public protocol FactSource: Sendable {
  /// The machine's files, by absolute path: /proc, /sys, /etc.
  var files: any SourceFiles { get }
  /// The environment variables of this process.
  var environment: [String: String] { get }
  /// The kernel's own name and that of the machine (`uname`).
  func kernel() -> KernelName
  /// The host's name with its domain, as Python's `getfqdn` finds it.
  func fullName() -> String
  /// Who runs this process, `name` where it is the name of a user.
  func user(preferring name: String?) -> MachineUser
  /// The time now.
  func clock() -> MachineClock
  /// Addresses and routes.
  func network() -> NetworkState
  /// The room in the file system that is mounted there.
  func space(at mount: String) -> FileSystemSpace?
  /// The target of a symbolic link as it is written; nil where it is none.
  func linkTarget(_ path: String) -> String?
  /// Device and number of a file, links followed.
  func identity(of path: String) -> FileIdentity?
  /// Whether this process may read, and whether it may execute, a file.
  func access(to path: String) -> (reads: Bool, executes: Bool)
  /// How many processors this process may use; nil where nobody can tell.
  func usableProcessors() -> Int?
  /// The average load of 1, 5 and 15 minutes.
  func loads() -> [Double]
}

extension FactSource {
  /// The content of a file without white space at its ends; nil where there is
  /// none that can be read.
  func text(_ path: String) -> String? {
    guard files.isFile(path), let text = try? files.text(path) else {
      return nil
    }
    let stripped = text.stripped
    return stripped.isEmpty ? nil : String(stripped)
  }

  /// The lines of a file.
  func lines(_ path: String) -> [Substring] {
    (text(path) ?? "").split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  func exists(_ path: String) -> Bool { files.exists(path) }

  /// What is in a directory, sorted.
  func names(in directory: String) -> [String] {
    (try? files.names(in: directory)) ?? []
  }

  /// The path with its last links followed, as far as they lead.
  func resolved(_ path: String) -> String {
    var path = path
    for _ in 0..<16 {
      guard let target = linkTarget(path) else { break }
      path = Paths.normalize(
        Paths.join(Paths.directory(of: path), target))
    }
    return path
  }

  /// The program of that name; Ansible looks in the places of administrators
  /// as well.
  func program(_ name: String) -> String? {
    let folders =
      (environment["PATH"] ?? "").split(separator: ":").map(String.init)
      + ["/sbin", "/usr/sbin", "/usr/local/sbin"]
    return folders.map { Paths.join($0, name) }
      .first { files.isFile($0) && access(to: $0).executes }
  }
}

/// What `uname` tells.
public struct KernelName: Sendable, Hashable {
  public var system: String
  public var node: String
  public var release: String
  public var version: String
  public var machine: String

  public init(
    system: String = "Linux", node: String, release: String, version: String,
    machine: String
  ) {
    self.system = system
    self.node = node
    self.release = release
    self.version = version
    self.machine = machine
  }
}

/// Whoever runs this process.
public struct MachineUser: Sendable, Hashable {
  public var name: String
  public var user: Int
  public var group: Int
  public var comment: String
  public var home: String
  public var shell: String
  public var realUser: Int
  public var effectiveUser: Int
  public var realGroup: Int

  public init(
    name: String, user: Int, group: Int, comment: String = "",
    home: String = "/", shell: String = "/bin/sh", realUser: Int? = nil,
    effectiveUser: Int? = nil, realGroup: Int? = nil
  ) {
    self.name = name
    self.user = user
    self.group = group
    self.comment = comment
    self.home = home
    self.shell = shell
    self.realUser = realUser ?? user
    self.effectiveUser = effectiveUser ?? user
    self.realGroup = realGroup ?? group
  }
}

/// The time, and where it is that time.
public struct MachineClock: Sendable, Hashable {
  /// Microseconds since 1970, UTC.
  public var microseconds: Int
  /// Seconds east of UTC.
  public var offset: Int
  /// The abbreviation of the zone as it is now.
  public var zone: String
  /// That of its summer time; the same where it has none.
  public var summerZone: String

  public init(
    microseconds: Int, offset: Int = 0, zone: String = "UTC",
    summerZone: String = "UTC"
  ) {
    self.microseconds = microseconds
    self.offset = offset
    self.zone = zone
    self.summerZone = summerZone
  }
}

/// What `statvfs` tells: counts of blocks and of inodes.
public struct FileSystemSpace: Sendable, Hashable {
  /// Bytes of a block, and of the unit that blocks are counted in.
  public var blockSize: Int
  public var fragmentSize: Int
  public var blocks: Int
  /// Those that users without privileges may take.
  public var availableBlocks: Int
  public var inodes: Int
  public var availableInodes: Int

  public init(
    blockSize: Int, fragmentSize: Int, blocks: Int, availableBlocks: Int,
    inodes: Int, availableInodes: Int
  ) {
    self.blockSize = blockSize
    self.fragmentSize = fragmentSize
    self.blocks = blocks
    self.availableBlocks = availableBlocks
    self.inodes = inodes
    self.availableInodes = availableInodes
  }
}

/// What tells one file from all others.
public struct FileIdentity: Sendable, Hashable {
  public var device: UInt64
  public var inode: UInt64

  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}
