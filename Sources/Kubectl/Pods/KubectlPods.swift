// Into pods: logs through the proxy; exec, shells and ports as children.

import Kubernetes
import NIOCore
import Platform

extension Kubectl {
  public func logs(
    _ query: LogQuery
  ) -> AsyncThrowingStream<[UInt8], any Error> {
    let (stream, pieces) = AsyncThrowingStream<[UInt8], any Error>
      .makeStream()
    let task = Task {
      do {
        try await throwingClusterErrors {
          await self.log(.logs(query))
          let response = try await withDeadline(
            self.deadlines.read, on: self.time
          ) {
            try await self.api.stream(query.request)
          }
          defer { response.body.abandon() }
          while let piece = try await response.body.next() {
            pieces.yield(Array(piece.readableBytesView))
          }
        }
        pieces.finish()
      } catch {
        pieces.finish(throwing: error)
      }
    }
    pieces.onTermination = { _ in task.cancel() }
    return stream
  }

  public func exec(_ command: PodCommand) async throws -> PodCommandResult {
    try await throwingClusterErrors {
      await log(.exec(command))
      let child = try await target.pinnedOptions().command(
        command.kubectlArguments, input: command.input)
      let result: ChildResult
      do {
        result = try await processes.run(child, deadline: deadlines.exec)
      } catch let error as ProcessError {
        throw ToolFailure.notStarted(error)
      } catch let error as DeadlineExceeded {
        throw ClusterError(
          .deadline,
          "the command in pod \(command.pod.printable) took longer than "
            + error.limit.formattedSeconds)
      }
      return try ExecResult.read(result)
    }
  }

  /// Runs a command in a container on our own terminal, such as a shell, and
  /// blocks until it ends.
  ///
  /// Our screen must have let go of the terminal before.
  ///
  /// - Throws: `ClusterError` when kubectl does not run.
  public func runInTerminal(
    _ command: PodCommand, context: KubeContext
  ) throws -> ExitStatus {
    var pinned = options
    if pinned.context == nil, !context.name.isEmpty {
      pinned.context = context.name
    }
    let shell = command.kubectlArguments(isInteractive: true)
    commandLog.add(
      EquivalentCommand.exec(command).line(pinned), isWrite: true,
      time: time.wallTime)
    do {
      return try processes.runInForeground(pinned.command(shell))
    } catch let error as ProcessError {
      throw ToolFailure.notStarted(error)
    }
  }

  public func portForward(
    _ query: PortForwardQuery
  ) async throws -> any PortForward {
    try await throwingClusterErrors {
      await log(.portForward(query))
      let child = try await target.pinnedOptions().command(
        query.kubectlArguments)
      return try await KubectlPortForward.open(
        child, processes: processes, time: time, deadline: deadlines.read)
    }
  }
}

extension LogQuery {
  var request: APIRequest {
    var query: [(name: String, value: String)] = []
    if let container { query.append(("container", container)) }
    if isPrevious { query.append(("previous", "true")) }
    if follows { query.append(("follow", "true")) }
    if let tailLines { query.append(("tailLines", String(tailLines))) }
    if let since { query.append(("sinceTime", since.timestamp)) }
    if hasTimestamps { query.append(("timestamps", "true")) }
    let pods = APIResource(
      group: "", version: "v1", kind: "Pod", plural: "pods", isNamespaced: true)
    return .get(
      pods.path(namespace: namespace, name: pod, subresource: "log"),
      query: query, deadline: nil)
  }
}

extension PodCommand {
  var kubectlArguments: [String] { kubectlArguments(isInteractive: false) }

  func kubectlArguments(isInteractive: Bool) -> [String] {
    var result = ["exec", pod, "-n", namespace]
    if let container { result += ["-c", container] }
    if isInteractive {
      result += ["-i", "-t"]
    } else if !input.isEmpty {
      result.append("-i")
    }
    return result + ["--"] + arguments
  }
}

extension PortForwardQuery {
  var kubectlArguments: [String] {
    [
      "port-forward", "pod/\(pod)", "-n", namespace, "--address", "127.0.0.1",
      "\(localPort.map(String.init) ?? ""):\(port)",
    ]
  }
}
