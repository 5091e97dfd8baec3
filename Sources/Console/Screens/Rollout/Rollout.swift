// The Rollout screen: a run as it goes on, and why it is not further.

import Kubernetes
import Run
import Stack
import Terminal

struct RolloutState: Sendable {
  /// The run that is followed.
  var number: Int?
  var snapshot: FollowedRun? { didSet { rows = nil } }
  /// The newest snapshot while the screen is paused.
  var held: FollowedRun?
  var isPaused = false
  var problem: String?
  var filter = RolloutFilter.all { didSet { rows = nil } }
  var toggled: Set<RolloutRow.ID> = [] { didSet { rows = nil } }
  var search = Search() { didSet { rows = nil } }
  /// The lines of the tree, kept as long as nothing above changes and the
  /// screen has as much room: there may be ten thousand.
  fileprivate var rows: Lines?
  var list = ListState()
  /// The line that is selected, by what it is: lines move as states change.
  var selected: RolloutRow.ID?
  var showsClosing = false

  struct Lines: Sendable {
    var room: Int
    var rows: [RolloutRow]
    var worst: FollowedRun.Problem?
  }
}

extension RolloutTree.Node {
  /// Whether it, or something below it, has failed for want of its image.
  fileprivate var isImageTrouble: Bool {
    (verdict.state == .failed && verdict.reason.contains("Image"))
      || children.contains { $0.isImageTrouble }
  }
}

enum RolloutCommand: Hashable, Sendable {
  case open, logs, events, nextProblem, pause, filter, fold, unfold, search
  case parameters, steps, closing, save, resume, stop
}

let rolloutKeys = KeyTable<RolloutCommand>(
  "Rollout",
  [
    KeyBinding(
      .enter, command: .open, title: "open the object, or the component",
      hint: "open"),
    KeyBinding("l", command: .logs, title: "its logs", hint: "logs"),
    KeyBinding("e", command: .events, title: "its events", hint: "events"),
    KeyBinding(
      "n", command: .nextProblem, title: "next problem", hint: "next problem"),
    KeyBinding(
      .space, command: .pause, title: "hold the picture still, or go on",
      hint: "pause"),
    KeyBinding(
      "f", command: .filter, title: "all, not ready only, failed only",
      hint: "filter"),
    KeyBinding(.right, "+", command: .unfold, title: "unfold"),
    KeyBinding(.left, "-", command: .fold, title: "fold"),
    KeyBinding(
      "p", command: .parameters, title: "parameters of its service",
      hint: "parameters"),
    KeyBinding("t", command: .steps, title: "what the run did, step by step"),
    KeyBinding("c", command: .closing, title: "endpoints and clouds.yaml"),
    KeyBinding("s", command: .save, title: "save clouds.yaml"),
    KeyBinding("r", command: .resume, title: "let a held run go on"),
    KeyBinding("S", command: .stop, title: "stop the run after this step"),
    KeyBinding("/", command: .search, title: "search"),
  ])

/// Keys of the page that ends a deployment, in place of the tree's.
let closingKeys = KeyTable<RolloutCommand>(
  "Closing page",
  [
    KeyBinding(
      "s", command: .save, title: "save clouds.yaml", hint: "save clouds.yaml"),
    KeyBinding(
      "c", .enter, .escape, command: .closing, title: "back to the tree",
      hint: "back to the tree"),
    KeyBinding("t", command: .steps, title: "what the run did, step by step"),
    KeyBinding("p", command: .parameters, title: "parameters"),
  ])

extension ConsoleState {
  /// Whether the closing page stands in place of the tree.
  var isClosingShown: Bool {
    rollout.showsClosing && rollout.snapshot?.run.closing != nil
  }

  var rolloutRows: [RolloutRow] {
    let room = rolloutRoom
    if let kept = rollout.rows, kept.room == room { return kept.rows }
    return rollout.snapshot?.rows(
      toggled: rollout.toggled, filter: rollout.filter,
      search: rollout.search, room: room) ?? []
  }

  /// Keeps the lines of the tree until they change.
  mutating func keepRolloutRows() {
    let room = rolloutRoom
    guard rollout.rows?.room != room else { return }
    rollout.rows = nil
    rollout.rows = RolloutState.Lines(
      room: room, rows: rolloutRows, worst: rollout.snapshot?.worstProblem)
  }

  /// What is told first of the run that is shown.
  var worstProblem: FollowedRun.Problem? {
    if let kept = rollout.rows { return kept.worst }
    return rollout.snapshot?.worstProblem
  }

