// `quarterdeck services`: what can be chosen, and choosing it.

import ArgumentParser
import Kubernetes
import Stack

struct ServicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "services",
    abstract: "List the services, or choose and drop some.",
    discussion: """
      Choosing a service brings what it needs. Dropping one that others need \
      is refused, unless --with-dependents drops those too.
      """)

  @OptionGroup var target: StackOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp("Services to choose.", valueName: "a,b"))
  var add: String?

  @Option(
    help: ArgumentHelp("Services to drop.", valueName: "a,b"))
  var drop: String?

  @Flag(help: "Drop the services that need the dropped ones too.")
  var withDependents = false

  func run() throws {
    let workshop = try target.workshop()
    // Without a stack the catalogue alone is listed.
    if add == nil, drop == nil, !workshop.store.isStack(target.directory) {
      let (services, components) = workshop.store.available()
      show(
        ServiceGraph(services: services, components: components), chosen: [])
      return
    }
    var stack = try target.open(in: workshop)
    var chosen = stack.contents.chosen
    let graph = stack.contents.graph
    for name in names(drop) {
      guard graph.services[name] != nil else { throw unknown(name, graph) }
      let choice = graph.dropping(name, from: chosen)
      guard choice.neededBy.isEmpty || withDependents else {
        throw Failure(
          .badInput,
          "\(name) is needed by \(listed(choice.neededBy)); drop them too "
            + "with --with-dependents")
      }
      chosen = choice.chosen
    }
    for name in names(add) {
      guard graph.services[name] != nil else { throw unknown(name, graph) }
      chosen = graph.choosing(name, with: chosen).chosen
    }
    if chosen != stack.contents.chosen {
      let current = stack
      stack = try Workshop.checked { () throws(StackProblem) in
        try workshop.store.apply([.choose(chosen)], to: current)
      }
    }
    show(stack.contents.graph, chosen: stack.contents.chosen)
  }

  private func names(_ list: String?) -> [String] {
    (list ?? "").split(separator: ",").map { String($0).trimmingBlanks }
  }

  private func unknown(_ name: String, _ graph: ServiceGraph) -> Failure {
    Failure(
      .badInput,
      "there is no service \(name.printable); "
        + (Spelling.suggestion(for: name, among: graph.serviceOrder)
          ?? "there are \(listed(graph.serviceOrder))"))
  }

  private func show(_ graph: ServiceGraph, chosen: [String]) {
    let services = graph.serviceOrder.compactMap { graph.services[$0] }
    if output.isJSON {
      output.print(
        .array(
          services.map { service in
            [
              "name": .string(service.name), "title": .string(service.title),
              "description": .string(service.description),
              "group": .string(service.group),
              "chosen": .bool(chosen.contains(service.name)),
              "components": .array(service.components.map(JSON.string)),
              "requires": .array(
                graph.dependencies(of: service.name).map(JSON.string)),
              "requiredBy": .array(
                graph.dependents(of: service.name).map(JSON.string)),
            ]
          }))
      return
    }
    var table = TextTable("CHOSEN", "SERVICE", "NEEDS", "DESCRIPTION")
    for service in services {
      table.add(
        chosen.contains(service.name) ? "[x]" : "[ ]", service.name,
        graph.dependencies(of: service.name).joined(separator: ", "),
        service.description.printable)
    }
    table.print()
  }
}
