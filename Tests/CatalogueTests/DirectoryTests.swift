// Tests of where the roles and themes are looked for.

import Testing

@testable import Catalogue

@Suite struct DirectoryTests {
  /// A file system that holds just these directories.
  func holding(_ paths: String...) -> (String) -> Bool { paths.contains }

  @Test func homeWinsOverAllOtherPlaces() throws {
    let found = try Catalogue.directory(
      of: .roles, environment: ["QUARTERDECK_HOME": "/srv/qd/"],
      executable: "/usr/bin/quarterdeck",
      exists: holding("/srv/qd/roles", "/usr/share/quarterdeck/roles"))
    #expect(found == "/srv/qd/roles")
  }

  @Test func homeWithoutTheFilesIsAnErrorThatNamesIt() {
    #expect(
      throws: Catalogue.NotFound(kind: .themes, places: ["/srv/qd/themes"])
    ) {
      try Catalogue.directory(
        of: .themes, environment: ["QUARTERDECK_HOME": "/srv/qd"],
        executable: "/usr/bin/quarterdeck",
        exists: holding("/usr/share/quarterdeck/themes"))
    }
  }

  @Test func anEmptyHomeIsNoHome() throws {
    let found = try Catalogue.directory(
      of: .roles, environment: ["QUARTERDECK_HOME": ""],
      executable: "/opt/qd/bin/quarterdeck",
      exists: holding("/opt/qd/share/quarterdeck/roles"))
    #expect(found == "/opt/qd/share/quarterdeck/roles")
  }

  @Test func anInstallationWinsOverTheBuild() throws {
    let found = try Catalogue.directory(
      of: .roles, environment: [:], executable: "/usr/bin/quarterdeck",
      exists: holding(
        "/usr/share/quarterdeck/roles", "/usr/Sources/Catalogue",
        "/usr/Sources/Catalogue/roles"))
    #expect(found == "/usr/share/quarterdeck/roles")
  }

  @Test func aBuildFindsTheSourceTreeAboveIt() throws {
    let root = "/src/quarterdeck"
    let exists = holding(
      root + "/Sources/Catalogue", root + "/Sources/Catalogue/roles",
      root + "/themes")
    for (kind, path) in [
      (.roles, root + "/Sources/Catalogue/roles"),
      (.themes, root + "/themes"),
    ] as [(Catalogue.Kind, String)] {
      let found = try Catalogue.directory(
        of: kind, environment: [:],
        executable: root + "/.build/debug/quarterdeck", exists: exists)
      #expect(found == path)
    }
  }

  @Test func aMovedBinarySaysWhereItLooked() throws {
    let error = #expect(throws: Catalogue.NotFound.self) {
      try Catalogue.directory(
        of: .roles, environment: [:], executable: "/tmp/quarterdeck",
        exists: { _ in false })
    }
    #expect(error?.places == ["/share/quarterdeck/roles"])
    #expect("\(try #require(error))".contains("QUARTERDECK_HOME"))
  }

  @Test func thisVeryBuildFindsItsRoles() throws {
    let roles = try Catalogue.directory(of: .roles, environment: [:])
    #expect(Catalogue.isDirectory(roles + "/keystone/tasks"))
    #expect(!Catalogue.isDirectory(roles + "/keystone/tasks/main.yml"))
    #expect(!Catalogue.isDirectory(roles + "/nowhere"))
  }
}
