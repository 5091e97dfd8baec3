// A plan as text for people and pipes, and as JSON.

import FoundationEssentials
import Kubernetes
import Run

struct PlanReport {
  var plan: Plan
  /// Whether the diff of each object is printed.
  var showsDiff = false

  /// What the program does with an object, as one sign for a column.
  static func sign(_ outcome: PlannedOutcome) -> String {
    switch outcome {
    case .create: "+"
    case .adopt: "^"
    case .change: "~"
    case .replace: "!"
    case .delete: "-"
    case .unchanged: "="
    case .refused: "x"
    }
  }

  var lines: [String] {
    var lines: [String] = []
    if plan.isRehearsal { lines.append("REHEARSAL: nothing real is touched") }
    lines += plan.preflight.map { "preflight " + Self.line(of: $0) }
    for stage in plan.stages {
      lines.append("stage \(stage.name)")
      for component in stage.components { lines += self.lines(of: component) }
    }
    lines.append(summary)
    if !plan.obstacles.isEmpty { lines.append(verdict) }
    if let wayOut { lines.append(wayOut) }
    return lines
  }

  private static func line(of check: PreflightCheck) -> String {
    let state =
      switch check.state {
      case .ok: "ok  "
      case .warn: "warn"
      case .fail: "FAIL"
      }
    return "\(state)  \(check.title): \(check.sentence.printable)"
  }

  /// What a check of the stack came to: each check, what else is in the way,
  /// and whether it could be deployed.
  var outcome: [String] {
    var lines = plan.isRehearsal ? ["REHEARSAL: nothing real is touched"] : []
    lines += plan.preflight.map(Self.line)
    let checks = Set(plan.preflight.map(\.sentence))
    lines += plan.obstacles.filter { !checks.contains($0) }.map {
      "FAIL  \($0.printable)"
    }
    let warnings = plan.preflight.count { $0.state == .warn }
    lines.append(
      verdict
        + (warnings > 0 ? ", with \(Report.count(warnings, "warning"))" : ""))
    if let wayOut { lines.append(wayOut) }
    return lines
  }

  /// Whether the plan could be run.
  private var verdict: String {
    let doing = plan.operation == .remove ? "removed" : "deployed"
    return plan.obstacles.isEmpty
      ? "this can be \(doing)"
      : "this cannot be \(doing): "
        + "\(Report.count(plan.obstacles.count, "thing")) in the way"
  }

  /// What to do about what the in-process engine does not support.
  var wayOut: String? {
    guard !plan.refusals.isEmpty else { return nil }
    return plan.canFallBack
      ? "the real ansible-playbook can run this: add --engine ansible"
      : "the real ansible-playbook can run this on a cluster (--engine "
        + "ansible), but it does not reach a rehearsal"
  }

  private func lines(of component: PlannedComponent) -> [String] {
    var lines = ["  \(component.name)"]
    for object in component.objects { lines += self.lines(of: object) }
    if !component.tests.isEmpty {
      lines.append("    its test, made anew in each run:")
      for object in component.tests {
        lines += self.lines(of: object).map { "  " + $0 }
      }
    }
    lines += component.decidedDuringRun.map {
      "    ? decided during the run: \($0.description.printable)"
    }
    lines += component.localActions.map {
      "    $ on this machine: \($0.description.printable)"
    }
    lines += component.refusals.map {
      "    x refused: \($0.description.printable)"
    }
    lines += component.failures.map {
      "    x \($0.description.printable)"
    }
    return lines
  }

  private func lines(of object: PlannedObject) -> [String] {
    var line =
      "    \(Self.sign(object.outcome)) \(object.outcome.rawValue) "
      + "\(object.reference.kind) \(object.reference.name)"
    if object.restarts > 0 {
      line += ", restarts \(Report.count(object.restarts, "pod"))"
    }
    if let reason = object.reason { line += " (\(reason.printable))" }
    var lines = [line]
    lines += object.conflicts.map {
      "        \($0.field) belongs to \($0.manager.printable)"
    }
    if showsDiff {
      lines += object.diff.map { "        " + $0.printed.printableLine }
    }
    return lines
  }

  /// "4 changes: 3 to create, 1 to change, 12 unchanged; restarts 2 pods".
  var summary: String {
    let parts = PlannedOutcome.allCases.compactMap { outcome -> String? in
      guard let count = plan.counts[outcome], count > 0 else { return nil }
      return outcome == .unchanged || outcome == .refused
        ? "\(count) \(outcome.rawValue)" : "\(count) to \(outcome.rawValue)"
    }
    let isWhole = plan.components.allSatisfy {
      $0.failures.isEmpty && $0.refusals.isEmpty
    }
    let none = isWhole ? "nothing to do" : "none is known"
    let counts = parts.isEmpty ? none : parts.joined(separator: ", ")
    return "\(Report.count(plan.changes, "change")): \(counts)"
      + (plan.restarts > 0
        ? "; restarts \(Report.count(plan.restarts, "pod"))" : "")
  }

  /// The whole plan, and what stands in its way.
  func json() throws -> JSON {
    let encoder = JSONEncoder()
    var json = try JSON(parsing: Array(try encoder.encode(plan)))
    json["changes"] = .integer(plan.changes)
    json["restarts"] = .integer(plan.restarts)
    json["rehearsal"] = .bool(plan.isRehearsal)
    json["obstacles"] = .array(plan.obstacles.map(JSON.string))
    json["canFallBack"] = .bool(plan.canFallBack)
    json["counts"] = .object(
      Dictionary(
        uniqueKeysWithValues: plan.counts.map {
          ($0.key.rawValue, .integer($0.value))
        }))
    return json
  }
}
