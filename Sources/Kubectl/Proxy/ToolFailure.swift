// What kubectl itself says when it fails, as errors of the cluster seam.

import Kubernetes
import Platform

/// Turns failures of kubectl into sentences an operator can act on.
enum ToolFailure {
  /// kubectl could not be started.
  static func notStarted(_ error: ProcessError) -> ClusterError {
    switch error.problem {
    case .notFound:
      ClusterError(
        .tool,
        "\(error.description); install kubectl "
          + "(https://kubernetes.io/docs/tasks/tools/) or name it with "
          + "--kubectl")
    case .refused:
      ClusterError(.tool, error.description)
    }
  }

  /// kubectl ended with an error and said why on its standard error.
  static func ended(
    _ what: String, status: ExitStatus, errors: String
  ) -> ClusterError {
    let lines = ownLines(errors)
    guard let last = lines.last else {
      return ClusterError(.tool, "\(what) ended with \(status)")
    }
    if let refusal = lines.lazy.compactMap(serverRefusal).first {
      return refusal
    }
    if lines.contains(where: isUnreachable) {
      return ClusterError(.unreachable, last)
    }
    // Without any credentials kubectl asks for a user name, and we are nobody
    // to ask.
    if withoutPrefix(last) == "EOF" {
      return ClusterError(
        .tool, "the kubeconfig has no credentials for this context")
    }
    return ClusterError(.tool, withoutPrefix(lines.joined(separator: "; ")))
  }

  /// The proxy answered by itself: it did not get through to the cluster.
  ///
  /// What a credential plugin said last stands in the proxy's own errors.
  static func proxyAnswer(_ body: String, errors: String) -> ClusterError {
    let reason = body.split(separator: "\n").first.map(String.init) ?? body
    if reason.hasPrefix("getting credentials:") {
      var seen = Set<String>()
      let said = ownLines(errors).filter {
        !reason.contains($0) && !body.contains($0) && seen.insert($0).inserted
      }
      let sentence = said.suffix(3).joined(separator: "; ")
      return ClusterError(
        .tool,
        sentence.isEmpty
          ? reason : "no credentials for the cluster: \(sentence) (\(reason))")
    }
    return ClusterError(.unreachable, "cannot reach the cluster: \(reason)")
  }

  /// The lines that are meant for a person: not kubectl's log.
  static func ownLines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline)
      .map { String($0).printable }
      .filter {
        !$0.isEmpty && !isLogLine($0) && !$0.hasPrefix("Unable to use")
      }
  }

  /// Lines of klog: a letter for the severity, month and day, the time.
  private static func isLogLine(_ line: String) -> Bool {
    let start = Array(line.utf8.prefix(6))
    return start.count == 6 && "IWEF".utf8.contains(start[0])
      && start[1...4].allSatisfy { (0x30...0x39).contains($0) }
      && start[5] == UInt8(ascii: " ")
  }

  private static func isUnreachable(_ line: String) -> Bool {
    [
      "Unable to connect to the server", "The connection to the server",
      "error dialing backend", "connection refused", "i/o timeout",
    ].contains { line.contains($0) }
  }

  /// `Error from server (NotFound): pods "x" not found`.
  private static func serverRefusal(_ line: String) -> ClusterError? {
    let start = "Error from server ("
    guard line.hasPrefix(start),
      let end = line.firstRange(of: "): ")
    else { return nil }
    let reason = String(line[..<end.lowerBound].dropFirst(start.count))
    return ClusterError(
      code: codes[reason] ?? 500, reason: reason,
      message: String(line[end.upperBound...]))
  }

  /// The HTTP status of each of the API's reasons.
  private static let codes = [
    "BadRequest": 400, "Unauthorized": 401, "Forbidden": 403, "NotFound": 404,
    "MethodNotAllowed": 405, "NotAcceptable": 406, "AlreadyExists": 409,
    "Conflict": 409, "Gone": 410, "Expired": 410, "Invalid": 422,
    "TooManyRequests": 429, "InternalError": 500, "ServiceUnavailable": 503,
    "Timeout": 504,
  ]

  private static func withoutPrefix(_ text: String) -> String {
    for prefix in ["error: ", "Error: "] where text.hasPrefix(prefix) {
      return String(text.dropFirst(prefix.count))
    }
    return text
  }
}
