// Where we are, where our files belong, and text that is safe to show.

import Platform
import Testing

@Suite struct HostTests {
  @Test func foldersFollowTheStandard() {
    let plain = XDGFolders(environment: ["HOME": "/home/a"])
    #expect(plain.configuration == "/home/a/.config/quarterdeck")
    #expect(plain.data == "/home/a/.local/share/quarterdeck")
    #expect(plain.state == "/home/a/.local/state/quarterdeck")
    #expect(plain.cache == "/home/a/.cache/quarterdeck")
    #expect(plain.runtime == nil)
    let set = XDGFolders(
      environment: [
        "HOME": "/home/a", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "rel",
        "XDG_RUNTIME_DIR": "/run/user/1",
      ])
    #expect(set.configuration == "/c/quarterdeck")
    #expect(set.state == "/home/a/.local/state/quarterdeck")
    #expect(set.runtime == "/run/user/1/quarterdeck")
  }

  @Test func weKnowWhoWeAre() throws {
    #expect(!Host.name.isEmpty)
    #expect(Host.holder.hasSuffix(":\(Host.processID)"))
    #expect(try #require(executablePath()).hasPrefix("/"))
    #expect(currentEnvironment()["PATH"] != nil)
  }

  @Test(arguments: [
    ("plain text, wide 作者 and é", "plain text, wide 作者 and é"),
    ("\u{1b}[31mred\u{1b}[0m", "red"),
    ("\u{9b}31mred", "red"),
    ("title\u{1b}]0;owned\u{07} rest", "title rest"),
    ("title\u{1b}]0;owned\u{1b}\\ rest", "title rest"),
    ("a\u{1b}(Bb\u{1b}7c", "abc"),
    ("un\u{1b}]0;finished\nnext", "un next"),
    ("\u{1b}", ""),
    ("a\u{1b}[", "a"),
    ("tab\tand\r\nline", "tab and line"),
    ("bell\u{07}back\u{08}del\u{7f}", "bellbackdel"),
    ("over\u{202e}ride\u{2066}x\u{2069}", "overridex"),
    ("\u{1b}P1$tpayload\u{1b}\\after", "after"),
    ("c1\u{85}\u{9d}2;x\u{9c}end", "c1end"),
  ])
  func textIsMadeSafe(_ given: String, _ expected: String) {
    #expect(given.terminalSafe() == expected)
  }

  @Test func linesStayWhenAskedFor() {
    #expect("a\u{1b}[1m\r\nb\t".terminalSafe(keepingLines: true) == "a\nb ")
  }
}
