// All roles that a stack can use, joined: the catalogue's and its own.

import Ansible
import Kubernetes

/// The roles of a stack with their services and parameters.
struct RoleSet: Sendable {
  var services: [Service] = []
  var components: [Component] = []
  /// Parameters by name; one that several roles declare is one.
  var parameters: [String: Parameter] = [:]
  /// The parameters' names in the order in which they were declared.
  var order: [String] = []
  var problems: [StackProblem] = []

  /// Reads the roles of two directories; the stack's own win over the
  /// catalogue's.
  static func read(
    own: String, catalogue: String, _ reader: RoleReader
  ) -> RoleSet {
    var set = RoleSet()
    var names = Set<String>()
    let documents = reader.documents
    for (directory, isFromStack) in [(own, true), (catalogue, false)] {
      for name in documents.names(in: directory)
      where !name.hasPrefix(".") {
        let path = directory + "/" + name
        guard documents.isFolder(path), names.insert(name).inserted,
          let role = reader.role(
            at: path, name: name, isFromStack: isFromStack)
        else { continue }
        set.add(role)
      }
    }
    set.sort()
    return set
  }

  private mutating func add(_ role: RoleDescription) {
    components.append(role.component)
    problems += role.problems
    if let index = services.firstIndex(where: { $0.name == role.service.name })
    {
      services[index].components.append(role.component.name)
      if services[index].description.isEmpty {
        services[index].description = role.service.description
      }
    } else {
      services.append(role.service)
    }
    for parameter in role.parameters {
      guard var known = parameters[parameter.name] else {
        parameters[parameter.name] = parameter
        order.append(parameter.name)
        continue
      }
      known.components += parameter.components
      if known.service != parameter.service { known.service = nil }
      if known.defaultValue == nil {
        known.defaultValue = parameter.defaultValue
        known.defaultLocation = parameter.defaultLocation
      }
      known.isSecret = known.isSecret || parameter.isSecret
      known.generate = known.generate ?? parameter.generate
      parameters[parameter.name] = known
    }
  }

  /// The headings in the order in which a cloud is built up.
  private static let groups = [
    "Infrastructure", "Identity", "Image", "Placement", "Compute", "Network",
    "Storage", "Orchestration", "Web",
  ]

  /// Services by group, and what is needed before what needs it.
  private mutating func sort() {
    let graph = ServiceGraph(services: services, components: components)
    func rank(_ service: Service) -> (Int, String, Int, String) {
      let group = Self.groups.firstIndex(of: service.group)
      return (
        group ?? Self.groups.count, service.group,
        graph.dependencies(of: service.name).count, service.name
      )
    }
    services.sort { rank($0) < rank($1) }
    let place = Dictionary(
      uniqueKeysWithValues: services.enumerated().map { ($1.name, $0) })
    components.sort {
      (place[$0.service] ?? 0, $0.name) < (place[$1.service] ?? 0, $1.name)
    }
  }

  /// The parameters of some services: those that services share first, then
  /// by service and as declared.
  func parameters(of chosen: [String]) -> [Parameter] {
    let names = Set(
      components.filter { chosen.contains($0.service) }.map(\.name))
    let used = order.compactMap { parameters[$0] }.filter {
      !names.isDisjoint(with: $0.components)
    }
    return used.filter { $0.service == nil }
      + services.filter { chosen.contains($0.name) }.flatMap { service in
        used.filter { $0.service == service.name }
      }
  }
}
