// A backend that answers from memory, and remembers what it was asked.

import Kubernetes
import Run
import Stack
import Synchronization

@testable import Console

final class ScriptedBackend: ConsoleBackend {
  struct State {
    var contents: StackContents? = Fixture.contents()
    var own: [String: JSON] = ["keystone_admin_password": "correct horse"]
    var chosen = ["mariadb", "memcached", "keystone"]
    var nodes = ["ctl-1", "ctl-2", "wrk-1"].map { name in
      NodeState(
        name: name, verdict: Verdict(.current, "Ready", "is ready"),
        labels: name.hasPrefix("ctl")
          ? ["quarterdeck.io/control-plane": "enabled"] : [:],
        version: "v1.29.3", capacity: "8 CPU, 32 GiB")
    }
    var choices = [
      ClusterChoice(
        context: "prod", isReachable: true,
        sentence: "Kubernetes v1.29.3 at https://10.0.0.1:6443"),
      ClusterChoice(
        context: nil, isReachable: true, sentence: "a cluster in memory"),
    ]
    var plan: Result<Plan, Failure> = .success(Fixture.plan)
    var snapshots: [FollowedRun] = [Fixture.snapshot()]
    var overview = Overview(
      cluster: "prod",
      services: [
        "mariadb": Verdict(.current, "Current", "3 of 3 ready"),
        "keystone": Verdict(.failed, "ImagePull", "image does not exist"),
      ])
    var runs = [
      RunSummary(
        number: 7, operation: .deploy, engine: .quarterdeck, state: .running,
        started: Fixture.now - .seconds(134), finished: nil,
        holder: "ops@bastion"),
      RunSummary(
        number: 6, operation: .deploy, engine: .quarterdeck,
        state: .failed("keystone: the image does not exist"),
        started: Fixture.now - .seconds(4_000),
        finished: Fixture.now - .seconds(3_500), holder: "Jørgen@bastion"),
    ]
    /// The password of the stack's vault while it is shut.
    var vaultPassword: String?
    var calls: [String] = []
    var generated = 0
  }

  private let state: Mutex<State>

  init(_ change: (inout State) -> Void = { _ in }) {
    var state = State()
    change(&state)
    self.state = Mutex(state)
  }

  /// What was asked, in order, but for mere reading.
  var calls: [String] { state.withLock { $0.calls } }

  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

  private func write(
    _ call: String, _ body: (inout State) -> Void
  ) -> StackContents {
    state.withLock { state in
      state.calls.append(call)
      body(&state)
      let contents = Fixture.contents(chosen: state.chosen, values: state.own)
      state.contents = contents
      return contents
    }
  }

  func open() async throws -> Opening {
    state.withLock { state in
      guard state.vaultPassword == nil else {
        return .locked("passwords.yml is encrypted with Ansible Vault.")
      }
      return state.contents.map(Opening.stack)
        ?? .nothing(directory: "/srv/lab")
    }
  }

  func unlock(_ password: String) async throws -> Opening {
    state.withLock { state in
      state.calls.append("unlock")
      guard password == state.vaultPassword else {
        return .locked("This password does not open passwords.yml.")
      }
      state.vaultPassword = nil
      return state.contents.map(Opening.stack) ?? .locked("no stack")
    }
  }

  func clusterChoices() async throws -> [ClusterChoice] {
    state.withLock { $0.choices }
  }

  func create(_ stack: NewStack) async throws -> StackContents {
    write("create \(stack.context ?? "rehearsal")") { $0.chosen = [] }
  }

  func choose(_ services: [String]) async throws -> StackContents {
    write("choose \(services.joined(separator: ","))") {
      $0.chosen = services
    }
  }

  func set(_ parameter: String, to value: JSON?) async throws
    -> StackContents
  {
    write("set \(parameter) \(value.map { $0.text() } ?? "default")") {
      $0.own[parameter] = value
    }
  }

  func generate(_ parameter: String) async throws -> StackContents {
    write("generate \(parameter)") {
      $0.generated += 1
      $0.own[parameter] = .string("fresh-\($0.generated)")
    }
  }