  /// Follows a run from now on.
  mutating func follow(_ number: Int) -> [Effect] {
    guard rollout.number != number else { return [] }
    rollout = RolloutState()
    rollout.number = number
    return [effect(.follow, .follow(number))]
  }

  mutating func take(_ snapshot: FollowedRun) {
    rollout.problem = nil
    let wasOver = rollout.snapshot?.run.closing != nil
    guard !rollout.isPaused else {
      rollout.held = snapshot
      return
    }
    rollout.snapshot = snapshot
    if snapshot.run.closing != nil, !wasOver { rollout.showsClosing = true }
    keepSelection()
  }

  /// Finds the line that the operator selected again after lines moved.
  ///
  /// Where he selected none the first line stays selected: what is worst.
  private mutating func keepSelection() {
    keepRolloutRows()
    let rows = rolloutRows
    if let selected = rollout.selected,
      let index = rows.firstIndex(where: { $0.id == selected })
    {
      rollout.list.select(index)
    }
    rollout.list.fit(count: rows.count, rows: rolloutRoom)
  }

  /// Holds on to the line on which the selection is now.
  private mutating func holdSelection() {
    keepRolloutRows()
    rollout.selected = selectedRolloutRow?.id
  }

  mutating func selectRow(_ index: Int) {
    rollout.list.select(index)
    rollout.selected = nil
    keepSelection()
    holdSelection()
  }

  var selectedRolloutRow: RolloutRow? {
    let rows = rolloutRows
    guard rows.indices.contains(rollout.list.selection) else { return nil }
    return rows[rollout.list.selection]
  }

