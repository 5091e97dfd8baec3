// The Services screen: what is chosen, what it needs, how it is.

import Kubernetes
import Stack
import Terminal

struct ServicesState: SearchedList, Hashable, Sendable {
  var list = ListState()
  var search = Search()
  /// What was chosen before a choice that is not written yet.
  var before: [String]?
}

enum ServicesCommand: Hashable, Sendable {
  case toggle, parameters, review, search
}

let servicesKeys = KeyTable<ServicesCommand>(
  "Services",
  [
    KeyBinding(
      .space, "x", command: .toggle, title: "choose or drop the service",
      hint: "choose"),
    KeyBinding(
      .enter, "p", command: .parameters, title: "its parameters",
      hint: "parameters"),
    KeyBinding("r", command: .review, title: "review the plan", hint: "review"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
  ])

extension ConsoleState {
  /// The services that the list shows, by group in catalogue order.
  var listedServices: [Service] {
    guard let stack else { return [] }
    var groups: [String] = []
    for service in stack.services where !groups.contains(service.group) {
      groups.append(service.group)
    }
    return groups.flatMap { group in
      stack.services.filter {
        $0.group == group
          && services.search.matches($0.name, $0.title, $0.description)
      }
    }
  }

  mutating func reduceServices(key: Key) -> [Effect]? {
    let listed = listedServices
    if browse(\.services, key: key, count: listed.count) { return [] }
    guard let command = servicesKeys.command(for: key, vi: settings.viKeys)
    else { return nil }
    let selected =
      listed.indices.contains(services.list.selection)
      ? listed[services.list.selection] : nil
    switch command {
    case .toggle: return selected.map { toggle($0) } ?? []
    case .parameters:
      if let selected, stack?.chosen.contains(selected.name) == true {
        parameters.service = selected.name
      } else {
        parameters.service = nil
      }
      parameters.list = ListState()
      return show(.parameters)
    case .review: return show(.review)
    case .search:
      services.search.begin()
      return []
    }
  }

  /// Chooses a service with all that it needs, or drops it with consent.
  private mutating func toggle(_ service: Service) -> [Effect] {
    guard let stack else { return [] }
    let graph = stack.graph
    func titles(_ names: [String]) -> String {
      list(names.map { graph.services[$0]?.title ?? $0 })
    }
    guard stack.chosen.contains(service.name) else {
      let choice = graph.choosing(service.name, with: stack.chosen)
      var text = "\(service.title) is chosen."
      if !choice.brought.isEmpty {
        let verb = choice.brought.count == 1 ? "is" : "are"
        text =
          "\(service.title) needs \(titles(choice.brought)): "
          + "\(choice.brought.count == 1 ? "it" : "they") \(verb) chosen too."
      }
      notice = .info(text)
      return choose(choice.chosen)
    }
    let choice = graph.dropping(service.name, from: stack.chosen)
    guard !choice.neededBy.isEmpty else {
      notice = .info("\(service.title) is dropped.")
      return choose(choice.chosen)
    }
    let verb = choice.neededBy.count == 1 ? "needs" : "need"
    let gone = titles([service.name] + choice.neededBy)
    layers.append(
      .confirm(
        ConfirmLayer(
          title: "Drop \(service.title)?",
          text: "\(titles(choice.neededBy)) \(verb) \(service.title) and "
            + "\(choice.neededBy.count == 1 ? "goes" : "go") with it.",
          decision: .choose(choice.chosen, notice: "Dropped: \(gone)."))))
    return []
  }

  mutating func choose(_ names: [String]) -> [Effect] {
    // Shown at once; the answer brings the files' word for it.
    if services.before == nil { services.before = stack?.chosen }
    stack?.chosen = names
    return [effect(.stack, .choose(names))]
  }
}
