// The runs of a stack, from their files.

import Kubernetes
import Platform
import Stack

/// One run in the list of runs.
public struct RunSummary: Sendable, Hashable, Identifiable {
  public var number: Int
  public var operation: RunOperation
  public var engine: RunEngine
  public var state: RunState
  public var started: Instant
  public var finished: Instant?
  /// `user@host` of whoever started it.
  public var holder: String

  public var id: Int { number }

  public init(
    number: Int, operation: RunOperation, engine: RunEngine, state: RunState,
    started: Instant, finished: Instant?, holder: String
  ) {
    self.number = number
    self.operation = operation
    self.engine = engine
    self.state = state
    self.started = started
    self.finished = finished
    self.holder = holder
  }
}

/// Reads what runs left on disk.
public struct RunHistory: Sendable {
  private let files: any Files
  private let processes: any Processes

  public init(files: any Files, processes: any Processes) {
    self.files = files
    self.processes = processes
  }

  /// The runs of a stack, newest first, at most `limit`.
  public func runs(_ layout: StackLayout, limit: Int = 50) -> [RunSummary] {
    RunFiles.numbers(layout, files).suffix(limit).reversed().compactMap {
      run($0, layout)?.summary
    }
  }

  /// The run that goes on or is held; nil when there is none.
  public func active(_ layout: StackLayout) -> RunSummary? {
    runs(layout, limit: 3).first { !$0.state.isOver }
  }

  /// The frozen plan of a run; nil when it has none that can be read.
  public func plan(_ number: Int, _ layout: StackLayout) -> Plan? {
    guard
      let content = try? files.read(
        RunFiles(layout, number: number).plan)
    else { return nil }
    return try? RunCoding.decode(Plan.self, from: content.bytes)
  }

  /// The journal of a run.
  public func journal(_ number: Int, _ layout: StackLayout) -> [JournalEntry] {
    var reader = JournalReader(
      files: files, path: RunFiles(layout, number: number).journal)
    return (try? reader.read()) ?? []
  }

  /// How far a run is, from its files alone.
  public func run(
    _ number: Int, _ layout: StackLayout
  ) -> (summary: RunSummary, snapshot: RunSnapshot)? {
    guard let plan = plan(number, layout) else { return nil }
    var progress = RunProgress(plan: plan)
    let isAlive = { (header: RunHeader?) -> Bool in
      guard let header else { return false }
      return !header.holder.hasSuffix("@\(Host.name)")
        || processes.isRunning(header.process)
    }
    var entries = journal(number, layout)
    let header = entries.lazy.compactMap { entry -> RunHeader? in
      if case .started(let header) = entry.event { return header }
      return nil
    }.first
    let wasAlive = isAlive(header)
    if !wasAlive { entries = journal(number, layout) }
    for entry in entries { progress.apply(entry) }
    if !wasAlive {
      progress.interrupt(at: entries.last?.time ?? plan.made)
    }
    let snapshot = progress.snapshot
    return (
      RunSummary(
        number: number, operation: plan.operation, engine: plan.engine,
        state: snapshot.state, started: snapshot.started,
        finished: snapshot.finished, holder: header?.holder ?? ""),
      snapshot
    )
  }
}
