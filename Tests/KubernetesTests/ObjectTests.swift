// Objects, times, selectors, discovery and errors: reading what clusters send.

import Kubernetes
import Testing

@Suite struct InstantTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
    ("2025-11-02T10:00:00+01:00", 1_762_074_000),
    ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00Z", 4_107_542_400),
  ])
  func reads(text: String, seconds: Int64) throws {
    let instant = try #require(Instant(text))
    #expect(instant == Instant(seconds: seconds))
    #expect(Instant(instant.timestamp) == instant)
  }

  @Test func keepsMicroseconds() throws {
    let instant = try #require(Instant("2025-11-02T10:00:00.1234567Z"))
    #expect(instant.microTimestamp == "2025-11-02T10:00:00.123456Z")
    #expect(instant.timestamp == "2025-11-02T10:00:00Z")
    #expect(instant + .seconds(61) - instant == .seconds(61))
  }

  @Test(arguments: [
    "", "2025-13-01T00:00:00Z", "2025-11-02", "2025-11-02T10:00:00",
    "2025-11-02T10:00:00.Z", "2025-11-02T10:00:00Zx",
  ])
  func refuses(text: String) { #expect(Instant(text) == nil) }
}

@Suite struct ObjectTests {
  @Test func readsMetadata() throws {
    var object = try KubernetesObject(
      parsing: """
        {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"a",
        "namespace":"n","uid":"u","generation":3,"resourceVersion":"7",
        "labels":{"x":"y"},"creationTimestamp":"2025-01-01T00:00:00Z",
        "ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment",
        "name":"d","uid":"du","controller":true}]},
        "status":{"conditions":[{"type":"Available","status":"True"}]}}
        """.utf8)
    #expect(
      object.reference
        == ObjectReference(.replicaSet, namespace: "n", name: "a"))
    #expect(object.controller?.uid == "du")
    #expect(object.generation == 3)
    #expect(object.condition("Available")?.isTrue == true)
    #expect(object.condition("Progressing") == nil)
    object.labels["z"] = "w"
    object.metadata["generation"] = 4
    object.finalizers = ["f"]
    #expect(object.labels == ["x": "y", "z": "w"])
    #expect(object.generation == 4)
    #expect(object.finalizers == ["f"])
    #expect(!object.isTerminating)
  }

  @Test func survivesNonsense() throws {
    let object = try KubernetesObject(
      parsing: #"{"metadata":[],"status":7,"spec":null}"#.utf8)
    #expect(object.name == "" && object.labels.isEmpty && object.uid == nil)
    #expect(object.conditions.isEmpty)
  }

  @Test(arguments: [
    ("a=b", ["a": "b"], true), ("a==b,c", ["a": "b"], false),
    ("a!=b", ["a": "b"], false), ("a!=b", [:], true),
    ("x in (1, 2),!y", ["x": "2"], true), ("x notin (1,2)", ["x": "2"], false),
    ("!y", ["y": ""], false), ("", ["a": "b"], true), ("a=", ["a": ""], true),
  ])
  func selectsByLabels(text: String, labels: [String: String], matches: Bool)
    throws
  {
    #expect(try LabelSelector(parsing: text).matches(labels) == matches)
  }

  @Test(arguments: ["x in 1", "a b", "(x)", "x near (1)"])
  func refusesSelector(text: String) {
    #expect(throws: ClusterError.self) { try LabelSelector(parsing: text) }
  }

  @Test func selectsByFields() throws {
    let object = KubernetesObject([
      "metadata": ["name": "a"], "status": ["phase": "Running"],
    ])
    func matches(_ text: String) throws -> Bool {
      try FieldSelector(parsing: text).matches(object)
    }
    #expect(try matches("metadata.name=a,status.phase!=Failed"))
    #expect(try !matches("metadata.name==b"))
    #expect(try matches("spec.nodeName="))
    #expect(throws: ClusterError.self) { try FieldSelector(parsing: "a") }
  }

  @Test func makesPaths() {
    let resource = APIResource(
      group: "apps", version: "v1", kind: "Deployment", plural: "deployments",
      isNamespaced: true)
    #expect(
      resource.path(namespace: "n", name: "../x", subresource: "scale")
        == "/apis/apps/v1/namespaces/n/deployments/..%2Fx/scale")
    #expect(resource.path(namespace: nil) == "/apis/apps/v1/deployments")
    let discovery = Discovery([resource])
    #expect(discovery[.deployment] == resource)
    #expect(
      discovery.firstServed("Deployment", of: ["v2", "apps/v1"]) == "apps/v1")
  }

  @Test func readsStatus() throws {
    let json = try JSON(
      parsing: """
        {"kind":"Status","status":"Failure","message":"bad \\u001b[31m image",
        "reason":"Invalid","code":422,"details":{"causes":[{"reason":
        "FieldValueInvalid","message":"m","field":"spec.x"}]}}
        """)
    let error = try #require(ClusterError(status: json))
    #expect(error.isInvalid && error.causes.first?.field == "spec.x")
    #expect(error.description == "bad [31m image")
    #expect(ClusterError(status: ["kind": "Pod"]) == nil)
    #expect(ClusterError(.unreachable, "no route").isTransient)
  }

  @Test func printsSafely() {
    #expect(
      "a\u{1b}]0;x\u{7}b\n\tc \u{202e}d\u{e0041}".printable == "a]0;xb c d")
    #expect("  plain  text ".printable == "plain text")
    #expect("  - a:\t1\u{1b}[2J ".printableLine == "  - a: 1[2J ")
    #expect("    plain".printableLine == "    plain")
    #expect("a\n\tb\u{1b}]0;x\u{7}\r\nc".printableText == "a\n\tb]0;x\nc")
  }

  @Test func comparesVersions() throws {
    let old = try #require(
      ClusterVersion(["major": "1", "minor": "20+", "gitVersion": "v1.20.2"]))
    #expect(old < ClusterVersion(major: 1, minor: 21, gitVersion: "v1.21.0"))
    #expect(ClusterVersion(["major": "x"]) == nil)
  }
}
