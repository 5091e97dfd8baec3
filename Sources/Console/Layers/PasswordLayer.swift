// The question for the password of the stack's Ansible Vault. What is typed is
// never shown.

import Terminal

/// A question for a password.
struct PasswordLayer: Hashable, Sendable {
  /// What it is for, and whether the last one was wrong.
  var text: String
  var line = LineEditor()
}

enum PasswordCommand: Hashable, Sendable {
  case take, quit
}

let passwordKeys = KeyTable<PasswordCommand>(
  "Password",
  [
    KeyBinding(.enter, command: .take, title: "open", hint: "open"),
    KeyBinding(.escape, command: .quit, title: "quit", hint: "quit"),
  ])

extension ConsoleState {
  /// A key in the question; a nil layer closes it.
  ///
  /// Without the password there is nothing to show, so that leaving quits.
  mutating func reducePassword(
    _ layer: PasswordLayer, key: Key
  ) -> (layer: PasswordLayer?, effects: [Effect]) {
    var layer = layer
    switch passwordKeys.command(for: key, vi: false) {
    case .quit:
      isDone = true
      return (nil, [])
    case .take:
      guard !layer.line.text.isEmpty else { return (layer, []) }
      return (nil, [effect(.stack, .unlock(layer.line.text))])
    case nil:
      _ = layer.line.handle(key)
      return (layer, [])
    }
  }
}

extension Frame {
  mutating func draw(_ layer: PasswordLayer) {
    let width = min(size.columns - 4, 64)
    let text = wrapped(layer.text, width: max(1, width - 4))
    let inside = box(
      bounds.centred(Size(columns: width, rows: text.count + 6)),
      title: "Vault password")
    var row = inside.row
    for line in text {
      write(line, column: inside.column + 1, row: row)
      row += 1
    }
    row += 1
    let start = write(
      "Password: ", column: inside.column + 1, row: row, role: .sentence)
    let view = layer.line.view(
      width: max(1, inside.endColumn - start - 1), mask: "*")
    write(view.text, column: start, row: row, role: .input)
    placeCursor(column: start + view.cursorColumn, row: row)
    write(
      "enter opens   esc quits", column: inside.column + 1,
      row: inside.endRow - 1, role: .keys)
  }
}
