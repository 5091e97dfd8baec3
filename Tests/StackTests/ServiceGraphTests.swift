// Stages, dependencies and dependents, on made-up catalogues.

import Stack
import Testing

@Suite struct ServiceGraphTests {
  /// A catalogue from `name: service/stage <- requires…` lines.
  private func graph(_ lines: [String]) -> ServiceGraph {
    var services: [Service] = []
    let components = lines.map { line in
      let words = line.split(separator: " ").map(String.init)
      let place = words[1].split(separator: "/").map(String.init)
      if let index = services.firstIndex(where: { $0.name == place[0] }) {
        services[index].components.append(words[0])
      } else {
        services.append(
          Service(
            name: place[0], title: "", description: "", group: "",
            components: [words[0]]))
      }
      return Component(
        name: words[0], service: place[0], stage: place[1],
        requires: Array(words.dropFirst(2)))
    }
    return ServiceGraph(services: services, components: components)
  }

  private var cloud: ServiceGraph {
    graph([
      "mariadb mariadb/data", "memcached memcached/data",
      "keystone keystone/identity mariadb memcached",
      "glance glance/images keystone",
      "libvirt nova/compute neutron_agent",
      "nova_api nova/api keystone glance",
      "neutron neutron/api keystone",
      "neutron_agent neutron/compute neutron",
    ])
  }

  @Test func stagesFollowFromRequires() throws {
    let stages = try cloud.stages(of: [
      "keystone", "memcached", "mariadb", "glance", "nova", "neutron",
    ])
    #expect(
      stages.map(\.name) == ["data", "identity", "images", "api", "compute"])
    #expect(stages.last?.components == ["neutron_agent", "libvirt"])
  }

  @Test func aStageIsEnteredTwiceRatherThanTooEarly() throws {
    let graph = graph(["a a/x", "b b/y a", "c c/x b"])
    let stages = try graph.stages(of: ["a", "b", "c"])
    #expect(stages.map(\.name) == ["x", "y", "x"])
    #expect(stages.map(\.components) == [["a"], ["b"], ["c"]])
  }

  @Test func choosingBringsAndDroppingNames() {
    let choice = cloud.choosing("glance", with: ["memcached"])
    #expect(choice.brought == ["mariadb", "keystone"])
    #expect(
      choice.chosen == ["mariadb", "memcached", "keystone", "glance"])
    let drop = cloud.dropping("keystone", from: choice.chosen)
    #expect(drop.neededBy == ["glance"])
    #expect(drop.chosen == ["mariadb", "memcached"])
    #expect(cloud.dependents(of: "glance") == ["nova"])
  }

  @Test func aServiceMayNeedItself() {
    #expect(cloud.dependencies(of: "neutron").contains("neutron") == false)
  }

  @Test func circlesAndGapsAreNamed() {
    let circle = #expect(throws: StackProblem.self) {
      try graph(["a a/x c", "b b/x a", "c c/x b"]).stages(of: ["a", "b", "c"])
    }
    #expect(circle?.kind == .cycle)
    #expect(circle?.what.contains("a → c → b → a") == true)
    let gap = #expect(throws: StackProblem.self) {
      try graph(["a a/x nobody"]).stages(of: ["a"])
    }
    #expect(gap?.what.contains("nobody") == true)
  }
}
