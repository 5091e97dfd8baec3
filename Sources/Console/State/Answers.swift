// What comes back from outside, and where it goes.

import Kubernetes
import Run
import Stack
import Terminal

extension ConsoleState {
  mutating func take(
    _ result: Result<Answer, Failure>, for slot: Slot
  ) -> [Effect] {
    // A stream goes on answering; it says itself when it ends.
    switch result {
    case .success(.snapshot), .success(.logLines), .success(.overview),
      .success(.details):
      break
    default: answered(slot)
    }
    switch result {
    case .success(let answer): return take(answer, for: slot)
    case .failure(let failure): return fail(failure.sentence, slot)
    }
  }

  private mutating func take(_ answer: Answer, for slot: Slot) -> [Effect] {
    switch answer {
    case .opening(let opening): return take(opening)
    case .choices(let choices):
      take(choices)
    case .contents(let contents): return take(contents)
    case .preview(let preview):
      parameters.preview?.result = preview
      parameters.preview?.problem = nil
    case .overview(let overview):
      let before = self.overview?.services ?? [:]
      self.overview = overview
      // Of a cluster that does not answer now, the last that was known.
      if overview.problem != nil, overview.services.isEmpty {
        self.overview?.services = before
      }
      guard let run = overview.activeRun, rollout.number == nil else {
        return []
      }
      return follow(run)
    case .nodes(let found):
      if nodes.isLoaded, nodes.nodes.map(\.pending) != found.map(\.pending) {
        review.isStale = true
      }
      nodes.problem = nil
      nodes.isLoaded = true
      nodes.nodes = found
      nodes.list.fit(count: listedNodes.count, rows: listRows)
    case .plan(let plan): takePlan(plan)
    case .started(let run):
      review.plan = nil
      return follow(run) + show(.rollout)
    case .snapshot(let snapshot):
      let wasOver = rollout.snapshot?.run.state.isOver ?? false
      take(snapshot)
      guard snapshot.run.state.isOver, !wasOver else { return [] }
      return [effect(.overview, .overview)]
    case .runs(let found):
      runs.problem = nil
      runs.isLoaded = true
      runs.runs = found
      runs.list.fit(count: listedRuns.count, rows: listRows)
      if screen == .rollout, rollout.number == nil, let newest = found.first {
        return follow(newest.number)
      }
    case .saved(let path):
      notice = Notice(text: "Saved as \(path), mode 0600.", role: .good)
    case .details(let details):
      var begin: [Effect] = []
      var readsLog = false
      updateObject { layer in
        layer.problem = nil
        layer.details = details
        readsLog = layer.tab == .logs && layer.reading == nil
      }
      if readsLog, let index = objectLayerIndex,
        case .object(let layer) = layers[index]
      {
        let result = readLog(layer)
        if let layer = result.layer { layers[index] = .object(layer) }
        begin = result.effects
      }
      return begin
    case .logLines(let lines): updateObject { $0.append(lines) }
    case .commands(let records): layers.append(.text(commandLayer(records)))
    case .edited(let text): return takeEdited(text)
    case .done:
      if slot == .logs {
        updateObject { layer in
          if layer.logLines.isEmpty { layer.logProblem = "The log is empty." }
        }
      }
    }
    return []
  }

  private var objectLayerIndex: Int? {
    layers.lastIndex {
      if case .object = $0 { return true }
      return false
    }
  }

  private mutating func take(_ opening: Opening) -> [Effect] {
    switch opening {
    case .nothing(let directory):
      self.directory = directory
      isGuided = true
      screen = .cluster
      return [effect(.choices, .clusterChoices)]
    case .locked(let sentence):
      layers.append(.password(PasswordLayer(text: sentence)))
      return []
    case .stack(let contents):
      return take(contents) + [effect(.overview, .overview)]
    }
  }

  private mutating func take(_ contents: StackContents) -> [Effect] {
    let selected = screen == .parameters ? selectedParameter?.id : nil
    let isNew = stack == nil
    stack = contents
    services.before = nil
    isRecovering = false
    directory = contents.directory
    if !isNew { review.isStale = true }
    if let selected { select(parameter: selected) }
    services.list.fit(count: listedServices.count, rows: listRows)
    guard isNew, isGuided, screen == .cluster else {
      // Review is on screen: it shows what holds now.
      return previewOfWritten()
        + (screen == .review && !isNew ? wantPlan() : [])
    }
    screen = .services
    return [effect(.overview, .overview)]
  }

  /// Puts a failure where its screen shows it.
  private mutating func fail(_ sentence: String, _ slot: Slot) -> [Effect] {
    switch slot {
    case .choices: cluster.problem = sentence
    case .preview:
      parameters.preview?.problem = sentence
      parameters.preview?.result = nil
    case .nodes:
      nodes.problem = sentence
      nodes.isLoaded = true
    case .plan: review.problem = sentence
    case .follow: rollout.problem = sentence
    case .runs:
      runs.problem = sentence
      runs.isLoaded = true
    case .object: updateObject { $0.problem = sentence }
    case .logs: updateObject { $0.logProblem = sentence }
    case .overview:
      overview = Overview(
        cluster: overview?.cluster ?? "", problem: sentence,
        services: overview?.services ?? [:],
        activeRun: overview?.activeRun, cutShort: overview?.cutShort,
        differsFromCluster: overview?.differsFromCluster ?? false)
    case .stack:
      notice = .problem(sentence)
      // What was shown in advance may not have been written.
      guard stack != nil else {
        cluster.problem = sentence
        return []
      }
      if let before = services.before { stack?.chosen = before }
      services.before = nil
      parameters.preview = nil
      parameters.written = nil
      // Somebody else may have written: show what the files say now.
      guard !isRecovering else {
        isRecovering = false
        return []
      }
      isRecovering = true
      return [effect(.stack, .open)]
    case .start, .tell, .commands, .editor, .save, .settings:
      notice = .problem(sentence)
    }
    return []
  }
}
