// Editing parameters by keys.

import Kubernetes
import Stack
import Terminal
import Testing

@testable import Console

struct ParametersTests {
  private func open(_ name: String) async -> Session {
    let session = await Session()
    await session.press("2/\(name)<enter>")
    return session
  }

  @Test func numberWithLivePreview() async {
    let session = await open("keystone_replicas")
    await session.press("<enter>")
    #expect(session.frame.cursor != nil)
    await session.press("<^u>5")
    // Nothing is written yet, but what it would change is shown.
    #expect(session.backend.calls.isEmpty)
    #expect(session.text.contains("spec.replicas: 3 → 5"))
    #expect(session.text.contains("Restarts 2 pods."))
    await session.press("<enter>")
    #expect(session.backend.calls == ["set keystone_replicas 5"])
    #expect(session.text.contains("was 3"))
    #expect(session.text.contains("parameters.yml:3"))
    #expect(session.text.contains("1 changed"))
    // What is written still says what it changed.
    #expect(session.text.contains("spec.replicas: 3 → 5"))
    await session.press("u")
    #expect(session.text.contains("spec.replicas: 5 → 3"))
  }

  /// Workloads come first, and where there is no room for every field each
  /// object has a line.
  @Test func previewFitsItsRoom() async {
    let session = await open("keystone_replicas")
    await session.press("<enter><^u>5")
    let lines = session.text.split(separator: "\n").map(String.init)
    let restarts = lines.firstIndex { $0.contains("Restarts 2 pods.") } ?? 0
    #expect(lines[restarts + 1].contains("Deployment keystone-api"))
    #expect(lines[restarts + 2].contains("ConfigMap keystone-config"))
    #expect(lines[restarts + 2].hasSuffix("data[a]: 1 → 2 and 2 more"))
  }

  /// What a file that cannot be read says is not known: no word of defaults.
  @Test func aBrokenFileIsNamed() async {
    let session = await Session(
      backend: ScriptedBackend {
        $0.contents = Fixture.contents()
        $0.contents?.problems = [
          StackProblem(.unreadable, "did not find what was expected")
        ]
      })
    await session.press("2")
    #expect(session.sentence.contains("did not find what was expected"))
    #expect(!session.text.contains("All values are defaults"))
  }

  @Test func newSecretSaysWhatItChanges() async {
    let session = await open("keystone_admin_password")
    await session.press("n")
    #expect(session.text.contains("Restarts 2 pods."))
    #expect(session.text.contains("******** → ********"))
  }

  @Test func wrongValuesAreRefusedWithTheReason() async {
    let session = await open("keystone_replicas")
    await session.press("<enter><^u>99<enter>")
    #expect(session.backend.calls.isEmpty)
    #expect(session.sentence == "keystone_replicas is at most 15 pods, not 99")
    await session.press("<^u>many")
    #expect(session.sentence.contains("whole number"))
    await session.press("<esc>")
    #expect(session.state.parameters.edit == nil)
    #expect(session.backend.calls.isEmpty)
  }

  @Test func flagTurnsAtOnce() async {
    let session = await open("keystone_debug")
    #expect(session.text.contains("[ ] no"))
    await session.press(" ")
    #expect(session.backend.calls == ["set keystone_debug true"])
    #expect(session.text.contains("[x] yes"))
    // Back at the default there is nothing to keep in the file.
    await session.press("<enter>")
    #expect(session.backend.calls.last == "set keystone_debug default")
  }

