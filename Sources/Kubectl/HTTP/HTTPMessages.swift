// What goes over the proxy's socket: one request and its answer.

import NIOCore
import NIOHTTP1

/// A request to the API server.
struct HTTPRequest: Sendable {
  var method: HTTPMethod
  /// The path with the query, already encoded.
  var target: String
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
}

/// The head of an answer, and its body as it comes.
struct HTTPResponse: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: HTTPBody

  func header(_ name: String) -> String? { headers.first(name: name) }
}

/// Why the connection to the proxy failed us.
enum HTTPFailure: Error, Hashable {
  /// The socket could not be opened.
  case notConnected(String)
  /// The connection ended before an answer began.
  ///
  /// On a connection that was used before, the request may never have been
  /// read.
  case closedBeforeAnswer(wasReused: Bool)
  /// The connection ended in the middle of an answer.
  case closedInsideAnswer
  /// What came is not HTTP.
  case notHTTP(String)
}
