// Calls to the API server: deadlines, retries, refusals, the server's clock.

import Kubernetes
import NIOCore
import Platform
import Synchronization

/// Sends calls through the proxy and understands the answers.
final class APIClient: Sendable {
  private struct Clock {
    /// The server's time less our uptime.
    var offset: Duration
    var readAt: Duration
  }

  /// How often a read is tried in all when the server asks for patience.
  private static let attempts = 4
  /// Longer than this we do not wait at a server's word.
  private static let longestPause = Duration.seconds(10)

  private let time: any TimeSource
  private let proxy: KubectlProxy
  private let target: KubectlTarget
  private let clock = Mutex<Clock?>(nil)

  init(proxy: KubectlProxy, target: KubectlTarget, time: any TimeSource) {
    self.proxy = proxy
    self.target = target
    self.time = time
  }

  /// Sends a call and reads the whole answer.
  ///
  /// - Throws: `ClusterError`.
  func json(_ request: APIRequest) async throws -> JSON {
    try await perform(request) { response in
      let bytes = try await response.body.collect()
      do {
        return try JSON(parsing: bytes)
      } catch {
        throw ClusterError(
          .invalidAnswer,
          "the answer to \(request.method) \(request.path) is not JSON: "
            + "\(error)")
      }
    }
  }

  /// Sends a call and lets `read` read the answer, within the deadline.
  ///
  /// - Throws: `ClusterError`.
  func perform<Result: Sendable>(
    _ request: APIRequest,
    read: @escaping @Sendable (HTTPResponse) async throws -> Result
  ) async throws -> Result {
    do {
      return try await withDeadline(request.deadline, on: time) {
        try await self.attempt(request, read: read)
      }
    } catch {
      throw clusterError(error, request)
    }
  }

  private func attempt<Result: Sendable>(
    _ request: APIRequest,
    read: @Sendable (HTTPResponse) async throws -> Result
  ) async throws -> Result {
    var attempt = 1
    while true {
      do {
        return try await once(request, read: read)
      } catch let failure as HTTPFailure
        where attempt < Self.attempts && failure.mayRepeat(request)
      {
        // The proxy has died; the next call starts another.
        try await time.sleep(for: .milliseconds(50) * (1 << attempt))
        attempt += 1
      } catch let error as ClusterError
        where request.isRead && attempt < Self.attempts
      {
        guard let status = error.status, error.isTransient else { throw error }
        let asked = status.retryAfterSeconds.map(Duration.seconds)
        let usual = Duration.milliseconds(200) * (1 << (attempt - 1))
        // Not all of our calls should come back at the same moment.
        let pause = (asked ?? usual) * Double.random(in: 1...1.25)
        guard pause <= Self.longestPause else { throw error }
        try await time.sleep(for: pause)
        attempt += 1
      }
    }
  }

  private func once<Result: Sendable>(
    _ request: APIRequest,
    read: @Sendable (HTTPResponse) async throws -> Result
  ) async throws -> Result {
    let response = try await open(request)
    do {
      let result = try await read(response)
      // What was not read keeps the connection busy.
      response.body.abandon()
      return result
    } catch {
      response.body.abandon()
      throw error
    }
  }

  /// Sends a call once and leaves its answer to the caller, who must read the
  /// body or abandon it.
  ///
  /// - Throws: `ClusterError`.
  func stream(_ request: APIRequest) async throws -> HTTPResponse {
    do {
      return try await open(request)
    } catch {
      throw clusterError(error, request)
    }
  }

  private func open(_ request: APIRequest) async throws -> HTTPResponse {
    let client = try await proxy.client(starting: await target.proxyCommand())
    let response = try await client.send(
      request.http, isSafeToRepeat: request.isRead)
    guard response.status >= 300 else {
      remember(response)
      await proxy.succeeded()
      return response
    }
    throw await refusal(response, request)
  }

  private func refusal(
    _ response: HTTPResponse, _ request: APIRequest
  ) async -> any Error {
    let bytes: [UInt8]
    do { bytes = try await response.body.collect() } catch { return error }
    let text = String(decoding: bytes, as: UTF8.self)
    if let json = try? JSON(parsing: bytes),
      var error = ClusterError(status: json)
    {
      remember(response)
      if var status = error.status, status.retryAfterSeconds == nil {
        status.retryAfterSeconds = retryAfter(response)
        error.cause = .status(status)
      }
      if error.code == 401 {
        error.message =
          "the cluster does not accept these credentials "
          + "(\(error.message)); log in again"
      }
      return error
    }
    // The proxy's own answers are plain text without the server's headers.
    if response.status == 500 || response.status == 502,
      response.header("Cache-Control") == nil
    {
      return ToolFailure.proxyAnswer(text, errors: await proxy.errors)
    }
    return ClusterError(
      .status(
        .init(
          code: response.status, reason: "",
          retryAfterSeconds: retryAfter(response))),
      "\(request.method) \(request.path): HTTP \(response.status) "
        + String(text.prefix(300)))
  }

  private func retryAfter(_ response: HTTPResponse) -> Int? {
    response.header("Retry-After").flatMap { Int($0) }.map { max($0, 0) }
  }

  private func clusterError(
    _ error: any Error, _ request: APIRequest
  ) -> ClusterError {
    switch error {
    case let error as ClusterError: return error
    case let error as DeadlineExceeded:
      return ClusterError(
        .deadline,
        "the cluster gave no answer within \(error.limit.formattedSeconds)")
    case is CancellationError:
      return ClusterError(.cancelled, "cancelled")
    case HTTPFailure.notConnected(let reason):
      return ClusterError(.unreachable, "kubectl proxy: \(reason)")
    case HTTPFailure.closedBeforeAnswer, HTTPFailure.closedInsideAnswer:
      return ClusterError(
        .unreachable,
        request.isRead
          ? "kubectl proxy broke the connection off"
          : "kubectl proxy broke the connection off; whether the change was "
            + "made is not known")
    case HTTPFailure.notHTTP(let reason):
      return ClusterError(.invalidAnswer, "kubectl proxy: \(reason)")
    default: return ClusterError(.invalidAnswer, "\(error)")
    }
  }

  // MARK: The server's clock

  private func remember(_ response: HTTPResponse) {
    guard let date = response.header("Date"), let now = Instant(httpDate: date)
    else { return }
    let up = time.uptime
    clock.withLock {
      $0 = Clock(offset: .microseconds(now.microseconds) - up, readAt: up)
    }
  }

  /// The server's time, if it said so less than `age` ago.
  func serverTime(youngerThan age: Duration) -> Instant? {
    let up = time.uptime
    guard let clock = clock.withLock({ $0 }), up - clock.readAt < age else {
      return nil
    }
    return Instant(microseconds: (clock.offset + up).microseconds)
  }
}

extension HTTPFailure {
  /// Whether a call that failed so can be made again without harm.
  fileprivate func mayRepeat(_ request: APIRequest) -> Bool {
    switch self {
    case .notConnected: true
    case .closedBeforeAnswer: request.isRead
    case .closedInsideAnswer, .notHTTP: false
    }
  }
}
