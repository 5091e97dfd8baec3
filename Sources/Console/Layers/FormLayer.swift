// The sub-form of a list or a dictionary: one line per entry.

import Kubernetes
import Stack
import Terminal

/// A list or a dictionary while it is edited.
struct FormLayer: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    /// The key; a number for a list.
    var key: String
    var text: String
    /// What may stand there, for a dictionary whose keys are known.
    var option: Parameter?
  }

  enum Field: Hashable, Sendable {
    case key, value
  }

  var parameter: Parameter
  var entries: [Entry]
  var list = ListState()
  var field: Field?
  var line = LineEditor()
  var problem: String?
  var isChanged = false
  /// Whether the last key would have lost what was changed.
  var isWarned = false

  /// A form for a list or dictionary; nil for values of other types.
  init?(_ value: ParameterValue) {
    parameter = value.parameter
    switch (value.parameter.type, value.value) {
    case (.list, .array(let items)):
      entries = items.enumerated().map {
        Entry(key: String($0 + 1), text: ParameterInput.text($1))
      }
    case (.list, nil): entries = []
    case (.dict(let options), let value)
    where value?.object != nil || value == nil:
      let members = value?.object ?? [:]
      entries = options.map { option in
        Entry(
          key: option.name,
          text: members[option.name].map(ParameterInput.text) ?? "",
          option: option)
      }
      if options.isEmpty {
        entries = members.sorted { $0.key < $1.key }.map {
          Entry(key: $0.key, text: ParameterInput.text($0.value))
        }
      }
    default: return nil
    }
  }

  var isList: Bool {
    if case .list = parameter.type { return true }
    return false
  }

  /// What may stand in an entry, or what the whole is when there is none.
  func about(_ entry: Entry?) -> String {
    guard let entry else {
      return String(parameter.description.split(separator: "\n").first ?? "")
    }
    let rule = rule(for: entry)
    if let option = entry.option {
      return option.description.isEmpty
        ? parameterFacts(option) : option.description
    }
    let facts = "An entry: " + typeFacts(rule).joined(separator: ", ")
    switch rule.type {
    case .dict: return facts + ", written {key: value, other: value}."
    case .list: return facts + ", written [one, two]."
    case .raw: return facts + ", written as in YAML."
    default: return facts + "."
    }
  }

  /// Whether the keys are given by the role.
  var hasFixedKeys: Bool {
    if case .dict(let options) = parameter.type { return !options.isEmpty }
    return false
  }

  /// What one entry's value has to be.
  func rule(for entry: Entry) -> Parameter {
    if let option = entry.option { return option }
    var rule = parameter
    if case .list(let element) = parameter.type {
      rule.type = element
    } else {
      rule.type = .raw
      rule.limits = ParameterLimits()
    }
    return rule
  }
}

enum FormCommand: Hashable, Sendable {
  case edit, add, delete, up, down, save, close
}

let formKeys = KeyTable<FormCommand>(
  "List or dictionary",
  [
    KeyBinding(.enter, command: .edit, title: "edit the entry", hint: "edit"),
    KeyBinding("a", command: .add, title: "add an entry", hint: "add"),
    KeyBinding(
      "d", .delete, command: .delete, title: "take the entry out",
      hint: "delete"),
    KeyBinding("-", command: .up, title: "move the entry up"),
    KeyBinding("+", command: .down, title: "move the entry down"),
    KeyBinding("s", command: .save, title: "save and go back", hint: "save"),
    KeyBinding(
      .escape, "q", command: .close, title: "back without saving",
      hint: "back"),
  ])

extension FormLayer {
  /// The keys that mean something for this list or dictionary.
  var hints: [Hint] {
    formKeys.hints.filter { hint in
      switch hint.text {
      case "add": !hasFixedKeys
      case "edit", "delete": !entries.isEmpty
      default: true
      }
    }
  }
}

extension ConsoleState {
  /// A key in a form; a nil layer closes it.
  mutating func reduceForm(
    _ layer: FormLayer, key: Key
  ) -> (layer: FormLayer?, effects: [Effect]) {
    var layer = layer
    if layer.field != nil {
      layer.isWarned = false
      layer.type(key) { judge($0, for: $1) }
      return (layer, [])
    }
    if layer.isWarned, key != .escape, key != "q" {
      layer.isWarned = false
      layer.problem = nil
    }
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      layer.list.move(move, count: layer.entries.count, rows: textRows)
      return (layer, [])
    }
    switch formKeys.command(for: key, vi: settings.viKeys) {
    case .edit: layer.begin(.value)
    case .add: layer.add()
    case .delete: layer.remove()
    case .up: layer.shift(by: -1)
    case .down: layer.shift(by: 1)
    case .close:
      guard layer.isChanged, !layer.isWarned else { return (nil, []) }
      layer.isWarned = true
      layer.problem =
        "Nothing is saved yet: s saves, esc again leaves it as it was."
      return (layer, [])
    case .save: return save(layer)
    case nil: break
    }
    return (layer, [])
  }

  private mutating func save(
    _ layer: FormLayer
  ) -> (layer: FormLayer?, effects: [Effect]) {
    var layer = layer
    guard let value = stack?.value(of: layer.parameter.name) else {
      return (nil, [])
    }
    var items: [JSON] = []
    var members: [String: JSON] = [:]
    for entry in layer.entries {
      if layer.hasFixedKeys, entry.text.isEmpty { continue }
      switch judge(entry.text, for: layer.rule(for: entry)) {
      case .success(let value):
        items.append(value)
        members[entry.key] = value
      case .failure(let failure):
        layer.problem = "\(entry.key): \(failure.sentence)"
        return (layer, [])
      }
    }
    let new = layer.isList ? JSON.array(items) : JSON.object(members)
    if let problem = ParameterCheck.problem(with: new, for: layer.parameter) {
      layer.problem = problem.what
      return (layer, [])
    }
    return (nil, set(value, to: new))
  }
}

