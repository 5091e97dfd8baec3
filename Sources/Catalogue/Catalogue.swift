// Finds the files that ship with Quarterdeck, the roles and the themes,
// wherever the program was put.
//
// They are no resources of SwiftPM: its accessor, Bundle.module, links all of
// Foundation with ICU into every program (40 MB of its size), and ends a program
// that was moved away from its build directory; this one says where it looked.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The directories of files that ship with Quarterdeck.
public enum Catalogue {
  /// A kind of file that ships with Quarterdeck.
  public enum Kind: String, Sendable, CaseIterable {
    /// The catalogue's roles, one directory each.
    case roles
    /// The console's themes, one YAML file each.
    case themes

    /// Where the source tree keeps them, from its root.
    var sourceDirectory: String {
      switch self {
      case .roles: "Sources/Catalogue/roles"
      case .themes: "themes"
      }
    }
  }

  /// None of the places that were looked at holds the files.
  public struct NotFound: Error, Equatable, CustomStringConvertible {
    /// What was looked for.
    public var kind: Kind
    /// Where, in the order of looking.
    public var places: [String]

    public var description: String {
      "the \(kind.rawValue) that ship with Quarterdeck were not found; "
        + "looked for \(places.joined(separator: ", ")). Set QUARTERDECK_HOME "
        + "to the directory that holds \"roles\" and \"themes\""
    }
  }

  /// Returns the directory that holds the files of one kind.
  ///
  /// Looks in `$QUARTERDECK_HOME` and nowhere else where that is set; then in
  /// `share/quarterdeck` beside the `bin` of the real executable (links are
  /// followed); then in the source tree above a program that was built in it.
  ///
  /// - Parameters:
  ///   - kind: The kind of file.
  ///   - environment: The process's environment.
  ///   - executable: Path of the running program; the default asks the system.
  ///   - exists: Whether a path is a directory.
  /// - Returns: The directory's path.
  /// - Throws: `NotFound` with all the places that were looked at.
  public static func directory(
    of kind: Kind, environment: [String: String],
    executable: String? = runningExecutable(),
    exists: (String) -> Bool = isDirectory
  ) throws(NotFound) -> String {
    let places = places(
      for: kind, environment: environment, executable: executable,
      exists: exists)
    guard let found = places.first(where: exists) else {
      throw NotFound(kind: kind, places: places)
    }
    return found
  }

  /// The places to look at, in order.
  static func places(
    for kind: Kind, environment: [String: String], executable: String?,
    exists: (String) -> Bool
  ) -> [String] {
    if let home = environment["QUARTERDECK_HOME"], !home.isEmpty {
      return [join(home, kind.rawValue)]
    }
    guard let executable else { return [] }
    let directory = parent(of: executable)
    var places = [
      join(parent(of: directory), "share/quarterdeck/\(kind.rawValue)")
    ]
    // A build's own files stand in the source tree above it.
    var above = directory
    while above != "/", above != "." {
      if exists(join(above, "Sources/Catalogue")) {
        places.append(join(above, kind.sourceDirectory))
        break
      }
      above = parent(of: above)
    }
    return places
  }

  /// The real path of the running program, links followed.
  public static func runningExecutable() -> String? {
    #if os(Linux)
    return resolved("/proc/self/exe")
    #else
    return CommandLine.arguments.first.flatMap(resolved)
    #endif
  }

  /// Whether a path is a directory, or a link to one.
  public static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
