// The first step of the guided deployment: for which cluster the stack is. A
// rehearsal is never taken by itself while a cluster is in reach.

import Terminal

struct ClusterScreenState: Hashable, Sendable {
  var choices: [ClusterChoice] = []
  var problem: String?
  var list = ListState()
}

enum ClusterCommand: Hashable, Sendable {
  case take
}

let clusterKeys = KeyTable<ClusterCommand>(
  "Cluster",
  [
    KeyBinding(
      .enter, .space, command: .take, title: "make the stack for this cluster",
      hint: "take")
  ])

extension ConsoleState {
  mutating func reduceCluster(key: Key) -> [Effect]? {
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      cluster.list.move(move, count: cluster.choices.count, rows: listRows)
      return []
    }
    guard clusterKeys.command(for: key, vi: settings.viKeys) != nil else {
      return nil
    }
    return takeCluster()
  }

  mutating func takeCluster() -> [Effect] {
    guard cluster.choices.indices.contains(cluster.list.selection) else {
      return []
    }
    let choice = cluster.choices[cluster.list.selection]
    guard choice.isReachable else {
      notice = .problem(choice.sentence)
      return []
    }
    if let stack {
      let isSame =
        stack.settings.isRehearsal == choice.isRehearsal
        && (choice.isRehearsal || stack.settings.context == choice.context)
      guard isSame else {
        notice = .problem(
          "\(stack.name) is for another cluster already; a second stack "
            + "needs a directory of its own.")
        return []
      }
      return show(.services)
    }
    guard !isWaiting(for: .stack) else { return [] }
    return [effect(.stack, .create(NewStack(context: choice.context)))]
  }
}

extension Frame {
  mutating func drawCluster(_ state: ConsoleState) {
    let area = contentRect(size: size, isGuided: state.isGuided)
    let intro = wrapped(
      "There is no stack in \(state.directory) yet. One is made here: an "
        + "ordinary Ansible project. For which cluster is it?",
      width: max(1, size.columns - 2))
    let parts = area.splitTop(intro.count + 1)
    for (offset, line) in intro.enumerated() {
      write(line, column: 1, row: parts.top.row + offset)
    }
    let choices = state.cluster.choices
    let body = parts.rest
    let visible = state.cluster.list.visible(
      count: choices.count, rows: body.rows)
    for (offset, index) in visible.enumerated() {
      let row = body.row + offset
      note(line: index, row: row)
      let choice = choices[index]
      write(
        choice.isReachable ? glyphs.good : glyphs.failed, column: 2, row: row,
        role: choice.isReachable ? .good : .failed)
      write(
        choice.context ?? "rehearsal", column: 4, row: row, role: .title,
        width: 24)
      write(choice.sentence, column: 30, row: row)
      if index == state.cluster.list.selection {
        drawCursor(
          row: row,
          in: Rect(column: 0, row: row, columns: size.columns, rows: 1))
      }
    }
    var sentence = Notice.info(
      "Enter makes the stack; nothing is written to the cluster before g.")
    if choices.isEmpty {
      sentence = .info("Looking for clusters\(glyphs.ellipsis)")
    }
    if let problem = state.cluster.problem { sentence = .problem(problem) }
    draw(
      Chrome(
        status: "Cluster", sentence: sentence,
        hints: clusterKeys.hints + state.stepHints),
      for: state)
  }
}
