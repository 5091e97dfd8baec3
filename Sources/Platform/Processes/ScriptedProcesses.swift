// Children that are only pretended: the twin of LocalProcesses.

import Synchronization

/// Answers commands from a script, and remembers what was asked for.
public final class ScriptedProcesses: Processes {
  /// What a command leaves behind, or the error of starting it.
  public typealias Script =
    @Sendable (ChildCommand) async throws -> ChildResult

  private struct State {
    var commands: [ChildCommand] = []
    var detached: [ProcessIdentity: ChildCommand] = [:]
    var signals: [(ChildSignal, ProcessIdentity)] = []
  }

  private let script: Script
  private let foreground: @Sendable (ChildCommand) throws -> ExitStatus
  private let time: any TimeSource
  private let state = Mutex(State())

  /// Commands are answered by `script`, those on the terminal by `foreground`.
  ///
  /// Deadlines are measured on `time`.
  public init(
    time: any TimeSource = SystemTime(),
    script: @escaping Script = { _ in ChildResult() },
    foreground: @escaping @Sendable (ChildCommand) throws -> ExitStatus = {
      _ in .exited(0)
    }
  ) {
    self.time = time
    self.foreground = foreground
    self.script = script
  }

  /// Everything that was asked for so far, in order.
  public var commands: [ChildCommand] { state.withLock { $0.commands } }

  /// The signals that were sent so far, in order.
  public var signals: [(ChildSignal, ProcessIdentity)] {
    state.withLock { $0.signals }
  }

  /// Lets a detached child end by itself.
  public func end(_ process: ProcessIdentity) {
    state.withLock { _ = $0.detached.removeValue(forKey: process) }
  }

  public func run(
    _ command: ChildCommand, limits: OutputLimits, deadline: Duration?
  ) async throws -> ChildResult {
    remember(command)
    var result = try await withDeadline(deadline, on: time) { [script] in
      try await script(command)
    }
    result.isTruncated =
      result.isTruncated || result.output.count > limits.output
      || result.errors.count > limits.errors
    result.output = Array(result.output.prefix(limits.output))
    result.errors = Array(result.errors.prefix(limits.errors))
    return result
  }

  public func stream(
    _ command: ChildCommand,
    receive: @escaping @Sendable (ChildOutput) async throws -> Void
  ) async throws -> ExitStatus {
    remember(command)
    let result = try await script(command)
    if !result.output.isEmpty { try await receive(.output(result.output)) }
    if !result.errors.isEmpty { try await receive(.errors(result.errors)) }
    return result.status
  }

  public func runInForeground(_ command: ChildCommand) throws -> ExitStatus {
    remember(command)
    return try foreground(command)
  }

  public func startDetached(
    _ command: ChildCommand, output: String
  ) throws -> ProcessIdentity {
    state.withLock { state in
      state.commands.append(command)
      let process = ProcessIdentity(
        pid: 1_000_000 + state.commands.count, startTicks: 1, boot: "scripted")
      state.detached[process] = command
      return process
    }
  }

  public func isRunning(_ process: ProcessIdentity) -> Bool {
    state.withLock { $0.detached[process] != nil }
  }

  public func send(
    _ signal: ChildSignal, to process: ProcessIdentity, wholeGroup: Bool
  ) throws -> Bool {
    state.withLock { state in
      guard state.detached.removeValue(forKey: process) != nil else {
        return false
      }
      state.signals.append((signal, process))
      return true
    }
  }

  private func remember(_ command: ChildCommand) {
    state.withLock { $0.commands.append(command) }
  }
}
