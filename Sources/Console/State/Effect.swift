// What the reducer wants done, and what comes back. Every effect belongs to a
// slot; a newer effect in a slot supersedes the older, whose answer is dropped.

import Kubernetes
import Run
import Stack
import Terminal

/// A line of business in which only the newest question counts.
enum Slot: Hashable, Sendable {
  case stack, choices, preview, overview, nodes, plan, start, follow, tell
  case runs, object, logs, commands, editor, save, settings
}

/// One thing to do outside of the reducer.
struct Effect: Hashable, Sendable {
  var slot: Slot
  var id: Int
  var request: Request
}

enum Request: Hashable, Sendable {
  case open
  case unlock(String)
  case clusterChoices
  case create(NewStack)
  case choose([String])
  case set(String, JSON?)
  case generate(String)
  case preview(String, from: PreviewedValue, to: PreviewedValue)
  case overview
  case nodes
  case setLabel(String, node: String, value: String?)
  case plan(PlanRequest)
  case start(Plan, RunConsent)
  case follow(Int)
  case tell(Int, RunOrder)
  case runs
  case saveCloudsFile(String)
  case details(ObjectReference)
  case logs(LogQuery)
  case commandLog
  /// Let the operator edit a text in $EDITOR.
  case edit(String)
  case saveSettings(ConsoleSettings)
  /// Stop what the slot is doing.
  case cancel
}

extension Request {
  /// Whether something is lost when it does not happen.
  var isWrite: Bool {
    switch self {
    case .create, .choose, .set, .generate, .setLabel, .start, .tell,
      .saveCloudsFile:
      true
    default: false
    }
  }
}

/// What an effect came to.
enum Answer: Sendable {
  case opening(Opening)
  case choices([ClusterChoice])
  case contents(StackContents)
  case preview(EditPreview)
  case overview(Overview)
  case nodes([NodeState])
  case plan(Plan)
  case started(Int)
  case snapshot(FollowedRun)
  case runs([RunSummary])
  case saved(String)
  case details(ObjectDetails)
  case logLines([String])
  case commands([CommandRecord])
  /// The edited text; nil when nothing was changed.
  case edited(String?)
  /// It is done, and there is nothing more to tell.
  case done
}

/// Why an effect failed, in one sentence.
struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
  var sentence: String

  var description: String { sentence }

  init(_ error: any Error) {
    sentence = String(describing: error).withoutControls
  }

  init(sentence: String) { self.sentence = sentence }
}

/// Everything that can happen to the console.
enum Action: Sendable {
  case event(ScreenEvent)
  /// The wall clock, about once a second while something runs.
  case tick(Instant)
  case answer(Slot, id: Int, Result<Answer, Failure>)
}
