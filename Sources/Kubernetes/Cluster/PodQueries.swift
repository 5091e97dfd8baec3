// What is asked of a pod: its logs, a command inside it, a port into it.

/// Which log is wanted.
public struct LogQuery: Hashable, Sendable {
  public var namespace: String
  public var pod: String
  /// Nil for the only container.
  public var container: String?
  /// The log of the container's run before this one.
  public var isPrevious: Bool
  /// Go on as lines are written.
  public var follows: Bool
  /// Only so many last lines.
  public var tailLines: Int?
  public var since: Instant?
  /// A time in front of every line.
  public var hasTimestamps: Bool

  public init(
    namespace: String, pod: String, container: String? = nil,
    isPrevious: Bool = false, follows: Bool = false, tailLines: Int? = nil,
    since: Instant? = nil, hasTimestamps: Bool = false
  ) {
    self.namespace = namespace
    self.pod = pod
    self.container = container
    self.isPrevious = isPrevious
    self.follows = follows
    self.tailLines = tailLines
    self.since = since
    self.hasTimestamps = hasTimestamps
  }
}

/// A command to run in a container.
public struct PodCommand: Hashable, Sendable {
  public var namespace: String
  public var pod: String
  public var container: String?
  /// The program and its arguments; no shell is involved.
  public var arguments: [String]
  /// What the command reads from its standard input.
  public var input: [UInt8]

  public init(
    namespace: String, pod: String, container: String? = nil,
    arguments: [String], input: [UInt8] = []
  ) {
    self.namespace = namespace
    self.pod = pod
    self.container = container
    self.arguments = arguments
    self.input = input
  }
}

/// How a command in a container ended.
public struct PodCommandResult: Hashable, Sendable {
  public var exitCode: Int
  public var output: [UInt8]
  public var errorOutput: [UInt8]

  public init(exitCode: Int, output: [UInt8], errorOutput: [UInt8] = []) {
    self.exitCode = exitCode
    self.output = output
    self.errorOutput = errorOutput
  }
}

/// A port of a pod that is wanted here.
public struct PortForwardQuery: Hashable, Sendable {
  public var namespace: String
  public var pod: String
  public var port: Int
  /// Nil for any that is free.
  public var localPort: Int?

  public init(namespace: String, pod: String, port: Int, localPort: Int? = nil)
  {
    self.namespace = namespace
    self.pod = pod
    self.port = port
    self.localPort = localPort
  }
}

/// An open way into a pod.
public protocol PortForward: Sendable {
  /// The port on 127.0.0.1.
  var localPort: Int { get }

  func close() async
}
