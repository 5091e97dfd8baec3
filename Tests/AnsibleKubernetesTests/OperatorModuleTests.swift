// Modules whose judge cannot run here: k8s_cp, as the tests' API server has no
// nodes, and k8s_status, whose collection is not on PyPI. The first enters a
// "pod" that is this machine, the second a rehearsed cluster.

import Ansible
import Foundation
import Kubernetes
import Platform
import Rehearsal
import Synchronization
import Testing

@testable import AnsibleKubernetes

@Suite("Modules of operators")
struct OperatorModuleTests {
  @Test("files go into a pod and come out of it by the pod's own tar and find")
  func copies() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("quarterdeck-pod-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let long = String(repeating: "long/", count: 30) + "name"
    for (path, text) in [
      ("here/one.txt", "one"), ("here/sub/two words", "two"),
      ("here/\(long)", "far"), ("pod/there/.keep", ""),
    ] {
      let url = URL(fileURLWithPath: "\(folder)/\(path)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/here/link", withDestinationPath: "one.txt")
    chmod("\(folder)/here/one.txt", 0o750)
    let copy = "kubernetes.core.k8s_cp"
    let ended = try await Self.run(
      """
          - \(copy): {namespace: n, pod: p, local_path: \(folder)/here/one.txt, remote_path: \(folder)/pod/new.txt}
            register: to
          - \(copy): {namespace: n, pod: p, local_path: \(folder)/here, remote_path: \(folder)/pod/there/}
          - \(copy): {namespace: n, pod: p, content: "said\\n", remote_path: \(folder)/pod/said.txt, no_preserve: true}
          - \(copy): {namespace: n, pod: p, content: "said", remote_path: \(folder)/pod/there}
            ignore_errors: true
          - \(copy): {namespace: n, pod: p, state: from_pod, remote_path: \(folder)/pod/there, local_path: \(folder)/back}
          - \(copy): {namespace: n, pod: p, state: from_pod, remote_path: \(folder)/pod/said.txt, local_path: \(folder)/said.txt}
          - \(copy): {namespace: n, pod: p, state: from_pod, remote_path: \(folder)/none, local_path: \(folder)/x}
            ignore_errors: true
          - \(copy): {namespace: n, pod: p, state: from_pod, remote_path: /x}
            ignore_errors: true
          - \(copy): {namespace: n, pod: p, remote_path: /x, local_path: \(folder)/none}
            ignore_errors: true
          - \(copy): {namespace: n, pod: other, remote_path: /x, content: x}
            ignore_errors: true
          - \(copy): {namespace: n, pod: p, container: none, remote_path: /x, content: x}
            ignore_errors: true
          - \(copy): {namespace: n, pod: p, remote_path: \(folder)/pod/checked, content: x}
            check_mode: true
      """, on: Self.cluster())
    let good = "changed"
    let bad = "ignored"
    #expect(
      ended.map(\.status) == [
        good, good, good, bad, good, good, bad, bad, bad, bad, bad, good,
      ], "\(ended)")
    func text(_ path: String) -> String? {
      try? String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    }
    #expect(text("pod/new.txt") == "one")
    #expect(text("pod/there/here/sub/two words") == "two")
    #expect(text("pod/there/here/\(long)") == "far")
    #expect(text("pod/there/here/link") == "one")
    #expect(text("pod/said.txt") == "said\n")
    #expect(text("back/here/\(long)") == "far")
    #expect(text("said.txt") == "said\n")
    #expect(text("pod/checked") == nil)
    #expect(DiskSources().stamp("\(folder)/pod/new.txt")?.mode == 0o750)
  }

