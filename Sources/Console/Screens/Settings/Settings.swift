// The Settings screen: how the operator wants the console.

import Terminal

struct SettingsState: SearchedList, Hashable, Sendable {
  var list = ListState()
  var search = Search()
}

enum SettingsCommand: Hashable, Sendable {
  case change, search
}

let settingsKeys = KeyTable<SettingsCommand>(
  "Settings",
  [
    KeyBinding(
      .enter, .space, command: .change, title: "change the setting",
      hint: "change"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
  ])

/// The lines of the screen.
private enum Setting: CaseIterable {
  case theme, ascii, mouse, viKeys, advanced

  var title: String {
    switch self {
    case .theme: "Theme"
    case .ascii: "ASCII marks"
    case .mouse: "Mouse"
    case .viKeys: "vi keys"
    case .advanced: "Advanced parameters"
    }
  }

  var text: String {
    switch self {
    case .theme: "Colours of the console; NO_COLOR in the environment wins."
    case .ascii:
      "Only ASCII marks, for fonts without others. Holds from the next start."
    case .mouse:
      "Wheel and clicks; the terminal's own selection then needs Shift. Holds "
        + "from the next start."
    case .viKeys: "j, k, ^d, ^u and G move through lists beside the arrows."
    case .advanced: "Parameters lists advanced ones from the start."
    }
  }
}

extension ConsoleState {
  fileprivate var listedSettings: [Setting] {
    Setting.allCases.filter {
      settingsScreen.search.matches($0.title, $0.text)
    }
  }

  mutating func reduceSettings(key: Key) -> [Effect]? {
    let listed = listedSettings
    if browse(\.settingsScreen, key: key, count: listed.count) { return [] }
    switch settingsKeys.command(for: key, vi: settings.viKeys) {
    case .search:
      settingsScreen.search.begin()
      return []
    case .change:
      guard listed.indices.contains(settingsScreen.list.selection) else {
        return []
      }
      return change(listed[settingsScreen.list.selection])
    case nil: return nil
    }
  }

  private mutating func change(_ setting: Setting) -> [Effect] {
    switch setting {
    case .theme:
      var list = ListState()
      list.select(themes.firstIndex(of: settings.theme) ?? 0)
      layers.append(
        .choice(
          ChoiceLayer(
            title: "Theme", options: themes, list: list, target: .theme)))
      return []
    case .ascii: settings.ascii.toggle()
    case .mouse: settings.mouse.toggle()
    case .viKeys: settings.viKeys.toggle()
    case .advanced:
      settings.advanced.toggle()
      parameters.showsAdvanced = settings.advanced
    }
    return [effect(.settings, .saveSettings(settings))]
  }

  fileprivate func value(of setting: Setting, glyphs: Glyphs) -> String {
    func box(_ isOn: Bool) -> String {
      isOn ? "\(glyphs.checked) on" : "\(glyphs.unchecked) off"
    }
    return switch setting {
    case .theme: settings.theme
    case .ascii: box(settings.ascii)
    case .mouse: box(settings.mouse)
    case .viKeys: box(settings.viKeys)
    case .advanced: box(settings.advanced)
    }
  }
}

extension Frame {
  mutating func drawSettings(_ state: ConsoleState) {
    let listed = state.listedSettings
    let area = drawSearch(
      state.settingsScreen.search,
      in: contentRect(size: size, isGuided: state.isGuided),
      figure: "\(listed.count) of \(Setting.allCases.count)")
    let visible = state.settingsScreen.list.visible(
      count: listed.count, rows: area.rows)
    for (offset, index) in visible.enumerated() {
      let row = area.row + offset
      note(line: index, row: row)
      write(listed[index].title, column: 2, row: row, width: 24)
      write(
        state.value(of: listed[index], glyphs: glyphs), column: 28, row: row)
      mark(
        state.settingsScreen.search.text,
        in: Rect(column: 2, row: row, columns: 24, rows: 1), role: .match)
      if index == state.settingsScreen.list.selection {
        drawCursor(
          row: row,
          in: Rect(column: 0, row: row, columns: size.columns, rows: 1))
      }
    }
    let selection = state.settingsScreen.list.selection
    draw(
      Chrome(
        status: "Settings",
        sentence: .info(
          listed.indices.contains(selection)
            ? listed[selection].text : "Nothing matches; esc ends the search."),
        hints: settingsKeys.hints),
      for: state)
  }
}
