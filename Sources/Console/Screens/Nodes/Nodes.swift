// The Nodes screen: which nodes there are, and which labels make them hosts of
// which components. Label changes are part of the next plan.

import Kubernetes
import Stack
import Terminal

struct NodesState: SearchedList, Hashable, Sendable {
  var nodes: [NodeState] = []
  var problem: String?
  var isLoaded = false
  var list = ListState()
  /// The label column that space acts on.
  var column = 0
  var search = Search()
}

enum NodesCommand: Hashable, Sendable {
  case toggle, left, right, search, review, parameter
}

let nodesKeys = KeyTable<NodesCommand>(
  "Nodes",
  [
    KeyBinding(
      .space, "x", .enter, command: .toggle, title: "give or take the label",
      hint: "give or take"),
    KeyBinding(
      .left, vi: ["h"], command: .left, title: "label to the left"),
    KeyBinding(
      .right, vi: ["l"], command: .right, title: "label to the right"),
    KeyBinding("r", command: .review, title: "review the plan", hint: "review"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
    KeyBinding(
      "p", command: .parameter, title: "the parameter that wants the label",
      hint: "parameter"),
  ])

extension NodeRole {
  fileprivate func isSameLabel(_ other: NodeRole) -> Bool {
    label == other.label && value == other.value
  }
}

extension ConsoleState {
  /// The labels that pods of a component want of a node.
  ///
  /// A selector that the operator set is what holds; without one the role's own
  /// choice is offered, which then counts for nothing yet.
  private func labels(
    of component: Component
  ) -> (roles: [NodeRole], isBinding: Bool) {
    guard let role = component.nodeRole else { return ([], false) }
    guard let parameter = role.parameter else { return ([role], true) }
    guard
      let selector = stack?.value(of: parameter)?.value?.strings,
      !selector.isEmpty
    else { return ([role], false) }
    let roles = selector.sorted { $0.key < $1.key }.map {
      NodeRole(label: $0.key, value: $0.value, parameter: parameter)
    }
    return (roles, true)
  }

  /// The labels that the chosen components want, each once.
  var nodeRoles: [NodeRole] {
    var found: [NodeRole] = []
    for component in stack?.chosenComponents ?? [] {
      for role in labels(of: component).roles
      where !found.contains(where: { $0.isSameLabel(role) }) {
        found.append(role)
      }
    }
    return found
  }

  /// The components whose pods want a label, and whether they insist on it.
  func components(
    of role: NodeRole
  ) -> (names: [String], isBinding: Bool) {
    let wanting = (stack?.chosenComponents ?? []).filter { component in
      labels(of: component).roles.contains { $0.isSameLabel(role) }
    }
    return (
      wanting.map(\.name), wanting.contains { labels(of: $0).isBinding }
    )
  }

  var listedNodes: [NodeState] {
    nodes.nodes.filter { node in
      nodes.search.matches(
        node.name, node.labels.map { "\($0.key)=\($0.value)" }.joined())
    }
  }

  mutating func reduceNodes(key: Key) -> [Effect]? {
    let listed = listedNodes
    if browse(\.nodes, key: key, count: listed.count) { return [] }
    guard let command = nodesKeys.command(for: key, vi: settings.viKeys) else {
      return nil
    }
    let roles = nodeRoles
    switch command {
    case .left: nodes.column = max(0, nodes.column - 1)
    case .right: nodes.column = min(max(0, roles.count - 1), nodes.column + 1)
    case .search: nodes.search.begin()
    case .review: return show(.review)
    case .parameter:
      guard roles.indices.contains(nodes.column),
        let name = roles[nodes.column].parameter
      else {
        notice = .info("No parameter says which nodes are wanted.")
        return []
      }
      parameters.service = nil
      parameters.showsAdvanced = true
      parameters.showsChangedOnly = false
      parameters.search.clear()
      select(parameter: name)
      return show(.parameters)
    case .toggle:
      guard listed.indices.contains(nodes.list.selection),
        roles.indices.contains(nodes.column)
      else {
        notice = .info("No chosen service asks for a label.")
        return []
      }
      let node = listed[nodes.list.selection]
      let role = roles[nodes.column]
      let isGiven = node.label(role.label) == role.value
      notice = .info(
        "\(node.name) \(isGiven ? "loses" : "gets") \(role.label) with the "
          + "next run; the plan shows it.")
      return [
        effect(
          .nodes,
          .setLabel(
            role.label, node: node.name, value: isGiven ? nil : role.value))
      ]
    }
    return []
  }
}

extension Frame {
  mutating func drawNodes(_ state: ConsoleState) {
    let roles = state.nodeRoles
    let listed = state.listedNodes
    var area = contentRect(size: size, isGuided: state.isGuided)
    area = drawSearch(
      state.nodes.search, in: area,
      figure: "\(listed.count) of \(state.nodes.nodes.count)")
    var columns = [
      Column("NODE", minimum: 14, maximum: 40, truncation: .middle),
      Column("STATE", minimum: 10, maximum: 30),
    ]
    for role in roles {
      let title = shortLabel(role.label)
      columns.append(
        Column(title, minimum: max(5, min(18, title.columns)), maximum: 24))
    }
    columns.append(Column("OFFERS", minimum: 14, maximum: 24, priority: 2))
    columns.append(Column("VERSION", minimum: 8, maximum: 24, priority: 1))
    columns = columns.fitted(
      to: listed.map { nodeTexts($0, roles: roles).texts })
    let parts = area.splitTop(1)
    let table = Rect(
      column: 2, row: parts.top.row, columns: size.columns - 3, rows: 1)
    let layout = ColumnLayout(columns, width: table.columns, gap: 2)
    writeRow(
      columns.map(\.title), columns: columns, layout: layout, in: table,
      role: .muted, roles: [state.nodes.column + 2: .title])
    let body = parts.rest
    let visible = state.nodes.list.visible(count: listed.count, rows: body.rows)
    for (offset, index) in visible.enumerated() {
      let node = listed[index]
      let (texts, looks) = nodeTexts(node, roles: roles)
      var place = table
      place.row = body.row + offset
      note(line: index, row: place.row)
      writeRow(
        texts, columns: columns, layout: layout, in: place, roles: looks)
      if index == state.nodes.list.selection {
        drawCursor(
          row: place.row,
          in: Rect(column: 0, row: place.row, columns: size.columns, rows: 1))
        if let cell = layout.places.first(where: {
          $0.index == state.nodes.column + 2 && !roles.isEmpty
        }) {
          placeCursor(column: table.column + cell.column + 1, row: place.row)
        }
      }
    }
    if listed.isEmpty, state.nodes.isLoaded, state.nodes.problem == nil {
      write(
        state.nodes.nodes.isEmpty
          ? "The cluster has no nodes."
          : "Nothing matches; esc ends the search.",
        column: 2, row: body.row, role: .muted)
    }
    drawScroll(visible, count: listed.count, in: body)
    let pending = state.nodes.nodes.reduce(0) { $0 + $1.pending.count }
    draw(
      Chrome(
        status: "Nodes  \(state.nodes.nodes.count)"
          + (pending == 0 ? "" : ", \(count(pending, "label")) to change"),
        sentence: nodesSentence(state, roles: roles),
        hints: state.stepHints + nodesHints(roles)),
      for: state)
  }

  private func nodesHints(_ roles: [NodeRole]) -> [Hint] {
    guard !roles.isEmpty else {
      return nodesKeys.hints.filter { $0.text != "give or take" }
    }
    guard roles.count > 1 else { return nodesKeys.hints }
    return nodesKeys.hints + [Hint(key: "left, right", text: "label")]
  }

  /// The texts of a node's line in the columns' order, and the roles that are
  /// not the line's.
  private func nodeTexts(
    _ node: NodeState, roles: [NodeRole]
  ) -> (texts: [String], looks: [Int: Role]) {
    let look = node.verdict.look(glyphs)
    var texts = [node.name, "\(look.mark) \(node.verdict.reason)"]
    var looks: [Int: Role] = [1: look.role]
    for (slot, role) in roles.enumerated() {
      let isGiven = node.label(role.label) == role.value
      let isPending = node.pending.keys.contains(role.label)
      texts.append(
        (isGiven ? glyphs.checked : glyphs.unchecked)
          + (isPending ? "*" : ""))
      if isPending { looks[slot + 2] = .changed }
    }
    texts += [node.capacity, node.version]
    return (texts, looks)
  }

  private func nodesSentence(
    _ state: ConsoleState, roles: [NodeRole]
  ) -> Notice {
    if let problem = state.nodes.problem { return .problem(problem) }
    guard state.nodes.isLoaded else {
      return .info("Reading the nodes\(glyphs.ellipsis)")
    }
    for role in roles
    where !state.nodes.nodes.contains(where: {
      $0.label(role.label) == role.value
    }) {
      let wanting = state.components(of: role)
      guard wanting.isBinding else { continue }
      return Notice(
        text: "No node has \(role.label)=\(role.value): "
          + "\(list(wanting.names)) will not run anywhere.", role: .warning)
    }
    guard roles.indices.contains(state.nodes.column) else {
      return .info("The chosen services run on any node.")
    }
    let role = roles[state.nodes.column]
    let wanting = state.components(of: role)
    guard wanting.isBinding else {
      let parameter = role.parameter ?? ""
      return .info(
        "\(list(wanting.names)) run on any node; the label counts once "
          + "\(parameter) asks for it (p).")
    }
    return .info(
      "\(role.label)=\(role.value) lets \(list(wanting.names)) run on a node.")
  }
}

/// The part of a label that tells it from others.
private func shortLabel(_ label: String) -> String {
  label.split(separator: "/").last.map(String.init) ?? label
}
