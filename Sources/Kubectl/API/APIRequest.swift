// One call to the API server, in the terms of its conventions.

import Kubernetes
import NIOHTTP1

/// A call, before it is sent.
struct APIRequest: Sendable {
  var method: HTTPMethod
  var path: String
  var query: [(name: String, value: String)] = []
  var body: JSON?
  var contentType = "application/json"
  /// How long it may take, retries included; nil for as long as it likes.
  var deadline: Duration?
  /// Whether doing it twice does no harm.
  var isRead: Bool

  static func get(
    _ path: String, query: [(name: String, value: String)] = [],
    deadline: Duration?
  ) -> APIRequest {
    APIRequest(
      method: .GET, path: path, query: query, deadline: deadline, isRead: true)
  }

  var http: HTTPRequest {
    var target = path
    for (index, item) in query.enumerated() {
      target += index == 0 ? "?" : "&"
      target += item.name + "=" + APIResource.encoded(item.value)
    }
    var headers: [(name: String, value: String)] = []
    // Logs are text; everything else is JSON.
    headers.append(("Accept", "application/json, */*"))
    if body != nil { headers.append(("Content-Type", contentType)) }
    return HTTPRequest(
      method: method, target: target, headers: headers,
      body: body?.bytes() ?? [])
  }
}
