// Where a program keeps its files: the XDG Base Directory Specification.
// https://specifications.freedesktop.org/basedir-spec/latest/

/// The folders of this program, from variables or their defaults.
///
/// Paths that are not absolute are ignored, as the standard asks.
public struct XDGFolders: Sendable, Hashable {
  /// Settings that the user edits.
  public var configuration: String
  /// Files that the user would miss.
  public var data: String
  /// What should outlive a restart but is not precious: history, logs.
  public var state: String
  /// What can be made again.
  public var cache: String
  /// Sockets and locks of this login session; nil where there is none.
  public var runtime: String?

  public init(
    program: String = "quarterdeck",
    environment: [String: String] = currentEnvironment()
  ) {
    let home = Host.home(environment: environment)
    func folder(_ variable: String, _ fallback: String) -> String {
      let base = absolute(environment[variable]) ?? home + "/" + fallback
      return base + "/" + program
    }
    func absolute(_ path: String?) -> String? {
      guard let path, path.hasPrefix("/") else { return nil }
      return path
    }
    configuration = folder("XDG_CONFIG_HOME", ".config")
    data = folder("XDG_DATA_HOME", ".local/share")
    state = folder("XDG_STATE_HOME", ".local/state")
    cache = folder("XDG_CACHE_HOME", ".cache")
    runtime = absolute(environment["XDG_RUNTIME_DIR"]).map {
      $0 + "/" + program
    }
  }
}
