// Child processes as a seam: LocalProcesses starts them, ScriptedProcesses
// answers from a script.

/// Starts child processes and looks after them.
///
/// A child that ended with an error is a result, not a thrown error. When the
/// task that waits is cancelled the child's whole process group is ended, and
/// `CancellationError` is thrown once it is gone.
public protocol Processes: Sendable {
  /// Runs a child to its end and returns what it wrote.
  ///
  /// - Throws: `ProcessError`, or `DeadlineExceeded` once `deadline` has
  ///   passed and the child's process group is gone.
  func run(
    _ command: ChildCommand, limits: OutputLimits, deadline: Duration?
  ) async throws -> ChildResult

  /// Runs a child and hands over its output as it comes.
  ///
  /// `receive` is called from two tasks, one for each stream; the child waits
  /// when it is slow. An error from `receive` ends the child and is thrown.
  func stream(
    _ command: ChildCommand,
    receive: @escaping @Sendable (ChildOutput) async throws -> Void
  ) async throws -> ExitStatus

  /// Runs a child on our own terminal and blocks until it ends.
  ///
  /// For editors and shells: keyboard signals are the child's meanwhile. Our
  /// screen must have let go of the terminal before. `input` is ignored.
  func runInForeground(_ command: ChildCommand) throws -> ExitStatus

  /// Starts a child that outlives us, our terminal and our session.
  ///
  /// Its `input` comes through a pipe that is filled before it starts, so that
  /// it may hold a secret, and must fit one (64 KiB); both its streams are
  /// appended to the file `output`.
  func startDetached(
    _ command: ChildCommand, output: String
  ) throws -> ProcessIdentity

  /// Whether exactly this process, not a later one with its number, runs.
  func isRunning(_ process: ProcessIdentity) -> Bool

  /// Signals exactly this process, or its group; false when it is gone.
  func send(
    _ signal: ChildSignal, to process: ProcessIdentity, wholeGroup: Bool
  ) throws -> Bool
}

extension Processes {
  /// Runs a child to its end with the usual limits on its output.
  public func run(
    _ command: ChildCommand, deadline: Duration? = nil
  ) async throws -> ChildResult {
    try await run(command, limits: OutputLimits(), deadline: deadline)
  }
}

/// A signal to a child.
public enum ChildSignal: Sendable, Hashable {
  case interrupt
  case terminate
  case kill
}

/// A child could not be started.
public struct ProcessError: Error, Hashable, CustomStringConvertible {
  public enum Problem: Sendable, Hashable {
    /// No such program, or no right to execute it.
    case notFound
    /// The system refused, with its reason.
    case refused(String)
  }

  /// The program as it was asked for.
  public var executable: String
  public var problem: Problem

  public init(executable: String, problem: Problem) {
    self.executable = executable
    self.problem = problem
  }

  public var description: String {
    switch problem {
    case .notFound:
      executable.contains("/")
        ? "\(executable): no such program, or not executable"
        : "\(executable): no such program in PATH"
    case .refused(let reason):
      "\(executable): cannot be started: \(reason)"
    }
  }
}
