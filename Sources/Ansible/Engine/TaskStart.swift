// `--start-at-task`: leaves out what stands before the task to begin with.

import Jinja

extension PlayRunner {
  /// The nodes of a play from a task on.
  ///
  /// By the rules of ansible-core's executor/play_iterator.py: only tasks that
  /// are there before the run are looked at, and a play without the task does
  /// nothing.
  ///
  /// - Parameters:
  ///   - awaited: the pattern of the task's name; nil once it was found.
  ///   - sections: the play's.
  /// - Returns: what is left of them.
  func beginning(
    at awaited: inout String?, of sections: [[Node]]
  ) -> [[Node]] {
    guard awaited != nil else { return sections }
    return sections.map { beginning(at: &awaited, of: $0) }
  }

  private func beginning(
    at awaited: inout String?, of nodes: [Node]
  ) -> [Node] {
    nodes.compactMap { node -> Node? in
      guard let pattern = awaited else { return node }
      switch node {
      case .roleEnd: return nil
      case .task(let task):
        guard isStart(task, pattern) else { return nil }
        awaited = nil
        return node
      case .block(let block):
        let inner = beginning(at: &awaited, of: block.block)
        if awaited == nil {
          return .block(
            BlockNode(
              block.definition, block: inner, rescue: block.rescue,
              always: block.always))
        }
        let always = beginning(at: &awaited, of: block.always)
        return awaited == nil
          ? .block(
            BlockNode(block.definition, block: [], rescue: [], always: always))
          : nil
      }
    }
  }

  private func isStart(_ task: TaskNode, _ pattern: String) -> Bool {
    guard
      (try? hasChosenTags(
        task, variables(for: task.definition, in: task.scope))) ?? false
    else { return false }
    let bare = task.definition.name.map { PlainText.of($0) } ?? ""
    return [bare, task.title].contains { name in
      !name.isEmpty && (name == pattern || FileGlob.isMatch(name, pattern))
    }
  }
}

extension TaskNode {
  /// The task's name as written, else its action, after its role's.
  var title: String {
    let written = definition.name.map { PlainText.of($0) } ?? ""
    let name = written.isEmpty ? definition.action : written
    return role.map { "\($0.source.fullName) : \(name)" } ?? name
  }
}
