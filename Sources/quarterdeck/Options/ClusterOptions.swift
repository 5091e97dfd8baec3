// Which cluster a command works on: a real one through kubectl, or one in
// memory.

import ArgumentParser
import Kubectl
import Kubernetes
import Platform
import Rehearsal
import Stack

struct ClusterOptions: ParsableArguments {
  @Flag(help: "Work on a cluster in memory; nothing real is touched.")
  var rehearse = false

  @Option(
    help: ArgumentHelp(
      "What goes wrong in the rehearsal, such as image:keystone_api, "
        + "crash:X, slow:X, unschedulable:X, api-down:SECONDS; may be given "
        + "again. Takes the place of what went wrong before; none ends it.",
      valueName: "fault"))
  var fault: [String] = []

  @Option(help: "The kubeconfig's context.")
  var context: String?

  @Option(help: "The kubeconfig file.", completion: .file())
  var kubeconfig: String?

  func validate() throws {
    if rehearse, context != nil || kubeconfig != nil {
      throw ValidationError(
        "--rehearse goes without --context and --kubeconfig")
    }
  }

  /// Which cluster a new stack is for.
  struct Choice: Sendable {
    /// The kubeconfig's context; nil for the rehearsal.
    var context: String?
    var isRehearsal: Bool
    /// What was chosen and why, for the operator.
    var sentence: String
  }

  func kubectlOptions(context: String? = nil) -> KubectlOptions {
    KubectlOptions(kubeconfig: kubeconfig, context: self.context ?? context)
  }

  /// Chooses for a new stack: what was asked for, else the kubeconfig's
  /// current context; the rehearsal only where there is no context at all.
  func choice(_ workshop: Workshop) async throws -> Choice {
    if rehearse {
      return Choice(
        context: nil, isRehearsal: true,
        sentence: "this stack rehearses: its cluster is in memory")
    }
    let contexts: [KubeContext]
    do {
      contexts = try await KubeContext.list(
        kubectlOptions(), processes: workshop.processes)
    } catch let error as ClusterError {
      guard context == nil, kubeconfig == nil else {
        throw Failure(cluster: error)
      }
      return Choice(
        context: nil, isRehearsal: true,
        sentence: "kubectl is of no use here (\(error)), so this stack "
          + "rehearses: its cluster is in memory")
    }
    if let context {
      guard contexts.contains(where: { $0.name == context }) else {
        throw Failure(
          .noCluster,
          "there is no context \(context.printable) in the kubeconfig; it has "
            + listed(contexts.map(\.name.printable)))
      }
      return Choice(
        context: context, isRehearsal: false,
        sentence: "this stack is for the cluster of context \(context)")
    }
    guard let current = contexts.first(where: \.isCurrent) else {
      return Choice(
        context: nil, isRehearsal: true,
        sentence: "no kubeconfig names a current cluster, so this stack "
          + "rehearses: its cluster is in memory")
    }
    return Choice(
      context: current.name, isRehearsal: false,
      sentence: "this stack is for the cluster of context "
        + current.name.printable)
  }
}

extension Failure {
  init(cluster error: ClusterError) {
    self.init(
      error.cause == .cancelled ? .interrupted : .noCluster,
      error.description)
  }
}
