// What whoever runs a role may do while it runs: hear of its events, hold a
// write that is not as planned, and judge its gates.

import Ansible
import Kubernetes

/// What a run asks its caller.
public struct RunHooks: Sendable {
  /// Told of every event in order.
  public var event: @Sendable (RunEvent) async -> Void
  /// Asked before each write.
  ///
  /// Throwing ends the task with that error;
  /// cancelling the run ends it.
  public var beforeWrite:
    @Sendable (RenderedWrite) async throws -> WriteDecision
  /// Waits until a gate opens; nil for the built-in wait, which judges the
  /// objects by their verdicts.
  public var gate: (@Sendable (Gate) async throws -> GateResult)?

  /// Hooks that let everything pass.
  public init(
    event: @escaping @Sendable (RunEvent) async -> Void = { _ in },
    beforeWrite:
      @escaping @Sendable (RenderedWrite) async throws -> WriteDecision = {
        _ in .write(resourceVersion: nil)
      },
    gate: (@Sendable (Gate) async throws -> GateResult)? = nil
  ) {
    self.event = event
    self.beforeWrite = beforeWrite
    self.gate = gate
  }
}

/// What becomes of a write that is about to happen.
public enum WriteDecision: Sendable, Hashable {
  /// It is done; with a resourceVersion only on the object at that version.
  case write(resourceVersion: String?)
  /// It is left out: the task counts the object as it is in the cluster.
  case skip
}

/// How waiting for a gate ended.
public struct GateResult: Sendable, Hashable {
  public var isOpen: Bool
  /// Why it is not open, one sentence; empty when it is.
  public var reason: String
  /// Seconds waited.
  public var seconds: Int

  public init(isOpen: Bool, reason: String = "", seconds: Int = 0) {
    self.isOpen = isOpen
    self.reason = reason
    self.seconds = seconds
  }
}
