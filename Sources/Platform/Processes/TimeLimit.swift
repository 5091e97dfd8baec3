// A limit for calls that block and cannot be interrupted, such as one to a file
// system whose server is gone.

import Glibc
import Synchronization

/// What `body` answers, or nil where it takes longer than `seconds`; it then
/// goes on in a thread that nobody waits for.
public func withTimeLimit<Answer: Sendable>(
  seconds: Int, _ body: @escaping @Sendable () -> Answer
) -> Answer? {
  let answer = AnswerBox<Answer>()
  guard startThread({ answer.set(body()) }) else { return nil }
  for _ in 0..<max(seconds, 1) * 100 {
    if let made = answer.value { return made }
    usleep(10_000)
  }
  return answer.value
}

private final class AnswerBox<Answer: Sendable>: Sendable {
  private let content = Mutex<Answer?>(nil)

  var value: Answer? { content.withLock { $0 } }
  func set(_ answer: Answer) { content.withLock { $0 = answer } }
}
