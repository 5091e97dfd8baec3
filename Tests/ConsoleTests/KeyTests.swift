// No key is undocumented, none means two things, each one does something, and
// an unknown one does nothing.

import Terminal
import Testing

@testable import Console

struct KeyTests {
  private func doubles<Command>(_ table: KeyTable<Command>) -> [Key] {
    var seen = Set<Key>()
    return table.bindings.flatMap { $0.keys + $0.viKeys }
      .filter { !seen.insert($0).inserted }
  }

  @Test func noKeyTwiceInATable() {
    #expect(doubles(servicesKeys).isEmpty)
    #expect(doubles(parametersKeys).isEmpty)
    #expect(doubles(nodesKeys).isEmpty)
    #expect(doubles(reviewKeys).isEmpty)
    #expect(doubles(rolloutKeys).isEmpty)
    #expect(doubles(runsKeys).isEmpty)
    #expect(doubles(settingsKeys).isEmpty)
    #expect(doubles(clusterKeys).isEmpty)
    #expect(doubles(listKeys).isEmpty)
    #expect(doubles(globalKeys).isEmpty)
    #expect(doubles(objectKeys).isEmpty)
    #expect(doubles(formKeys).isEmpty)
    #expect(doubles(textKeys).isEmpty)
    #expect(doubles(choiceKeys).isEmpty)
  }

  /// Lists take their keys first, so no screen may want one of them.
  @Test func screensLeaveListKeysAlone() {
    let taken = Set(listKeys.bindings.flatMap { $0.keys + $0.viKeys })
    func clash<Command>(_ table: KeyTable<Command>) -> Bool {
      table.bindings.contains { !taken.isDisjoint(with: $0.keys + $0.viKeys) }
    }
    #expect(!clash(servicesKeys))
    #expect(!clash(parametersKeys))
    #expect(!clash(nodesKeys))
    #expect(!clash(reviewKeys))
    #expect(!clash(rolloutKeys))
    #expect(!clash(runsKeys))
    #expect(!clash(objectKeys))
    #expect(!clash(formKeys))
  }

  @Test(arguments: ["1", "2", "3", "4", "5", "6", "7"])
  func helpNamesEveryKeyOfTheScreen(_ screen: String) async {
    let session = await Session(columns: 120, rows: 60)
    await session.press(screen)
    let hints = session.text.split(separator: "\n").last ?? ""
    await session.press("?")
    #expect(session.text.contains("Everywhere"))
    #expect(session.text.contains("Lists"))
    #expect(hints.hasSuffix("? help"))
    await session.press("<esc>")
    #expect(session.state.layers.isEmpty)
  }

  @Test func unknownKeysDoNothing() async {
    for screen in ["1", "2", "3", "4", "5", "6", "7"] {
      let session = await Session()
      await session.press(screen)
      let before = session.text
      let calls = session.backend.calls
      for key in [
        Key.function(9), .insert, Key(.character("x"), .alt), "Z", "%",
        .control("t"),
      ] {
        await session.send(.input(.key(key)))
      }
      #expect(session.text == before)
      #expect(session.backend.calls == calls)
    }
  }

  @Test func viKeysCanBeTurnedOff() async {
    let session = await Session()
    await session.press("2j")
    #expect(session.state.parameters.list.selection == 1)
    await session.press("7<down><down><down> 2j")
    #expect(!session.state.settings.viKeys)
    #expect(session.state.parameters.list.selection == 1)
    #expect(session.ownEffects.count == 1)
  }

  @Test func quitAndHangup() async {
    let session = await Session()
    await session.press("q")
    #expect(session.state.isDone)
    let gone = await Session()
    await gone.send(.hangup)
    #expect(gone.state.isDone)
  }

  @Test func mouseWheelMoves() async {
    let session = await Session()
    await session.send(
      .input(.mouse(Mouse(.wheelDown, at: Point(column: 1, row: 1)))))
    #expect(session.state.services.list.selection == 1)
  }

  @Test(arguments: ["1", "2", "3", "4", "5", "6", "7"])
  func clickSelectsTheLine(_ screen: String) async throws {
    let session = await Session()
    await session.press(screen)
    let target = try #require(
      session.frame.lines.filter { $0.value == 1 }.keys.first)
    await session.send(
      .input(.mouse(Mouse(.press, at: Point(column: 9, row: target)))))
    #expect(session.frame[12, target].style.isSelected)
    // Nothing stands on the header.
    await session.send(
      .input(.mouse(Mouse(.press, at: Point(column: 9, row: 0)))))
    #expect(session.frame[12, target].style.isSelected)
  }

  @Test func longLinesScrollSideways() async {
    let session = await Session(columns: 60, rows: 20)
    await session.press("4<end><enter>")
    await session.press("<esc>4/keystone-api<enter><enter>")
    await session.press("<right>")
    #expect(session.text.contains("<"))
    await session.press("<left>")
    #expect(session.text.contains("change Deployment openstack/keystone-api"))
  }

  @Test func commandLog() async {
    let session = await Session()
    await session.press("@")
    #expect(session.text.contains("kubectl --context prod proxy"))
  }
}
