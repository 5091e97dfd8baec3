// The one `kubectl proxy` of this process, started when it is first needed and
// again when it has died.

import Kubernetes
import NIOCore
import Platform

/// Keeps a `kubectl proxy` running on a socket that only we may open.
///
/// The child ends with us however we end (`ChildCommand.diesWithUs`), and the
/// socket's folder is removed, at the latest by the next of our processes.
actor KubectlProxy {
  /// A proxy that serves, and the connections to it.
  private struct Running {
    var client: HTTPClient
    var folder: PrivateFolder
    var child: Task<Void, Never>
    var number: Int
  }

  private enum Stage {
    case stopped
    case starting(Task<HTTPClient, any Error>)
    case running(Running)
    case closed
  }

  /// How long the proxy gets until it serves.
  private static let patience = Duration.seconds(20)
  /// The pause before a start that follows several failed ones.
  private static let longestPause = Duration.seconds(5)

  private let processes: any Processes
  private let time: any TimeSource
  private let group: any EventLoopGroup
  private var stage = Stage.stopped
  private var starts = 0
  private var failures = 0
  /// The last proxy that has ended.
  private var lastEnded = 0
  private var lastLines: [String] = []

  init(
    processes: any Processes, time: any TimeSource, group: any EventLoopGroup
  ) {
    self.processes = processes
    self.time = time
    self.group = group
  }

  /// What the proxy wrote to its standard error lately.
  var errors: String { lastLines.joined(separator: "\n") }

  /// The way to the API server; starts `command` where none runs.
  ///
  /// - Throws: `ClusterError` when it does not start.
  func client(
    starting command: @escaping @Sendable (_ socket: String) -> ChildCommand
  ) async throws -> HTTPClient {
    switch stage {
    case .closed:
      throw ClusterError(.cancelled, "the connection to the cluster is closed")
    case .running(let running):
      return running.client
    case .starting(let start):
      return try await outcome(of: start)
    case .stopped:
      starts += 1
      let number = starts
      let start = Task { try await self.start(number, command) }
      stage = .starting(start)
      return try await outcome(of: start)
    }
  }

  private func start(
    _ number: Int,
    _ command: @Sendable (String) -> ChildCommand
  ) async throws -> HTTPClient {
    if failures > 0 {
      let pause = Duration.milliseconds(100) * (1 << min(failures - 1, 6))
      try await time.sleep(for: min(pause, Self.longestPause))
    }
    let folder: PrivateFolder
    do throws(FileError) {
      folder = try PrivateFolder()
    } catch {
      stage = .stopped
      throw ClusterError(.tool, error.description)
    }
    let socket = folder.path + "/kubectl"
    let (serving, announce) = AsyncThrowingStream<Void, any Error>.makeStream()
    lastLines = []
    let child = run(command(socket), number, announce)
    do {
      try await withDeadline(Self.patience, on: time) {
        for try await _ in serving { return }
        throw CancellationError()
      }
    } catch {
      child.cancel()
      failures += 1
      if case .starting = stage { stage = .stopped }
      throw (error as? ClusterError)
        ?? ClusterError(.tool, "kubectl proxy does not start: \(error)")
    }
    let client = HTTPClient(socket: socket, group: group)
    if case .closed = stage {
      child.cancel()
      throw ClusterError(.cancelled, "the connection to the cluster is closed")
    }
    // It may have ended again before we came to look.
    if lastEnded == number {
      failures += 1
      stage = .stopped
      throw ClusterError(.unreachable, "kubectl proxy ended at once")
    }
    stage = .running(
      Running(client: client, folder: folder, child: child, number: number))
    return client
  }

  private nonisolated func run(
    _ command: ChildCommand, _ number: Int,
    _ announce: AsyncThrowingStream<Void, any Error>.Continuation
  ) -> Task<Void, Never> {
    Task { [processes] in
      let failure: ClusterError
      do {
        let status = try await processes.stream(command) { piece in
          switch piece {
          case .output(let bytes):
            // It says so once the socket takes connections.
            if String(decoding: bytes, as: UTF8.self)
              .contains("Starting to serve")
            {
              announce.yield()
            }
          case .errors(let bytes):
            await self.remember(String(decoding: bytes, as: UTF8.self))
          }
        }
        failure = await ToolFailure.ended(
          "kubectl proxy", status: status, errors: self.errors)
      } catch let error as ProcessError {
        failure = ToolFailure.notStarted(error)
      } catch {
        failure = ClusterError(.cancelled, "kubectl proxy was stopped")
      }
      announce.finish(throwing: failure)
      await self.ended(number)
    }
  }

  private func remember(_ text: String) {
    lastLines += text.split(whereSeparator: \.isNewline).map(String.init)
    if lastLines.count > 40 { lastLines.removeFirst(lastLines.count - 40) }
  }

  private func ended(_ number: Int) {
    lastEnded = number
    guard case .running(let running) = stage, running.number == number else {
      return
    }
    running.client.close()
    stage = .stopped
    failures += 1
  }

  /// Called when an answer came from the cluster: the proxy is of use.
  func succeeded() { failures = 0 }

  /// Ends the proxy and removes its socket; it is not started again.
  func close() async {
    let last = stage
    stage = .closed
    switch last {
    case .running(let running):
      running.client.close()
      running.child.cancel()
      await running.child.value
      running.folder.remove()
    case .starting(let start):
      start.cancel()
      _ = try? await start.value
    case .stopped, .closed: break
    }
  }
}
