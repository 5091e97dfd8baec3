// Child processes of this machine, over swift-subprocess; those that outlive
// us or take the terminal are started by CPlatform.

import CPlatform
import Glibc
import Subprocess
import Synchronization

/// Starts real child processes.
public struct LocalProcesses: Processes {
  private let time: any TimeSource
  private let inherited: [String: String]

  /// Children get the variables of `environment` unless a command says no.
  public init(
    time: any TimeSource = SystemTime(),
    environment: [String: String] = currentEnvironment()
  ) {
    self.time = time
    inherited = environment
    // A child that ends before it has read its input must not end us.
    signal(SIGPIPE, SIG_IGN)
  }

  public func run(
    _ command: ChildCommand, limits: OutputLimits, deadline: Duration?
  ) async throws -> ChildResult {
    try await withDeadline(deadline, on: time) {
      let output = Collector(limit: limits.output)
      let errors = Collector(limit: limits.errors)
      let status = try await stream(command) { piece in
        switch piece {
        case .output(let bytes): output.add(bytes)
        case .errors(let bytes): errors.add(bytes)
        }
      }
      return ChildResult(
        status: status, output: output.bytes, errors: errors.bytes,
        isTruncated: output.isTruncated || errors.isTruncated)
    }
  }

  public func stream(
    _ command: ChildCommand,
    receive: @escaping @Sendable (ChildOutput) async throws -> Void
  ) async throws -> ExitStatus {
    try Task.checkCancellation()
    let failure = Mutex<(any Error)?>(nil)
    let status: TerminationStatus
    do {
      status = try await start(command) { sequence, wrap in
        do {
          for try await buffer in sequence {
            try await receive(wrap(buffer.withUnsafeBytes { Array($0) }))
          }
        } catch {
          failure.withLock { if $0 == nil { $0 = error } }
          throw error
        }
      }
    } catch {
      try Task.checkCancellation()
      if let cause = failure.withLock({ $0 }), !(cause is SubprocessError) {
        throw cause
      }
      throw processError(error, for: command)
    }
    // A child that was ended by a cancellation looks like any other result.
    try Task.checkCancellation()
    switch status {
    case .exited(let code): return .exited(Int(code))
    case .signaled(let signal): return .killed(signal: Int(signal))
    }
  }