  func preview(
    _ parameter: String, from: PreviewedValue, to: PreviewedValue
  ) async throws -> EditPreview {
    let isSecret = Fixture.parameters.contains {
      $0.name == parameter && $0.isSecret
    }
    let own = state.withLock { $0.own[parameter] }
    func text(_ value: PreviewedValue) -> String {
      switch value {
      case .saved: own.map { $0.text() } ?? "3"
      case .roleDefault: "3"
      case .value(let value): value.text()
      }
    }
    let (before, after) = (text(from), text(to))
    guard before != after else { return EditPreview(changes: [], restarts: 0) }
    let change =
      isSecret ? "******** → ********" : "\(before) → \(after)"
    return EditPreview(
      changes: [
        EditPreview.Change(
          object: ObjectReference(
            .configMap, namespace: "openstack", name: "keystone-config"),
          outcome: .change,
          fields: ["data[a]: 1 → 2", "data[b]: 1 → 2", "data[c]: 1 → 2"]),
        EditPreview.Change(
          object: Fixture.api, outcome: .change,
          fields: ["spec.replicas: \(change)"]),
      ], restarts: 2)
  }

  func overviews() -> AsyncThrowingStream<Overview, any Error> {
    AsyncThrowingStream { stream in
      stream.yield(state.withLock { $0.overview })
      stream.finish()
    }
  }

  func nodes() async throws -> [NodeState] { state.withLock { $0.nodes } }

  func setLabel(
    _ label: String, of node: String, to value: String?
  ) async throws -> [NodeState] {
    state.withLock { state in
      state.calls.append("label \(node) \(label)=\(value ?? "-")")
      for index in state.nodes.indices where state.nodes[index].name == node {
        state.nodes[index].pending[label] = .some(value)
      }
      return state.nodes
    }
  }

  func plan(_ request: PlanRequest) async throws -> Plan {
    try state.withLock { state in
      state.calls.append("plan \(request.operation) \(request.engine)")
      return try state.plan.get()
    }
  }

  func start(_ plan: Plan, consent: RunConsent) async throws -> Int {
    state.withLock {
      $0.calls.append(
        "start \(plan.number)"
          + (consent.takesOverLock ? " taking the lock" : ""))
    }
    return plan.number
  }

  func follow(_ run: Int) -> AsyncThrowingStream<FollowedRun, any Error> {
    let snapshots = state.withLock { $0.snapshots }
    return AsyncThrowingStream { stream in
      for snapshot in snapshots { stream.yield(snapshot) }
      stream.finish()
    }
  }

  func tell(_ run: Int, _ order: RunOrder) async throws {
    state.withLock { $0.calls.append("tell \(run) \(order)") }
  }

  func runs() async throws -> [RunSummary] { state.withLock { $0.runs } }

  func saveCloudsFile(_ text: String) async throws -> String {
    state.withLock { $0.calls.append("save \(text.utf8.count) bytes") }
    return "/srv/lab/clouds.yaml"
  }

  func details(
    of object: ObjectReference
  ) -> AsyncThrowingStream<ObjectDetails, any Error> {
    AsyncThrowingStream { stream in
      stream.yield(found(object))
      stream.finish()
    }
  }

  private func found(_ object: ObjectReference) -> ObjectDetails {
    ObjectDetails(
      object: object,
      verdict: Verdict(
        .failed, "ImagePull", "image keystone:2025.2-typo does not exist"),
      yaml: "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
        + "  name: \(object.name)\nspec:\n  replicas: 3\n"
        + "  template:\n    spec:\n      containers:\n"
        + "      - name: keystone-api\n        env:\n"
        + (1...20).map { "        - name: OPTION_\($0)\n" }.joined(),
      events: [
        EventLine(
          time: Fixture.now - .seconds(58), isWarning: true, reason: "Failed",
          message: "Failed to pull image \"quay.io/openstack.kolla/"
            + "keystone:2025.2-typo\": rpc error: code = NotFound desc = "
            + "failed to resolve reference: not found", count: 4),
        EventLine(
          time: Fixture.now - .seconds(62), isWarning: false,
          reason: "ScalingReplicaSet",
          message: "Scaled up replica set keystone-api-7c9d6f7d9 to 3"),
      ],
      pods: [
        PodContainers(
          namespace: "openstack", pod: "keystone-api-7c9d6f7d9-x2kqp",
          containers: ["keystone-api", "proxy"])
      ])
  }

  func logs(_ query: LogQuery) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { stream in
      for number in 1...3 {
        stream.yield("\(query.container ?? "") line \(number) \u{1B}[31m日志")
      }
      stream.finish()
    }
  }

  func commandLog() async -> [CommandRecord] {
    [
      CommandRecord(
        time: Fixture.now, command: "kubectl --context prod proxy",
        result: nil)
    ]
  }
}
