// kubectl as a program: its version, and one-shot calls of it.

import Kubernetes
import Platform

/// The version that a kubectl says it has.
public struct KubectlVersion: Hashable, Sendable, Comparable,
  CustomStringConvertible
{
  public var major: Int
  public var minor: Int
  /// The whole text, such as `v1.32.4`.
  public var text: String

  public init(major: Int, minor: Int, text: String) {
    self.major = major
    self.minor = minor
    self.text = text
  }

  /// The oldest that Quarterdeck is tested with.
  public static let oldest = KubectlVersion(
    major: 1, minor: 20, text: "v1.20")

  public var description: String { text.printable }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

/// One-shot calls of kubectl.
enum KubectlTool {
  /// Runs kubectl and returns what it printed.
  ///
  /// - Throws: `ClusterError` when it does not run or ends with an error.
  static func run(
    _ options: KubectlOptions, _ arguments: [String],
    processes: any Processes, deadline: Duration
  ) async throws -> ChildResult {
    let result: ChildResult
    do {
      result = try await processes.run(
        options.command(arguments), deadline: deadline)
    } catch let error as ProcessError {
      throw ToolFailure.notStarted(error)
    } catch let error as DeadlineExceeded {
      throw ClusterError(
        .deadline,
        "kubectl \(arguments.first ?? "") took longer than "
          + error.limit.formattedSeconds)
    } catch is CancellationError {
      throw ClusterError(.cancelled, "cancelled")
    }
    guard result.status.isSuccess else {
      throw ToolFailure.ended(
        "kubectl \(arguments.first ?? "")", status: result.status,
        errors: result.errorText)
    }
    return result
  }

  static func json(
    _ options: KubectlOptions, _ arguments: [String],
    processes: any Processes, deadline: Duration
  ) async throws -> JSON {
    let result = try await run(
      options, arguments, processes: processes, deadline: deadline)
    do {
      return try JSON(parsing: result.output)
    } catch {
      throw ClusterError(
        .tool,
        "kubectl \(arguments.joined(separator: " ")) did not print JSON")
    }
  }

  /// The version of kubectl itself.
  ///
  /// - Throws: `ClusterError` when it is missing, or older than
  ///   `KubectlVersion.oldest`.
  static func version(
    _ options: KubectlOptions, processes: any Processes, deadline: Duration
  ) async throws -> KubectlVersion {
    let json = try await json(
      options, ["version", "--client", "-o", "json"], processes: processes,
      deadline: deadline)
    guard let client = json["clientVersion"],
      let version = ClusterVersion(client)
    else {
      throw ClusterError(.tool, "kubectl does not say which version it is")
    }
    let result = KubectlVersion(
      major: version.major, minor: version.minor, text: version.gitVersion)
    guard result >= .oldest else {
      throw ClusterError(
        .tool,
        "kubectl is \(result); Quarterdeck needs \(KubectlVersion.oldest) or "
          + "newer")
    }
    return result
  }
}
