// Where background tasks leave actions for the main thread.

import Synchronization

/// A queue that any thread posts to and the main thread empties.
public final class ActionQueue<Action: Sendable>: Sendable {
  private let actions = Mutex<[Action]>([])
  private let waker: Waker

  public init(waker: Waker) { self.waker = waker }

  /// Leaves an action and wakes the main thread.
  public func post(_ action: Action) {
    let isFirst = actions.withLock { actions in
      actions.append(action)
      return actions.count == 1
    }
    // One byte is enough for all that waits.
    if isFirst { waker.wake() }
  }

  /// Takes all that was posted, in order.
  public func takeAll() -> [Action] {
    actions.withLock { actions in
      let taken = actions
      actions = []
      return taken
    }
  }
}
