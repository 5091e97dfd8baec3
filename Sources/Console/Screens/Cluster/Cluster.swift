// The first step of the guided deployment: for which cluster the stack is. A
// rehearsal is never taken by itself while a cluster is in reach.

import Stack
import Terminal

struct ClusterScreenState: Hashable, Sendable {
  var choices: [ClusterChoice] = []
  var problem: String?
  var list = ListState()
  var search = Search()
  /// Whether the operator chose the line that is selected.
  var isMoved = false
}

enum ClusterCommand: Hashable, Sendable {
  case take, search
}

let clusterKeys = KeyTable<ClusterCommand>(
  "Cluster",
  [
    KeyBinding(
      .enter, .space, command: .take, title: "make the stack for this cluster",
      hint: "take"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
  ])

extension ConsoleState {
  var listedChoices: [ClusterChoice] {
    cluster.choices.filter {
      cluster.search.matches($0.title, $0.sentence)
    }
  }

  /// Shows which clusters there are, now or anew.
  ///
  /// What the operator went to stays selected wherever it stands now. Where he
  /// did not move yet, the first cluster in reach is: the rehearsal by itself
  /// only when there is none.
  mutating func take(_ choices: [ClusterChoice]) {
    let listed = listedChoices
    let selected =
      cluster.isMoved && listed.indices.contains(cluster.list.selection)
      ? listed[cluster.list.selection] : nil
    cluster.problem = nil
    cluster.choices = choices
    let now = listedChoices
    let kept = selected.flatMap { choice in
      now.firstIndex { $0.context == choice.context }
    }
    cluster.list.select(
      kept ?? now.firstIndex { $0.isReachable && !$0.isRehearsal }
        ?? now.firstIndex { $0.isReachable } ?? 0)
    cluster.list.fit(count: now.count, rows: listRows)
  }

  mutating func reduceCluster(key: Key) -> [Effect]? {
    if cluster.search.isTyping {
      _ = cluster.search.handle(key)
      cluster.list.select(0)
      return []
    }
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      let count = listedChoices.count
      cluster.list.move(move, count: count, rows: listRows)
      cluster.isMoved = count > 0
      return []
    }
    switch clusterKeys.command(for: key, vi: settings.viKeys) {
    case .take: return takeCluster()
    case .search:
      cluster.search.begin()
      return []
    case nil: return nil
    }
  }

  mutating func takeCluster() -> [Effect] {
    let listed = listedChoices
    guard listed.indices.contains(cluster.list.selection) else { return [] }
    let choice = listed[cluster.list.selection]
    guard choice.isReachable else {
      notice = .problem("Not taken: \(choice.sentence). R asks again.")
      return []
    }
    if let stack {
      guard stack.settings.isFor(choice) else {
        notice = .problem(
          "\(stack.name) is for another cluster already; a second stack "
            + "needs a directory of its own.")
        return []
      }
      return show(.services)
    }
    guard !isWaiting(for: .stack) else { return [] }
    let real = cluster.choices.filter { $0.isReachable && !$0.isRehearsal }
    guard !choice.isRehearsal || real.isEmpty else {
      layers.append(
        .confirm(
          ConfirmLayer(
            title: "Rehearse?",
            text: "\(list(real.map(\.title))) "
              + "\(real.count == 1 ? "is" : "are") in reach. A rehearsal "
              + "touches nothing of it: its cluster is in memory, and the "
              + "stack is made for that.",
            decision: .create(context: nil))))
      return []
    }
    return create(context: choice.context)
  }

  mutating func create(context: String?) -> [Effect] {
    [effect(.stack, .create(NewStack(context: context)))]
  }
}

extension ClusterChoice {
  /// The name on its line.
  var title: String {
    guard let context else { return "rehearsal" }
    return context.isEmpty ? "kubectl" : context
  }
}

extension StackSettings {
  /// Whether the stack is for this cluster.
  fileprivate func isFor(_ choice: ClusterChoice) -> Bool {
    isRehearsal == choice.isRehearsal
      && (choice.isRehearsal || context == choice.context)
  }
}

extension Frame {
  mutating func drawCluster(_ state: ConsoleState) {
    let area = contentRect(size: size, isGuided: state.isGuided)
    let intro = wrapped(
      state.stack.map {
        "\($0.name) is for the cluster below that is marked. Another cluster "
          + "needs a stack in a directory of its own."
      }
        ?? "There is no stack in \(state.directory) yet. One is made here: an "
        + "ordinary Ansible project. For which cluster is it?",
      width: max(1, size.columns - 2))
    let parts = area.splitTop(intro.count + 1)
    for (offset, line) in intro.enumerated() {
      write(line, column: 1, row: parts.top.row + offset)
    }
    let choices = state.listedChoices
    let body = drawSearch(
      state.cluster.search, in: parts.rest,
      figure: "\(choices.count) of \(state.cluster.choices.count)")
    let visible = state.cluster.list.visible(
      count: choices.count, rows: body.rows)
    let widest = choices.map(\.title.columns).max() ?? 0
    let start = 4 + min(max(widest, 9), size.columns / 2) + 2
    for (offset, index) in visible.enumerated() {
      let row = body.row + offset
      note(line: index, row: row)
      let choice = choices[index]
      let isTaken = state.stack?.settings.isFor(choice) == true
      write(
        isTaken ? "*" : choice.isReachable ? glyphs.good : glyphs.failed,
        column: 2, row: row, role: choice.isReachable ? .good : .failed)
      write(
        choice.title, column: 4, row: row, role: .title, width: start - 6,
        truncation: .middle)
      write(
        choice.sentence, column: start, row: row, width: size.columns - start)
      if index == state.cluster.list.selection {
        drawCursor(
          row: row,
          in: Rect(column: 0, row: row, columns: size.columns, rows: 1))
      }
    }
    draw(
      Chrome(
        status: "Cluster", sentence: clusterSentence(choices, state: state),
        hints: clusterKeys.hints + state.stepHints,
        hasScreens: state.stack != nil),
      for: state)
  }

  private func clusterSentence(
    _ choices: [ClusterChoice], state: ConsoleState
  ) -> Notice {
    if let problem = state.cluster.problem { return .problem(problem) }
    if state.isWaiting(for: .choices) {
      return .info(
        "Asking the cluster of each kubectl context\(glyphs.ellipsis)")
    }
    if state.isWaiting(for: .stack) {
      return .info("Making the stack\(glyphs.ellipsis)")
    }
    guard choices.indices.contains(state.cluster.list.selection) else {
      return .info(
        state.cluster.search.isActive
          ? "Nothing matches; esc ends the search." : "R looks for clusters.")
    }
    let choice = choices[state.cluster.list.selection]
    guard choice.isReachable else { return .problem(choice.sentence) }
    if state.stack != nil { return .info("> goes on to the services.") }
    return .info(
      "Enter makes the stack; nothing is written to the cluster before g.")
  }
}