  mutating func reduceRollout(key: Key) -> [Effect]? {
    if isClosingShown {
      return closingKeys.command(for: key, vi: settings.viKeys).map {
        reduce($0)
      }
    }
    if rollout.search.isTyping {
      if rollout.search.handle(key) {
        rollout.selected = nil
        rollout.list.select(0)
      }
      keepSelection()
      return []
    }
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      let rows = rolloutRows
      rollout.list.move(move, count: rows.count, rows: rolloutRoom)
      holdSelection()
      return []
    }
    if key == .escape, !rollout.search.text.isEmpty {
      rollout.search.clear()
      keepSelection()
      return []
    }
    guard let command = rolloutKeys.command(for: key, vi: settings.viKeys)
    else { return nil }
    guard rollout.snapshot != nil else {
      notice = .info(
        rollout.number.map { "Run \($0) is being read." }
          ?? "There is no run yet: Review (4) starts one with g.")
      return []
    }
    return reduce(command)
  }

  private mutating func reduce(_ command: RolloutCommand) -> [Effect] {
    let row = isClosingShown ? nil : selectedRolloutRow
    switch command {
    case .open:
      guard case .object(let node, _)? = row?.kind, let object = node.object
      else {
        turn(row, open: nil)
        return []
      }
      return open(object, tab: .yaml)
    case .logs: return open(row, tab: .logs)
    case .events: return open(row, tab: .events)
    case .nextProblem: nextProblem()
    case .pause:
      rollout.isPaused.toggle()
      if !rollout.isPaused, let held = rollout.held {
        rollout.held = nil
        take(held)
      }
    case .filter:
      rollout.filter = rollout.filter.next
      keepSelection()
    case .unfold: turn(row, open: true)
    case .fold: turn(row, open: false)
    case .search: rollout.search.begin()
    case .parameters: return showParameters(of: row)
    case .steps: layers.append(.text(stepsLayer()))
    case .closing:
      guard rollout.snapshot?.run.closing != nil else {
        notice = .info("The closing page comes when every test has passed.")
        return []
      }
      rollout.showsClosing.toggle()
    case .save: return saveCloudsFile()
    case .resume: return tell(.resume)
    case .stop: return tell(.stop)
    }
    return []
  }

  private mutating func open(_ row: RolloutRow?, tab: ObjectLayer.Tab)
    -> [Effect]
  {
    switch row?.kind {
    case .object(let node, _):
      return node.object.map { open($0, tab: tab) } ?? []
    case .component(let component):
      // The part of it that is worst off is what the question is about.
      let nodes = rollout.snapshot?.workloads(of: component.name) ?? []
      guard
        let object = nodes.min(by: { $0.severity < $1.severity })?.object
      else {
        notice = .info("\(component.name) has no objects yet.")
        return []
      }
      return open(object, tab: tab)
    case .folded, nil: return []
    }
  }

  private mutating func turn(_ row: RolloutRow?, open: Bool?) {
    guard let row else { return }
    holdSelection()
    if case .folded(let names) = row.kind {
      guard open != false else { return }
      for name in names { rollout.toggled.insert(.component(name)) }
      keepSelection()
      return
    }
    let isOpenByItself: Bool =
      if case .component = row.kind { row.severity <= .busy } else {
        row.severity < .done
      }
    let isOpen = isOpenByItself != rollout.toggled.contains(row.id)
    guard open == nil || open != isOpen else { return }
    if rollout.toggled.remove(row.id) == nil { rollout.toggled.insert(row.id) }
    keepSelection()
  }

  private mutating func nextProblem() {
    var rows = rolloutRows
    func find() -> Int? {
      let order =
        Array(rows.indices.dropFirst(rollout.list.selection + 1))
        + rows.indices.prefix(rollout.list.selection + 1)
      return order.first { index in
        if case .object(let node, _) = rows[index].kind {
          return node.verdict.state == .failed
        }
        return false
      }
        ?? order.first { rows[$0].severity == .failed }
    }
    if let index = find() {
      selectRow(index)
      return
    }
    rollout.filter = .all
    rows = rolloutRows
    if let index = rows.firstIndex(where: { $0.severity == .busy }) {
      notice = .info("Nothing has failed; this is not ready yet.")
      selectRow(index)
    } else {
      notice = .info("Nothing has failed.")
    }
  }

  private mutating func showParameters(of row: RolloutRow?) -> [Effect] {
    let name: String?
    switch row?.kind {
    case .component(let component): name = component.name
    case .object(_, let component): name = component
    case .folded, nil: name = nil
    }
    let component = name.flatMap { stack?.graph.components[$0] }
    parameters.service = component?.service
    parameters.search.clear()
    parameters.list = ListState()
    if let culprit, culprit.components == name.map({ [$0] }) {
      parameters.showsChangedOnly = false
      if culprit.level == .advanced { parameters.showsAdvanced = true }
      select(parameter: culprit.name)
    }
    return show(.parameters)
  }

  /// The parameter that most likely is why the run does not go on.
  private var culprit: Parameter? {
    guard let snapshot = rollout.snapshot else { return nil }
    let failed = snapshot.tree.components.first {
      $0.severity == .failed && $0.isImageTrouble
    }
    guard let failed else { return nil }
    return stack?.value(of: failed.name + "_image_tag")?.parameter
  }

  /// What to do about a failure, in keys.
  var wayOut: String {
    "next: p changes \(culprit?.name ?? "parameters"), 4 reviews, g deploys."
  }

  private func stepsLayer() -> TextLayer {
    let steps = rollout.snapshot?.run.steps ?? []
    let started = rollout.snapshot?.run.started ?? now
    let width = steps.compactMap { $0.component?.columns }.max() ?? 0
    let lines = steps.map { step in
      let role: Role =
        switch step.status {
        case .ok: .text
        case .changed: .changed
        case .skipped: .muted
        case .waiting: .busy
        case .failed: .failed
        }
      let time = brief(step.time - started)
      func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.columns))
      }
      let component = step.component ?? ""
      // A task's name begins with its role's, which is the component's.
      var text = step.text
      for head in ["\(component): ", "\(component) : "]
      where text.hasPrefix(head) {
        text.removeFirst(head.count)
      }
      return TextLayer.Line(
        text: String(repeating: " ", count: max(0, 6 - time.columns)) + time
          + "  \(padded(step.status.rawValue, 8))"
          + "\(padded(component, width))  \(text)",
        role: role)
    }
    var layer = TextLayer(
      title: "Steps of run \(rollout.number ?? 0)",
      lines: lines.isEmpty
        ? [TextLayer.Line(text: "No steps yet.", role: .muted)] : lines)
    layer.top = lines.count
    layer.clamp(rows: textRows)
    return layer
  }

  private mutating func saveCloudsFile() -> [Effect] {
    guard let text = rollout.snapshot?.run.closing?.cloudsFile else {
      notice = .info("There is no clouds.yaml to save yet.")
      return []
    }
    return [effect(.save, .saveCloudsFile(text))]
  }

  private mutating func tell(_ order: RunOrder) -> [Effect] {
    guard let run = rollout.snapshot?.run, !run.state.isOver else {
      notice = .info("The run is over.")
      return []
    }
    if order == .resume {
      guard case .held = run.state else {
        notice = .info("The run is not held.")
        return []
      }
      return [effect(.tell, .tell(run.number, .resume))]
    }
    layers.append(
      .confirm(
        ConfirmLayer(
          title: "Stop run \(run.number)?",
          text: "It ends after the step it is at. What was written stays; the "
            + "next deployment goes on from there.",
          decision: .tell(run.number, .stop))))
    return []
  }
}
