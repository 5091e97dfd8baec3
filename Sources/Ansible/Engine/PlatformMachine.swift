// The machine itself behind the engine's seam, over Platform.

import Glibc
import Platform

/// Does what tasks ask of this machine.
public struct PlatformMachine: LocalMachine {
  private let processes: any Processes
  private let files: any Files
  private let time: any TimeSource

  /// The machine behind these parts of Platform, or their twins.
  public init(
    processes: any Processes = LocalProcesses(),
    files: any Files = LocalFiles(), time: any TimeSource = SystemTime()
  ) {
    self.processes = processes
    self.files = files
    self.time = time
  }

  public func run(_ command: LocalCommand) async throws -> LocalCommandResult {
    guard let program = command.arguments.first else {
      return LocalCommandResult(exitCode: 256, output: [])
    }
    do {
      let ended = try await processes.run(
        ChildCommand(
          program, Array(command.arguments.dropFirst()),
          environment: command.environment.mapValues { $0 },
          workingDirectory: command.directory,
          input: command.input.isEmpty ? .none : .bytes(command.input)))
      return LocalCommandResult(
        exitCode: ended.status.shellCode, output: ended.output,
        errorOutput: ended.errors)
    } catch let error as ProcessError {
      var result = LocalCommandResult(
        exitCode: 2, output: [], errorOutput: Array("\(error)".utf8))
      result.hasStarted = false
      return result
    }
  }

  public func write(_ path: String, _ content: [UInt8], mode: UInt32?) throws {
    try files.write(
      content, to: path, mode: mode.map { FileMode(rawValue: $0) })
  }

  public func makeDirectory(_ path: String, mode: UInt32?) throws {
    try files.makeFolder(path, mode: FileMode(rawValue: mode ?? 0o755))
  }

  public func remove(_ path: String) throws { try files.remove(path) }

  public func setMode(_ path: String, _ mode: UInt32) throws {
    guard chmod(path, mode) == 0 else {
      throw FileFailure(path: path, reason: String(cString: strerror(errno)))
    }
  }

  public func owner(of path: String) -> FileOwner? {
    var state = stat()
    guard lstat(path, &state) == 0 else { return nil }
    return FileOwner(user: state.st_uid, group: state.st_gid)
  }

  public func state(of path: String, followsLinks: Bool) -> FileState? {
    var state = stat()
    let code = followsLinks ? stat(path, &state) : lstat(path, &state)
    guard code == 0 else { return nil }
    func seconds(_ time: timespec) -> Double {
      Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    return FileState(
      kind: UInt32(state.st_mode & S_IFMT),
      mode: UInt32(state.st_mode & 0o7777), size: Int(state.st_size),
      user: state.st_uid,
      group: state.st_gid, userName: userName(state.st_uid),
      groupName: groupName(state.st_gid), device: Int(state.st_dev),
      specialDevice: Int(state.st_rdev), links: Int(state.st_nlink),
      blocks: Int(state.st_blocks), blockSize: Int(state.st_blksize),
      accessed: seconds(state.st_atim), modified: seconds(state.st_mtim),
      changed: seconds(state.st_ctim), inode: UInt64(state.st_ino),
      mayRead: access(path, R_OK) == 0, mayWrite: access(path, W_OK) == 0,
      mayExecute: access(path, X_OK) == 0)
  }

  private func userName(_ number: UInt32) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var room = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(number, &entry, &room, room.count, &found) == 0,
      found != nil
    else { return nil }
    return String(cString: entry.pw_name)
  }

  private func groupName(_ number: UInt32) -> String? {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var room = [CChar](repeating: 0, count: 65_536)
    guard getgrgid_r(number, &entry, &room, room.count, &found) == 0,
      found != nil
    else { return nil }
    return String(cString: entry.gr_name)
  }

  public func setOwner(_ path: String, _ owner: FileOwner) throws {
    guard lchown(path, owner.user, owner.group) == 0 else {
      throw FileFailure(
        path: path, reason: "chown failed: " + String(cString: strerror(errno)))
    }
  }

  public func userNumber(_ name: String) -> UInt32? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var room = [CChar](repeating: 0, count: 16_384)
    guard getpwnam_r(name, &entry, &room, room.count, &found) == 0,
      found != nil
    else { return nil }
    return entry.pw_uid
  }

  public func groupNumber(_ name: String) -> UInt32? {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var room = [CChar](repeating: 0, count: 65_536)
    guard getgrnam_r(name, &entry, &room, room.count, &found) == 0,
      found != nil
    else { return nil }
    return entry.gr_gid
  }

  public func touch(_ path: String, modified: Bool, accessed: Bool) throws {
    // From <sys/stat.h>: UTIME_NOW and UTIME_OMIT.
    let (now, same) = ((1 << 30) - 1, (1 << 30) - 2)
    let times = [
      timespec(tv_sec: 0, tv_nsec: accessed ? now : same),
      timespec(tv_sec: 0, tv_nsec: modified ? now : same),
    ]
    guard utimensat(AT_FDCWD, path, times, 0) == 0 else {
      throw FileFailure(path: path, reason: String(cString: strerror(errno)))
    }
  }

  public var wallSeconds: Int { Int(time.wallSeconds) }

  public var fileMask: UInt32 {
    // Asking the system would set it for a moment, for all threads.
    let status = (try? DiskSources().text("/proc/self/status")) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Umask:") }
    let digits = line?.drop { !$0.isNumber } ?? ""
    return UInt32(digits, radix: 8) ?? 0o022
  }

  public func backupMark() -> String {
    // The names of backups tell the time of the place, as Ansible's do.
    let now = time.wallSeconds
    let offset = ProjectLanguage.zoneOffset(Double(now))
    let time = CivilTime(microseconds: (now + offset) * 1_000_000)
    let text = TimeFormat.format("%Y-%m-%d@%H:%M:%S", time, offset: nil)
    return "\(getpid()).\(text)"
  }

  public func link(_ path: String, to target: String, isSymbolic: Bool) throws {
    if isSymbolic {
      try files.link(path, to: target)
    } else if Glibc.link(target, path) != 0 {
      throw FileFailure(path: path, reason: String(cString: strerror(errno)))
    }
  }

  public func linkTarget(_ path: String) -> String? {
    (try? files.linkTarget(path)) ?? nil
  }

  public func canConnect(
    host: String, port: Int, timeoutSeconds: Double
  ) async -> Bool {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0 else {
      return false
    }
    defer { freeaddrinfo(found) }
    var next = found
    while let address = next?.pointee {
      if Self.connects(address, timeoutSeconds) { return true }
      next = address.ai_next
    }
    return false
  }

  private static func connects(
    _ address: addrinfo, _ timeoutSeconds: Double
  ) -> Bool {
    let descriptor = socket(
      address.ai_family,
      address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue)
        | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
      return true
    }
    guard errno == EINPROGRESS else { return false }
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&wait, 1, Int32(min(max(timeoutSeconds, 0), 1e6) * 1000)) == 1
    else {
      return false
    }
    var problem: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
    return problem == 0
  }

  public func sleep(seconds: Double) async throws {
    // Longer than a day at a time is for ever, and a count of milliseconds ends.
    let seconds = seconds.isFinite ? min(max(seconds, 0), 1e9) : 0
    try await time.sleep(for: .milliseconds(Int(seconds * 1000)))
  }
}
