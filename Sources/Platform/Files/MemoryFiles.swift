// Files that live in memory: the twin of LocalFiles.

import Synchronization

/// A file system in memory, for tests and rehearsals.
///
/// Paths are taken from the root whether they begin with a slash or not.
/// Rights are kept and shown, but not enforced, except that `deny(_:)` makes
/// one path refuse.
public final class MemoryFiles: Files {
  private enum Node {
    case file([UInt8], FileMode, FileStamp)
    case folder(FileMode)
    case link(String)
  }

  private struct State {
    var nodes: [String: Node] = ["/": .folder(.sharedFolder)]
    var locks: Set<String> = []
    var denied: Set<String> = []
    var counter = 1
  }

  private let state = Mutex(State())

  /// A file system that holds these files, by path.
  public init(_ files: [String: String] = [:]) {
    for (path, text) in files {
      put(Array(text.utf8), at: path)
    }
  }

  /// Writes a file behind everybody's back, as an editor would.
  public func put(
    _ bytes: [UInt8], at path: String, mode: FileMode = .shared
  ) {
    state.withLock { state in
      let path = Self.clean(path)
      var folder = Self.parent(path)
      while state.nodes[folder] == nil {
        state.nodes[folder] = .folder(.sharedFolder)
        folder = Self.parent(folder)
      }
      _ = Self.store(bytes, at: path, mode: mode, &state)
    }
  }

  /// Makes every call on this path fail for lack of rights.
  public func deny(_ path: String) {
    state.withLock { _ = $0.denied.insert(Self.clean(path)) }
  }

  /// All files with their content as text, by path.
  public var texts: [String: String] {
    state.withLock { state in
      state.nodes.compactMapValues { node in
        if case .file(let bytes, _, _) = node {
          String(decoding: bytes, as: UTF8.self)
        } else {
          nil
        }
      }
    }
  }

  public func read(
    _ path: String, limit: Int
  ) throws(FileError) -> FileContent {
    try locked("read", path) { state, place throws(FileError) in
      let (bytes, _, stamp) = try Self.file(place, "read", path, state)
      guard bytes.count <= limit else {
        throw FileError("read", path, .tooLarge(limit))
      }
      return FileContent(bytes: bytes, stamp: stamp)
    }
  }

