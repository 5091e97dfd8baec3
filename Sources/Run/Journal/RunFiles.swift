// Where the files of runs stand: .quarterdeck/runs/<n>/.

import Platform
import Stack

/// The paths of one run's files.
public struct RunFiles: Sendable, Hashable {
  /// The run's directory, absolute.
  public var directory: String
  public var number: Int

  public init(_ layout: StackLayout, number: Int) {
    self.number = number
    directory = "\(layout.runs)/\(number)"
  }

  /// The frozen plan.
  public var plan: String { directory + "/plan.json" }
  /// What the operator agreed to.
  public var consent: String { directory + "/consent.json" }
  /// One entry a line; see ``JournalEntry``.
  public var journal: String { directory + "/journal.jsonl" }
  /// What the run's process printed: empty unless something went wrong.
  public var output: String { directory + "/output.log" }
  /// Orders to the run, one a line: `resume`, `stop`.
  public var orders: String { directory + "/orders" }

  /// The numbers of a stack's runs, ascending.
  public static func numbers(
    _ layout: StackLayout, _ files: any Files
  ) -> [Int] {
    ((try? files.list(layout.runs)) ?? []).compactMap { Int($0.name) }.sorted()
  }
}
