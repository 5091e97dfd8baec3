// An archive and the directory it is unpacked into, by the programs that
// ansible-core's unarchive uses: tar and unzip.

struct Archive {
  var source: String
  var target: String
  var options: [String]
  var excludes: [String]
  var includes: [String]
  var keepsNewer: Bool
  var owner: String?
  var group: String?
  /// Whether the task gives what is unpacked a mode of its own.
  var setsMode: Bool

  /// What unpacks an archive, by the names that results tell.
  enum Handler: String, CaseIterable {
    case zip = "ZipArchive"
    case gzip = "TgzArchive"
    case plain = "TarArchive"
    case bzip = "TarBzipArchive"
    case xz = "TarXzArchive"
    case zstd = "TarZstdArchive"

    /// tar's switch; nil for what tar does not read.
    var flag: [String]? {
      switch self {
      case .zip: nil
      case .gzip: ["-z"]
      case .plain: []
      case .bzip: ["-j"]
      case .xz: ["-J"]
      case .zstd: ["--use-compress-program=zstd"]
      }
    }
  }

  /// A file or directory in an archive.
  struct Member {
    var name: String
    /// Bytes and checksum, where the archive's list tells them.
    var size: Int?
    var checksum: UInt32?
  }

  /// The first that can read the archive, with what is in it.
  func handler(_ call: ModuleCall) async throws -> (Handler?, [Member]) {
    for handler in Handler.allCases {
      let members =
        handler == .zip
        ? try await zipped(call) : try await tarred(handler, call)
      if let members, !members.isEmpty { return (handler, members) }
    }
    return (nil, [])
  }

  /// Whether the directory holds what the archive does.
  func isUnpacked(
    _ handler: Handler, _ members: [Member], _ call: ModuleCall
  ) async throws -> Bool {
    guard let flag = handler.flag else { return holds(members, call) }
    let ended = try await call.program(
      words("--diff", flag, ownership: true), in: target)
    // Owners and modes count where the task does not set them.
    let isRoot = call.machine.owner(of: "/proc/self")?.user == 0
    var signs = [
      ": Mod time differs", ": Symlink differs", ": Contents differ",
      ": Size differs", "No such file or directory", "Invalid owner",
      "Invalid group",
    ]
    if isRoot, owner == nil { signs.append(": Uid differs") }
    if isRoot, group == nil { signs.append(": Gid differs") }
    if !setsMode { signs.append(": Mode differs") }
    let lines = (ended.text + ended.errorText).split(separator: "\n")
    return !lines.contains { line in
      !line.hasPrefix("tar: : ") && signs.contains { line.contains($0) }
    }
  }

  /// Unpacks all of it.
  func unpack(
    _ handler: Handler, _ call: ModuleCall
  ) async throws -> LocalCommandResult {
    try await call.program(command(handler, call), in: target)
  }

  /// The program that unpacks all of it, with its arguments.
  func command(_ handler: Handler, _ call: ModuleCall) -> [String] {
    var words: [String]
    if let flag = handler.flag {
      words = self.words("--extract", flag, ownership: true)
    } else {
      words = ["unzip", "-o"] + options + [source]
      if !excludes.isEmpty { words += ["-x"] + excludes }
      words += includes + ["-d", target]
    }
    let folders =
      call.environment["PATH"]
      ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    let place = folders.split(separator: ":").map {
      Paths.join(String($0), words[0])
    }.first(where: call.search.files.isFile)
    words[0] = place ?? words[0]
    return words
  }

  // MARK: - tar

  private func words(
    _ action: String, _ flag: [String], ownership: Bool
  ) -> [String] {
    var words = ["tar", action, "-C", target] + flag
    if !options.isEmpty { words += ["--show-transformed-names"] + options }
    if ownership {
      if let owner { words.append("--owner=\(owner)") }
      if let group { words.append("--group=\(group)") }
      if keepsNewer { words.append("--keep-newer-files") }
    }
    for exclude in excludes {
      var exclude = exclude
      while exclude.hasSuffix("/") { exclude.removeLast() }
      words.append("--exclude=" + exclude)
    }
    return words + ["-f", source] + includes
  }

  private func tarred(
    _ handler: Handler, _ call: ModuleCall
  ) async throws -> [Member]? {
    let ended = try await call.program(
      words("--list", handler.flag ?? [], ownership: false), in: target)
    guard ended.exitCode == 0 else { return nil }
    return ended.text.split(separator: "\n").map { line in
      let name = Self.unescaped(line)
      return Member(name: name.hasPrefix("/") ? String(name.dropFirst()) : name)
    }.filter { member in
      !excludes.contains { FileGlob.isMatch(member.name, $0) }
    }
  }

  /// A name as tar's list quotes it.
  private static func unescaped(_ line: Substring) -> String {
    guard line.contains("\\") else { return String(line) }
    var bytes: [UInt8] = []
    var rest = Array(line.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let next = rest.first else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(3)
      if digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }),
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        let plain: [UInt8: UInt8] = [110: 10, 116: 9, 114: 13, 92: 92]
        bytes.append(plain[next] ?? next)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - zip

  private func zipped(_ call: ModuleCall) async throws -> [Member]? {
    // Only what begins as archives of this kind do is asked about.
    let head = try call.search.files.read(source).prefix(2)
    guard head.elementsEqual([0x50, 0x4B]) else { return nil }
    let ended = try await call.program(["unzip", "-v", source])
    guard ended.exitCode == 0 else { return nil }
    let lines = ended.text.split(separator: "\n").dropFirst(3).dropLast(2)
    return lines.compactMap { line in
      let fields = line.split(separator: " ", maxSplits: 7)
      // Two spaces stand before the name.
      guard fields.count == 8 else { return nil }
      return Member(
        name: String(fields[7].dropFirst()), size: Int(fields[0]),
        checksum: UInt32(fields[6], radix: 16))
    }.filter { member in
      includes.isEmpty
        ? !excludes.contains { FileGlob.isMatch(member.name, $0) }
        : includes.contains { FileGlob.isMatch(member.name, $0) }
    }
  }

  /// Whether every file is there with the content that the archive tells.
  private func holds(_ members: [Member], _ call: ModuleCall) -> Bool {
    let files = call.search.files
    return members.allSatisfy { member in
      let path = Paths.normalize(Paths.join(target, member.name))
      guard let stamp = files.stamp(path) else { return false }
      if member.name.hasSuffix("/") { return stamp.isDirectory }
      guard stamp.size == member.size, let bytes = try? files.read(path)
      else { return false }
      return Self.checksum(bytes) == member.checksum
    }
  }

  /// The CRC-32 of ISO 3309, which zip archives keep of each file.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    let table = (0..<256).map { index -> UInt32 in
      (0..<8).reduce(UInt32(index)) { value, _ in
        value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
      }
    }
    return ~bytes.reduce(~UInt32(0)) { value, byte in
      table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ (value >> 8)
    }
  }
}
