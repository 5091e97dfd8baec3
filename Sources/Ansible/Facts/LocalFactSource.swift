// This machine as the source of facts.

import Glibc
import Platform

/// Reads facts of the machine that this process runs on.
public struct LocalFactSource: FactSource {
  public let files: any SourceFiles = DiskSources()

  public init() {}

  public var environment: [String: String] { currentEnvironment() }

  public func kernel() -> KernelName {
    var name = utsname()
    uname(&name)
    return KernelName(
      system: Self.text(name.sysname), node: Self.text(name.nodename),
      release: Self.text(name.release), version: Self.text(name.version),
      machine: Self.text(name.machine))
  }

  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  public func fullName() -> String {
    let own = kernel().node
    var hints = addrinfo()
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(own, nil, &hints, &found) == 0, let first = found else {
      return own
    }
    defer { freeaddrinfo(found) }
    let address = first.pointee
    let isIPv6 = address.ai_family == AF_INET6
    var bytes = [UInt8](repeating: 0, count: 16)
    guard let raw = address.ai_addr else { return own }
    let offset = isIPv6 ? 8 : 4
    let count = isIPv6 ? 16 : 4
    for index in 0..<count {
      bytes[index] = UnsafeRawPointer(raw).load(
        fromByteOffset: offset + index, as: UInt8.self)
    }
    var entry = hostent()
    var result: UnsafeMutablePointer<hostent>?
    var room = [CChar](repeating: 0, count: 16_384)
    var problem: Int32 = 0
    let code = gethostbyaddr_r(
      bytes, socklen_t(count), address.ai_family, &entry, &room, room.count,
      &result, &problem)
    guard code == 0, let host = result?.pointee, let name = host.h_name else {
      return own
    }
    var names = [String(cString: name)]
    var next = host.h_aliases
    while let alias = next?.pointee {
      names.append(String(cString: alias))
      next = next?.successor()
    }
    return names.first { $0.contains(".") } ?? names[0]
  }

  public func user(preferring name: String?) -> MachineUser {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var room = [CChar](repeating: 0, count: 16_384)
    if let name { getpwnam_r(name, &entry, &room, room.count, &found) }
    if found == nil {
      getpwuid_r(getuid(), &entry, &room, room.count, &found)
    }
    guard let pointer = found else {
      return MachineUser(
        name: name ?? String(getuid()), user: Int(getuid()),
        group: Int(getgid()), effectiveUser: Int(geteuid()))
    }
    let known = pointer.pointee
    func text(_ field: UnsafeMutablePointer<CChar>?) -> String {
      field.map { String(cString: $0) } ?? ""
    }
    return MachineUser(
      name: name ?? text(known.pw_name), user: Int(known.pw_uid),
      group: Int(known.pw_gid), comment: text(known.pw_gecos),
      home: text(known.pw_dir), shell: text(known.pw_shell),
      realUser: Int(getuid()), effectiveUser: Int(geteuid()),
      realGroup: Int(getgid()))
  }

  public func clock() -> MachineClock {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let here = Self.zone(now.tv_sec)
    // Python's rule (time.tzname): the zone's names in January and July.
    let year = (365 * 24 + 6) * 3600
    let winter = Self.zone(now.tv_sec / year * year)
    let summer = Self.zone(now.tv_sec / year * year + year / 2)
    return MachineClock(
      microseconds: now.tv_sec * 1_000_000 + now.tv_nsec / 1000,
      offset: here.offset, zone: here.name,
      summerZone: winter.offset > summer.offset ? winter.name : summer.name)
  }

  private static func zone(_ seconds: Int) -> (name: String, offset: Int) {
    var seconds = time_t(seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return (
      parts.tm_zone.map { String(cString: $0) } ?? "UTC", parts.tm_gmtoff
    )
  }

  public func network() -> NetworkState { .current() }

  public func space(at mount: String) -> FileSystemSpace? {
    var state = statvfs()
    guard statvfs(mount, &state) == 0 else { return nil }
    return FileSystemSpace(
      blockSize: Int(state.f_bsize), fragmentSize: Int(state.f_frsize),
      blocks: Int(state.f_blocks), availableBlocks: Int(state.f_bavail),
      inodes: Int(state.f_files), availableInodes: Int(state.f_favail))
  }

  public func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    guard count >= 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  public func identity(of path: String) -> FileIdentity? {
    var state = stat()
    guard stat(path, &state) == 0 else { return nil }
    return FileIdentity(
      device: UInt64(state.st_dev), inode: UInt64(state.st_ino))
  }

  public func access(to path: String) -> (reads: Bool, executes: Bool) {
    (
      Glibc.access(path, R_OK) == 0, Glibc.access(path, X_OK) == 0
    )
  }

  public func usableProcessors() -> Int? { Host.usableProcessors }

  public func loads() -> [Double] {
    var loads = [Double](repeating: 0, count: 3)
    return getloadavg(&loads, 3) == 3 ? loads : []
  }
}
