// A cluster over kubectl: the real one behind the cluster seam.

import Kubernetes
import NIOCore
import NIOPosix
import Platform

/// The cluster that a kubectl leads to.
///
/// Reads and writes go through one `kubectl proxy` on a private socket, which
/// starts with the first call; exec and port-forward are children of their own.
/// The context is found out once: a kubeconfig edited meanwhile does not lead
/// to another cluster.
public final class Kubectl: Cluster {
  /// What was done so far, as kubectl commands.
  public let commandLog: CommandLog
  public let isRehearsal = false

  let options: KubectlOptions
  let deadlines: CallDeadlines
  let processes: any Processes
  let time: any TimeSource
  let api: APIClient
  let target: KubectlTarget
  let discovery: DiscoveryCache
  private let proxy: KubectlProxy
  private let group: MultiThreadedEventLoopGroup

  /// Nothing is started yet.
  public init(
    _ options: KubectlOptions = KubectlOptions(),
    deadlines: CallDeadlines = CallDeadlines(),
    processes: any Processes = LocalProcesses(),
    time: any TimeSource = SystemTime(),
    commandLog: CommandLog = CommandLog()
  ) {
    self.options = options
    self.deadlines = deadlines
    self.processes = processes
    self.time = time
    self.commandLog = commandLog
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    target = KubectlTarget(
      options: options, processes: processes, deadline: deadlines.read)
    proxy = KubectlProxy(processes: processes, time: time, group: group)
    api = APIClient(proxy: proxy, target: target, time: time)
    discovery = DiscoveryCache(api, deadline: deadlines.read)
  }

  /// Ends the proxy and all connections; every later call fails.
  public func close() async {
    await proxy.close()
    try? await group.shutdownGracefully()
  }

  /// The version of kubectl itself.
  ///
  /// - Throws: `ClusterError` when kubectl is missing or older than
  ///   `KubectlVersion.oldest`.
  public func toolVersion() async throws -> KubectlVersion {
    try await KubectlTool.version(
      options, processes: processes, deadline: deadlines.read)
  }

  /// The context that all calls go to.
  public func context() async throws -> KubeContext {
    try await target.context()
  }

  // MARK: Parts

  /// The resource of a kind and the namespace that is meant for it.
  func place(
    _ kind: ObjectKind, _ namespace: String?
  ) async throws -> (resource: APIResource, namespace: String) {
    let resource = try await discovery.resource(of: kind)
    guard resource.isNamespaced else { return (resource, "") }
    if let namespace, !namespace.isEmpty { return (resource, namespace) }
    return (resource, try await target.namespace())
  }

  func log(_ command: EquivalentCommand) async {
    let pinned = try? await target.pinnedOptions()
    commandLog.add(
      command.line(pinned ?? options), isWrite: command.isWrite,
      time: time.wallTime)
  }
}

/// Runs `body` and lets nothing but `ClusterError` out.
func throwingClusterErrors<Result>(
  _ body: () async throws -> Result
) async throws -> Result {
  do {
    return try await body()
  } catch let error as ClusterError {
    throw error
  } catch is CancellationError {
    throw ClusterError(.cancelled, "cancelled")
  } catch {
    throw ClusterError(.invalidAnswer, "\(error)")
  }
}
