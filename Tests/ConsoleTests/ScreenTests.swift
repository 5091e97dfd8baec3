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

  /// A screen, or a dialog over one, and the keys that lead to it.
  struct Picture: Sendable {
    var name: String
    var keys: String
    var change: @Sendable (inout ScriptedBackend.State) -> Void

    init(
      _ name: String, _ keys: String,
      change: @escaping @Sendable (inout ScriptedBackend.State) -> Void = {
        _ in
      }
    ) {
      self.name = name
      self.keys = keys
      self.change = change
    }

    func session(_ shape: Shape, glyphs: Glyphs = .unicode) async -> Session {
      let session = await Session(
        columns: shape.columns, rows: shape.rows, glyphs: glyphs,
        backend: ScriptedBackend(change))
      await session.press(keys)
      return session
    }
  }

  static let screens: [Picture] = [
    Picture("cluster", "") { $0.contents = nil },
    Picture("cluster-rehearse", "<down><enter>") { $0.contents = nil },
    Picture("services-guided", "<enter>") { $0.contents = nil },
    Picture("services", ""), Picture("services-drop", " "),
    Picture("parameters", "2<down><down>"),
    Picture("parameters-search", "2/replic"),
    Picture("parameters-edit", "2j<enter><^u>99"),
    Picture("parameters-preview", "2j<enter><^u>5<enter>"),
    Picture("parameters-choice", "2/provider<enter><enter>"),
    Picture("parameters-list", "2/policies<enter><enter>"),
    Picture("parameters-dictionary", "2/probe<enter><enter>"),
    Picture("nodes", "3"), Picture("review", "4"),
    Picture("review-operation", "4o"),
    Picture("diff", "4<end><up><up><up><enter>"), Picture("rollout", "5"),
    Picture("rollout-failed", "5") {
      var snapshot = Fixture.snapshot()
      snapshot.run.state = .failed("keystone failed.")
      snapshot.run.finished = Fixture.now
      $0.snapshots = [snapshot]
    },
    Picture("rollout-none", "5") { $0.snapshots = [] },
    Picture("closing", "5") {
      $0.snapshots = [
        Fixture.snapshot(finished: true, closing: Fixture.closing)
      ]
    },
    Picture("steps", "5t"), Picture("object", "5n<enter>"),
    Picture("object-events", "5n<enter>e"),
    Picture("object-logs", "5n<enter>l"),
    Picture("object-commands", "5n<enter>@"), Picture("commands", "@"),
    Picture("runs", "6"), Picture("settings", "7"), Picture("help", "?"),
  ]

  @Test(arguments: shapes, screens.indices)
  func golden(_ shape: Shape, _ index: Int) async {
    let session = await Self.screens[index].session(shape)
    expectGolden(
      session.text,
      "\(Self.screens[index].name)-\(shape.columns)x\(shape.rows)")
  }

  @Test(arguments: screens.indices)
  func ascii(_ index: Int) async {
    let session = await Self.screens[index].session(
      Shape(columns: 80, rows: 24), glyphs: .ascii)
    #expect(session.text.utf8.allSatisfy { $0 < 0x80 })
    expectGolden(session.text, "\(Self.screens[index].name)-ascii")
  }

  /// No size breaks a screen; too small ones say which size is needed.
  @Test(arguments: screens.indices)
  func anySize(_ index: Int) async {
    let session = await Self.screens[index].session(
      Shape(columns: 80, rows: 24))
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
    expectGolden(session.text, "too-small-40x10")
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
