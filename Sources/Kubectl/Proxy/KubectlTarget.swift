// Which context is meant, found out once and kept: a kubeconfig that changes
// while we run must not lead us to another cluster.

import Kubernetes
import Platform

/// The context that all our calls go to.
actor KubectlTarget {
  private let options: KubectlOptions
  private let processes: any Processes
  private let deadline: Duration
  private var pinning: Task<KubeContext, any Error>?

  init(
    options: KubectlOptions, processes: any Processes, deadline: Duration
  ) {
    self.options = options
    self.processes = processes
    self.deadline = deadline
  }

  /// The context as kubectl sees it.
  ///
  /// - Throws: `ClusterError` when there is none of that name, or kubectl does
  ///   not run.
  func context() async throws -> KubeContext {
    if let pinning { return try await outcome(of: pinning) }
    let task = Task { [options, processes, deadline] in
      try await KubeContext.current(
        options, processes: processes, deadline: deadline)
    }
    pinning = task
    do {
      return try await outcome(of: task)
    } catch {
      // The kubeconfig may be there the next time.
      pinning = nil
      throw error
    }
  }

  /// The options with the context that was found.
  func pinnedOptions() async throws -> KubectlOptions {
    var pinned = options
    let name = try await context().name
    pinned.context = options.context ?? (name.isEmpty ? nil : name)
    return pinned
  }

  /// Where objects belong that name no namespace.
  func namespace() async throws -> String {
    if let namespace = options.namespace { return namespace }
    return try await context().namespace
  }

  func proxyCommand() async throws -> @Sendable (String) -> ChildCommand {
    let context = try await context()
    let options = try await pinnedOptions()
    return { socket in
      var arguments = ["proxy", "--unix-socket=\(socket)"]
      // Servers behind a gateway have a path in front of theirs.
      if context.serverHasPath { arguments.append("--append-server-path") }
      return options.command(arguments)
    }
  }
}
