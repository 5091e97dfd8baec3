// Waiting for a task that several callers share.

/// The outcome of a shared task; a caller that is cancelled stops waiting, the
/// task goes on for the others.
func outcome<Value: Sendable>(
  of task: Task<Value, any Error>
) async throws -> Value {
  let (results, announce) = AsyncThrowingStream<Value, any Error>.makeStream()
  Task {
    do {
      announce.yield(try await task.value)
      announce.finish()
    } catch {
      announce.finish(throwing: error)
    }
  }
  for try await result in results { return result }
  throw CancellationError()
}
