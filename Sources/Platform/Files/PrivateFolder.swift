// A folder of our own for sockets and other things that end with us.

import Glibc

/// A new folder of mode 0700 whose name says which process it belongs to.
///
/// It lies where the login session keeps its sockets, else in the folder for
/// temporary files; short, because a socket's path may have 107 bytes. What a
/// killed process left is removed by the next one that makes such a folder.
public final class PrivateFolder: Sendable {
  public let path: String

  /// - Throws: `FileError` when no folder can be made.
  public init(
    prefix: String = "quarterdeck",
    environment: [String: String] = currentEnvironment()
  ) throws(FileError) {
    guard let current = ProcessIdentity.current else {
      throw FileError("read", "/proc/self/stat", .notFound)
    }
    let start = "\(prefix)-\(getuid())-"
    var problem = FileError("make folder", "/tmp", .denied)
    for base in Self.bases(environment) {
      Self.sweep(base, start: start)
      var template = Array(
        "\(base)/\(start)\(current.pid)-\(current.startTicks)-XXXXXX"
          .utf8CString)
      guard template.count + 16 < longestSocketPath else { continue }
      let made = template.withUnsafeMutableBufferPointer { name in
        name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
      }
      if let made {
        path = made
        return
      }
      problem = FileError("make folder", base, errno: errno)
    }
    throw problem
  }

  deinit { remove() }

  /// Removes the folder and what is in it.
  public func remove() { try? LocalFiles().remove(path) }

  private static func bases(_ environment: [String: String]) -> [String] {
    let session = environment["XDG_RUNTIME_DIR"].flatMap { path in
      path.hasPrefix("/") && isOurs(path) ? path : nil
    }
    let temporary = environment["TMPDIR"].flatMap { path in
      path.hasPrefix("/") ? path : nil
    }
    return [session, temporary, "/tmp"].compactMap { $0 }
  }

  private static func isOurs(_ path: String) -> Bool {
    var raw = stat()
    return stat(path, &raw) == 0 && raw.st_uid == getuid()
      && raw.st_mode & S_IFMT == S_IFDIR
  }

  /// Removes folders of processes that are no more.
  private static func sweep(_ base: String, start: String) {
    let files = LocalFiles()
    for entry in (try? files.list(base)) ?? []
    where entry.kind == .folder && entry.name.hasPrefix(start) {
      let path = base + "/" + entry.name
      let parts = entry.name.dropFirst(start.count).split(separator: "-")
      guard parts.count == 3, let pid = Int(parts[0]),
        let ticks = Int(parts[1]), isOurs(path),
        ProcessIdentity(pid: pid)?.startTicks != ticks
      else { continue }
      try? files.remove(path)
    }
  }
}

/// The longest path of a Unix socket, in bytes: unix(7), `sun_path` without
/// its closing zero.
public let longestSocketPath = 107
