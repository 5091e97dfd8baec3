// The lines of the rollout's tree: failed and in-progress first, what is done
// folded. Pure: a snapshot and what the operator unfolded, in; lines out.

import Kubernetes
import Run

/// Which lines the tree shows.
enum RolloutFilter: String, Hashable, Sendable, CaseIterable {
  case all, notReady, failed

  var title: String {
    switch self {
    case .all: ""
    case .notReady: "not ready only"
    case .failed: "failed only"
    }
  }

  var next: RolloutFilter {
    switch self {
    case .all: .notReady
    case .notReady: .failed
    case .failed: .all
    }
  }
}

/// One line of the tree.
struct RolloutRow: Hashable, Sendable, Identifiable {
  enum Kind: Hashable, Sendable {
    case component(ComponentProgress)
    case object(RolloutTree.Node, component: String)
    /// Components that are done, in one line.
    case folded([String])
  }

  enum ID: Hashable, Sendable {
    case component(String)
    case object(RolloutTree.Node.Subject)
    case folded
  }

  var kind: Kind
  var depth: Int
  var severity: Severity

  var id: ID {
    switch kind {
    case .component(let component): .component(component.name)
    case .object(let node, _): .object(node.subject)
    case .folded: .folded
    }
  }
}

/// How urgent a line is; the most urgent come first.
enum Severity: Int, Hashable, Sendable, Comparable, CaseIterable {
  case failed, busy, waiting, done

  static func < (left: Severity, right: Severity) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension Verdict {
  var severity: Severity { state.severity }
}

extension Verdict.State {
  var severity: Severity {
    switch self {
    case .failed: .failed
    case .inProgress, .terminating, .unknown: .busy
    case .notFound: .waiting
    case .current: .done
    }
  }
}

extension RolloutTree.Node {
  /// The object that the row is of; nil for a component's.
  var object: ObjectReference? {
    guard case .object(let reference) = subject else { return nil }
    return reference
  }

  /// Whether pods come from it, or it is one: what a rollout is about.
  var isWorkload: Bool {
    guard let kind = object?.kind else { return true }
    return Self.workloadKinds.contains(kind)
  }

  private static let workloadKinds: Set<String> = [
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod",
  ]

  /// The name, with the kind where that is not a workload's: a Service is often
  /// called as the Deployment behind it.
  var title: String {
    guard let object, !isWorkload else { return name }
    return object.description
  }

  /// A workload's sentence followed down to the pod that it waits for, where
  /// it does not name one itself.
  func whole(_ sentence: String) -> String {
    guard verdict.severity == .busy,
      let index = children.indices.first(where: {
        children[$0].verdict.severity == .busy
      })
    else { return sentence }
    let pod = children[index]
    guard !sentence.contains(pod.name), !pod.verdict.sentence.isEmpty
    else { return sentence }
    let place = pod.node.isEmpty ? "" : " on \(pod.node)"
    return "\(sentence); \(pod.name)\(place) \(pod.verdict.sentence)"
  }

  /// The worst of the node and all below it.
  var severity: Severity { worst.severity }
}

extension FollowedRun {
  /// What is wrong, or waited for, and where.
  struct Problem: Sendable {
    var name: String
    var sentence: String
    var severity: Severity
  }

  /// The workloads of a component.
  func workloads(of component: String) -> [RolloutTree.Node] {
    tree.components.first { $0.name == component }?.children ?? []
  }

  func severity(of component: ComponentProgress) -> Severity {
    let own: Severity =
      switch component.state {
      case .failed: .failed
      case .running: .busy
      case .waiting, .held: .waiting
      case .done: .done
      }
    let nodes = workloads(of: component.name)
    // What has not started yet is not judged by what an earlier run left.
    guard own != .waiting else { return own }
    let worst = nodes.map(\.severity).min() ?? .done
    return worst == .failed ? .failed : min(own, worst)
  }

