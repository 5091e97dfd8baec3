// Files of the machine and in memory, held to the same rules.

import Glibc
import Platform
import Testing

/// A file system to test and a folder of it to test in.
struct FileSystem: CustomTestStringConvertible {
  var name: String
  var make: @Sendable () throws -> (any Files, String, PrivateFolder?)
  var testDescription: String { name }

  static let all = [
    FileSystem(name: "local") {
      let folder = try PrivateFolder(prefix: "quarterdeck-test")
      return (LocalFiles(), folder.path, folder)
    },
    FileSystem(name: "memory") {
      let files = MemoryFiles()
      try files.makePrivateFolder("/test")
      return (files, "/test", nil)
    },
  ]
}

@Suite struct FileTests {
  @Test(arguments: FileSystem.all)
  func whatIsWrittenIsRead(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let path = folder + "/a"
    let stamp = try files.write(Array("one".utf8), to: path)
    let content = try files.read(path)
    #expect(content.bytes == Array("one".utf8))
    #expect(content.stamp == stamp)
    #expect(try files.status(path)?.mode == .shared)
    #expect(try files.list(folder).map(\.name) == ["a"])
  }

  @Test(arguments: FileSystem.all)
  func modeIsSetOrKept(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let path = folder + "/secret"
    try files.write([1], to: path, mode: .secret)
    #expect(try files.status(path)?.mode == .secret)
    try files.write([2], to: path)
    #expect(try files.status(path)?.mode == .secret)
    try files.write([3], to: path, mode: .shared)
    #expect(try files.status(path)?.mode == .shared)
  }

