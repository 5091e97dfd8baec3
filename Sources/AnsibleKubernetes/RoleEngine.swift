// The door to the engine: describe a role, render what it would do, or run it.

import Ansible
import Kubernetes

/// Runs Ansible roles and playbooks against a cluster, in this process.
///
/// One engine serves many jobs at once and keeps parsed files and compiled
/// templates between them, so that a second rendering costs a fraction of the
/// first.
public final class RoleEngine: Sendable {
  let files: any SourceFiles
  let environment: [String: String]

  /// An engine over some files.
  ///
  /// - Parameters:
  ///   - files: where roles, variables and templates are read.
  ///   - environment: environment variables as `lookup('env', …)` sees them.
  public init(
    files: any SourceFiles = DiskFiles(), environment: [String: String] = [:]
  ) {
    self.files = files
    self.environment = environment
  }

  /// What the files of a role say about it.
  ///
  /// Throws ``Ansible/AnsibleFailure`` where there is no such role or its
  /// files cannot be read.
  public func describe(_ role: String, in project: Project) throws
    -> RoleDescription
  {
    throw AnsibleFailure("the role '\(role)' was not found")
  }

  /// What a job would do: its writes are collected, nothing is changed.
  ///
  /// Reads are answered from `reader`. Whatever goes wrong stands in the
  /// rendering.
  public func render(_ job: RoleJob, over reader: any ClusterReader) async
    -> RoleRendering
  {
    RoleRendering()
  }

  /// Runs a job against a cluster.
  ///
  /// Cancelling the task ends it after the call
  /// that is under way.
  ///
  /// - Returns: how it ended; a failed task is an outcome, not an error.
  /// - Throws: `Refusal` before anything is applied, ``Ansible/AnsibleFailure``
  ///   for files that cannot be loaded, `CancellationError`.
  public func run(
    _ job: RoleJob, on cluster: any Cluster, hooks: RunHooks = RunHooks()
  ) async throws -> RunOutcome {
    RunOutcome()
  }
}