  /// The lines of the tree.
  ///
  /// - Parameters:
  ///   - toggled: Lines whose folding the operator turned around.
  ///   - filter: Which lines are wanted.
  ///   - search: What the lines have to match; a match keeps its parents.
  ///   - room: Lines that fit; where there are more, what is done shares one.
  /// - Returns: The lines, failed ones first, then in the plan's order.
  func rows(
    toggled: Set<RolloutRow.ID>, filter: RolloutFilter, search: Search,
    room: Int
  ) -> [RolloutRow] {
    var rows: [RolloutRow] = []
    // What is done: its name, and its lines.
    var finished: [(name: String, lines: [RolloutRow])] = []
    let components = run.stages.flatMap(\.components).enumerated().map {
      (place: $0, component: $1, severity: severity(of: $1))
    }.sorted { ($0.severity, $0.place) < ($1.severity, $1.place) }
    for (_, component, severity) in components {
      if filter == .notReady, severity == .done { continue }
      if filter == .failed, severity != .failed { continue }
      let row = RolloutRow(
        kind: .component(component), depth: 0, severity: severity)
      let isOpen =
        (severity <= .busy || !search.text.isEmpty)
        != toggled.contains(row.id)
      var below: [RolloutRow] = []
      if isOpen {
        for node in sorted(workloads(of: component.name)) {
          add(
            node, component: component.name, depth: 1, toggled: toggled,
            filter: filter, search: search, to: &below)
        }
      }
      if !search.text.isEmpty, below.isEmpty,
        !search.matches(
          component.name, component.service,
          component.sentence ?? "")
      {
        continue
      }
      if severity == .done, search.text.isEmpty {
        finished.append((component.name, [row] + below))
        continue
      }
      rows.append(row)
      rows += below
    }
    // What is done comes last, line by line while there is room; what was
    // unfolded stays where it is, and alone where there is none.
    let closed = finished.filter { $0.lines.count == 1 }
    let all = finished.flatMap(\.lines)
    if closed.count < 2 || rows.count + all.count <= room {
      rows += all
    } else {
      rows += finished.filter { $0.lines.count > 1 }.flatMap(\.lines)
      rows.append(
        RolloutRow(
          kind: .folded(closed.map(\.name)), depth: 0, severity: .done))
    }
    return rows
  }

  /// The nodes by severity, workloads before others of the same, else in the
  /// order in which they are.
  ///
  /// In one pass: there may be ten thousand.
  private func sorted(_ nodes: [RolloutTree.Node]) -> [RolloutTree.Node] {
    guard nodes.count > 1 else { return nodes }
    var places = Array(repeating: [Int](), count: 2 * Severity.allCases.count)
    for index in nodes.indices {
      let severity = nodes[index].severity.rawValue
      places[2 * severity + (nodes[index].isWorkload ? 0 : 1)].append(index)
    }
    let order = places.joined()
    guard zip(order, order.dropFirst()).contains(where: { $0 > $1 }) else {
      return nodes
    }
    return order.map { nodes[$0] }
  }

  private func add(
    _ node: RolloutTree.Node, component: String, depth: Int,
    toggled: Set<RolloutRow.ID>, filter: RolloutFilter, search: Search,
    to rows: inout [RolloutRow]
  ) {
    let severity = node.severity
    if filter == .notReady, severity == .done { return }
    if filter == .failed, severity != .failed { return }
    let row = RolloutRow(
      kind: .object(node, component: component), depth: depth,
      severity: severity)
    let isSearching = search.isActive && !search.text.isEmpty
    let isOpen =
      (severity < .done || isSearching) != toggled.contains(row.id)
    guard !node.children.isEmpty || isSearching else {
      rows.append(row)
      return
    }
    var below: [RolloutRow] = []
    if isOpen {
      for child in sorted(node.children) {
        add(
          child, component: component, depth: depth + 1, toggled: toggled,
          filter: filter, search: search, to: &below)
      }
    }
    if isSearching, below.isEmpty,
      !search.matches(
        node.name, node.object?.kind ?? "", node.status, node.node)
    {
      return
    }
    rows.append(row)
    rows += below
  }

  /// The problem that is to be told first: the deepest failed one of the first
  /// failed component, else of the first that is at work.
  var worstProblem: Problem? {
    let components = run.stages.flatMap(\.components)
    for wanted in [Severity.failed, .busy] {
      for component in components where severity(of: component) == wanted {
        if let node = deepest(workloads(of: component.name), wanted) {
          return Problem(
            name: node.title, sentence: node.whole(node.verdict.sentence),
            severity: wanted)
        }
        if let sentence = component.sentence {
          return Problem(
            name: component.name, sentence: sentence, severity: wanted)
        }
      }
    }
    return nil
  }

  private func deepest(
    _ nodes: [RolloutTree.Node], _ wanted: Severity
  ) -> RolloutTree.Node? {
    for node in sorted(nodes) where node.severity == wanted {
      // A workload's sentence follows the chain below it already.
      if node.verdict.severity == wanted, !node.verdict.sentence.isEmpty {
        return node
      }
      if let found = deepest(node.children, wanted) { return found }
    }
    return nil
  }
}
