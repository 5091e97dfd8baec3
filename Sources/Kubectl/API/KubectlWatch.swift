// Watching: one long answer, a line for each event.

import Kubernetes
import NIOCore
import Platform

extension Kubectl {
  public func watch(
    _ query: ListQuery, from resourceVersion: String
  ) -> AsyncThrowingStream<WatchEvent, any Error> {
    follow(query, from: resourceVersion) { WatchLine.event }
  }

  public func watchSummaries(
    _ query: ListQuery, from resourceVersion: String
  ) -> AsyncThrowingStream<VersionedEvent, any Error> {
    follow(query, from: resourceVersion) { SummaryScanner(query.kind).event }
  }

  /// Reads one line of a watch.
  private typealias LineReader<Event> =
    (UnsafeBufferPointer<UInt8>) throws -> Event

  /// The events of a watch, each line read by the reader that is made for it.
  private func follow<Event: Sendable>(
    _ query: ListQuery, from resourceVersion: String,
    _ makeReader: @escaping @Sendable () -> LineReader<Event>
  ) -> AsyncThrowingStream<Event, any Error> {
    let (stream, events) = AsyncThrowingStream<Event, any Error>.makeStream()
    let task = Task {
      do {
        try await throwingClusterErrors {
          try await self.follow(query, from: resourceVersion, makeReader) {
            events.yield($0)
          }
        }
        events.finish()
      } catch {
        // Only its reader's end cancels it; that is no error to tell.
        events.finish(throwing: Task.isCancelled ? nil : error)
      }
    }
    events.onTermination = { _ in task.cancel() }
    return stream
  }

  private func follow<Event>(
    _ query: ListQuery, from resourceVersion: String,
    _ makeReader: @Sendable () -> LineReader<Event>,
    _ take: @Sendable (Event) -> Void
  ) async throws {
    let resource = try await discovery.resource(of: query.kind)
    await log(.list(query, resource, watches: true))
    let request = APIRequest.get(
      resource.path(namespace: query.namespace),
      query: query.parameters + [
        ("watch", "1"), ("allowWatchBookmarks", "true"),
        ("resourceVersion", resourceVersion),
        // Servers end a watch after some time anyway; so it is ours to know.
        ("timeoutSeconds", "1800"),
      ], deadline: nil)
    let response = try await withSilenceLimit {
      try await self.api.stream(request)
    }
    defer { response.body.abandon() }
    var lines = LineSplitter()
    let reader = makeReader()
    while let piece = try await nextPiece(of: response.body) {
      try piece.withUnsafeReadableBytes { bytes in
        try lines.read(bytes) { line in take(try reader(line)) }
      }
    }
  }

  /// The next piece; a watch without even a bookmark for so long is dead.
  private func nextPiece(of body: HTTPBody) async throws -> ByteBuffer? {
    if let piece = body.waiting() { return piece }
    return try await withSilenceLimit { try await body.next() }
  }

  private func withSilenceLimit<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    do {
      return try await withDeadline(
        deadlines.watchSilence, on: time, operation: operation)
    } catch let error as DeadlineExceeded {
      throw ClusterError(
        .deadline, "the watch was silent for \(error.limit.formattedSeconds)")
    } catch let error as HTTPFailure {
      throw ClusterError(.unreachable, "the watch broke off: \(error)")
    }
  }
}

/// One line of a watch.
enum WatchLine {
  /// Reads a line.
  ///
  /// - Throws: `ClusterError` for an event that ends the watch, such as 410, and
  ///   for a line that makes no sense.
  static func event(_ line: UnsafeBufferPointer<UInt8>) throws -> WatchEvent {
    let json = try JSON(parsing: line)
    let object = json["object"] ?? .null
    switch json["type"]?.string {
    case "ADDED": return .added(KubernetesObject(object))
    case "MODIFIED": return .modified(KubernetesObject(object))
    case "DELETED": return .deleted(KubernetesObject(object))
    case "BOOKMARK":
      return .bookmark(
        resourceVersion: KubernetesObject(object).resourceVersion ?? "")
    case "ERROR":
      throw ClusterError(status: object)
        ?? ClusterError(.invalidAnswer, "the watch ended with an error")
    default:
      throw ClusterError(
        .invalidAnswer, "an event of a watch has no type that we know")
    }
  }
}
