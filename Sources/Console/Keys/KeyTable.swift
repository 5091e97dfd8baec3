// Keys and what they do, in one table per screen: the reducer looks keys up in
// it, `?` lists it, and the line of keys is drawn from it. A key that is not
// in a table does nothing.

import Terminal

/// One command and the keys that give it.
struct KeyBinding<Command: Hashable & Sendable>: Sendable {
  var keys: [Key]
  /// Keys that hold only with the setting "vi keys".
  var viKeys: [Key] = []
  var command: Command
  /// What it does, for `?`.
  var title: String
  /// A word or two for the line of keys; nil leaves it to `?`.
  var hint: String?

  init(
    _ keys: Key..., vi viKeys: [Key] = [], command: Command, title: String,
    hint: String? = nil
  ) {
    self.keys = keys
    self.viKeys = viKeys
    self.command = command
    self.title = title
    self.hint = hint
  }
}

/// The keys of one screen or dialog.
struct KeyTable<Command: Hashable & Sendable>: Sendable {
  /// The heading over them in `?`.
  var heading: String
  var bindings: [KeyBinding<Command>]

  init(_ heading: String, _ bindings: [KeyBinding<Command>]) {
    self.heading = heading
    self.bindings = bindings
  }

  func command(for key: Key, vi: Bool) -> Command? {
    for binding in bindings {
      if binding.keys.contains(key) { return binding.command }
      if vi, binding.viKeys.contains(key) { return binding.command }
    }
    return nil
  }

  /// The lines that `?` shows.
  func help(vi: Bool) -> HelpSection {
    HelpSection(
      heading: heading,
      lines: bindings.map { binding in
        let keys = binding.keys + (vi ? binding.viKeys : [])
        return HelpLine(
          keys: keys.map(\.name).joined(separator: ", "),
          title: binding.title)
      })
  }

  /// What the line of keys shows, most important first.
  var hints: [Hint] {
    bindings.compactMap { binding in
      guard let hint = binding.hint, let key = binding.keys.first else {
        return nil
      }
      return Hint(key: key.name, text: hint)
    }
  }
}

/// One key on the line of keys.
struct Hint: Hashable, Sendable {
  var key: String
  var text: String
}

/// The keys of one table, for `?`.
struct HelpSection: Hashable, Sendable {
  var heading: String
  var lines: [HelpLine]
}

struct HelpLine: Hashable, Sendable {
  var keys: String
  var title: String
}

/// Keys that move through every list and text.
let listKeys = KeyTable<ListState.Move>(
  "Lists",
  [
    KeyBinding(.up, vi: ["k"], command: .up, title: "up"),
    KeyBinding(.down, vi: ["j"], command: .down, title: "down"),
    KeyBinding(
      .pageUp, .control("b"), vi: [.control("u")], command: .pageUp,
      title: "a page up"),
    KeyBinding(
      .pageDown, .control("f"), vi: [.control("d")], command: .pageDown,
      title: "a page down"),
    KeyBinding(.home, command: .first, title: "to the first line"),
    KeyBinding(.end, vi: ["G"], command: .last, title: "to the last line"),
  ])

/// Keys while a text to search for is typed.
let searchKeys = KeyTable<EditCommand>(
  "A search",
  [
    KeyBinding(
      .enter, command: .take, title: "keep what is found", hint: "keep"),
    KeyBinding(.escape, command: .leave, title: "end the search", hint: "end"),
  ])

/// What every screen understands.
enum GlobalCommand: Hashable, Sendable {
  case help, quit, back, commandLog, redraw, reload
  case show(ScreenKind)
  case nextStep, previousStep
}

let globalKeys = KeyTable<GlobalCommand>(
  "Everywhere",
  [
    KeyBinding("?", .function(1), command: .help, title: "these keys"),
    KeyBinding("1", command: .show(.services), title: "Services"),
    KeyBinding("2", command: .show(.parameters), title: "Parameters"),
    KeyBinding("3", command: .show(.nodes), title: "Nodes"),
    KeyBinding("4", command: .show(.review), title: "Review"),
    KeyBinding("5", command: .show(.rollout), title: "Rollout"),
    KeyBinding("6", command: .show(.runs), title: "Runs"),
    KeyBinding("7", command: .show(.settings), title: "Settings"),
    KeyBinding(
      ">", command: .nextStep, title: "next step of the guided deployment"),
    KeyBinding(
      "<", command: .previousStep,
      title: "step back; nothing that was entered is lost"),
    KeyBinding("@", command: .commandLog, title: "commands that were run"),
    KeyBinding("R", command: .reload, title: "read stack and cluster anew"),
    KeyBinding(.control("l"), command: .redraw, title: "paint the screen anew"),
    KeyBinding(.escape, command: .back, title: "back"),
    KeyBinding(
      "q", .control("c"), command: .quit,
      title: "quit; a run that goes on goes on"),
  ])