  /// A key that comes before the last one is written is about what it set.
  @Test func quickKeysAreAllMeant() async {
    let session = await open("keystone_debug")
    var state = session.state
    let asked = (1...3).flatMap { _ in
      reduce(&state, .event(.input(.key(.space))))
    }.map(\.request)
    #expect(
      asked == [
        .set("keystone_debug", true), .set("keystone_debug", nil),
        .set("keystone_debug", true),
      ])
    let undone = (1...3).flatMap { _ in
      reduce(&state, .event(.input(.key("u"))))
    }.map(\.request)
    #expect(
      undone == [
        .set("keystone_debug", nil), .set("keystone_debug", true),
        .set("keystone_debug", nil),
      ])
  }

  @Test func choiceFromAList() async {
    let session = await open("keystone_token")
    await session.press("<enter>")
    #expect(session.text.contains("jws"))
    await session.press("<down><enter>")
    #expect(session.backend.calls == ["set keystone_token_provider \"jws\""])
  }

  @Test func defaultAndUndo() async {
    let session = await open("keystone_replicas")
    await session.press("<enter><^u>5<enter>")
    await session.press("<enter><^u>7<enter>")
    await session.press("d")
    #expect(session.backend.calls.last == "set keystone_replicas default")
    await session.press("u")
    #expect(session.backend.calls.last == "set keystone_replicas 7")
    await session.press("u")
    #expect(session.backend.calls.last == "set keystone_replicas 5")
    await session.press("u")
    #expect(session.backend.calls.last == "set keystone_replicas default")
    let before = session.backend.calls.count
    await session.press("u")
    #expect(session.sentence == "There is nothing to undo.")
    await session.press("d")
    #expect(session.sentence.contains("the role's default already"))
    #expect(session.backend.calls.count == before)
  }

  @Test func listForm() async {
    let session = await open("keystone_policies")
    await session.press("<enter>")
    #expect(session.text.contains("1  reader"))
    await session.press("aadmin<enter>-")
    #expect(session.text.contains("2  admin"))
    await session.press("<home>d")
    await session.press("s")
    #expect(
      session.backend.calls == ["set keystone_policies [\"admin\",\"member\"]"])
  }

  @Test func formWithoutSavingChangesNothing() async {
    let session = await open("keystone_policies")
    await session.press("<enter>dd<esc>")
    // What would be lost is said first.
    #expect(session.text.contains("s saves, esc again leaves it"))
    await session.press("<down><esc>")
    #expect(session.state.layers.count == 1)
    await session.press("<esc>")
    #expect(session.backend.calls.isEmpty)
    #expect(session.state.layers.isEmpty)
  }

  @Test func dictionaryForm() async {
    let session = await open("keystone_labels")
    await session.press("<enter>ateam<enter>platform<enter>s")
    #expect(
      session.backend.calls == ["set keystone_labels {\"team\":\"platform\"}"])
  }

  @Test func dictionaryWithKnownKeys() async {
    let session = await open("keystone_probe")
    await session.press("<enter>")
    #expect(session.text.contains("Seconds between two probes."))
    await session.press("<enter><^u>0<enter>")
    #expect(session.text.contains("at least 1"))
    await session.press("<^u>30<enter>")
    await session.press("a")
    #expect(session.text.contains("The role says which keys there are."))
    await session.press("s")
    #expect(session.backend.calls == ["set keystone_probe {\"period\":30}"])
  }

  @Test func secretsAreMasked() async {
    let session = await open("keystone_admin")
    #expect(session.text.contains("********"))
    #expect(!session.text.contains("correct horse"))
    await session.press("v")
    #expect(session.text.contains("correct horse"))
    await session.press("v")
    #expect(!session.text.contains("correct horse"))
    // Typing one shows stars, and no editor's file ever holds it.
    await session.press("<enter>hunter2")
    #expect(!session.text.contains("hunter2"))
    #expect(session.text.contains("*******"))
    await session.press("<esc>e")
    #expect(session.ownEffects.isEmpty)
    await session.press("n")
    #expect(session.backend.calls == ["generate keystone_admin_password"])
    await session.press("u")
    #expect(
      session.backend.calls.last
        == "set keystone_admin_password \"correct horse\"")
  }

  @Test func aRevealedSecretHidesWhenTheSelectionMoves() async {
    let session = await Session()
    await session.press("2")
    session.select("keystone_admin_password")
    await session.press("v")
    #expect(session.text.contains("correct horse"))
    await session.press("<up>")
    #expect(!session.text.contains("correct horse"))
  }

  @Test func searchGoesOverAllServicesAndAdvancedOnes() async {
    let session = await Session()
    await session.press("2<tab><tab>/threads")
    #expect(session.text.contains("keystone_wsgi_threads"))
    await session.press("<esc>/quorum")
    #expect(session.text.contains("mariadb_replicas"))
    await session.press("<esc>/correct")
    #expect(session.text.contains("0 of 11"))
  }

  @Test func advancedAndServiceFilter() async {
    let session = await Session()
    await session.press("2")
    #expect(session.text.contains("10 of 11"))
    await session.press("a")
    #expect(session.text.contains("11 of 11"))
    await session.press("<tab>")
    #expect(session.text.contains(" MariaDB"))
    #expect(session.text.contains("2 of 11"))
    await session.press("<tab><tab><tab>")
    #expect(session.text.contains("all services"))
  }

  @Test func missingValuesAreMarked() async {
    let session = await Session(
      backend: ScriptedBackend {
        $0.own = [:]
        $0.contents = Fixture.contents(values: [:])
      })
    await session.press("2/admin")
    #expect(session.text.contains("not set"))
    #expect(session.sentence.contains("keystone_admin_password needs a value"))
  }

  @Test func editorTakesYAML() async {
    let session = await open("keystone_policies")
    await session.press("e")
    #expect(session.ownEffects == [.edit("[\"reader\",\"member\"]")])
    var state = session.state
    _ = state.takeEdited("- a\n- b\n")
    #expect(state.parameters.history.last?.parameter == "keystone_policies")
    _ = state.takeEdited("[broken")
    #expect(state.notice?.role == .failed)
  }

  @Test func pasteGoesIntoTheField() async {
    let session = await open("keystone_region")
    await session.press("<enter><^u>")
    await session.send(.input(.paste("大阪\n2")))
    await session.press("<enter>")
    #expect(
      session.backend.calls == ["set keystone_region_title \"大阪 2\""])
  }
}
