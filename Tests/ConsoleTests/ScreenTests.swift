// Golden screens: what an operator sees, at the sizes that terminals have.

import Golden
import Terminal
import Testing

@testable import Console

struct ScreenTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var columns: Int
    var rows: Int
    var testDescription: String { "\(columns)x\(rows)" }
  }

  static let shapes = [
    Shape(columns: 80, rows: 24), Shape(columns: 120, rows: 36),
    Shape(columns: 200, rows: 60), Shape(columns: 60, rows: 15),
  ]

  /// Each screen and the keys that lead to it.
  static let screens: [(name: String, keys: String)] = [
    ("services", ""), ("parameters", "2<down><down>"),
    ("parameters-search", "2/replic"), ("parameters-edit", "2j<enter><^u>99"),
    ("nodes", "3"), ("review", "4"), ("diff", "4<end><up><up><enter>"),
    ("rollout", "5"), ("object", "5n<enter>"), ("runs", "6"),
    ("settings", "7"), ("help", "?"),
  ]

  @Test(arguments: shapes, screens.indices)
  func golden(_ shape: Shape, _ index: Int) async {
    let (name, keys) = Self.screens[index]
    let session = await Session(columns: shape.columns, rows: shape.rows)
    await session.press(keys)
    expectGolden(
      session.text, "\(name)-\(shape.columns)x\(shape.rows)")
  }

  @Test(arguments: screens.indices)
  func ascii(_ index: Int) async {
    let (name, keys) = Self.screens[index]
    let session = await Session(glyphs: .ascii)
    await session.press(keys)
    #expect(session.text.utf8.allSatisfy { $0 < 0x80 })
    expectGolden(session.text, "\(name)-ascii")
  }

  /// No size breaks a screen; too small ones say which size is needed.
  @Test(arguments: screens.indices)
  func anySize(_ index: Int) async {
    let session = await Session()
    await session.press(Self.screens[index].keys)
    for columns in [1, 7, 20, 59, 60, 61, 79, 133] {
      for rows in [1, 2, 5, 14, 15, 16, 23, 41] {
        let frame = view(
          session.state, size: Size(columns: columns, rows: rows),
          glyphs: .unicode)
        let isTooSmall =
          columns < neededSize.columns || rows < neededSize.rows
        #expect(frame.text.contains("│\u{0}") == false)
        if isTooSmall, columns > 20, rows > 2 {
          #expect(frame.text.hasPrefix("Terminal too small"))
        }
      }
    }
  }

  @Test func tooSmallAndBack() async {
    let session = await Session()
    let before = session.text
    await session.send(.resize(Size(columns: 40, rows: 10)))
    #expect(session.text.contains("Needs 60x15"))
    await session.send(.resize(Size(columns: 80, rows: 24)))
    #expect(session.text == before)
  }

  /// The selected line is told without colour: by a sign.
  @Test(arguments: ["", "2", "3", "4", "5", "6", "7"])
  func selectionHasASign(_ keys: String) async {
    let session = await Session()
    await session.press(keys)
    let lines = session.text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix(">") })
  }

  /// What nothing changed costs nothing.
  @Test func sameStateSameFrame() async {
    let session = await Session()
    await session.press("5")
    let screen = MemoryScreen(size: session.state.size)
    screen.present(session.frame)
    let sent = screen.cellsSent
    screen.present(session.frame)
    #expect(screen.cellsSent == sent)
    // A key that moves the selection changes two lines, not the screen.
    await session.press("<down>")
    screen.present(session.frame)
    #expect(screen.cellsSent - sent < 4 * 80)
    #expect(screen.cellsSent > sent)
  }

  @Test func rehearsalIsInEveryHeader() async {
    let backend = ScriptedBackend {
      $0.contents = Fixture.contents(isRehearsal: true)
    }
    let session = await Session(backend: backend)
    for key in ["1", "2", "3", "4", "5", "6", "7"] {
      await session.press(key)
      #expect(session.text.hasPrefix(" REHEARSAL lab"))
    }
  }
}
