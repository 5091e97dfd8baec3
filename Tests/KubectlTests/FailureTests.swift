// Everything that goes wrong between us and the cluster, as one clear error.

import Foundation
import Glibc
import Kubernetes
import Platform
import Testing

@testable import Kubectl

// One after the other: each starts a Python, and many at once would take
// longer than any patience on a busy machine.
@Suite(.serialized) struct FailureTests {
  private func error(
    _ cluster: Kubectl, _ body: (Kubectl) async throws -> Void
  ) async -> ClusterError? {
    defer { Task { await cluster.close() } }
    do {
      try await body(cluster)
      Issue.record("no error was thrown")
    } catch let error as ClusterError {
      return error
    } catch {
      Issue.record("not a ClusterError: \(error)")
    }
    return nil
  }

  // MARK: kubectl itself

  @Test func aMissingKubectlSaysWhereToGetOne() async throws {
    let cluster = Kubectl(KubectlOptions(executable: "no-such-kubectl"))
    let error = await error(cluster) { _ = try await $0.version() }
    #expect(error?.cause == .tool)
    #expect(
      error?.message.hasPrefix(
        "no-such-kubectl: no such program in PATH; install kubectl") == true)
  }

  @Test func anOldKubectlIsRefused() async throws {
    let scripted = try ScriptedKubectl([
      "version": [
        "clientVersion": [
          "major": "1", "minor": "15", "gitVersion": "v1.15.9",
        ]
      ]
    ])
    let error = await error(scripted.cluster()) {
      _ = try await $0.toolVersion()
    }
    #expect(
      error
        == ClusterError(
          .tool, "kubectl is v1.15.9; Quarterdeck needs v1.20 or newer"))
  }

  @Test func aContextThatIsNotThereNamesThoseThatAre() async throws {
    let scripted = try ScriptedKubectl([:])
    let error = await error(scripted.cluster(context: "prod")) {
      _ = try await $0.version()
    }
    #expect(
      error
        == ClusterError(
          .tool,
          "there is no context prod in the kubeconfig; it has lab, other"))
  }

  @Test(.enabled(if: hasKubectl)) func aBrokenKubeconfigIsKubectlsSentence()
    async throws
  {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let path = folder.path + "/config"
    try LocalFiles().write(Array("{ not yaml: [".utf8), to: path)
    let error = await error(Kubectl(KubectlOptions(kubeconfig: path))) {
      _ = try await $0.version()
    }
    #expect(error?.cause == .tool)
    #expect(error?.message.contains(path) == true)
  }

  @Test func aProxyThatDoesNotStartSaysWhy() async throws {
    let scripted = try ScriptedKubectl(
      ["proxy": ["error": "error: unknown flag: --unix-socket"]])
    let error = await error(scripted.cluster()) { _ = try await $0.version() }
    #expect(
      error == ClusterError(.tool, "unknown flag: --unix-socket"))
  }

  @Test func aProxyThatNeverServesIsGivenUp() async throws {
    let scripted = try ScriptedKubectl(["proxy": ["silent": true]])
    let time = HandTurnedTime()
    let cluster = scripted.cluster(
      deadlines: CallDeadlines(read: .seconds(600)), time: time)
    let call = Task { try await cluster.version() }
    // The call's own deadline and the proxy's patience.
    await time.waitForSleepers(2)
    time.advance(by: .seconds(21))
    await #expect {
      try await call.value
    } throws: { error in
      (error as? ClusterError)?.message.contains("kubectl proxy does not start")
        == true
    }
    await cluster.close()
  }

  @Test func theContextIsPinnedWhenTheKubeconfigChanges() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [versionAnswer]
    ])
    let cluster = scripted.cluster()
    _ = try await cluster.version()
    try scripted.rewrite("config", ScriptedKubectl.config(current: "other"))
    try endProxies(of: scripted)
    _ = try await cluster.version()
    let starts = scripted.calls.filter { $0.contains("proxy") }
    #expect(starts.count == 2)
    #expect(starts.allSatisfy { $0.hasPrefix("--context lab proxy") })
    await cluster.close()
  }

  @Test func aServerBehindAPathGetsItsPath() async throws {
    var script: JSON = ["proxy": ["answers": ["GET /version": [versionAnswer]]]]
    script["config"] = ScriptedKubectl.config(
      server: "https://rancher.example/k8s/clusters/c-1")
    let scripted = try ScriptedKubectl(script)
    let cluster = scripted.cluster()
    _ = try await cluster.version()
    #expect(scripted.calls.last?.hasSuffix("--append-server-path") == true)
    await cluster.close()
  }

  // MARK: The way to the cluster, with the real kubectl

  /// Where there is no kubectl, `Tests/run ci` brings one.
  private static let hasKubectl =
    findExecutable(
      "kubectl", searchPath: currentEnvironment()["PATH"]) != nil

  private func kubeconfig(_ user: String) throws -> (PrivateFolder, Kubectl) {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let path = folder.path + "/config"
    // Port 9 is the discard service: nobody listens.
    let text = """
      apiVersion: v1
      kind: Config
      current-context: x
      clusters: [{name: x, cluster: {server: "https://127.0.0.1:9"}}]
      contexts: [{name: x, context: {cluster: x, user: x}}]
      users: [{name: x, user: \(user)}]
      """
    try LocalFiles().write(Array(text.utf8), to: path)
    return (folder, Kubectl(KubectlOptions(kubeconfig: path)))
  }

  @Test(.enabled(if: hasKubectl)) func anUnreachableClusterIsSaidSo()
    async throws
  {
    let (folder, cluster) = try kubeconfig("{token: x}")
    let error = await error(cluster) { _ = try await $0.version() }
    #expect(
      error
        == ClusterError(
          .unreachable,
          "cannot reach the cluster: dial tcp 127.0.0.1:9: connect: "
            + "connection refused"))
    folder.remove()
  }

  @Test(.enabled(if: hasKubectl)) func aContextWithoutCredentialsIsSaidSo()
    async throws
  {
    let (folder, cluster) = try kubeconfig("{}")
    let error = await error(cluster) { _ = try await $0.version() }
    #expect(
      error
        == ClusterError(
          .tool, "the kubeconfig has no credentials for this context"))
    folder.remove()
  }

  @Test(.enabled(if: hasKubectl)) func aCredentialPluginsWordsAreTheError()
    async throws
  {
    let (folder, cluster) = try kubeconfig(
      """
      {exec: {apiVersion: client.authentication.k8s.io/v1beta1,
       interactiveMode: Never, command: sh,
       args: ["-c", "echo your login has expired, run corp-login >&2; exit 1"]}}
      """)
    let error = await error(cluster) { _ = try await $0.version() }
    #expect(error?.cause == .tool)
    #expect(
      error?.message.hasPrefix(
        "no credentials for the cluster: your login has expired, "
          + "run corp-login (") == true)
    folder.remove()
  }

  // MARK: Refusals and retries

  @Test func aReadIsTriedAgainWhenTheServerIsBusy() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [
        statusAnswer(429, "TooManyRequests", headers: ["Retry-After": "0"]),
        statusAnswer(503, "ServiceUnavailable"), versionAnswer,
      ]
    ])
    let cluster = scripted.cluster()
    #expect(try await cluster.version().minor == 29)
    #expect(scripted.requests.count == 3)
    await cluster.close()
  }

  @Test func aReadIsNotTriedForEver() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [
        statusAnswer(500, "InternalError", headers: ["Retry-After": "0"])
      ]
    ])
    let error = await error(scripted.cluster()) { _ = try await $0.version() }
    #expect(error?.code == 500)
    #expect(scripted.requests.count == 4)
  }

  @Test func aLongRetryAfterIsNotWaitedFor() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [
        statusAnswer(429, "TooManyRequests", headers: ["Retry-After": "60"])
      ]
    ])
    let error = await error(scripted.cluster()) { _ = try await $0.version() }
    #expect(error?.status?.retryAfterSeconds == 60)
    #expect(scripted.requests.count == 1)
  }

  @Test func aWriteIsNeverSentTwice() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /api/v1": [coreResources],
      "POST /api/v1/nodes": [statusAnswer(503, "ServiceUnavailable")],
      "PATCH /api/v1/nodes/n": [["cut": 0]],
    ])
    let cluster = scripted.cluster()
    let node = KubernetesObject([
      "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"],
    ])
    await #expect {
      try await cluster.create(node)
    } throws: { error in
      (error as? ClusterError)?.code == 503
    }
    // The connection closes on a request that was sent on a used connection.
    await #expect {
      try await cluster.patch(node.reference, .merge(["a": 1]))
    } throws: { error in
      let error = error as? ClusterError
      return error?.cause == .unreachable
        && error?.message.contains("whether the change was made is not known")
          == true
    }
    #expect(
      scripted.requests.map { $0.split(separator: " ")[0] }
        == ["GET", "POST", "PATCH"])
    await cluster.close()
  }

  @Test func aBrokenConnectionIsOpenedAgainForAnotherRead() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [versionAnswer, ["cut": 0], versionAnswer]
    ])
    let cluster = scripted.cluster()
    _ = try await cluster.version()
    _ = try await cluster.version()
    #expect(scripted.requests.count == 3)
    await cluster.close()
  }

  @Test func anAnswerThatBreaksOffIsNotTakenForWhole() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /api/v1": [coreResources],
      "GET /api/v1/pods": [
        ["body": ["metadata": [:], "items": [["metadata": [:]]]], "cut": -5]
      ],
    ])
    let error = await error(scripted.cluster()) {
      _ = try await $0.list(ListQuery(.pod))
    }
    #expect(error?.cause == .unreachable)
  }

  @Test func anAnswerThatIsNotJSONIsSaidSo() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [["body": "<html>login</html>"]]
    ])
    let error = await error(scripted.cluster()) { _ = try await $0.version() }
    #expect(error?.cause == .invalidAnswer)
    #expect(error?.message.contains("GET /version is not JSON") == true)
  }

  @Test func anExpiredLoginIsSaidSo() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [statusAnswer(401, "Unauthorized")]
    ])
    let error = await error(scripted.cluster()) { _ = try await $0.version() }
    #expect(error?.code == 401)
    #expect(
      error?.message.contains("does not accept these credentials") == true)
  }

  // MARK: Deadlines and cancellation

  @Test func aServerThatHangsIsGivenUpAtTheDeadline() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [["hang": true], versionAnswer]
    ])
    let time = HandTurnedTime()
    let cluster = scripted.cluster(
      deadlines: CallDeadlines(read: .seconds(30)), time: time)
    let call = Task { try await cluster.version() }
    try await eventually { scripted.requests.count == 1 }
    await time.waitForSleepers(1)
    time.advance(by: .seconds(30))
    await #expect(
      throws: ClusterError(
        .deadline, "the cluster gave no answer within 30 s")
    ) { try await call.value }
    // The hanging connection is given up with the call.
    #expect(try await cluster.version().minor == 29)
    await cluster.close()
  }

  @Test func aCancelledCallEndsAtOnce() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /version": [["hang": true]]
    ])
    let cluster = scripted.cluster()
    let call = Task { try await cluster.version() }
    try await eventually { scripted.requests.count == 1 }
    call.cancel()
    await #expect(throws: ClusterError(.cancelled, "cancelled")) {
      try await call.value
    }
    await cluster.close()
  }

  @Test func aSilentWatchEnds() async throws {
    let scripted = try ScriptedKubectl(answers: [
      "GET /api/v1": [coreResources],
      "GET /api/v1/pods": [
        [
          "stay": true,
          "chunks": [
            .string(
              #"{"type":"BOOKMARK","object":{"metadata":"#
                + #"{"resourceVersion":"9"}}}"# + "\n")
          ],
        ]
      ],
    ])
    let time = HandTurnedTime()
    let cluster = scripted.cluster(
      deadlines: CallDeadlines(watchSilence: .seconds(150)), time: time)
    var events = cluster.watch(ListQuery(.pod), from: "1").makeAsyncIterator()
    #expect(try await events.next() == .bookmark(resourceVersion: "9"))
    await time.waitForSleepers(1)
    time.advance(by: .seconds(150))
    await #expect(
      throws: ClusterError(.deadline, "the watch was silent for 150 s")
    ) { try await events.next() }
    await cluster.close()
  }

  @Test func aWatchEndsWithTheErrorThatTheServerSends() async throws {
    let lines = [
      #"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"# + "\n"
        + #"{"type":"ERROR","object":{"kind":"Sta"#,
      #"tus","code":410,"reason":"Expired","message":"too old"}}"# + "\n",
    ]
    let scripted = try ScriptedKubectl(answers: [
      "GET /api/v1": [coreResources],
      "GET /api/v1/pods": [["chunks": .array(lines.map(JSON.string))]],
    ])
    let cluster = scripted.cluster()
    var names: [String] = []
    do {
      for try await event in cluster.watch(ListQuery(.pod), from: "1") {
        names.append(event.object?.name ?? "")
      }
      Issue.record("the watch ended without an error")
    } catch {
      #expect((error as? ClusterError)?.isGone == true)
    }
    #expect(names == ["a"])
    await cluster.close()
  }

  @Test func aSlowReaderGetsEverything() async throws {
    // More than the connection lets wait at once.
    let item =
      #"{"metadata":{"name":"x","labels":{"l":"\#(String(repeating: "y", count: 50_000))"}}}"#
    let chunks =
      [#"{"metadata":{"resourceVersion":"5"},"items":[\#(item)"#]
      + Array(repeating: "," + item, count: 80) + ["]}"]
    let scripted = try ScriptedKubectl(answers: [
      "GET /api/v1": [coreResources],
      "GET /api/v1/pods": [["chunks": .array(chunks.map(JSON.string))]],
    ])
    let cluster = scripted.cluster()
    let items = ListItems()
    let list = try await cluster.forEach(ListQuery(.pod)) { object in
      usleep(2000)
      items.add(object)
    }
    #expect(items.take().count == 81)
    #expect(list.resourceVersion == "5")
    await cluster.close()
  }

  // MARK: Commands in pods

  @Test(arguments: [
    (
      "error: nothing\ncommand terminated with exit code 3\n", 3,
      "error: nothing\n"
    ),
    ("command terminated with exit code 137\n", 137, ""),
  ])
  func aCommandsOwnCodeIsAResult(
    _ errors: String, _ code: Int, _ rest: String
  ) async throws {
    let scripted = try ScriptedKubectl([
      "commands": [
        "exec": [
          "output": "out", "errors": .string(errors), "code": .integer(code),
        ]
      ]
    ])
    let cluster = scripted.cluster(context: "other")
    let result = try await cluster.exec(
      PodCommand(
        namespace: "n", pod: "p", container: "c",
        arguments: ["sh", "-c", "x y"], input: [65]))
    #expect(result.exitCode == code)
    #expect(String(decoding: result.errorOutput, as: UTF8.self) == rest)
    #expect(String(decoding: result.output, as: UTF8.self) == "out")
    #expect(
      scripted.calls.last == "--context other exec p -n n -c c -i -- sh -c x y")
    #expect(
      cluster.commandLog.commands.last?.line.hasSuffix(
        "exec p -n n -c c -i -- sh '…'") == true)
    await cluster.close()
  }

  @Test(arguments: [
    (
      "Error from server (NotFound): pods \"p\" not found\n",
      ClusterError(
        code: 404, reason: "NotFound", message: "pods \"p\" not found")
    ),
    (
      "error: unable to upgrade connection: container not found (\"c\")\n",
      ClusterError(
        .tool, "unable to upgrade connection: container not found (\"c\")")
    ),
    (
      "The connection to the server 1.2.3.4 was refused\n",
      ClusterError(
        .unreachable, "The connection to the server 1.2.3.4 was refused")
    ),
  ])
  func aFailureOfKubectlIsAnError(
    _ errors: String, _ expected: ClusterError
  ) async throws {
    let scripted = try ScriptedKubectl([
      "commands": ["exec": ["errors": .string(errors), "code": 1]]
    ])
    let error = await error(scripted.cluster()) {
      _ = try await $0.exec(
        PodCommand(namespace: "n", pod: "p", arguments: ["true"]))
    }
    #expect(error == expected)
  }

  @Test func aPortLeadsIntoThePodUntilItIsClosed() async throws {
    let scripted = try ScriptedKubectl([
      "commands": [
        "port-forward": [
          "output":
            "Forwarding from 127.0.0.1:41234 -> 5000\nForwarding from [::1]:1",
          "stay": true,
        ]
      ]
    ])
    let cluster = scripted.cluster()
    let way = try await cluster.portForward(
      PortForwardQuery(namespace: "n", pod: "p", port: 5000))
    #expect(way.localPort == 41234)
    #expect(pids(of: scripted).count == 1)
    await way.close()
    #expect(pids(of: scripted).isEmpty)
    #expect(
      scripted.calls.last
        == "--context lab port-forward pod/p -n n --address 127.0.0.1 :5000")
    await cluster.close()
  }

  @Test func aPortThatCannotBeOpenedSaysWhy() async throws {
    let scripted = try ScriptedKubectl([
      "commands": [
        "port-forward": [
          "errors": "error: unable to listen on any of the requested ports",
          "code": 1,
        ]
      ]
    ])
    let error = await error(scripted.cluster()) {
      _ = try await $0.portForward(
        PortForwardQuery(namespace: "n", pod: "p", port: 1, localPort: 22))
    }
    #expect(
      error
        == ClusterError(
          .tool, "unable to listen on any of the requested ports"))
  }

  // MARK: Parts

  private func endProxies(of scripted: ScriptedKubectl) throws {
    for pid in pids(of: scripted) { kill(pid_t(pid), SIGKILL) }
  }

  /// The processes of a scripted kubectl.
  private func pids(of scripted: ScriptedKubectl) -> [Int] {
    let files = LocalFiles()
    return ((try? files.list("/proc")) ?? []).compactMap { entry in
      guard let pid = Int(entry.name),
        let bytes = try? files.read("/proc/\(pid)/cmdline").bytes,
        String(decoding: bytes, as: UTF8.self)
          .contains(scripted.folder.path + "/kubectl")
      else { return nil }
      return pid
    }
  }
}
