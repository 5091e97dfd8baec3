// `quarterdeck plan`: what a deployment would do.

import ArgumentParser
import Kubernetes
import Run

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what a deployment would do; nothing is applied.",
    discussion: """
      Exit status 0 when the plan can be run, whether it changes anything or \
      not; \(ProgramStatus.failed.rawValue) when something stands in its way, \
      \(ProgramStatus.refused.rawValue) when that is what the in-process \
      engine does not support.
      """)

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Print the diff of every object; secrets are masked.")
  var diff = false

  @Flag(help: "Plan the removal instead.")
  var remove = false

  func run() throws {
    let operation: RunOperation = remove ? .remove : .deploy
    let plan = try withSite(target, cluster) { [engine] site in
      try await site.plan(operation, engine: engine.engine)
    }
    let report = PlanReport(plan: plan, showsDiff: diff)
    // The text shows what stands in the way where it stands.
    if output.isJSON {
      output.print(try report.json())
    } else {
      for line in report.lines { Report.line(line) }
    }
    if !plan.obstacles.isEmpty { Quarterdeck.exit(withCode: plan.status) }
  }
}
