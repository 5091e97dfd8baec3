// Kubectl against a real API server: what the contract of all clusters does
// not cover.

import ControlPlane
import Glibc
import Kubernetes
import Platform
import Testing

@testable import Kubectl

@Suite(.needsControlPlane) struct RealClusterTests {
  @Test func versionIdentityAndContextAreKnown() async throws {
    try await withCluster { cluster in
      #expect(try await cluster.version().minor == 20)
      #expect(try await cluster.identity().count == 36)
      let context = try await cluster.context()
      #expect(context.name == "test")
      #expect(context.user == "admin")
      #expect(context.isCurrent)
      #expect(context.server.hasPrefix("https://127.0.0.1:"))
      #expect(try await cluster.toolVersion() >= .oldest)
    }
  }

  @Test func theServersTimeIsNow() async throws {
    try await withCluster { cluster in
      let theirs = try await cluster.serverTime()
      let ours = Instant(
        microseconds: SystemTime().wallTime.microseconds)
      #expect(abs((theirs - ours).microseconds) < 3_000_000)
    }
  }

  @Test func discoveryKnowsTheVersionsOfThisServer() async throws {
    try await withCluster { cluster in
      let found = try await cluster.resources()
      #expect(found.serves("policy/v1beta1", "PodDisruptionBudget"))
      #expect(!found.serves("policy/v1", "PodDisruptionBudget"))
      let deployment = try #require(found[.deployment])
      #expect(deployment.plural == "deployments")
      #expect(deployment.isNamespaced)
      #expect(deployment.shortNames == ["deploy"])
      #expect(found[.node]?.isNamespaced == false)
    }
  }

