// A limit on how long an operation may take.

/// An operation took longer than it was given.
public struct DeadlineExceeded: Error, Hashable, CustomStringConvertible {
  /// What it was given.
  public var limit: Duration

  public init(limit: Duration) { self.limit = limit }

  public var description: String {
    "no answer within \(limit.formattedSeconds)"
  }
}

extension Duration {
  /// Seconds with at most one decimal, such as `30 s` or `0.5 s`.
  public var formattedSeconds: String {
    let tenths = (self / .milliseconds(100)).rounded()
    let whole = Int(tenths / 10)
    let rest = Int(tenths) - whole * 10
    return rest == 0 ? "\(whole) s" : "\(whole).\(rest) s"
  }
}

/// Runs `operation` and cancels it when `limit` has passed.
///
/// Without a limit it just runs.
///
/// - Throws: `DeadlineExceeded`, or what the operation throws.
public func withDeadline<Result: Sendable>(
  _ limit: Duration?, on time: any TimeSource,
  operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  guard let limit else { return try await operation() }
  return try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await operation() }
    group.addTask {
      try await time.sleep(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let result = first else {
      throw DeadlineExceeded(limit: limit)
    }
    return result
  }
}
