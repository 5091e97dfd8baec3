// One connection to the proxy's socket, used for one request after another.

import NIOCore
import NIOHTTP1
import NIOPosix

/// A connection that carries one exchange at a time.
final class HTTPConnection: Sendable {
  private let channel: any Channel
  /// Confined to the channel's event loop.
  private let handler: NIOLoopBound<ExchangeHandler>

  private init(_ channel: any Channel, _ handler: NIOLoopBound<ExchangeHandler>)
  {
    self.channel = channel
    self.handler = handler
  }

  /// Opens a connection to a Unix socket.
  static func open(
    socket path: String, on group: any EventLoopGroup
  ) async throws -> HTTPConnection {
    do {
      let loop = group.next()
      let (channel, handler) = try await ClientBootstrap(group: loop)
        .connect(unixDomainSocketPath: path) { channel in
          channel.eventLoop.makeCompletedFuture {
            let handler = ExchangeHandler()
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(handler)
            return (channel, NIOLoopBound(handler, eventLoop: loop))
          }
        }
      return HTTPConnection(channel, handler)
    } catch {
      throw HTTPFailure.notConnected("\(error)")
    }
  }

  var isOpen: Bool { channel.isActive }

  func close() { channel.close(promise: nil) }

  /// Sends a request and returns once the head of the answer is here.
  ///
  /// `isFree` is called once the whole answer has come and the connection can
  /// carry the next request.
  func send(
    _ request: HTTPRequest, isFree: @escaping @Sendable () -> Void
  ) async throws -> HTTPResponse {
    let exchange = HTTPExchange()
    exchange.connected { [channel] in channel.close(promise: nil) }
    channel.eventLoop.execute { [self] in
      handler.value.begin(exchange, isFree: isFree)
      write(request)
    }
    let head = try await exchange.head()
    return HTTPResponse(
      status: Int(head.status.code), headers: head.headers,
      body: HTTPBody(exchange))
  }

  private func write(_ request: HTTPRequest) {
    var headers = HTTPHeaders([
      // The proxy answers to names of this machine only.
      ("Host", "localhost"), ("User-Agent", "quarterdeck"),
    ])
    for (name, value) in request.headers {
      headers.add(name: name, value: value)
    }
    let hasBody = !request.body.isEmpty
    if hasBody || request.method == .POST {
      headers.add(name: "Content-Length", value: String(request.body.count))
    }
    let head = HTTPRequestHead(
      version: .http1_1, method: request.method, uri: request.target,
      headers: headers)
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    if hasBody {
      let body = channel.allocator.buffer(bytes: request.body)
      channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil)
    }
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
  }
}

/// Hands what comes in to the exchange that is under way.
private final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  private var exchange: HTTPExchange?
  private var isFree: (@Sendable () -> Void)?
  private var keepsAlive = true
  private var wasUsed = false
  private var isPaused = false
  private var failure: (any Error)?

  func begin(_ exchange: HTTPExchange, isFree: @escaping @Sendable () -> Void) {
    if let failure { return exchange.failed(failure) }
    self.exchange = exchange
    self.isFree = isFree
    keepsAlive = true
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      // An interim answer such as 103; the real one follows.
      if (100..<200).contains(head.status.code) { return }
      keepsAlive = head.isKeepAlive
      exchange?.received(head)
    case .body(let piece):
      exchange?.received(piece)
    case .end:
      wasUsed = true
      let done = exchange
      exchange = nil
      if keepsAlive {
        isFree?()
      } else {
        context.close(promise: nil)
      }
      isFree = nil
      done?.ended()
    }
  }

  func read(context: ChannelHandlerContext) {
    let loop = NIOLoopBound(self, eventLoop: context.eventLoop)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let pauses =
      exchange?.shouldPause { [eventLoop = context.eventLoop] in
        eventLoop.execute {
          guard loop.value.isPaused else { return }
          loop.value.isPaused = false
          bound.value.read()
        }
      } ?? false
    if pauses { isPaused = true } else { context.read() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(
      exchange?.hasHead == true
        ? HTTPFailure.closedInsideAnswer
        : HTTPFailure.closedBeforeAnswer(wasReused: wasUsed))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error as? HTTPParserError == .invalidEOFState {
      fail(HTTPFailure.closedInsideAnswer)
    } else if error is HTTPParserError {
      fail(HTTPFailure.notHTTP("\(error)"))
    } else if exchange?.hasHead == true {
      fail(HTTPFailure.closedInsideAnswer)
    } else {
      fail(HTTPFailure.closedBeforeAnswer(wasReused: wasUsed))
    }
    context.close(promise: nil)
  }

  private func fail(_ error: any Error) {
    if failure == nil { failure = error }
    let broken = exchange
    exchange = nil
    isFree = nil
    broken?.failed(error)
  }
}
