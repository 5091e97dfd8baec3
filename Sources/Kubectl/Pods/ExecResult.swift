// Telling the exit of a command in a container from a failure of kubectl.

import Kubernetes
import Platform

enum ExecResult {
  private static let marker = "command terminated with exit code "

  /// The result of the command in the container.
  ///
  /// kubectl ends with the command's own code, and says so in the last line of
  /// its errors; without that line it was kubectl that failed.
  ///
  /// - Throws: `ClusterError`.
  static func read(_ result: ChildResult) throws -> PodCommandResult {
    if result.status.isSuccess {
      return PodCommandResult(
        exitCode: 0, output: result.output, errorOutput: result.errors)
    }
    var errors = result.errors
    if errors.last == UInt8(ascii: "\n") { errors.removeLast() }
    let start =
      errors.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
      ?? errors.startIndex
    let last = String(decoding: errors[start...], as: UTF8.self)
    guard last.hasPrefix(marker), let code = Int(last.dropFirst(marker.count))
    else {
      throw ToolFailure.ended(
        "kubectl exec", status: result.status, errors: result.errorText)
    }
    return PodCommandResult(
      exitCode: code, output: result.output,
      errorOutput: Array(errors[..<start]))
  }
}
