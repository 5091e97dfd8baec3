// The question for the vault's password.

import Terminal
import Testing

@testable import Console

struct PasswordTests {
  @Test func theStackOpensWithThePassword() async {
    let session = await Session(
      backend: ScriptedBackend { $0.vaultPassword = "correct horse" })
    #expect(session.text.contains("passwords.yml is encrypted"))
    #expect(session.state.stack == nil)
    await session.press("wrong")
    #expect(!session.text.contains("wrong"))
    #expect(session.text.contains("Password: *****"))
    await session.press("<enter>")
    #expect(session.text.contains("This password does not open"))
    #expect(session.text.contains("Password: "))
    #expect(!session.text.contains("*****"), "it is typed anew")
    await session.send(.input(.paste("correct horse")))
    #expect(!session.text.contains("correct horse"))
    await session.press("<enter>")
    #expect(session.state.stack != nil)
    #expect(session.state.layers.isEmpty)
    #expect(session.backend.calls == ["unlock", "unlock"])
  }

  @Test func withoutAPasswordThereIsNothingToShow() async {
    let session = await Session(
      backend: ScriptedBackend { $0.vaultPassword = "p" })
    await session.press("<enter>")
    #expect(session.backend.calls.isEmpty)
    await session.press("q")
    #expect(!session.state.isDone, "q is a letter of a password")
    await session.press("<esc>")
    #expect(session.state.isDone)
  }
}
