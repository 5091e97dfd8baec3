// Runs asynchronous work from the main thread and waits for it there.

import Dispatch
import Glibc
import Synchronization

/// Waits on the calling thread for asynchronous work.
///
/// SIGINT and SIGTERM cancel the work; what it then throws comes back as
/// ``Failure`` with the status `interrupted`.
enum Waiting {
  static func run<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Value, any Error>?>(nil)
    let interrupted = Mutex(false)
    let task = Task.detached {
      let answer: Result<Value, any Error>
      do {
        answer = .success(try await work())
      } catch {
        answer = .failure(error)
      }
      result.withLock { $0 = answer }
      done.signal()
    }
    let signals = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(
        signal: number, queue: .global())
      source.setEventHandler { @Sendable in
        interrupted.withLock { $0 = true }
        task.cancel()
      }
      source.resume()
      return (number, source)
    }
    done.wait()
    for (number, source) in signals {
      source.cancel()
      signal(number, SIG_DFL)
    }
    switch result.withLock({ $0 }) {
    case .success(let value): return value
    case .failure(let error):
      if interrupted.withLock({ $0 }) {
        throw Failure(.interrupted, "interrupted")
      }
      throw error
    case nil: throw Failure(.failed, "the work ended without an answer")
    }
  }
}
