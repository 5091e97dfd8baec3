// The seam between the console and everything below it: what the console may
// ask for, in values. The executable puts a stack, a cluster and runs behind
// it; tests put a script.

import Kubernetes
import Run
import Stack

/// What the console's effects are carried out by.
///
/// Every call may take its time: the console calls from background tasks and
/// cancels what has been superseded. Errors are shown by their description, so
/// that has to be one sentence that says what to do.
public protocol ConsoleBackend: Sendable {
  // MARK: Stack

  /// What the directory holds that the console was started for.
  func open() async throws -> Opening

  /// Opens the stack with a password of its Ansible Vault; a wrong one gives
  /// ``Opening/locked(_:)`` again.
  func unlock(_ password: String) async throws -> Opening

  /// The clusters that a new stack may be for, reachable ones first; the
  /// rehearsal is one of them and comes last.
  func clusterChoices() async throws -> [ClusterChoice]

  /// Makes a stack in the directory.
  func create(_ stack: NewStack) async throws -> StackContents

  /// Writes the chosen services.
  func choose(_ services: [String]) async throws -> StackContents

  /// Writes a parameter's value; nil takes it out, so that the role's default
  /// holds again.
  func set(_ parameter: String, to value: JSON?) async throws -> StackContents

  /// Makes a fresh secret by the parameter's rule and writes it.
  func generate(_ parameter: String) async throws -> StackContents

  /// What lies between two values of a parameter, without writing any.
  func preview(
    _ parameter: String, from: PreviewedValue, to: PreviewedValue
  ) async throws -> EditPreview

  // MARK: Cluster

  /// Which cluster this is, what each service is up to, which run goes on:
  /// now, and anew whenever that changes.
  func overviews() -> AsyncThrowingStream<Overview, any Error>

  /// The cluster's nodes, with label changes that the next plan will show.
  func nodes() async throws -> [NodeState]

  /// Gives a node a label, or takes it (nil); it is applied by the next run.
  func setLabel(
    _ label: String, of node: String, to value: String?
  ) async throws -> [NodeState]

  // MARK: Runs

  /// Renders the roles, compares with the cluster and runs the preflight.
  func plan(_ request: PlanRequest) async throws -> Plan

  /// Freezes the plan and starts a detached run; returns its number.
  func start(_ plan: Plan, consent: RunConsent) async throws -> Int

  /// The run as it goes on, from its journal and the cluster; ends with it.
  func follow(_ run: Int) -> AsyncThrowingStream<FollowedRun, any Error>

  /// Tells a run that is held to go on, or to stop.
  func tell(_ run: Int, _ order: RunOrder) async throws

  /// The runs of the stack, newest first.
  func runs() async throws -> [RunSummary]

  /// Writes the text of a clouds.yaml, mode 0600; returns the file's path.
  func saveCloudsFile(_ text: String) async throws -> String

  // MARK: Objects

  /// An object's manifest, with secrets masked, and its events: now, and anew
  /// whenever they change.
  func details(
    of object: ObjectReference
  ) -> AsyncThrowingStream<ObjectDetails, any Error>

  /// Lines of a container's log.
  func logs(_ query: LogQuery) -> AsyncThrowingStream<String, any Error>

  /// What was run on the operator's behalf, oldest first, bounded.
  func commandLog() async -> [CommandRecord]
}