extension FormLayer {
  private var selected: Int? {
    entries.indices.contains(list.selection) ? list.selection : nil
  }

  mutating func begin(_ field: Field) {
    guard let selected else { return }
    problem = nil
    self.field = field
    line = LineEditor(
      field == .key ? entries[selected].key : entries[selected].text)
  }

  mutating func add() {
    guard !hasFixedKeys else {
      problem = "The role says which keys there are."
      return
    }
    entries.append(
      Entry(key: isList ? String(entries.count + 1) : "", text: ""))
    list.select(entries.count - 1)
    isChanged = true
    begin(isList ? .value : .key)
  }

  mutating func remove() {
    guard let selected else { return }
    isChanged = true
    if hasFixedKeys {
      entries[selected].text = ""
      return
    }
    entries.remove(at: selected)
    renumber()
    list.fit(count: entries.count, rows: max(1, entries.count))
  }

  mutating func shift(by step: Int) {
    guard isList else {
      problem = "The order of a dictionary's keys says nothing."
      return
    }
    guard let selected, entries.indices.contains(selected + step) else {
      return
    }
    entries.swapAt(selected, selected + step)
    list.select(selected + step)
    isChanged = true
    renumber()
  }

  private mutating func renumber() {
    guard isList else { return }
    for index in entries.indices { entries[index].key = String(index + 1) }
  }

  /// Takes a key while a key or a value is typed.
  mutating func type(
    _ key: Key, judge: (String, Parameter) -> Result<JSON, Failure>
  ) {
    guard let selected, let field else { return }
    switch editKeys.command(for: key, vi: false) {
    case .leave:
      self.field = nil
      problem = nil
      if entries[selected].key.isEmpty { entries.remove(at: selected) }
    case .take:
      if field == .key {
        let name = line.text
        let isTaken = entries.indices.contains {
          $0 != selected && entries[$0].key == name
        }
        guard !name.isEmpty, !isTaken else {
          problem =
            name.isEmpty ? "A key has a name." : "\(name) is there already."
          return
        }
        entries[selected].key = name
        isChanged = true
        begin(.value)
        return
      }
      switch judge(line.text, rule(for: entries[selected])) {
      case .success:
        entries[selected].text = line.text
        isChanged = true
        problem = nil
        self.field = nil
      case .failure(let failure): problem = failure.sentence
      }
    case nil: _ = line.handle(key)
    }
  }
}

extension Frame {
  mutating func draw(_ layer: FormLayer, for state: ConsoleState) {
    let area = Rect(
      column: 0, row: 1, columns: size.columns, rows: size.rows - 1)
    clear(area)
    hideCursor()
    let parts = area.splitBottom(2)
    let title = parts.rest.splitTop(1)
    rule(
      title.top,
      title: layer.parameter.name + (layer.isChanged ? " *" : ""))
    let body = title.rest
    let keyWidth = min(
      max(6, layer.entries.map(\.key.columns).max() ?? 0), size.columns / 3)
    if layer.entries.isEmpty {
      write("No entries; a adds one.", column: 3, row: body.row, role: .muted)
    }
    let visible = layer.list.visible(
      count: layer.entries.count, rows: body.rows)
    for (offset, index) in visible.enumerated() {
      let entry = layer.entries[index]
      let row = body.row + offset
      let start = 3 + keyWidth + 2
      let width = max(0, size.columns - start - 2)
      write(
        entry.key, column: 3, row: row, width: keyWidth,
        align: layer.isList ? .right : .left)
      let isUnset = entry.option != nil && entry.text.isEmpty
      write(
        isUnset ? "not set" : entry.text, column: start, row: row,
        role: isUnset ? .muted : .text, width: width)
      guard index == layer.list.selection else { continue }
      drawCursor(
        row: row, in: Rect(column: 0, row: row, columns: size.columns, rows: 1))
      if let field = layer.field {
        let place = field == .key ? 3 : start
        let room = field == .key ? keyWidth : width
        clear(
          Rect(column: place, row: row, columns: room, rows: 1),
          style: Style(.input))
        let view = layer.line.view(width: room)
        write(view.text, column: place, row: row, role: .input)
        placeCursor(column: place + view.cursorColumn, row: row)
      }
    }
    drawScroll(visible, count: layer.entries.count, in: body)
    let selected =
      layer.entries.indices.contains(layer.list.selection)
      ? layer.entries[layer.list.selection] : nil
    if let problem = layer.problem {
      write(
        problem, column: 1, row: parts.bottom.row, role: .failed,
        width: size.columns - 2)
    } else {
      write(
        layer.about(selected), column: 1, row: parts.bottom.row,
        role: .sentence, width: size.columns - 2)
    }
    drawKeys(
      layer.hints, row: parts.bottom.row + 1,
      typing: layer.field == nil ? nil : editKeys.hints)
  }
}
