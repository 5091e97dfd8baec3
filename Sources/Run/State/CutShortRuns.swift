// What runs wrote that were ended before they could leave a release: killed, or
// cut off from the cluster. Their journals know.

import Kubernetes
import Stack

/// The runs since the newest one that left a release.
struct CutShortRuns {
  /// Whether the newest run that changes the cluster has no last word.
  private(set) var isNewestCutShort = false
  /// What they wrote to the cluster.
  private(set) var written = Inventory()

  /// The number of a stack's newest runs that are looked at, at most.
  private static let limit = 10

  /// Reads the journals of a stack's runs on the cluster with a uid.
  init(_ context: RunContext, _ layout: StackLayout, on uid: String) {
    let history = RunHistory(
      files: context.files, processes: context.processes)
    let numbers = RunFiles.numbers(layout, context.files).suffix(Self.limit)
    var isNewest = true
    var inventories: [Inventory] = []
    for number in numbers.reversed() {
      let entries = history.journal(number, layout)
      guard let operation = Self.operation(entries),
        ![.check, .test].contains(operation)
      else { continue }
      if isNewest {
        isNewestCutShort = !Self.has(entries) {
          if case .finished = $0 { return true }
          return false
        }
        isNewest = false
      }
      let isReleased = Self.has(entries) {
        if case .released = $0 { return true }
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
    for inventory in inventories.reversed() { written.merge(inventory) }
  }

  private static func operation(_ entries: [JournalEntry]) -> RunOperation? {
    guard case .started(let header)? = entries.first?.event else { return nil }
    return header.operation
  }

  private static func has(
    _ entries: [JournalEntry], _ test: (JournalEvent) -> Bool
  ) -> Bool {
    entries.contains { test($0.event) }
  }
}