  @Test(arguments: FileSystem.all)
  func aFileChangedSinceItWasReadIsNotOverwritten(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let path = folder + "/a"
    let first = try files.write(
      Array("one".utf8), to: path, mode: nil, expected: .nothing)
    // An editor writes the same number of bytes.
    try files.write(Array("two".utf8), to: path)
    let changed = FileError("write", path, .changed)
    #expect(throws: changed) {
      try files.write([], to: path, mode: nil, expected: .unchanged(first))
    }
    #expect(throws: changed) {
      try files.write([], to: path, mode: nil, expected: .nothing)
    }
    #expect(try files.read(path).bytes == Array("two".utf8))
    let now = try files.read(path).stamp
    _ = try files.write(
      [], to: path, mode: nil, expected: .unchanged(now))
    try files.remove(path)
    #expect(throws: changed) {
      try files.write([], to: path, mode: nil, expected: .unchanged(now))
    }
    #expect(try files.list(folder).isEmpty)
  }

  @Test(arguments: FileSystem.all)
  func aLinkStaysALink(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    try files.write([1], to: folder + "/real")
    try files.link(folder + "/link", to: "real")
    #expect(try files.linkTarget(folder + "/link") == "real")
    #expect(try files.linkTarget(folder + "/real") == nil)
    try files.write([2], to: folder + "/link")
    #expect(try files.read(folder + "/real").bytes == [2])
    #expect(try files.linkTarget(folder + "/link") == "real")
    try files.link(folder + "/link", to: folder + "/other")
    #expect(try files.linkTarget(folder + "/link") == folder + "/other")
    #expect(try files.status(folder + "/link") == nil)
    #expect(
      try files.list(folder) == [
        FolderEntry(name: "link", kind: .link),
        FolderEntry(name: "real", kind: .file),
      ])
  }

  @Test(arguments: FileSystem.all)
  func appendingMakesTheFileAndAddsToIt(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let path = folder + "/journal"
    try files.append([1, 2], to: path, mode: .secret, synced: true)
    let before = try files.status(path)?.stamp
    try files.append([3, 4, 5], to: path, mode: .secret, synced: false)
    #expect(try files.read(path).bytes == [1, 2, 3, 4, 5])
    #expect(try files.read(path, from: 2, count: 2) == [3, 4])
    #expect(try files.read(path, from: 4, count: 100) == [5])
    #expect(try files.read(path, from: 9, count: 100) == [])
    #expect(try files.status(path)?.mode == .secret)
    #expect(try files.status(path)?.stamp != before)
  }

  @Test(arguments: FileSystem.all)
  func foldersAreMadeRemovedAndRenamedWhole(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let deep = folder + "/x/y/z"
    try files.makePrivateFolder(deep)
    #expect(try files.status(folder + "/x")?.mode == .privateFolder)
    try files.makePrivateFolder(deep)
    try files.write([1], to: deep + "/file")
    try files.rename(folder + "/x", to: folder + "/w")
    #expect(try files.read(folder + "/w/y/z/file").bytes == [1])
    try files.remove(folder + "/w")
    #expect(try !files.exists(folder + "/w"))
    try files.remove(folder + "/w")
    #expect(throws: FileError("list", folder + "/w", .notFound)) {
      try files.list(folder + "/w")
    }
  }

  @Test(arguments: FileSystem.all)
  func errorsNameTheFileAndTheReason(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let missing = folder + "/none"
    #expect(throws: FileError("read", missing, .notFound)) {
      try files.read(missing)
    }
    #expect(throws: FileError("read", folder, .wrongKind("is a folder"))) {
      try files.read(folder)
    }
    #expect(throws: FileError("write", missing + "/a", .notFound)) {
      try files.write([], to: missing + "/a")
    }
    let long = folder + "/long"
    try files.write([1, 2, 3], to: long)
    #expect(throws: FileError("read", long, .tooLarge(2))) {
      try files.read(long, limit: 2)
    }
    #expect(try files.read(long, limit: 3).bytes.count == 3)
    #expect(
      FileError("read", "/a", .denied).description
        == "cannot read /a: permission denied")
  }

  @Test(arguments: FileSystem.all)
  func aLockIsForOneUntilItIsReleased(system: FileSystem) throws {
    let (files, folder, _keep) = try system.make()
    defer { _keep?.remove() }
    let path = folder + "/lock"
    let first = try files.lock(path, wait: .zero)
    #expect {
      try files.lock(path, wait: .milliseconds(20))
    } throws: { error in
      guard case .locked? = (error as? FileError)?.problem else { return false }
      return true
    }
    first.release()
    first.release()
    var second: FileLock? = try files.lock(path, wait: .zero)
    #expect(second != nil)
    second = nil
    _ = try files.lock(path, wait: .zero)
  }

  @Test func theHolderOfALockIsNamed() throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let path = folder.path + "/lock"
    let lock = try LocalFiles().lock(path, wait: .zero)
    defer { lock.release() }
    #expect(throws: FileError("lock", path, .locked(by: Host.holder))) {
      try LocalFiles().lock(path, wait: .zero)
    }
  }

  @Test func noPartIsLeftWhenAWriteFails() throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let files = LocalFiles()
    let path = folder.path + "/a"
    #expect(throws: FileError.self) {
      try files.write(
        [1], to: path, mode: nil,
        expected: .unchanged(FileStamp(inode: 1, size: 1, modified: 1)))
    }
    #expect(try files.list(folder.path).isEmpty)
  }

  @Test func aPrivateFolderIsOursAloneAndGoes() throws {
    let path: String
    do {
      let folder = try PrivateFolder(prefix: "quarterdeck-test")
      path = folder.path
      #expect(try LocalFiles().status(path)?.mode == .privateFolder)
      #expect(path.utf8.count + 16 < longestSocketPath)
    }
    #expect(try !LocalFiles().exists(path))
  }

  @Test func whatAKilledProcessLeftIsSwept() throws {
    let base = try PrivateFolder(prefix: "quarterdeck-test")
    let environment = ["XDG_RUNTIME_DIR": base.path]
    let files = LocalFiles()
    let stale = base.path + "/q-\(getuid())-\(getpid())-1-aaaaaa"
    let foreign = base.path + "/q-\(getuid())-else"
    for path in [stale, foreign] { try files.makePrivateFolder(path) }
    let folder = try PrivateFolder(prefix: "q", environment: environment)
    let another = try PrivateFolder(prefix: "q", environment: environment)
    #expect(try !files.exists(stale))
    #expect(try files.exists(foreign))
    #expect(try files.exists(folder.path))
    #expect(another.path.hasPrefix(base.path))
  }
}
