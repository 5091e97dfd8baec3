// Paths as text, by the rules of Python's os.path that Ansible resolves files
// with: pure functions, no file is touched.

/// Operations on POSIX paths.
public enum Paths {
  /// Joins parts with one slash; an absolute part starts anew.
  public static func join(_ parts: String...) -> String { join(parts) }

  /// Joins a list of parts as ``join(_:)-swift.type.method`` does.
  public static func join(_ parts: [String]) -> String {
    var result = ""
    for part in parts where !part.isEmpty {
      if part.hasPrefix("/") || result.isEmpty {
        result = part
      } else if result.hasSuffix("/") {
        result += part
      } else {
        result += "/" + part
      }
    }
    return result
  }

  /// All before the last slash, `""` where there is none.
  public static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return "" }
    var head = path[..<slash]
    while head.hasSuffix("/") { head = head.dropLast() }
    return head.isEmpty ? "/" : String(head)
  }

  /// All after the last slash.
  public static func name(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// The name's ending with its dot, `""` where there is none.
  public static func suffix(of path: String) -> String {
    let name = Paths.name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else {
      return ""
    }
    return String(name[dot...])
  }

  /// Whether the path starts at the root.
  public static func isAbsolute(_ path: String) -> Bool {
    path.hasPrefix("/")
  }

  /// Takes out `.`, `..` and repeated slashes without looking at links.
  public static func normalize(_ path: String) -> String {
    guard !path.isEmpty else { return "." }
    if isNormal(path) { return path }
    let absolute = path.hasPrefix("/")
    var kept: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." {
        kept.append(part)
      } else if let last = kept.last, last != ".." {
        kept.removeLast()
      } else if !absolute {
        kept.append(part)
      }
    }
    let joined = kept.joined(separator: "/")
    return absolute ? "/" + joined : (joined.isEmpty ? "." : joined)
  }

  /// Whether a path has nothing to take out: most have not, and are looked at
  /// often.
  private static func isNormal(_ path: String) -> Bool {
    // What a part begins with decides; a dot there is left to the long way.
    var isStart = false
    for (index, byte) in path.utf8.enumerated() {
      if byte == UInt8(ascii: "/") {
        if isStart { return false }
        isStart = true
      } else {
        if byte == UInt8(ascii: "."), isStart || index == 0 { return false }
        isStart = false
      }
    }
    return !isStart
  }

  /// Whether `path` is `directory` or stands below it.
  public static func contains(_ directory: String, _ path: String) -> Bool {
    let outer = normalize(directory)
    let inner = normalize(path)
    return inner == outer || inner.hasPrefix(outer == "/" ? "/" : outer + "/")
  }
}
