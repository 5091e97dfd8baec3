// Themes: what is accepted, and what fewer colours leave of them.

import Terminal
import Testing

struct ThemeTests {
  @Test func reads() throws {
    let theme = try Theme(
      name: "t", entries: ["failed": "bold bright-red on 236", "muted": "dim"])
    let failed = theme.attributes(Style(.failed))
    #expect(failed.isBold)
    #expect(failed.foreground == Color("bright-red"))
    #expect(failed.background == Color("236"))
    #expect(theme.attributes(Style(.muted)).isDim)
    #expect(theme.attributes(Style(.good)) == Attributes())
    #expect(theme.attributes(Style(.text, selected: true)).isReversed)
  }

  @Test(arguments: [
    (["failed": "pink"], "theme t: failed: \"pink\""),
    (["failed": "on"], "theme t: failed: \"on\""),
    (["failed": "256"], "theme t: failed: \"256\""),
    (["faild": "red"], "theme t: no role named faild"),
  ])
  func refuses(_ entries: [String: String], _ start: String) throws {
    do {
      _ = try Theme(name: "t", entries: entries)
      Issue.record("accepted")
    } catch let error as ThemeError {
      #expect(error.description.hasPrefix(start))
    }
  }

  @Test func fewerColors() throws {
    #expect(Color("bright-red")?.limited(to: 8) == Color("red"))
    #expect(Color("196")?.limited(to: 8) == Color("red"))
    #expect(Color("252")?.limited(to: 8) == Color("white"))
    #expect(Color("234")?.limited(to: 8) == Color("black"))
    #expect(Color("75")?.limited(to: 256) == Color("75"))
    let theme = try Theme(
      name: "t", entries: ["header": "white on blue", "selected": "on 24"])
    let none = theme.limited(toColors: 0)
    #expect(none.attributes(Style(.header)).foreground == .own)
    #expect(none.attributes(Style(.header)).isReversed)
    #expect(none.attributes(Style(.text, selected: true)).isReversed)
  }

  /// Black text on yellow would not be seen on the selection's grey.
  @Test func aMatchIsSeenInTheSelectedLine() throws {
    let theme = try Theme(
      name: "t",
      entries: [
        "match": "black on yellow", "failed": "red", "selected": "bold on 238",
      ])
    let match = theme.attributes(Style(.match, selected: true))
    #expect(match == theme.attributes(Style(.match)))
    let failed = theme.attributes(Style(.failed, selected: true))
    #expect(failed.foreground == Color("red"))
    #expect(failed.background == Color("238"))
  }

  /// Without colour a selected line differs from every other.
  @Test func plainShowsTheSelection() {
    for role in Role.allCases {
      #expect(
        Theme.plain.attributes(Style(role, selected: true)).isReversed)
    }
  }
}
