// One request and its answer on a connection: the connection's event loop
// writes into it, the task that asked reads from it.

import NIOCore
import NIOHTTP1
import Synchronization

/// The answer to one request while it comes in.
///
/// A reader that falls behind makes the connection stop reading, so no more
/// than some pieces wait here.
final class HTTPExchange: Sendable {
  /// Bytes that may wait before the connection stops reading.
  static let waitingLimit = 1 << 20

  private struct State {
    var head: HTTPResponseHead?
    /// What has come and was not taken yet, and how many bytes that is.
    var pieces = CircularBuffer<ByteBuffer>()
    var waiting = 0
    var isEnded = false
    var failure: (any Error)?
    var headReader: CheckedContinuation<HTTPResponseHead, any Error>?
    var bodyReader: CheckedContinuation<ByteBuffer?, any Error>?
    var resumeReading: (@Sendable () -> Void)?
    var close: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  // MARK: The connection's side

  /// Sets how to give the connection up.
  func connected(close: @escaping @Sendable () -> Void) {
    let isOver = state.withLock { state in
      state.close = close
      return state.failure != nil
    }
    if isOver { close() }
  }

  func received(_ head: HTTPResponseHead) {
    let reader = state.withLock { state in
      state.head = head
      return take(&state.headReader)
    }
    reader?.resume(returning: head)
  }

  func received(_ piece: ByteBuffer) {
    let reader = state.withLock {
      state -> CheckedContinuation<ByteBuffer?, any Error>? in
      if let reader = take(&state.bodyReader) { return reader }
      state.pieces.append(piece)
      state.waiting += piece.readableBytes
      return nil
    }
    reader?.resume(returning: piece)
  }

  func ended() {
    let reader = state.withLock { state in
      state.isEnded = true
      state.close = nil
      return take(&state.bodyReader)
    }
    reader?.resume(returning: nil)
  }

  func failed(_ error: any Error) {
    let (head, body) = state.withLock { state in
      guard !state.isEnded, state.failure == nil else {
        return
          (
            nil as CheckedContinuation<HTTPResponseHead, any Error>?,
            nil as CheckedContinuation<ByteBuffer?, any Error>?
          )
      }
      state.failure = error
      return (take(&state.headReader), take(&state.bodyReader))
    }
    head?.resume(throwing: error)
    body?.resume(throwing: error)
  }

  /// Whether enough waits here that the connection should stop reading; then
  /// `resume` is called once there is room again.
  func shouldPause(resume: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      guard state.waiting >= Self.waitingLimit, state.failure == nil else {
        return false
      }
      state.resumeReading = resume
      return true
    }
  }

  var hasHead: Bool { state.withLock { $0.head != nil } }

  // MARK: The asker's side

  func head() async throws -> HTTPResponseHead {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { reader in
        let known = state.withLock {
          state -> Result<HTTPResponseHead, any Error>? in
          if let head = state.head { return .success(head) }
          if let failure = state.failure { return .failure(failure) }
          state.headReader = reader
          return nil
        }
        if let known { reader.resume(with: known) }
      }
    } onCancel: {
      abandon(CancellationError())
    }
  }

  /// The next piece of the body if it is here already.
  func waitingPiece() -> ByteBuffer? {
    let (piece, resume) = state.withLock { state in takePiece(&state) }
    resume?()
    return piece
  }

  /// The next piece of the body; nil at its end.
  func piece() async throws -> ByteBuffer? {
    if let piece = waitingPiece() { return piece }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { reader in
        let (known, resume) = state.withLock {
          state -> (Result<ByteBuffer?, any Error>?, (@Sendable () -> Void)?) in
          let (piece, resume) = takePiece(&state)
          if let piece { return (.success(piece), resume) }
          if let failure = state.failure { return (.failure(failure), resume) }
          if state.isEnded { return (.success(nil), resume) }
          state.bodyReader = reader
          return (nil, resume)
        }
        resume?()
        if let known { reader.resume(with: known) }
      }
    } onCancel: {
      abandon(CancellationError())
    }
  }

  /// Gives the answer up, and with it the connection unless all has come.
  func abandon(_ error: any Error) {
    failed(error)
    let close = state.withLock { take(&$0.close) }
    close?()
  }

  private func takePiece(
    _ state: inout State
  ) -> (ByteBuffer?, (@Sendable () -> Void)?) {
    guard let piece = state.pieces.popFirst() else { return (nil, nil) }
    state.waiting -= piece.readableBytes
    guard state.waiting < Self.waitingLimit / 2 else { return (piece, nil) }
    return (piece, take(&state.resumeReading))
  }
}

/// The value of a variable, which is nil afterwards.
private func take<Value>(_ value: inout Value?) -> Value? {
  defer { value = nil }
  return value
}

/// The body of an answer, read once from its beginning to its end.
struct HTTPBody: Sendable {
  private let exchange: HTTPExchange

  init(_ exchange: HTTPExchange) { self.exchange = exchange }

  /// The next piece; nil at the end.
  func next() async throws -> ByteBuffer? { try await exchange.piece() }

  /// The next piece if it is here already.
  func waiting() -> ByteBuffer? { exchange.waitingPiece() }

  /// All that is left, in one piece.
  func collect() async throws -> [UInt8] {
    var result: [UInt8] = []
    while let piece = try await next() {
      result.append(contentsOf: piece.readableBytesView)
    }
    return result
  }

  /// Stops reading; the connection is closed unless all has come.
  func abandon() { exchange.abandon(HTTPFailure.closedInsideAnswer) }
}
