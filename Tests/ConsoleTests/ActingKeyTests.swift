// The keys that `?` lists are the keys that act: each one does something on its
// screen, and none that is not listed does anything.

import Kubernetes
import Run
import Stack
import Terminal
import Testing

@testable import Console

struct ActingKeyTests {
  /// A place where keys are pressed: a screen or a dialog in one of its states.
  struct Place: Sendable, CustomTestStringConvertible {
    var name: String
    /// Its own keys; those of lists and of everywhere hold beside them.
    var keys: [Key]
    /// The keys that lead there, one way for each state that matters.
    var ways: [String]
    var isScreen = true
    var hasList = true
    var columns = 120
    var change: @Sendable (inout ScriptedBackend.State) -> Void = { _ in }

    var testDescription: String { name }

    func session(_ way: String) async -> Session {
      let session = await Session(
        columns: columns, rows: 20, backend: ScriptedBackend(change))
      await session.press(way)
      return session
    }
  }

  private static func keys<Command>(_ table: KeyTable<Command>) -> [Key] {
    table.bindings.flatMap { $0.keys + $0.viKeys }
  }

  static let places = [
    Place(
      name: "cluster", keys: keys(clusterKeys), ways: ["", "<down>"],
      change: { $0.contents = nil }),
    Place(name: "services", keys: keys(servicesKeys), ways: [""]),
    Place(
      name: "parameters", keys: keys(parametersKeys),
      ways: ["2", "2<down><down> <down>", "2<end><up>"]),
    Place(
      name: "nodes", keys: keys(nodesKeys), ways: ["3", "3<right>"],
      change: { state in
        state.contents = Fixture.contents()
        state.contents?.components[0].nodeRole = NodeRole(
          label: "quarterdeck.io/data", value: "enabled")
      }),
    Place(name: "review", keys: keys(reviewKeys), ways: ["4", "4<end><up>"]),
    Place(
      name: "rollout", keys: keys(rolloutKeys),
      ways: ["5", "5<down>", "5<end><up>"]),
    Place(
      name: "held rollout", keys: keys(rolloutKeys), ways: ["5"],
      change: {
        var snapshot = Fixture.snapshot()
        snapshot.run.state = .held("It moved.")
        $0.snapshots = [snapshot]
      }),
    Place(
      name: "no rollout", keys: keys(rolloutKeys), ways: ["5"], hasList: false,
      change: { $0.runs = [] }),
    Place(
      name: "closing page", keys: keys(closingKeys), ways: ["5"],
      hasList: false,
      change: {
        $0.snapshots = [
          Fixture.snapshot(finished: true, closing: Fixture.closing)
        ]
      }),
    Place(name: "runs", keys: keys(runsKeys), ways: ["6"]),
    Place(name: "settings", keys: keys(settingsKeys), ways: ["7"]),
    Place(
      name: "diff", keys: keys(textKeys) + ["?"],
      ways: ["4<end><up><up><enter>", "4?", "4?/e<enter>", "4?<right>"],
      isScreen: false, columns: 60),
    Place(
      name: "choice", keys: keys(choiceKeys) + ["?"],
      ways: ["4o"], isScreen: false),
    Place(
      name: "confirm", keys: keys(confirmKeys), ways: [" "], isScreen: false,
      hasList: false),
    Place(
      name: "list", keys: keys(formKeys) + ["?"],
      ways: ["2/policies<enter><enter>", "2/policies<enter><enter><down>"],
      isScreen: false),
    Place(
      name: "object", keys: keys(objectKeys) + ["?"],
      ways: [
        "5n<enter>", "5n<enter>l", "5n<enter>/name<enter>", "5n<enter>e",
        "5n<enter><right>",
      ], isScreen: false),
  ]

  /// All that an operator can see or undo: what a key that acts changes.
  private func fingerprint(_ session: Session) -> String {
    "\(session.state) \(session.backend.calls) \(session.ownEffects)"
  }

  @Test(arguments: places)
  func eachListedKeyActs(_ place: Place) async {
    for key in place.keys {
      var acts = false
      for way in place.ways where !acts {
        let session = await place.session(way)
        let before = fingerprint(session)
        await session.send(.input(.key(key)))
        acts = fingerprint(session) != before
      }
      #expect(acts, "\(key.name) does nothing on \(place.name)")
    }
  }

  @Test(arguments: places)
  func noOtherKeyActs(_ place: Place) async {
    var listed = Set(place.keys)
    if place.hasList { listed.formUnion(Self.keys(listKeys)) }
    if place.isScreen { listed.formUnion(Self.keys(globalKeys)) }
    let letters = (0x20..<0x7F).compactMap(Unicode.Scalar.init)
    let others: [Key] =
      letters.map { .character($0) }
      + letters.filter { ("a"..."z").contains($0) }.map { .control($0) }
      + [
        .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .tab,
        .backTab, .enter, .escape, .backspace, .delete, .insert,
      ] + (1...12).map { .function($0) }
    for way in place.ways {
      let session = await place.session(way)
      let before = fingerprint(session)
      for key in others where !listed.contains(key) {
        await session.send(.input(.key(key)))
      }
      guard fingerprint(session) != before else { continue }
      for key in others where !listed.contains(key) {
        let again = await place.session(way)
        await again.send(.input(.key(key)))
        #expect(
          fingerprint(again) == before,
          "\(key.name) acts on \(place.name), but is not listed")
      }
    }
  }

  /// The line of keys names only keys that mean something as things are.
  @Test(arguments: places)
  func shownKeysAct(_ place: Place) async {
    for way in place.ways {
      let session = await place.session(way)
      let line = session.text.split(separator: "\n").last.map(String.init)
      let names = Set((line ?? "").split(separator: " ").map(String.init))
      // The arrows end at the last column.
      for key in place.keys
      where names.contains(key.name) && key != .left && key != .right {
        let again = await place.session(way)
        let before = fingerprint(again)
        await again.send(.input(.key(key)))
        #expect(
          fingerprint(again) != before,
          "\(key.name) is shown on \(place.name) (\(way)) and does nothing")
      }
    }
  }
}
