// `quarterdeck deploy`, `check` and `remove`: runs without a screen.

import ArgumentParser
import Kubernetes
import Run
import Stack

struct DeployCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Deploy the stack and follow the run, line by line.",
    discussion: """
      The run is a process of its own: interrupting this command leaves it \
      alone, and `quarterdeck` or `quarterdeck status` shows it again.
      """)

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try RunCommand(
      operation: .deploy, engine: engine.engine, target: target,
      cluster: cluster, consent: consent, output: output
    ).run()
  }
}

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the stack and whether it could be deployed.",
    discussion: "Runs every component's entry point check; writes nothing.")

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let plan = try withSite(target, cluster) { site in
      try await site.plan(.deploy)
    }
    if output.isJSON {
      output.print([
        "rehearsal": .bool(plan.isRehearsal),
        "checks": .array(
          plan.preflight.map {
            [
              "title": .string($0.title), "state": .string($0.state.rawValue),
              "sentence": .string($0.sentence),
            ]
          }),
        "obstacles": .array(plan.obstacles.map(JSON.string)),
      ])
    } else {
      for line in PlanReport(plan: plan).outcome { Report.line(line) }
    }
    if !plan.obstacles.isEmpty { Quarterdeck.exit(withCode: plan.status) }
  }
}

struct RemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove what the stack deployed.",
    discussion: """
      Claims and the data in them stay, unless a role's parameters say \
      otherwise. --name must repeat the stack's name.
      """)

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The stack's name, typed once more.")
  var name: String

  func run() throws {
    let workshop = try target.workshop()
    let stack = try target.open(in: workshop)
    guard name == stack.contents.name else {
      throw Failure(
        .usage,
        "--name \(name.printable) is not this stack's name, "
          + "\(stack.contents.name): nothing was removed")
    }
    try RunCommand(
      operation: .remove, engine: engine.engine, target: target,
      cluster: cluster, consent: consent, output: output
    ).run()
  }
}

/// What the operator agrees to in advance.
struct ConsentOptions: ParsableArguments {
  @Flag(help: "Go ahead without asking.")
  var yes = false

  @Flag(help: "Take over fields that other managers set.")
  var force = false

  @Flag(help: "Take over a lock whose holder is not heard of any more.")
  var takeOverLock = false
}

/// Plans, starts a run and follows it to its end.
struct RunCommand {
  var operation: RunOperation
  var engine: RunEngine
  var target: StackOptions
  var cluster: ClusterOptions
  var consent: ConsentOptions
  var output: OutputOptions

  func run() throws {
    guard consent.yes else {
      throw Failure(
        .usage,
        "\(operation.rawValue) changes the cluster: see "
          + "`quarterdeck plan`, then add --yes")
    }
    let isJSON = output.isJSON
    let snapshot = try withSite(target, cluster) {
      [operation, engine, consent] site in
      if let active = site.history.active(site.layout) {
        throw Failure(
          .held,
          "run \(active.number) goes on, started by "
            + "\(active.holder.printable): see `quarterdeck status`")
      }
      let plan = try await site.plan(operation, engine: engine)
      if let obstacle = plan.obstacles.first {
        for other in plan.obstacles.dropFirst() {
          Report.standardError(other.printable)
        }
        let offer = PlanReport(plan: plan).wayOut.map { "\n\($0)" } ?? ""
        throw Failure(plan.status, obstacle.printable + offer)
      }
      if let lock = plan.preflight.first(where: {
        $0.title == PreflightCheck.lock && $0.state == .warn
      }), !consent.takeOverLock {
        throw Failure(
          .held, "\(lock.sentence.printable) with --take-over-lock")
      }
      if !isJSON {
        Report.line(PlanReport(plan: plan).summary)
      }
      let number = try await site.launcher.start(
        plan,
        consent: RunConsent(
          forced: consent.force
            ? Set(plan.objects.map(\.reference)) : [],
          takesOverLock: consent.takeOverLock), for: site.stack)
      return try await Self.follow(number, site, printing: !isJSON)
    }
    if isJSON {
      output.print(StatusReport(snapshot).json)
    } else {
      for line in RunReport.closing(snapshot) { Report.line(line) }
    }
    guard snapshot.state.status == .success else {
      Quarterdeck.exit(withCode: snapshot.state.status)
    }
  }

  /// Follows a run until it is over, or held with nobody here to decide.
  private static func follow(
    _ number: Int, _ site: Site, printing: Bool
  ) async throws -> RunSnapshot {
    var report = RunReport()
    var last: RunSnapshot?
    do {
      for try await followed in RunFollower(site.context).follow(
        number, of: site.layout)
      {
        last = followed.run
        if printing {
          for line in report.lines(followed, now: site.context.now) {
            Report.line(line)
          }
        }
        if case .held = followed.run.state { break }
      }
    } catch is CancellationError {
      Report.standardError(
        "run \(number) goes on without this command; "
          + "`quarterdeck status` shows it")
      throw CancellationError()
    }
    guard let last else {
      throw Failure(.failed, "run \(number) left no journal")
    }
    return last
  }
}

extension Plan {
  /// What a command that shows the plan ends with.
  var status: ProgramStatus {
    if obstacles.isEmpty { return .success }
    if !refusals.isEmpty { return .refused }
    let isHeld = preflight.contains {
      $0.state == .fail
        && [PreflightCheck.lock, PreflightCheck.identity].contains($0.title)
    }
    return isHeld ? .held : .failed
  }
}
