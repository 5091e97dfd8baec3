// What the operator says to a run: what he agreed to, and what it is to do.

import Kubernetes

/// The operator's consent to what a plan asks for.
public struct RunConsent: Sendable, Hashable, Codable {
  /// The objects whose fields are taken over from other managers.
  public var forced: Set<ObjectReference>
  /// Whether a stale lock is taken over.
  public var takesOverLock: Bool

  public init(forced: Set<ObjectReference> = [], takesOverLock: Bool = false) {
    self.forced = forced
    self.takesOverLock = takesOverLock
  }
}

/// What a run may be told.
public enum RunOrder: String, Sendable, Hashable {
  /// A held run goes on.
  case resume
  /// The run ends.
  case stop
}

/// Why a run does not start or go on.
public struct RunProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// What, and what to do about it.
  public var description: String

  public init(_ description: String) {
    self.description = description
  }
}
