// The built-in wait for a gate: looks at the objects again and again and
// judges them.

import Ansible
import Kubernetes

extension ClusterPort {
  /// Waits for a gate: as whoever runs says, or by looking.
  func wait(for gate: Gate) async throws -> GateResult {
    if let judge = hooks.gate { return try await judge(gate) }
    var waited = 0
    // The real module looks every `wait_sleep` seconds because each look costs
    // it a connection; here one costs a few milliseconds.
    let interval = max(min(gate.intervalSeconds, Self.lookSeconds), 1)
    while true {
      let reason = try await closedBecause(gate)
      if reason == nil { return GateResult(isOpen: true, seconds: waited) }
      if case .doomed(let sentence) = reason {
        return GateResult(isOpen: false, reason: sentence, seconds: waited)
      }
      guard waited < gate.timeoutSeconds else {
        guard case .waiting(let sentence) = reason else { break }
        return GateResult(isOpen: false, reason: sentence, seconds: waited)
      }
      try await time.sleep(seconds: Double(interval))
      waited += interval
    }
    return GateResult(isOpen: false, seconds: waited)
  }

  private static let lookSeconds = 1

  private enum Closed {
    case waiting(String)
    case doomed(String)
  }

  private func closedBecause(_ gate: Gate) async throws -> Closed? {
    for reference in gate.objects {
      let object = try await reader.find(reference)
      switch gate.condition {
      case .absent:
        if object != nil { return .waiting("\(reference) still exists") }
      case .ready:
        guard let object else { return .waiting("\(reference) does not exist") }
        guard Self.hasReadiness.contains(object.kind) else { continue }
        if let closed = try await judged(object) { return closed }
      case .condition(let type, let status, let reason):
        guard let object else { return .waiting("\(reference) does not exist") }
        if let found = object.condition(type), found.status == status,
          reason == nil || reason == found.reason
        {
          continue
        }
        if case .doomed(let sentence) = try await judged(object) {
          return .doomed(sentence)
        }
        return .waiting("\(reference) is not \(type) yet")
      }
    }
    return nil
  }

  /// The kinds whose readiness `kubernetes.core` waits for; of any other it
  /// only waits until it exists.
  private static let hasReadiness: Set<String> = [
    "Deployment", "StatefulSet", "DaemonSet", "Pod",
  ]

  private func judged(_ object: KubernetesObject) async throws -> Closed? {
    // A workload fails by its pods: without them a bad image would burn the
    // whole timeout.
    let now = try await reader.serverTime()
    let snapshot = try await reader.surroundings(of: object)
    let verdict = Verdict(of: object, in: snapshot, now: now)
    switch verdict.state {
    case .current: return nil
    case .failed:
      return .doomed("\(object.reference) \(verdict.sentence)")
    default: return .waiting("\(object.reference) \(verdict.sentence)")
    }
  }
}
