// How a run and its objects stand, as text and as JSON.

import Kubernetes
import Run

struct StatusReport {
  var run: RunSnapshot
  var tree: RolloutTree?

  init(_ run: RunSnapshot, tree: RolloutTree? = nil) {
    self.run = run
    self.tree = tree
  }

  init(_ followed: FollowedRun) {
    self.init(followed.run, tree: followed.tree)
  }

  var lines: [String] {
    var lines: [String] = []
    if run.isRehearsal { lines.append("REHEARSAL: the cluster is in memory") }
    let sentence = run.state.sentence.map { ": \($0.printable)" } ?? ""
    lines.append(
      "run \(run.number), \(run.operation.rawValue): "
        + "\(run.state.word)\(sentence)")
    for stage in run.stages {
      lines.append(
        "stage \(stage.name) \(stage.done)/\(stage.components.count)")
      for component in stage.components {
        let why = component.sentence.map { ": \($0.printable)" } ?? ""
        lines.append("  \(component.name) \(component.state.rawValue)\(why)")
        // What its turn has not made yet is not missing.
        guard ![.waiting, .held].contains(component.state) else { continue }
        lines += workloads(of: component.name)
      }
    }
    return lines
  }

  private func workloads(of component: String) -> [String] {
    let node = tree?.components.first { $0.name == component }
    return (node?.children ?? []).map { workload in
      let ready = workload.ready.map { " \($0)" } ?? ""
      return "    \(kind(of: workload))\(workload.name)\(ready) "
        + workload.verdict.sentence
    }
  }

  private func kind(of node: RolloutTree.Node) -> String {
    guard case .object(let reference) = node.subject else { return "" }
    return reference.kind + " "
  }

  var json: JSON {
    var json: JSON = [
      "run": .integer(run.number), "stack": .string(run.stack),
      "operation": .string(run.operation.rawValue),
      "engine": .string(run.engine.rawValue),
      "namespace": .string(run.namespace),
      "rehearsal": .bool(run.isRehearsal), "state": .string(run.state.word),
      "started": .string(run.started.timestamp),
      "finished": run.finished.map { .string($0.timestamp) } ?? .null,
      "sentence": run.state.sentence.map(JSON.string) ?? .null,
      "stages": .array(
        run.stages.map { stage in
          [
            "name": .string(stage.name), "state": .string(stage.state.rawValue),
            "components": .array(stage.components.map(component)),
          ]
        }),
    ]
    if let closing = run.closing {
      json["endpoints"] = .array(
        closing.endpoints.map {
          [
            "component": .string($0.component), "name": .string($0.name),
            "url": $0.url.map(JSON.string) ?? .null, "how": .string($0.how),
          ]
        })
    }
    return json
  }

  private func component(_ progress: ComponentProgress) -> JSON {
    let node = tree?.components.first { $0.name == progress.name }
    return [
      "name": .string(progress.name),
      "state": .string(progress.state.rawValue),
      "sentence": progress.sentence.map(JSON.string) ?? .null,
      "workloads": .array((node?.children ?? []).map(Self.row)),
    ]
  }

  private static func row(_ node: RolloutTree.Node) -> JSON {
    var json: JSON = [
      "name": .string(node.name),
      "state": .string(node.verdict.state.rawValue),
      "reason": .string(node.verdict.reason),
      "sentence": .string(node.verdict.sentence),
      "restarts": .integer(node.restarts),
    ]
    if case .object(let reference) = node.subject {
      json["kind"] = .string(reference.kind)
    }
    if let ready = node.ready {
      json["ready"] = .integer(ready.ready)
      json["wanted"] = .integer(ready.wanted)
    }
    if !node.children.isEmpty { json["pods"] = .array(node.children.map(row)) }
    return json
  }
}
