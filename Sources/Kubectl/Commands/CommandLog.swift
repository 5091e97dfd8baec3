// What we did to the cluster, as the kubectl commands that would do the same.

import Synchronization

/// One action, as a command that an operator could type.
public struct LoggedCommand: Hashable, Sendable {
  /// Counts up over all actions of this process.
  public var number: Int
  /// When it was begun: time since 1970.
  public var time: Duration
  /// The command, quoted for a shell.
  ///
  /// It never holds the content of an object;
  /// where a file is read its name says which manifest is meant.
  public var line: String
  /// Whether it changes the cluster; a dry run does not.
  public var isWrite: Bool

  public init(number: Int, time: Duration, line: String, isWrite: Bool) {
    self.number = number
    self.time = time
    self.line = line
    self.isWrite = isWrite
  }
}

/// The last actions of this process.
public final class CommandLog: Sendable {
  private struct State {
    /// A ring: `next` is where the oldest stands once it is full.
    var ring: [LoggedCommand] = []
    var next = 0
    var count = 0
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// A log of at most `capacity` actions.
  public init(capacity: Int = 1000) {
    self.capacity = max(capacity, 1)
  }

  /// The actions that are still remembered, oldest first.
  public var commands: [LoggedCommand] {
    state.withLock { state in
      Array(state.ring[state.next...] + state.ring[..<state.next])
    }
  }

  /// How many actions there were in all.
  public var count: Int { state.withLock { $0.count } }

  func add(_ line: String, isWrite: Bool, time: Duration) {
    state.withLock { state in
      state.count += 1
      let command = LoggedCommand(
        number: state.count, time: time, line: line, isWrite: isWrite)
      if state.ring.count < capacity {
        state.ring.append(command)
      } else {
        state.ring[state.next] = command
        state.next = (state.next + 1) % capacity
      }
    }
  }
}
