// A stack and its cluster, opened for one command.

import Kubernetes
import Platform
import Run
import Stack

/// Everything that a command about plans and runs works with.
struct Site: Sendable {
  let workshop: Workshop
  let stack: OpenStack
  let connected: ConnectedCluster
  let context: RunContext
  var layout: StackLayout { stack.layout }
  var contents: StackContents { stack.contents }

  var launcher: RunLauncher {
    get throws {
      guard let program = executablePath() else {
        throw Failure(.failed, "the path of this program is not known")
      }
      return RunLauncher(
        context, program: program,
        arguments: ["run-worker"] + connected.arguments)
    }
  }

  var history: RunHistory {
    RunHistory(files: workshop.files, processes: workshop.processes)
  }

  /// Makes a plan of what the operator asked for.
  func plan(
    _ operation: RunOperation, engine: RunEngine = .quarterdeck
  ) async throws -> Plan {
    let labels = NodeLabelStore(files: workshop.files).read(layout)
    return try await Planner(context).plan(
      stack,
      PlanRequest(
        operation, engine: engine, nodeLabels: labels,
        checks: await connected.checks())
    ).plan
  }
}

/// Opens the site that the options mean, lets a command work in it, and closes
/// the cluster again.
func withSite<Result: Sendable>(
  _ target: StackOptions, _ cluster: ClusterOptions,
  _ work: @escaping @Sendable (Site) async throws -> Result
) throws -> Result {
  try withSite(target.directory, try target.workshop(), cluster, work)
}

/// Opens the site of a stack's directory, as above.
func withSite<Result: Sendable>(
  _ directory: String, _ workshop: Workshop, _ cluster: ClusterOptions,
  _ work: @escaping @Sendable (Site) async throws -> Result
) throws -> Result {
  let stack = try Workshop.checked { () throws(StackProblem) in
    try workshop.store.open(directory)
  }
  if let problem = stack.contents.errors.first {
    for other in stack.contents.errors.dropFirst() {
      Report.standardError(other.description)
    }
    throw Failure(problem: problem)
  }
  return try Waiting.run {
    let connected = try await cluster.connect(
      stack.contents.settings, stack.layout, workshop)
    let site = Site(
      workshop: workshop, stack: stack, connected: connected,
      context: workshop.context(connected))
    do {
      let result = try await work(site)
      await connected.close()
      return result
    } catch {
      await connected.close()
      throw Failure(from: error)
    }
  }
}

extension Failure {
  /// Any error of the layers below, with the status that it stands for.
  init(from error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as StackProblem: self.init(problem: error)
    case let error as ClusterError: self.init(cluster: error)
    case let error as LockHeld: self.init(.held, error.description)
    case let error as RunProblem: self.init(.failed, error.description)
    case is CancellationError: self.init(.interrupted, "interrupted")
    default: self.init(.failed, "\(error)")
    }
  }
}
