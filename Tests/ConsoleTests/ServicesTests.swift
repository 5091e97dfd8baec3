// Choosing and dropping services by keys.

import Stack
import Testing

@testable import Console

struct ServicesTests {
  @Test func choosingBringsWhatIsNeededAndSaysSo() async {
    let session = await Session(
      backend: ScriptedBackend {
        $0.contents = Fixture.contents(chosen: [])
        $0.chosen = []
      })
    await session.press("<end> ")
    #expect(session.backend.calls == ["choose mariadb,memcached,keystone"])
    #expect(
      session.sentence
        == "Keystone needs MariaDB and memcached: they are chosen too.")
    #expect(session.text.contains("[x] Keystone"))
    #expect(session.text.contains("[+] MariaDB"))
  }

  @Test func droppingWhatOthersNeedNamesThemAndAsks() async {
    let session = await Session()
    await session.press(" ")
    #expect(session.text.contains("Drop MariaDB?"))
    #expect(session.text.contains("Keystone needs MariaDB and goes with it."))
    #expect(session.backend.calls.isEmpty)
    await session.press("n")
    #expect(!session.text.contains("Drop MariaDB?"))
    #expect(session.backend.calls.isEmpty)
    await session.press(" y")
    #expect(session.backend.calls == ["choose memcached"])
    #expect(session.sentence == "Dropped: MariaDB and Keystone.")
  }

  @Test func droppingWhatNobodyNeedsDoesNotAsk() async {
    let session = await Session()
    await session.press("G ")
    #expect(session.backend.calls == ["choose mariadb,memcached"])
  }

  @Test func searchFindsByTitleAndDescription() async {
    let session = await Session()
    await session.press("/数据")
    #expect(session.text.contains("MariaDB"))
    #expect(!session.text.contains("[+] memcached"))
    await session.press("<esc>")
    #expect(session.text.contains("[+] memcached"))
  }

  @Test func enterShowsItsParameters() async {
    let session = await Session()
    await session.press("<end><enter>")
    #expect(session.text.contains("Keystone  advanced hidden"))
    #expect(!session.text.contains("mariadb_replicas"))
    #expect(session.text.contains("keystone_replicas"))
    await session.press("<end>")
    // What several services share is among the parameters of each.
    #expect(session.text.contains("openstack_region"))
  }

  @Test func stateOfEachServiceIsShown() async {
    let session = await Session()
    #expect(session.text.contains("✓ 3 of 3 ready"))
    #expect(session.text.contains("· not deployed"))
    await session.press("<end>")
    #expect(session.sentence == "Keystone: image does not exist")
  }
}
