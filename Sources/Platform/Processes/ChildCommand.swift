// What to start as a child process: a program, its arguments and surroundings.

/// A program to run as a child.
///
/// No shell is involved: arguments reach the program as they are.
public struct ChildCommand: Sendable, Hashable {
  /// What the child reads on its standard input.
  public enum Input: Sendable, Hashable {
    /// Nothing: the end of file at once.
    case none
    /// These bytes, then the end of file.
    case bytes([UInt8])
  }

  /// A name that is looked up in `PATH`, or a path when it holds a slash.
  public var executable: String
  public var arguments: [String]
  /// Variables that differ from ours; nil removes one.
  public var environment: [String: String?]
  /// Whether the child gets our variables too.
  public var inheritsEnvironment: Bool
  /// The child's directory; nil means ours.
  public var workingDirectory: String?
  public var input: Input
  /// Whether the kernel kills the child when we die, however we die.
  public var diesWithUs: Bool
  /// How long the child's process group gets between SIGTERM and SIGKILL.
  public var grace: Duration

  public init(
    _ executable: String, _ arguments: [String] = [],
    environment: [String: String?] = [:], inheritsEnvironment: Bool = true,
    workingDirectory: String? = nil, input: Input = .none,
    diesWithUs: Bool = true, grace: Duration = .milliseconds(500)
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.inheritsEnvironment = inheritsEnvironment
    self.workingDirectory = workingDirectory
    self.input = input
    self.diesWithUs = diesWithUs
    self.grace = grace
  }

  /// The variables that the child gets when ours are `inherited`.
  public func variables(inherited: [String: String]) -> [String: String] {
    var result = inheritsEnvironment ? inherited : [:]
    for (name, value) in environment { result[name] = value }
    return result
  }
}

/// How a child ended.
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
  /// It ended by itself with this code.
  case exited(Int)
  /// This signal ended it.
  case killed(signal: Int)

  public var isSuccess: Bool { self == .exited(0) }

  /// What a shell would show: the code, or 128 and the signal's number.
  public var shellCode: Int {
    switch self {
    case .exited(let code): code
    case .killed(let signal): 128 + signal
    }
  }

  public var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .killed(let signal): "signal \(signal)"
    }
  }
}

/// How much of a child's output is kept; the rest is read and dropped.
public struct OutputLimits: Sendable, Hashable {
  /// Bytes of standard output.
  public var output: Int
  /// Bytes of standard error.
  public var errors: Int

  public init(output: Int = 16 << 20, errors: Int = 256 << 10) {
    self.output = output
    self.errors = errors
  }
}

/// What a child left behind.
public struct ChildResult: Sendable, Hashable {
  public var status: ExitStatus
  public var output: [UInt8]
  public var errors: [UInt8]
  /// Whether some output was dropped because of `OutputLimits`.
  public var isTruncated: Bool

  public init(
    status: ExitStatus = .exited(0), output: [UInt8] = [],
    errors: [UInt8] = [], isTruncated: Bool = false
  ) {
    self.status = status
    self.output = output
    self.errors = errors
    self.isTruncated = isTruncated
  }

  /// Standard output as text; broken UTF-8 becomes replacement characters.
  public var outputText: String { String(decoding: output, as: UTF8.self) }

  /// Standard error as text; broken UTF-8 becomes replacement characters.
  public var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// A piece of what a running child wrote.
public enum ChildOutput: Sendable, Hashable {
  case output([UInt8])
  case errors([UInt8])
}
