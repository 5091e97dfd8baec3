// `quarterdeck status`: how the stack's runs and objects stand.

import ArgumentParser
import Kubernetes
import Run

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the newest run and its objects stand.",
    discussion: """
      Exit status 0 when the run goes on or succeeded, \
      \(ProgramStatus.failed.rawValue) when it failed or was interrupted, \
      \(ProgramStatus.held.rawValue) when it is held.
      """)

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  @Option(
    name: .customLong("run"),
    help: "The run's number; the newest by default.")
  var number: Int?

  func run() throws {
    let wanted = number
    let followed = try withSite(target, cluster) {
      site -> FollowedRun? in
      let newest = site.history.runs(site.layout, limit: 1).first?.number
      guard let number = wanted ?? newest else { return nil }
      guard site.history.plan(number, site.layout) != nil else {
        throw Failure(.badInput, "there is no run \(number)")
      }
      return try await RunFollower(site.context).look(
        at: number, of: site.layout)
    }
    guard let followed else {
      if output.isJSON {
        output.print(["run": .null])
      } else {
        Report.line("nothing was deployed yet")
      }
      return
    }
    let report = StatusReport(followed)
    if output.isJSON {
      output.print(report.json)
    } else {
      for line in report.lines { Report.line(line) }
    }
    guard followed.run.state.status == .success else {
      Quarterdeck.exit(withCode: followed.run.state.status)
    }
  }
}
