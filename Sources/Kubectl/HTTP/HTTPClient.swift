// A pool of connections to the proxy's socket.

import NIOCore
import NIOPosix
import Synchronization

/// Sends requests to one Unix socket, over connections that are used again.
final class HTTPClient: Sendable {
  private struct State {
    var idle: [HTTPConnection] = []
    var isClosed = false
  }

  /// More than these are closed when they fall idle.
  private static let idleLimit = 8

  private let socket: String
  private let group: any EventLoopGroup
  private let state = Mutex(State())

  init(socket: String, group: any EventLoopGroup) {
    self.socket = socket
    self.group = group
  }

  /// Sends a request; the answer's body is still to be read.
  ///
  /// A request on a connection that the other side closed meanwhile is sent
  /// again on a new one when `isSafeToRepeat`.
  func send(
    _ request: HTTPRequest, isSafeToRepeat: Bool
  ) async throws -> HTTPResponse {
    if let connection = idleConnection() {
      do {
        return try await send(request, on: connection)
      } catch HTTPFailure.closedBeforeAnswer(wasReused: true)
        where isSafeToRepeat
      {
        // Fall through to a new connection.
      }
    }
    let connection = try await HTTPConnection.open(socket: socket, on: group)
    return try await send(request, on: connection)
  }

  private func send(
    _ request: HTTPRequest, on connection: HTTPConnection
  ) async throws -> HTTPResponse {
    // The connection is held by this until the answer has come.
    try await connection.send(request) { [weak self] in
      if let self { self.keep(connection) } else { connection.close() }
    }
  }

  private func idleConnection() -> HTTPConnection? {
    state.withLock { state in
      while let connection = state.idle.popLast() {
        if connection.isOpen { return connection }
      }
      return nil
    }
  }

  private func keep(_ connection: HTTPConnection) {
    let isKept = state.withLock { state in
      guard !state.isClosed, state.idle.count < Self.idleLimit else {
        return false
      }
      state.idle.append(connection)
      return true
    }
    if !isKept { connection.close() }
  }

  /// Closes all idle connections; those in use are closed when they are done.
  func close() {
    let idle = state.withLock { state in
      state.isClosed = true
      defer { state.idle = [] }
      return state.idle
    }
    for connection in idle { connection.close() }
  }
}