  @Test("a pod's files never leave the directory they are copied to")
  func staysInside() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("quarterdeck-pod-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/to", withIntermediateDirectories: true)
    var cluster = Self.cluster()
    cluster.find = "/data/../../../escaped\n/data/good\n"
    let ended = try await Self.run(
      """
          - kubernetes.core.k8s_cp: {namespace: n, pod: p, state: from_pod, remote_path: /data, local_path: \(folder)/to/here}
            ignore_errors: true
      """, on: cluster)
    #expect(ended.map(\.status) == ["ignored"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder) == ["to"])
  }

  @Test("a status is merged, kept where nothing moved, replaced when told")
  func status() async throws {
    let cluster = Rehearsal(
      RehearsalConfiguration(),
      clock: .handTurned(start: Instant(seconds: 1_750_000_000)))
    let object =
      "api_version: networking.k8s.io/v1, kind: Ingress, name: d, "
      + "namespace: default"
    let set = "operator_sdk.util.k8s_status"
    let ended = try await Self.run(
      """
          - kubernetes.core.k8s: {definition: {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: d, namespace: default}, spec: {rules: [{host: h}]}}}
          - \(set): {\(object), status: {own: {word: hello, list: [1, 2]}}}
          - \(set): {\(object), status: {own: {word: hello}}}
          - \(set): {\(object), status: {own: {list: [2]}}}
          - \(set): {\(object), status: {own: {list: [2]}}, replace_lists: true}
          - \(set): {\(object), conditions: [{type: Ours, status: "True", reason: Made, lastTransitionTime: "2026-01-01T00:00:00Z"}]}
            register: one
          - \(set): {\(object), conditions: [{type: Ours, status: "True", reason: Made, lastTransitionTime: "2026-02-02T00:00:00Z"}]}
          - \(set): {\(object), conditions: [{type: Ours, status: "False", reason: Lost}]}
          - \(set): {\(object), conditions: [{type: Ours, status: "False", reason: not one word}]}
            ignore_errors: true
          - \(set): {\(object), conditions: [{type: Ours, status: "False", lastTransitionTime: yesterday}]}
            ignore_errors: true
          - \(set): {\(object), conditions: [{type: Ours, status: Maybe}]}
            ignore_errors: true
          - \(set): {\(object), status: {conditions: [{}]}, conditions: [{type: Ours, status: "False"}]}
            ignore_errors: true
          - \(set): {\(object.replacing("name: d", with: "name: none")), status: {a: b}}
            ignore_errors: true
          - \(set): {\(object), status: {own: {word: checked}}}
            check_mode: true
          - \(set): {\(object)}
      """, on: cluster)
    #expect(
      ended.map(\.status) == [
        "changed", "changed", "ok", "ok", "changed", "changed", "ok",
        "changed", "ignored", "ignored", "ignored", "ignored", "ignored",
        "skipped", "ok",
      ], "\(ended)")
    let status = try await cluster.get(
      ObjectReference(
        ObjectKind(apiVersion: "networking.k8s.io/v1", kind: "Ingress"),
        namespace: "default", name: "d")
    ).json["status"]
    #expect(
      status?["own"] == ["word": "hello", "list": [2]],
      "\(String(describing: status))")
    let ours = status?["conditions"]?.array?.filter {
      $0["type"]?.string == "Ours"
    }
    #expect(ours == [["type": "Ours", "status": "False", "reason": "Lost"]])
  }

  // MARK: - Running

  struct Ended: CustomStringConvertible {
    var status: String
    var message: String
    var description: String { "\(status) \(message)" }
  }

  private static func run(_ tasks: String, on cluster: any Cluster)
    async throws -> [Ended]
  {
    let files = MemorySources([
      "/p/site.yml":
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n" + tasks
    ])
    let events = Mutex<[Ended]>([])
    let hooks = RunHooks(event: { event in
      guard case .taskEnded(let outcome) = event.kind else { return }
      events.withLock {
        $0.append(Ended(status: outcome.rawValue, message: event.message))
      }
    })
    _ = try await RoleEngine(
      files: Both(first: files), machine: PlatformMachine()
    ).run(
      RoleJob(
        .playbook("/p/site.yml"),
        in: Project(directory: "/p", rolePath: RolePath(project: "/p"))),
      on: cluster, hooks: hooks)
    return events.withLock { $0 }
  }

  private static func cluster() -> OpenPod {
    let pod = KubernetesObject([
      "apiVersion": "v1", "kind": "Pod",
      "metadata": ["name": "p", "namespace": "n"],
      "status": ["containerStatuses": [["name": "c", "started": true]]],
    ])
    return OpenPod(objects: FixtureCluster([pod]))
  }
}

/// The playbook in memory, all else on the disk.
private struct Both: SourceFiles {
  let first: MemorySources

  func stamp(_ path: String) -> SourceStamp? {
    first.stamp(path) ?? DiskSources().stamp(path)
  }
  func read(_ path: String) throws(FileFailure) -> [UInt8] {
    first.exists(path) ? try first.read(path) : try DiskSources().read(path)
  }
  func names(in directory: String) throws(FileFailure) -> [String] {
    first.exists(directory)
      ? try first.names(in: directory) : try DiskSources().names(in: directory)
  }
}

/// A cluster whose only pod is this machine.
private struct OpenPod: Cluster {
  let objects: FixtureCluster
  /// What `find` is to answer; nil for the truth.
  var find: String?

  var isRehearsal: Bool { true }
  func version() async throws -> ClusterVersion {
    try await objects.version()
  }
  func resources(refresh: Bool) async throws -> Discovery {
    try await objects.resources(refresh: refresh)
  }
  func get(_ reference: ObjectReference) async throws -> KubernetesObject {
    try await objects.get(reference)
  }
  func list(_ query: ListQuery) async throws -> ObjectList {
    try await objects.list(query)
  }
  func watch(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<WatchEvent, any Error>
  { objects.watch(query, from: resourceVersion) }
  func canI(_ access: AccessQuery) async throws -> AccessReview {
    try await objects.canI(access)
  }
  func serverTime() async throws -> Instant { try await objects.serverTime() }

  struct Written: Error {}
  func create(_ object: KubernetesObject, _ options: WriteOptions)
    async throws -> KubernetesObject
  { throw Written() }
  func apply(_ object: KubernetesObject, _ options: ApplyOptions)
    async throws -> KubernetesObject
  { throw Written() }
  func patch(
    _ reference: ObjectReference, _ patch: Patch, _ options: WriteOptions
  ) async throws -> KubernetesObject { throw Written() }
  func replace(_ object: KubernetesObject, _ options: WriteOptions)
    async throws -> KubernetesObject
  { throw Written() }
  func delete(_ reference: ObjectReference, _ options: DeleteOptions)
    async throws -> KubernetesObject?
  { throw Written() }

  func logs(_ query: LogQuery) -> AsyncThrowingStream<[UInt8], any Error> {
    AsyncThrowingStream { $0.finish() }
  }
  func exec(_ command: PodCommand) async throws -> PodCommandResult {
    if let find {
      return PodCommandResult(exitCode: 0, output: Array(find.utf8))
    }
    let ended = try await LocalProcesses().run(
      ChildCommand(
        command.arguments[0], Array(command.arguments.dropFirst()),
        input: command.input.isEmpty ? .none : .bytes(command.input)))
    return PodCommandResult(
      exitCode: ended.status.shellCode, output: ended.output,
      errorOutput: ended.errors)
  }
  func portForward(_ query: PortForwardQuery) async throws -> any PortForward {
    throw Written()
  }
}
