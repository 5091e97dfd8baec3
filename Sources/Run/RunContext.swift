// What plans and runs work with: the real parts or their twins, handed in by
// whoever wires them.

import Ansible
import AnsibleKubernetes
import Kubernetes
import Platform
import Stack

/// The parts that plans and runs need.
public struct RunContext: Sendable {
  public var store: StackStore
  public var engine: RoleEngine
  public var cluster: any Cluster
  public var files: any Platform.Files
  public var processes: any Processes
  public var time: any TimeSource
  /// The catalogue's directory of roles, absolute.
  public var catalogue: String
  /// Our environment variables.
  public var environment: [String: String]
  /// Opens what the stack's files hold encrypted.
  public var vault: Vault
  /// Variables that lead the real Ansible to the same cluster.
  public var ansibleVariables: [String: String] = [:]

  public init(
    store: StackStore, engine: RoleEngine, cluster: any Cluster,
    files: any Platform.Files, processes: any Processes,
    time: any TimeSource, catalogue: String, environment: [String: String],
    vault: Vault = Vault()
  ) {
    self.store = store
    self.engine = engine
    self.cluster = cluster
    self.files = files
    self.processes = processes
    self.time = time
    self.catalogue = catalogue
    self.environment = environment
    self.vault = vault
  }

  /// The machine's time as Kubernetes writes it.
  public var now: Instant {
    Instant(microseconds: time.wallTime.microseconds)
  }

  /// The stack's directory as an Ansible project.
  func project(_ layout: StackLayout) -> Project {
    Project(
      directory: layout.directory, catalogue: catalogue, vault: vault,
      environment: environment, files: DiskSources())
  }

  /// One entry point of one component, ready for the engine.
  func job(
    _ component: String, _ entryPoint: String, in layout: StackLayout,
    variables: [String: JSON], unsaved: [String: String] = [:]
  ) -> RoleJob {
    RoleJob(
      .role(component, entryPoint: entryPoint), in: project(layout),
      extraVariables: variables, unsavedFiles: unsaved)
  }
}

/// What Quarterdeck tells roles about the cluster.
enum ClusterVariables {
  static let policyVersion = "openstack_policy_api_version"

  /// The API versions that rendering depends on, by discovery.
  static func of(_ discovery: Discovery) -> [String: JSON] {
    var variables: [String: JSON] = [:]
    if let version = discovery.firstServed(
      "PodDisruptionBudget", of: ["policy/v1", "policy/v1beta1"])
    {
      variables[policyVersion] = .string(version)
    }
    return variables
  }
}