  private func start(
    _ command: ChildCommand, read: @escaping Reader
  ) async throws -> TerminationStatus {
    let configuration = try configuration(of: command)
    switch command.input {
    case .none:
      return try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .sequence
      ) { child in
        try await pump(child, command, read)
      }.terminationStatus
    case .bytes(let bytes):
      // Not `.array`: that form traps when the child ends before it has read
      // everything (swift-subprocess 1.0.2).
      return try await Subprocess.run(
        configuration, input: .inputWriter, output: .sequence,
        error: .sequence
      ) { child in
        let writer = child.standardInputWriter
        async let writing: Void = {
          // A child need not read what it is given.
          _ = try? await writer.write(bytes)
          try? await writer.finish()
        }()
        try await pump(child, command, read)
        _ = await writing
      }.terminationStatus
    }
  }

  private typealias Reader =
    @Sendable (
      SubprocessOutputSequence, @Sendable ([UInt8]) -> ChildOutput
    ) async throws -> Void

  /// Reads both streams to their end; when one fails the child is ended, for
  /// else the other might never end.
  private func pump<Input>(
    _ child: Execution<Input, SequenceOutput, SequenceOutput>,
    _ command: ChildCommand, _ read: @escaping Reader
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await read(child.standardOutput) { .output($0) } }
      group.addTask { try await read(child.standardError) { .errors($0) } }
      do {
        while try await group.next() != nil {}
      } catch {
        await child.teardown(using: teardown(of: command))
        throw error
      }
    }
  }

  private func teardown(of command: ChildCommand) -> [TeardownStep] {
    [
      .send(
        signal: .terminate, toProcessGroup: true,
        allowedDurationToNextStep: command.grace)
    ]
  }

  private func configuration(
    of command: ChildCommand
  ) throws -> Subprocess.Configuration {
    let variables = command.variables(inherited: inherited)
    var path = try executablePath(of: command, variables: variables)
    var arguments = command.arguments
    // Spawned from a thread that lives as long as we do, so the kernel sees
    // that thread's death, and ours, as the parent's.
    if command.diesWithUs, access(Self.tether, X_OK) == 0 {
      arguments = ["--pdeathsig", "KILL", "--", path] + arguments
      path = Self.tether
    }
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = teardown(of: command)
    var environment: [Subprocess.Environment.Key: String] = [:]
    for (name, value) in variables {
      environment[Subprocess.Environment.Key(stringLiteral: name)] = value
    }
    return Subprocess.Configuration(
      executable: .path(.init(path)), arguments: Arguments(arguments),
      environment: .custom(environment),
      workingDirectory: command.workingDirectory.map { .init($0) },
      platformOptions: options)
  }

  /// Sets the signal that a child gets at its parent's death, then becomes
  /// the child: setpriv(1) of util-linux.
  private static let tether = "/usr/bin/setpriv"

  private func executablePath(
    of command: ChildCommand, variables: [String: String]
  ) throws -> String {
    guard
      let path = findExecutable(
        command.executable, searchPath: variables["PATH"] ?? inherited["PATH"],
        from: command.workingDirectory)
    else {
      throw ProcessError(executable: command.executable, problem: .notFound)
    }
    return path
  }

  private func processError(
    _ error: any Error, for command: ChildCommand
  ) -> any Error {
    guard let error = error as? SubprocessError else { return error }
    if error.code == .executableNotFound {
      return ProcessError(executable: command.executable, problem: .notFound)
    }
    return ProcessError(
      executable: command.executable, problem: .refused(error.description))
  }

  public func runInForeground(_ command: ChildCommand) throws -> ExitStatus {
    var status: Int32 = 0
    let error = try withChild(command, output: "/dev/null") { child in
      qd_run_in_foreground(child, &status)
    }
    try check(error, command)
    // waitpid(2): the low seven bits are the signal, the next byte the code.
    let signal = Int(status & 0x7f)
    return signal == 0
      ? .exited(Int(status >> 8) & 0xff) : .killed(signal: signal)
  }

  public func startDetached(
    _ command: ChildCommand, output: String
  ) throws -> ProcessIdentity {
    var pid: pid_t = 0
    let reader = try pipe(for: command)
    defer { if let reader { close(reader) } }
    let error = try withChild(
      command, output: output, inputDescriptor: reader
    ) { child in
      qd_start_detached(child, &pid)
    }
    try check(error, command)
    // Until it is collected, an ended child still has its entry.
    guard let identity = ProcessIdentity(pid: Int(pid)) else {
      throw ProcessError(
        executable: command.executable,
        problem: .refused("it was gone at once"))
    }
    collect(pid)
    return identity
  }

  /// A pipe that holds what the child is to read; nil when that is nothing.
  private func pipe(for command: ChildCommand) throws -> Int32? {
    guard case .bytes(let bytes) = command.input else { return nil }
    var reader: Int32 = -1
    try check(qd_fill_pipe(bytes, bytes.count, &reader), command)
    return reader
  }

  /// Collects the child when it ends, so that it does not stay as a zombie
  /// while we run.
  private func collect(_ pid: pid_t) {
    startThread {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
  }

  private func withChild(
    _ command: ChildCommand, output: String, inputDescriptor: Int32? = nil,
    start: (UnsafePointer<qd_child>) -> Int32
  ) throws -> Int32 {
    let variables = command.variables(inherited: inherited)
    let path = try executablePath(of: command, variables: variables)
    let arguments = CStrings([command.executable] + command.arguments)
    let environment = CStrings(variables.map { "\($0.key)=\($0.value)" })
    let strings = CStrings(
      [path, "/dev/null", output]
        + (command.workingDirectory.map { [$0] } ?? []))
    return withExtendedLifetime((arguments, environment, strings)) {
      var child = qd_child()
      child.executable = UnsafePointer(strings.pointers[0])
      if let inputDescriptor {
        child.input_descriptor = inputDescriptor
      } else {
        child.input = UnsafePointer(strings.pointers[1])
      }
      child.output = UnsafePointer(strings.pointers[2])
      child.working_directory = UnsafePointer(strings.pointers[3])
      return arguments.pointers.withUnsafeBufferPointer { arguments in
        environment.pointers.withUnsafeBufferPointer { environment in
          child.arguments = arguments.baseAddress
          child.environment = environment.baseAddress
          return start(&child)
        }
      }
    }
  }

  private func check(_ error: Int32, _ command: ChildCommand) throws {
    guard error != 0 else { return }
    throw ProcessError(
      executable: command.executable,
      problem: error == ENOENT
        ? .notFound : .refused(sentence(forErrno: error)))
  }

  public func isRunning(_ process: ProcessIdentity) -> Bool {
    process.isRunning
  }

  public func send(
    _ signal: ChildSignal, to process: ProcessIdentity, wholeGroup: Bool
  ) throws -> Bool {
    guard process.isRunning else { return false }
    let number =
      switch signal {
      case .interrupt: SIGINT
      case .terminate: SIGTERM
      case .kill: SIGKILL
      }
    let target = pid_t(wholeGroup ? -process.pid : process.pid)
    guard kill(target, number) != 0 else { return true }
    if errno == ESRCH { return false }
    throw ProcessError(
      executable: "process \(process.pid)",
      problem: .refused(sentence(forErrno: errno)))
  }
}

/// The first bytes of a stream, up to a limit.
private final class Collector: Sendable {
  private let limit: Int
  private let kept = Mutex<(bytes: [UInt8], isTruncated: Bool)>(([], false))

  init(limit: Int) { self.limit = limit }

  var bytes: [UInt8] { kept.withLock { $0.bytes } }

  var isTruncated: Bool { kept.withLock { $0.isTruncated } }

  func add(_ more: [UInt8]) {
    kept.withLock { kept in
      let room = limit - kept.bytes.count
      kept.bytes += more.prefix(room)
      if more.count > room { kept.isTruncated = true }
    }
  }
}
