// Dialogs over the screens: a question, a choice, a page of text. The topmost
// has the keys.

import Kubernetes
import Run
import Terminal

/// A page of text that scrolls: help, a diff, the command log.
struct TextLayer: Hashable, Sendable {
  struct Line: Hashable, Sendable {
    var text: String
    var role = Role.text
  }

  var title: String
  var lines: [Line]
  var top = 0
  /// Columns that are scrolled out at the left.
  var shift = 0
  var search = Search()

  init(title: String, lines: [Line]) {
    self.title = title
    self.lines = lines
  }
}

enum TextCommand: Hashable, Sendable {
  case close, search, next, left, right
}

let textKeys = KeyTable<TextCommand>(
  "Text",
  [
    KeyBinding(
      .escape, "q", .enter, command: .close, title: "back",
      hint: "back"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
    KeyBinding(
      "n", command: .next, title: "next place that was searched for",
      hint: "next match"),
    KeyBinding(.left, command: .left, title: "towards the lines' beginning"),
    KeyBinding(.right, command: .right, title: "towards the lines' end"),
  ])

extension TextLayer {
  /// The keys that mean something on the page as it is.
  var hints: [Hint] {
    textKeys.hints.filter { !search.text.isEmpty || $0.key != "n" }
  }
}

/// How far one key scrolls sideways.
let sidewaysStep = 20

/// A question that is answered with yes or no, or by typing a name.
struct ConfirmLayer: Hashable, Sendable {
  var title: String
  var text: String
  /// What has to be typed, where a slip would cost data.
  var typed: String?
  var line = LineEditor()
  /// What happens on yes.
  var decision: Decision
}

/// What a question is about.
enum Decision: Hashable, Sendable {
  case choose([String], notice: String)
  /// A stack for the cluster of a context; nil is the rehearsal.
  case create(context: String?)
  case start(Plan, RunConsent)
  case tell(Int, RunOrder)
}

enum ConfirmCommand: Hashable, Sendable {
  case yes, no
}

let confirmKeys = KeyTable<ConfirmCommand>(
  "Question",
  [
    KeyBinding("y", command: .yes, title: "yes", hint: "yes"),
    KeyBinding("n", .escape, "q", command: .no, title: "no", hint: "no"),
  ])

/// Keys of a question that is answered by typing a name.
let confirmTypedKeys = [
  Hint(key: "enter", text: "go on"), Hint(key: "esc", text: "back"),
]

/// One of several values.
struct ChoiceLayer: Hashable, Sendable {
  var title: String
  var options: [String]
  var list: ListState
  var target: Target

  enum Target: Hashable, Sendable {
    case parameter(String)
    case theme
    case operation
  }
}

enum ChoiceCommand: Hashable, Sendable {
  case take, close
}

let choiceKeys = KeyTable<ChoiceCommand>(
  "Choice",
  [
    KeyBinding(.enter, .space, command: .take, title: "take", hint: "take"),
    KeyBinding(.escape, "q", command: .close, title: "back", hint: "back"),
  ])
