// The cluster that a stack is for, opened: kubectl's or the rehearsal's.

import Ansible
import AnsibleKubernetes
import Kubectl
import Kubernetes
import Platform
import Rehearsal
import Run
import Stack

/// A cluster, and what else its kind has to offer.
struct ConnectedCluster: Sendable {
  let cluster: any Cluster
  /// The real one; nil for the rehearsal.
  let kubectl: Kubectl?
  /// The context's name, or "rehearsal".
  let name: String
  /// The command line that leads another process of ours to the same cluster.
  let arguments: [String]
  /// Variables that lead the modules of kubernetes.core there.
  var ansibleVariables: [String: String] = [:]

  /// Ends what was started for it.
  func close() async { await kubectl?.close() }

  /// The commands that were run so far.
  var commands: [LoggedCommand] { kubectl?.commandLog.commands ?? [] }

  /// Checks that only the wiring can make: of kubectl itself.
  func checks() async -> [PreflightCheck] {
    guard let kubectl else {
      return [
        PreflightCheck(
          "Rehearsal", .ok, "nothing real is touched: the cluster is in memory")
      ]
    }
    do {
      let version = try await kubectl.toolVersion()
      return [PreflightCheck("kubectl", .ok, "kubectl \(version)")]
    } catch {
      return [PreflightCheck("kubectl", .fail, "\(error)")]
    }
  }
}

extension ClusterOptions {
  /// Opens the cluster of a stack; options of the command line win.
  ///
  /// - Throws: ``Failure`` for a fault that cannot be read or a rehearsal that
  ///   cannot be opened. A cluster that does not answer shows with the first
  ///   call.
  func connect(
    _ settings: StackSettings, _ layout: StackLayout, _ workshop: Workshop
  ) async throws -> ConnectedCluster {
    let isReal = context != nil || kubeconfig != nil
    if rehearse || (settings.isRehearsal && !isReal) {
      return try await rehearsal(layout, workshop)
    }
    guard fault.isEmpty else {
      throw Failure(.usage, "--fault goes with --rehearse")
    }
    let options = kubectlOptions(context: settings.context)
    let kubectl = Kubectl(
      options, processes: workshop.processes, time: workshop.time)
    var arguments: [String] = []
    if let kubeconfig {
      arguments += ["--kubeconfig", absolutePath(kubeconfig)]
    }
    if let context = options.context { arguments += ["--context", context] }
    var variables: [String: String] = [:]
    if let kubeconfig {
      variables["K8S_AUTH_KUBECONFIG"] = absolutePath(kubeconfig)
    }
    if let context = options.context {
      variables["K8S_AUTH_CONTEXT"] = context
    }
    return ConnectedCluster(
      cluster: kubectl, kubectl: kubectl,
      name: options.context ?? "the current context", arguments: arguments,
      ansibleVariables: variables)
  }

  private func rehearsal(
    _ layout: StackLayout, _ workshop: Workshop
  ) async throws -> ConnectedCluster {
    do {
      try workshop.files.makePrivateFolder(layout.local)
      let rehearsal = try Rehearsal(
        folder: layout.rehearsal, files: workshop.files,
        clock: .following(workshop.time))
      if !fault.isEmpty { try await replaceFaults(of: rehearsal) }
      return ConnectedCluster(
        cluster: rehearsal, kubectl: nil, name: "rehearsal",
        arguments: ["--rehearse"])
    } catch {
      throw Failure(.badInput, "\(error)")
    }
  }
}

extension ClusterOptions {
  /// Makes the faults that were asked for those at work, and ends all others.
  fileprivate func replaceFaults(of rehearsal: Rehearsal) async throws {
    let wanted =
      fault == [Self.noFault] ? [] : try fault.map { try Fault(parsing: $0) }
    for old in try await rehearsal.faults
    where !wanted.contains(where: { $0.description == old.description }) {
      try await rehearsal.remove(old)
    }
    for new in wanted { try await rehearsal.add(new) }
  }

  /// What ends all faults.
  private static let noFault = "none"
}

extension Workshop {
  /// What plans and runs of a stack work with.
  func context(_ connected: ConnectedCluster) -> RunContext {
    var context = RunContext(
      store: store, engine: engine, cluster: connected.cluster, files: files,
      processes: processes, time: time, catalogue: catalogue,
      environment: environment, vault: vault)
    context.ansibleVariables = connected.ansibleVariables
    return context
  }
}
