// All that the console knows: one value, changed by `reduce` alone and drawn
// by `view` alone.

import Kubernetes
import Run
import Stack
import Terminal

/// The screens that fill the terminal.
enum ScreenKind: String, Hashable, Sendable, CaseIterable {
  case cluster, services, parameters, nodes, review, rollout, runs, settings

  var title: String {
    switch self {
    case .cluster: "Cluster"
    case .services: "Services"
    case .parameters: "Parameters"
    case .nodes: "Nodes"
    case .review: "Review"
    case .rollout: "Rollout"
    case .runs: "Runs"
    case .settings: "Settings"
    }
  }

  /// The steps of the guided first deployment.
  static let guide: [ScreenKind] = [
    .cluster, .services, .parameters, .nodes, .review, .rollout,
  ]
}

/// A sentence that stays until the next key.
struct Notice: Hashable, Sendable {
  var text: String
  var role: Role

  static func info(_ text: String) -> Notice {
    Notice(text: text, role: .sentence)
  }

  static func problem(_ text: String) -> Notice {
    Notice(text: text, role: .failed)
  }
}

/// What lies over the screen; the topmost has the keys.
enum Layer: Hashable, Sendable {
  case help(TextLayer)
  case confirm(ConfirmLayer)
  case choice(ChoiceLayer)
  case form(FormLayer)
  case password(PasswordLayer)
  case text(TextLayer)
  case object(ObjectLayer)
}

/// The state of the whole console.
struct ConsoleState: Sendable {
  var size: Size
  var now: Instant
  var settings: ConsoleSettings
  var themes: [String]
  var isDone = false

  /// The directory that the console was started for.
  var directory = ""
  var stack: StackContents?
  var overview: Overview?
  /// Whether the stack is being read anew because a write failed.
  var isRecovering = false

  var screen = ScreenKind.services
  /// Whether the guided first deployment is on.
  var isGuided = false
  var layers: [Layer] = []
  var notice: Notice?

  var cluster = ClusterScreenState()
  var services = ServicesState()
  var parameters = ParametersState()
  var nodes = NodesState()
  var review = ReviewState()
  var rollout = RolloutState()
  var runs = RunsState()
  var settingsScreen = SettingsState()

  /// The newest effect of each slot, and whether its answer is out.
  private var newest: [Slot: Int] = [:]
  private var waiting: Set<Slot> = []

  init(
    size: Size, now: Instant, settings: ConsoleSettings = ConsoleSettings(),
    themes: [String] = []
  ) {
    self.size = size
    self.now = now
    self.settings = settings
    self.themes = themes
    parameters.showsAdvanced = settings.advanced
  }

  /// An effect that supersedes what its slot was doing.
  mutating func effect(_ slot: Slot, _ request: Request) -> Effect {
    let id = (newest[slot] ?? 0) + 1
    newest[slot] = id
    if request == .cancel {
      waiting.remove(slot)
    } else {
      waiting.insert(slot)
    }
    return Effect(slot: slot, id: id, request: request)
  }

  /// Whether an answer is to be taken; an old one is not.
  func isNewest(_ slot: Slot, _ id: Int) -> Bool { newest[slot] == id }

  mutating func answered(_ slot: Slot) { waiting.remove(slot) }

  func isWaiting(for slot: Slot) -> Bool { waiting.contains(slot) }

  /// A text with the stack's own paths as the operator would type them there.
  func shortened(_ text: String) -> String {
    var result = text
    let ours = directory.isEmpty ? [] : [directory + "/"]
    for prefix in ours + [".quarterdeck/catalogue/"] {
      var rest = result[...]
      var parts = ""
      while let found = rest.firstRange(of: prefix) {
        parts += rest[..<found.lowerBound]
        rest = rest[found.upperBound...]
      }
      result = parts + rest
    }
    return result
  }

  /// Whether keys are part of a text on the screen, below all layers.
  var isTyping: Bool {
    switch screen {
    case .cluster: cluster.search.isTyping
    case .services: services.search.isTyping
    case .parameters: parameters.edit != nil || parameters.search.isTyping
    case .nodes: nodes.search.isTyping
    case .review: review.search.isTyping
    case .rollout: rollout.search.isTyping
    case .runs: runs.search.isTyping
    case .settings: settingsScreen.search.isTyping
    }
  }

  /// Whether the clock alone changes what is shown.
  var isTicking: Bool {
    guard screen == .rollout, let run = rollout.snapshot?.run else {
      return false
    }
    return !run.state.isOver && !rollout.isPaused
  }
}
