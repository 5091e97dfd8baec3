// What runs wrote that were ended before they could leave a release: killed, or
// cut off from the cluster. Their journals know.

import Kubernetes
import Stack

/// The runs since the newest one that left a release.
struct CutShortRuns {
  private let context: RunContext
  private let layout: StackLayout
  /// The numbers of a stack's newest runs that are looked at, at most.
  private static let limit = 10

  init(_ context: RunContext, _ layout: StackLayout) {
    self.context = context
    self.layout = layout
  }

  private var history: RunHistory {
    RunHistory(files: context.files, processes: context.processes)
  }

  private var numbers: [Int] {
    Array(RunFiles.numbers(layout, context.files).suffix(Self.limit).reversed())
  }

  /// Whether the newest run that changes the cluster was not ended by itself.
  var isNewestCutShort: Bool {
    for number in numbers {
      guard let plan = history.plan(number, layout),
        ![.check, .test].contains(plan.operation)
      else { continue }
      let events = history.journal(number, layout).map(\.event)
      guard let last = events.last else { continue }
      if case .finished = last { return false }
      return true
    }
    return false
  }

  /// What they wrote to the cluster with this uid.
  func written(on uid: String) -> Inventory {
    var inventories: [Inventory] = []
    for number in numbers {
      let entries = history.journal(number, layout)
      let isReleased = entries.contains {
        if case .released = $0.event { return true }
        return false
      }
      if isReleased { break }
      guard let plan = history.plan(number, layout),
        plan.inputs.clusterUID == uid
      else { continue }
      var progress = RunProgress(plan: plan)
      for entry in entries { progress.apply(entry) }
      inventories.append(progress.written)
    }
    var result = Inventory()
    for inventory in inventories.reversed() { result.merge(inventory) }
    return result
  }
}
