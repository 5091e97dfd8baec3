// Which components come before which, and what follows from choosing or
// dropping a service. Pure: it sees names only.

/// The components of a catalogue and what they require of each other.
public struct ServiceGraph: Sendable {
  /// All services by name.
  public let services: [String: Service]
  /// All components by name.
  public let components: [String: Component]
  /// The components' places in the catalogue: ties are broken by it.
  private let rank: [String: Int]
  /// The services' names in catalogue order.
  public let serviceOrder: [String]

  public init(services: [Service], components: [Component]) {
    self.services = Dictionary(
      services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.components = Dictionary(
      components.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    serviceOrder = services.map(\.name)
    rank = Dictionary(
      components.enumerated().map { ($1.name, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// A set of components that a run works on together.
  public struct Stage: Sendable, Hashable {
    public var name: String
    /// Component names, each after those of the stage that it requires.
    public var components: [String]

    public init(name: String, components: [String]) {
      self.name = name
      self.components = components
    }
  }

  // MARK: Services

  /// The services that a service needs, nearest first, itself left out.
  public func dependencies(of service: String) -> [String] {
    closure(from: service) { name in directDependencies(of: name) }
  }

  /// The services that need a service, nearest first, itself left out.
  public func dependents(of service: String) -> [String] {
    closure(from: service) { name in
      serviceOrder.filter { directDependencies(of: $0).contains(name) }
    }
  }

  /// The services whose components this one's components name in `requires`.
  public func directDependencies(of service: String) -> [String] {
    var found: [String] = []
    for component in services[service]?.components ?? [] {
      for required in components[component]?.requires ?? [] {
        guard let owner = components[required]?.service, owner != service,
          !found.contains(owner)
        else { continue }
        found.append(owner)
      }
    }
    return found
  }

  /// What choosing a service does to those chosen so far.
  public func choosing(_ service: String, with chosen: [String]) -> Choice {
    let brought = dependencies(of: service).filter { !chosen.contains($0) }
    return Choice(
      chosen: inOrder(Set(chosen + [service] + brought)),
      brought: inOrder(Set(brought)), neededBy: [])
  }

  /// What dropping a service does: those chosen that need it go with it.
  ///
  /// A front end asks before it takes ``Choice/chosen`` when
  /// ``Choice/neededBy`` is not empty.
  public func dropping(_ service: String, from chosen: [String]) -> Choice {
    let needing = dependents(of: service).filter { chosen.contains($0) }
    let gone = Set(needing + [service])
    return Choice(
      chosen: chosen.filter { !gone.contains($0) }, brought: [],
      neededBy: inOrder(Set(needing)))
  }

  /// The outcome of choosing or dropping a service.
  public struct Choice: Sendable, Hashable {
    /// The services chosen afterwards, in catalogue order.
    public var chosen: [String]
    /// The services that came along because they are needed.
    public var brought: [String]
    /// The chosen services that need the dropped one.
    public var neededBy: [String]
  }

  // MARK: Stages

  /// The stages of a deployment of some services, first to last.
  ///
  /// A stage holds the components that name it. Its place follows from
  /// `requires`: a stage comes once nothing in it requires a component of a
  /// stage that is still to come. Where stages require each other crosswise, a
  /// stage is entered twice rather than a component started too early.
  ///
  /// With `upgrade`, components stand in their upgrade stages.
  ///
  /// - Throws: ``StackProblem`` of kind `cycle` that names the circle, or of
  ///   kind `unknownService` for a requirement that no role answers.
  public func stages(
    of chosen: [String], upgrade: Bool = false
  ) throws(StackProblem) -> [Stage] {
    let wanted = chosen.flatMap { services[$0]?.components ?? [] }
    let names = Set(wanted)
    for name in wanted {
      guard let component = components[name] else { continue }
      for required in component.requires where components[required] == nil {
        throw StackProblem(
          .unknownService,
          "component \(name) requires \(required), which no role provides",
          at: SourceLocation(file: component.path + "/meta/service.yml"),
          remedy: "correct `requires` or add the role")
      }
    }
    if let circle = cycle(among: names) {
      throw StackProblem(
        .cycle,
        "components require each other in a circle: "
          + circle.joined(separator: " → "),
        at: components[circle[0]].map {
          SourceLocation(file: $0.path + "/meta/service.yml")
        },
        remedy: "remove one of these from `requires`")
    }
    return order(names, upgrade: upgrade)
  }

  private func order(_ names: Set<String>, upgrade: Bool) -> [Stage] {
    func stage(of name: String) -> String {
      guard let component = components[name] else { return "" }
      return upgrade ? component.upgradeStage : component.stage
    }
    var waiting = names.sorted { (rank[$0] ?? 0) < (rank[$1] ?? 0) }
    var done = Set<String>()
    var stages: [Stage] = []
    while !waiting.isEmpty {
      var best: Stage?
      var bestIsWhole = false
      var tried = Set<String>()
      for name in waiting where tried.insert(stage(of: name)).inserted {
        let members = waiting.filter { stage(of: $0) == stage(of: name) }
        let startable = startable(members, after: done, among: names)
        let isWhole = startable.count == members.count
        if !startable.isEmpty, best == nil || (isWhole && !bestIsWhole) {
          best = Stage(name: stage(of: name), components: startable)
          bestIsWhole = isWhole
        }
      }
      // No circle was found, so something can always start.
      guard let best else { break }
      stages.append(best)
      done.formUnion(best.components)
      waiting.removeAll { done.contains($0) }
    }
    return stages
  }

  /// The members that can start within one stage, each after what it requires.
  private func startable(
    _ members: [String], after done: Set<String>, among names: Set<String>
  ) -> [String] {
    var ordered: [String] = []
    var met = done
    var grew = true
    while grew {
      grew = false
      for name in members where !met.contains(name) {
        let requires = components[name]?.requires ?? []
        let open = requires.filter { names.contains($0) && !met.contains($0) }
        if open.isEmpty {
          ordered.append(name)
          met.insert(name)
          grew = true
        }
      }
    }
    return ordered
  }

  /// A circle among the components, its first name repeated at the end.
  private func cycle(among names: Set<String>) -> [String]? {
    var finished = Set<String>()
    func visit(_ name: String, _ path: [String]) -> [String]? {
      if let start = path.firstIndex(of: name) {
        return Array(path[start...]) + [name]
      }
      guard !finished.contains(name) else { return nil }
      for required in components[name]?.requires ?? []
      where names.contains(required) {
        if let found = visit(required, path + [name]) { return found }
      }
      finished.insert(name)
      return nil
    }
    for name in names.sorted() {
      if let found = visit(name, []) { return found }
    }
    return nil
  }

  // MARK: Helpers

  private func closure(
    from start: String, next: (String) -> [String]
  ) -> [String] {
    var found: [String] = []
    var queue = next(start)
    while !queue.isEmpty {
      let name = queue.removeFirst()
      guard name != start, !found.contains(name) else { continue }
      found.append(name)
      queue += next(name)
    }
    return found
  }

  private func inOrder(_ names: Set<String>) -> [String] {
    let known = serviceOrder.filter { names.contains($0) }
    return known + names.subtracting(known).sorted()
  }
}
