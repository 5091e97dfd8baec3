// The version of an API server, and how long calls to it may take.

/// The version that an API server says it has.
public struct ClusterVersion: Hashable, Sendable, Comparable,
  CustomStringConvertible
{
  public var major: Int
  public var minor: Int
  /// The whole text, such as `v1.29.3+k3s1`.
  public var gitVersion: String

  public init(major: Int, minor: Int, gitVersion: String) {
    self.major = major
    self.minor = minor
    self.gitVersion = gitVersion
  }

  /// Reads the answer of `/version`; some servers write `29+` as minor.
  public init?(_ json: JSON) {
    func leading(_ text: String?) -> Int? {
      text.flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
    }
    guard let major = leading(json["major"]?.string),
      let minor = leading(json["minor"]?.string)
    else { return nil }
    self.init(
      major: major, minor: minor,
      gitVersion: json["gitVersion"]?.string ?? "v\(major).\(minor)")
  }

  public var description: String { gitVersion.printable }

  public static func < (left: ClusterVersion, right: ClusterVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

/// How long each kind of call may take before it fails with `deadline`.
public struct CallDeadlines: Hashable, Sendable {
  public var read: Duration
  /// A list of thousands of objects takes seconds.
  public var list: Duration
  /// Admission webhooks have up to 30 s themselves.
  public var write: Duration
  public var exec: Duration
  /// A watch without a bookmark for so long is dead and is begun anew.
  public var watchSilence: Duration

  public init(
    read: Duration = .seconds(15), list: Duration = .seconds(60),
    write: Duration = .seconds(40), exec: Duration = .seconds(60),
    watchSilence: Duration = .seconds(150)
  ) {
    self.read = read
    self.list = list
    self.write = write
    self.exec = exec
    self.watchSilence = watchSilence
  }
}
