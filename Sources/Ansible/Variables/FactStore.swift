// What tasks leave behind for those after them, kept so that one more costs no
// copy of all the others.

import Jinja

/// Facts, registered results and what set_fact sets.
///
/// The scopes of tasks hold on to the variables that they were made with, so
/// every change copies a dictionary: new ones gather in a small one, which
/// goes into the large one when it is full.
struct FactStore {
  private var settled: [String: Value] = [:]
  private var recent: [String: Value] = [:]

  /// How many gather before they are settled.
  private static let most = 64

  subscript(name: String) -> Value? { recent[name] ?? settled[name] }

  mutating func set(_ name: String, _ value: Value) {
    recent[name] = value
    // A name stands in one of the two: hash_behaviour would merge them.
    if settled[name] != nil { settled[name] = nil }
    guard recent.count > Self.most else { return }
    settled.merge(recent) { $1 }
    recent = [:]
  }

  /// The levels of variables that they make, lowest first.
  var layers: [VariableLayer] {
    [settled, recent].map { VariableLayer("set_fact", $0, isFinal: true) }
  }
}
