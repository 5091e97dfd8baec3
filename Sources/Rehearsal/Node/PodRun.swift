// How far a pod has come on its node.

import Kubernetes

struct PodRun: Hashable, Sendable {
  enum Stage: String, Hashable, Sendable {
    case mounting
    case pulling
    case pulled
    case pullFailed
    case initialising
    case readying
    case unready
    case serving
    case crashing
    case crashed
    case completing
    case stopping
    case ended
  }

  var stage: Stage = .mounting
  /// The container that is next, init containers counted first.
  var index = 0
  /// Failed pulls or crashes in a row, which the back-off doubles with.
  var failures = 0
  /// When the stage's work is to be done; earlier calls are for others.
  var due: Instant

  init(due: Instant) { self.due = due }

  init?(_ json: JSON) {
    guard let stage = (json["stage"]?.string).flatMap(Stage.init),
      let index = json["index"]?.integer,
      let failures = json["failures"]?.integer, let due = json["due"]?.integer
    else { return nil }
    self.stage = stage
    self.index = index
    self.failures = failures
    self.due = Instant(microseconds: Int64(due))
  }

  var json: JSON {
    [
      "stage": .string(stage.rawValue), "index": .integer(index),
      "failures": .integer(failures), "due": .integer(Int(due.microseconds)),
    ]
  }
}