  public func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8] {
    try locked("read", path) { state, place throws(FileError) in
      let (bytes, _, _) = try Self.file(place, "read", path, state)
      return Array(bytes.dropFirst(offset).prefix(count))
    }
  }

  public func status(_ path: String) throws(FileError) -> FileStatus? {
    try locked("look at", path) { state, place throws(FileError) in
      switch state.nodes[place] {
      case .file(_, let mode, let stamp):
        FileStatus(kind: .file, mode: mode, stamp: stamp)
      case .folder(let mode):
        FileStatus(
          kind: .folder, mode: mode,
          stamp: FileStamp(inode: 0, size: 0, modified: 0))
      case .link, nil: nil
      }
    }
  }

  public func write(
    _ bytes: [UInt8], to path: String, mode: FileMode?,
    expected: ExpectedFile
  ) throws(FileError) -> FileStamp {
    try locked("write", path) { state, place throws(FileError) in
      try Self.requireFolder(Self.parent(place), "write", path, state)
      var old: (mode: FileMode, stamp: FileStamp)?
      switch state.nodes[place] {
      case .file(_, let mode, let stamp): old = (mode, stamp)
      case .folder, .link:
        throw FileError("write", path, .wrongKind("is not an ordinary file"))
      case nil: break
      }
      let isAsExpected =
        switch expected {
        case .anything: true
        case .nothing: old == nil
        case .unchanged(let stamp): old?.stamp == stamp
        }
      guard isAsExpected else { throw FileError("write", path, .changed) }
      return Self.store(
        bytes, at: place, mode: mode ?? old?.mode ?? .shared, &state)
    }
  }

  public func append(
    _ bytes: [UInt8], to path: String, mode: FileMode, synced: Bool
  ) throws(FileError) {
    try locked("write", path) { state, place throws(FileError) in
      try Self.requireFolder(Self.parent(place), "write", path, state)
      guard state.nodes[place] != nil else {
        _ = Self.store(bytes, at: place, mode: mode, &state)
        return
      }
      var (content, mode, stamp) = try Self.file(place, "write", path, state)
      content += bytes
      state.counter += 1
      stamp.size = content.count
      stamp.modified = state.counter
      state.nodes[place] = .file(content, mode, stamp)
    }
  }

  public func list(_ folder: String) throws(FileError) -> [FolderEntry] {
    try locked("list", folder) { state, place throws(FileError) in
      try Self.requireFolder(place, "list", folder, state)
      return state.nodes.compactMap { path, node in
        guard path != "/", Self.parent(path) == place else { return nil }
        let kind: FileStatus.Kind =
          switch node {
          case .file: .file
          case .folder: .folder
          case .link: .link
          }
        return FolderEntry(name: fileName(of: path), kind: kind)
      }.sorted { $0.name < $1.name }
    }
  }

  public func makeFolder(
    _ path: String, mode: FileMode
  ) throws(FileError) {
    try locked("make folder", path) { state, place throws(FileError) in
      var missing: [String] = []
      var folder = place
      while true {
        switch state.nodes[folder] {
        case .folder:
          for path in missing { state.nodes[path] = .folder(mode) }
          return
        case nil:
          missing.append(folder)
          folder = Self.parent(folder)
        case .file, .link:
          throw FileError("make folder", path, .wrongKind("is not a folder"))
        }
      }
    }
  }

  public func link(
    _ path: String, to target: String
  ) throws(FileError) {
    try locked("link", path, following: false) {
      state, place throws(FileError) in
      try Self.requireFolder(Self.parent(place), "link", path, state)
      if case .folder = state.nodes[place] {
        throw FileError("link", path, .wrongKind("is a folder"))
      }
      state.nodes[place] = .link(target)
    }
  }

  public func linkTarget(_ path: String) throws(FileError) -> String? {
    try locked("read link", path, following: false) {
      state, place throws(FileError) in
      switch state.nodes[place] {
      case .link(let target): return target
      case nil: throw FileError("read link", path, .notFound)
      default: return nil
      }
    }
  }

  public func rename(
    _ path: String, to newPath: String
  ) throws(FileError) {
    let destination = Self.clean(newPath)
    try locked("rename", path, following: false) {
      state, place throws(FileError) in
      guard state.nodes[place] != nil else {
        throw FileError("rename", path, .notFound)
      }
      try Self.requireFolder(Self.parent(destination), "rename", path, state)
      let inside = place + "/"
      for (old, node) in state.nodes
      where old == place || old.hasPrefix(inside) {
        state.nodes[old] = nil
        state.nodes[destination + old.dropFirst(place.count)] = node
      }
    }
  }

  public func remove(_ path: String) throws(FileError) {
    try locked("remove", path, following: false) {
      state, place throws(FileError) in
      let inside = place + "/"
      state.nodes = state.nodes.filter {
        $0.key != place && !$0.key.hasPrefix(inside)
      }
    }
  }

  public func lock(
    _ path: String, wait: Duration
  ) throws(FileError) -> FileLock {
    let place = Self.clean(path)
    let time = SystemTime()
    let end = time.uptime + wait
    while true {
      let taken = state.withLock { $0.locks.insert(place).inserted }
      if taken { break }
      guard time.uptime < end else {
        throw FileError("lock", path, .locked(by: nil))
      }
      pause(milliseconds: 1)
    }
    let held = Mutex(true)
    return FileLock { [self] in
      let wasHeld = held.withLock { held in
        defer { held = false }
        return held
      }
      if wasHeld { state.withLock { _ = $0.locks.remove(place) } }
    }
  }

  // MARK: Parts

  private func locked<Result>(
    _ action: String, _ path: String, following: Bool = true,
    _ body: (inout sending State, String) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    let result = state.withLock { state -> Swift.Result<Result, FileError> in
      do throws(FileError) {
        let clean = Self.clean(path)
        let place =
          following ? try Self.follow(clean, action, state) : clean
        guard !state.denied.contains(place) else {
          throw FileError(action, path, .denied)
        }
        return .success(try body(&state, place))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func store(
    _ bytes: [UInt8], at place: String, mode: FileMode, _ state: inout State
  ) -> FileStamp {
    state.counter += 1
    let stamp = FileStamp(
      inode: UInt64(state.counter), size: bytes.count, modified: state.counter)
    state.nodes[place] = .file(bytes, mode, stamp)
    return stamp
  }

  private static func file(
    _ place: String, _ action: String, _ path: String, _ state: State
  ) throws(FileError) -> ([UInt8], FileMode, FileStamp) {
    switch state.nodes[place] {
    case .file(let bytes, let mode, let stamp): return (bytes, mode, stamp)
    case nil: throw FileError(action, path, .notFound)
    case .folder, .link:
      throw FileError(action, path, .wrongKind("is a folder"))
    }
  }

  private static func requireFolder(
    _ place: String, _ action: String, _ path: String, _ state: State
  ) throws(FileError) {
    switch state.nodes[place] {
    case .folder: return
    case nil: throw FileError(action, path, .notFound)
    default: throw FileError(action, path, .wrongKind("is not a folder"))
    }
  }

  private static func follow(
    _ path: String, _ action: String, _ state: State
  ) throws(FileError) -> String {
    var done = "/"
    var waiting = Array(path.split(separator: "/").map(String.init).reversed())
    var links = 0
    while let name = waiting.popLast() {
      let next = clean(done + "/" + name)
      guard case .link(let target) = state.nodes[next] else {
        done = next
        continue
      }
      links += 1
      guard links <= 40 else {
        throw FileError(action, path, .system("too many links"))
      }
      if target.hasPrefix("/") { done = "/" }
      waiting += target.split(separator: "/").map(String.init).reversed()
    }
    return done
  }

  private static func clean(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func parent(_ path: String) -> String { folder(of: path) }
}
