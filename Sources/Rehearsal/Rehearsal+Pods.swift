// Logs and commands of rehearsed pods: nothing runs in them, so what they say
// is made up from what is known of them, and says so.

import Kubernetes

extension Rehearsal: PodAccess {
  public nonisolated func logs(_ query: LogQuery)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    AsyncThrowingStream { stream in
      let task = Task {
        do {
          var told = 0
          var isFirst = true
          while !Task.isCancelled {
            let (lines, isOver) = try await self.lines(query)
            var fresh = lines.dropFirst(told)
            if isFirst, let tail = query.tailLines {
              fresh = fresh.suffix(max(0, tail))
            }
            isFirst = false
            told = max(told, lines.count)
            for line in fresh { stream.yield(Array((line + "\n").utf8)) }
            if !query.follows || isOver { break }
            try await self.waitForChange()
          }
          stream.finish()
        } catch is CancellationError {
          stream.finish()
        } catch {
          stream.finish(throwing: error)
        }
      }
      stream.onTermination = { _ in task.cancel() }
    }
  }

  /// The whole log of a container so far, and whether no more will come.
  private func lines(_ query: LogQuery) throws -> ([String], Bool) {
    try read { world in
      let pod = try world.get(
        ObjectReference(.pod, namespace: query.namespace, name: query.pod))
      let container = try Self.container(query.container, of: pod)
      let status = pod.containerStatus(container)
      let state = query.isPrevious ? status?["lastState"] : status?["state"]
      guard let state, state["waiting"] == nil,
        let text =
          (state["running"] ?? state["terminated"])?["startedAt"]?.string,
        let start = Instant(text)
      else {
        if !query.isPrevious, let last = status?["lastState"]?["terminated"],
          let text = last["startedAt"]?.string, let start = Instant(text)
        {
          // A container that waits for its restart still has its last log.
          return (
            Self.log(container, start, last, world.now, query), false
          )
        }
        throw ClusterError(
          code: 400, reason: "BadRequest",
          message: query.isPrevious
            ? "previous terminated container \"\(container)\" in pod "
              + "\"\(pod.name)\" not found"
            : "container \"\(container)\" in pod \"\(pod.name)\" is waiting to "
              + "start: \(status?.value(at: "state", "waiting", "reason")?.string ?? "ContainerCreating")"
        )
      }
      let end = state["terminated"]
      return (
        Self.log(container, start, end, world.now, query),
        end != nil && pod.isFinishedPod
      )
    }
  }

  private static func log(
    _ container: String, _ start: Instant, _ end: JSON?, _ now: Instant,
    _ query: LogQuery
  ) -> [String] {
    let finish =
      (end?["finishedAt"]?.string).flatMap(Instant.init) ?? now
    var lines: [(Instant, String)] = [
      (start, "rehearsal: \(container) starts, nothing really runs here")
    ]
    // One line every ten seconds, of the last hours at most.
    let first = max(start, finish - .seconds(36_000))
    var time = first + .seconds(10)
    while time <= finish {
      lines.append((time, "rehearsal: \(container) is at work"))
      time = time + .seconds(10)
    }
    if let code = end?["exitCode"]?.integer {
      lines.append(
        (
          finish,
          code == 0
            ? "rehearsal: \(container) is done"
            : "rehearsal: \(container) crashes as its fault says, exit code "
              + "\(code)"
        ))
    }
    return lines.filter { line in query.since.map { line.0 >= $0 } ?? true }
      .map { query.hasTimestamps ? "\($0.0.microTimestamp) \($0.1)" : $0.1 }
  }

  private static func container(_ name: String?, of pod: KubernetesObject)
    throws -> String
  {
    let names = ["containers", "initContainers"].flatMap {
      (pod.spec[$0]?.array ?? []).compactMap { $0["name"]?.string }
    }
    if let name {
      guard names.contains(name) else {
        throw ClusterError(
          code: 400, reason: "BadRequest",
          message: "container \(name) is not valid for pod \(pod.name)")
      }
      return name
    }
    let main = pod.spec["containers"]?.array ?? []
    guard main.count == 1, let only = main[0]["name"]?.string else {
      throw ClusterError(
        code: 400, reason: "BadRequest",
        message: "a container name must be specified for pod \(pod.name), "
          + "choose one of: \(names)")
    }
    return only
  }

  public func exec(_ command: PodCommand) async throws -> PodCommandResult {
    try Self.checkCancelled()
    return try read { world in
      let pod = try world.get(
        ObjectReference(.pod, namespace: command.namespace, name: command.pod))
      let container = try Self.container(command.container, of: pod)
      guard
        pod.containerStatus(container)?.value(at: "state", "running") != nil
      else {
        throw ClusterError(
          code: 500, reason: "InternalError",
          message: "unable to upgrade connection: container not found "
            + "(\"\(container)\")")
      }
      let text = "rehearsal: " + command.arguments.joined(separator: " ") + "\n"
      return PodCommandResult(exitCode: 0, output: Array(text.utf8))
    }
  }

  /// A rehearsed pod listens nowhere.
  /// - Throws: always `ClusterError`.
  public func portForward(_ query: PortForwardQuery) async throws
    -> any PortForward
  {
    throw ClusterError(
      .tool, "a rehearsed pod has no ports; nothing really runs in it")
  }
}