  @Test func aKindThatIsNotServedIsNotFound() async throws {
    try await withCluster { cluster in
      let none = ObjectReference(
        apiVersion: "no.such/v1", kind: "Thing", name: "x")
      await #expect {
        try await cluster.get(none)
      } throws: { error in
        (error as? ClusterError)?.isNotFound == true
      }
    }
  }

  @Test func aTokenWorksAsWellAsACertificate() async throws {
    try await withCluster(\.token) { cluster in
      let access = AccessQuery(
        verb: "delete", group: "", resource: "nodes", namespace: nil)
      let review = try await cluster.canI(access)
      #expect(review.isAllowed)
    }
  }

  @Test func withoutRightsTheRefusalIsTheServersSentence() async throws {
    try await withCluster(\.viewer) { cluster in
      let access = AccessQuery(
        verb: "list", group: "", resource: "pods", namespace: "default")
      let review = try await cluster.canI(access)
      #expect(!review.isAllowed)
      await #expect {
        try await cluster.list(ListQuery(.pod, namespace: "default"))
      } throws: { error in
        guard let error = error as? ClusterError else { return false }
        return error.isForbidden
          && error.message.contains("cannot list resource \"pods\"")
      }
    }
  }

  @Test func pagesJoinToTheWholeList() async throws {
    try await withCluster { cluster in
      let space = try await makeNamespace(cluster)
      for number in 0..<7 {
        _ = try await cluster.create(configMap("page-\(number)", space))
      }
      let query = ListQuery(
        .configMap, namespace: space, labelSelector: "page", limit: 3)
      let first = try await cluster.list(query)
      #expect(first.items.count == 3)
      #expect(first.continueToken != nil)
      let all = try await cluster.listAll(query)
      #expect(all.items.map(\.name) == (0..<7).map { "page-\($0)" })
      #expect(all.items.allSatisfy { $0.objectKind == .configMap })
    }
  }

  @Test func logsComeWholeAndEnd() async throws {
    try await withCluster { cluster in
      let space = try await makeNamespace(cluster)
      let pod = try await makePod(cluster, "talks", space)
      var bytes: [UInt8] = []
      for try await piece in cluster.logs(
        LogQuery(namespace: space, pod: pod, tailLines: 3))
      {
        bytes += piece
      }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      #expect(
        lines.map { $0.prefix(9) } == ["main line", "main line", "main line"])
    }
  }

  @Test func followedLogsComeUntilWeStop() async throws {
    try await withCluster { cluster in
      let space = try await makeNamespace(cluster)
      let pod = try await makePod(cluster, "talks-on", space)
      var text = ""
      for try await piece in cluster.logs(
        LogQuery(namespace: space, pod: pod, follows: true, tailLines: 1))
      {
        text += String(decoding: piece, as: UTF8.self)
        if text.contains("tick") { break }
      }
      #expect(text.contains("line 19 hello"))
    }
  }

  @Test func execWithoutAKubeletIsAnErrorNotAResult() async throws {
    try await withCluster { cluster in
      let space = try await makeNamespace(cluster)
      let missing = PodCommand(
        namespace: space, pod: "none", arguments: ["true"])
      await #expect {
        try await cluster.exec(missing)
      } throws: { error in
        (error as? ClusterError)?.isNotFound == true
      }
    }
  }

  @Test func everyActionIsLoggedAsACommandWithoutContents() async throws {
    try await withCluster { cluster in
      let kubeconfig = try #require(cluster.options.kubeconfig)
      let space = try await makeNamespace(cluster)
      var secret = configMap("hidden", space)
      secret.json["kind"] = "Secret"
      secret.json["data"] = ["password": "c2VjcmV0LXdvcmQ="]
      _ = try await cluster.apply(secret, ApplyOptions(dryRun: true))
      _ = try await cluster.apply(secret, ApplyOptions())
      _ = try await cluster.patch(
        secret.reference, .merge(["data": ["password": "b3RoZXItd29yZA=="]]))
      let lines = cluster.commandLog.commands.suffix(3)
      let start =
        "kubectl --kubeconfig \(kubeconfig) --context test "
      #expect(
        lines.map(\.line) == [
          start + "apply --server-side -n \(space) --field-manager "
            + "quarterdeck --dry-run=server -f secret-hidden.json",
          start + "apply --server-side -n \(space) --field-manager "
            + "quarterdeck -f secret-hidden.json",
          start + "patch secrets hidden -n \(space) --type merge "
            + "--patch-file secret-hidden.patch.json --field-manager "
            + "quarterdeck",
        ])
      #expect(lines.map(\.isWrite) == [false, true, true])
    }
  }

  @Test func theLoggedCommandDoesTheSame() async throws {
    try await withCluster { cluster in
      let space = try await makeNamespace(cluster)
      _ = try await cluster.create(configMap("same", space))
      let ours = try await cluster.list(
        ListQuery(.configMap, namespace: space, labelSelector: "page"))
      let line = try #require(cluster.commandLog.commands.last?.line)
      let theirs = try await LocalProcesses().run(
        ChildCommand(
          "sh", ["-c", line.replacing("-o yaml", with: "-o json")]))
      let json = try JSON(parsing: theirs.output)
      // Newer kubectls leave these out of what they print.
      func withoutManagers(_ items: [JSON]) -> [JSON] {
        items.map { item in
          var item = item
          item["metadata"]?["managedFields"] = nil
          return item
        }
      }
      #expect(
        withoutManagers(json["items"]?.array ?? [])
          == withoutManagers(ours.items.map(\.json)))
    }
  }

  @Test func theProxyComesBackWhenItIsKilled() async throws {
    try await withCluster { cluster in
      _ = try await cluster.version()
      let before = proxies(of: cluster)
      #expect(before.count == 1)
      for pid in before { kill(pid_t(pid), SIGKILL) }
      // Nobody need notice.
      _ = try await cluster.identity()
      let after = proxies(of: cluster)
      #expect(after.count == 1)
      #expect(after != before)
    }
  }

  @Test func nothingIsLeftOnceItIsClosed() async throws {
    let cluster = try await makeCluster()
    _ = try await cluster.version()
    #expect(proxies(of: cluster).count == 1)
    await cluster.close()
    #expect(proxies(of: cluster).isEmpty)
    await #expect(throws: ClusterError.self) { try await cluster.version() }
  }

  @Test func aWatchIsCancelledWithItsReader() async throws {
    try await withCluster { cluster in
      let space = try await makeNamespace(cluster)
      let version = try await cluster.list(
        ListQuery(.configMap, namespace: space)
      ).resourceVersion
      let stream = cluster.watch(
        ListQuery(.configMap, namespace: space), from: version)
      let (seen, seeing) = AsyncStream.makeStream(of: String.self)
      let reader = Task {
        defer { seeing.finish() }
        for try await event in stream {
          // The cluster puts one of its own into every namespace.
          if let name = event.object?.name, name != "kube-root-ca.crt" {
            seeing.yield(name)
          }
        }
      }
      _ = try await cluster.create(configMap("seen", space))
      var names = seen.makeAsyncIterator()
      #expect(await names.next() == "seen")
      reader.cancel()
      // It ends, and without an error.
      try await reader.value
      #expect(await names.next() == nil)
    }
  }

  @Test func anOldVersionIsGone() async throws {
    let plane = try await ControlPlane.shared()
    try await withCluster { cluster in
      let query = ListQuery(.event, namespace: "default")
      let now = try await cluster.list(query).resourceVersion
      try await plane.forgetOldVersions(before: now)
      await #expect {
        for try await _ in cluster.watch(query, from: "1") {}
      } throws: { error in
        (error as? ClusterError)?.isGone == true
      }
    }
  }
}
