// Keys on a page of text.

import Terminal

extension ConsoleState {
  /// Rows of text that a page shows below the header and its title.
  var textRows: Int { max(1, size.rows - 3) }

  mutating func reduceText(_ layer: TextLayer, key: Key) -> TextLayer? {
    var layer = layer
    let rows = textRows - (layer.search.isActive ? 1 : 0)
    if layer.search.isTyping {
      if layer.search.handle(key) { layer.find(from: 0, rows: rows) }
      return layer
    }
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      layer.scroll(move, rows: rows)
      return layer
    }
    switch textKeys.command(for: key, vi: settings.viKeys) {
    case .close: return nil
    case .search: layer.search.begin()
    case .next: layer.find(from: layer.top + 1, rows: rows)
    case .left: layer.shift = max(0, layer.shift - sidewaysStep)
    case .right:
      let widest = layer.lines.map(\.text.columns).max() ?? 0
      layer.shift = min(layer.shift + sidewaysStep, max(0, widest - 20))
    case nil: break
    }
    return layer
  }
}

extension TextLayer {
  mutating func scroll(_ move: ListState.Move, rows: Int) {
    switch move {
    case .up: top -= 1
    case .down: top += 1
    case .pageUp: top -= max(1, rows - 1)
    case .pageDown: top += max(1, rows - 1)
    case .first: top = 0
    case .last: top = lines.count
    }
    clamp(rows: rows)
  }

  mutating func clamp(rows: Int) {
    top = max(0, min(top, lines.count - rows))
  }

  /// Brings the next line that matches to the top.
  mutating func find(from start: Int, rows: Int) {
    guard !search.text.isEmpty else { return }
    let order =
      Array(lines.indices.dropFirst(start)) + lines.indices.prefix(start)
    if let found = order.first(where: { search.matches(lines[$0].text) }) {
      top = found
      clamp(rows: rows)
    }
  }
}

extension ConsoleState {
  /// The page behind `?`: every key of the screen, of lists, of everywhere.
  func helpLayer() -> TextLayer {
    var sections = [screenHelp]
    sections.append(listKeys.help(vi: settings.viKeys))
    sections.append(globalKeys.help(vi: settings.viKeys))
    return TextLayer(title: "Keys", lines: lines(of: sections))
  }

  /// The keys' lines, broken to the terminal's width.
  func lines(of sections: [HelpSection]) -> [TextLayer.Line] {
    let indent = 24
    var lines: [TextLayer.Line] = []
    for section in sections {
      if !lines.isEmpty { lines.append(TextLayer.Line(text: "")) }
      lines.append(TextLayer.Line(text: section.heading, role: .heading))
      for line in section.lines {
        let parts = wrapped(
          line.title, width: max(20, size.columns - indent - 3))
        for (index, part) in parts.enumerated() {
          let head = index == 0 ? "  " + line.keys : ""
          let gap = String(
            repeating: " ", count: max(1, indent - head.columns))
          lines.append(TextLayer.Line(text: head + gap + part))
        }
      }
    }
    return lines
  }

  /// The keys of the screen below the layers.
  private var screenHelp: HelpSection {
    let vi = settings.viKeys
    switch screen {
    case .cluster: return clusterKeys.help(vi: vi)
    case .services: return servicesKeys.help(vi: vi)
    case .parameters: return parametersKeys.help(vi: vi)
    case .nodes: return nodesKeys.help(vi: vi)
    case .review: return reviewKeys.help(vi: vi)
    case .rollout:
      return isClosingShown
        ? closingKeys.help(vi: vi) : rolloutKeys.help(vi: vi)
    case .runs: return runsKeys.help(vi: vi)
    case .settings: return settingsKeys.help(vi: vi)
    }
  }
}
