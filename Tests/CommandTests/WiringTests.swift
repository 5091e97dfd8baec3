// The small parts of the wiring: lines from bytes, capacities, paths, masks.

import Kubernetes
import Testing

@testable import quarterdeck

@Suite struct WiringTests {
  @Test func linesComeWholeFromPieces() {
    var lines = LineSplitter()
    #expect(lines.lines(adding: Array("one\ntw".utf8)) == ["one"])
    #expect(lines.lines(adding: Array("o\n\nrest".utf8)) == ["two", ""])
    #expect(lines.rest == "rest")
  }

  /// A log without newlines must not fill the memory.
  @Test func endlessLinesAreCut() {
    var lines = LineSplitter()
    let cut = lines.lines(adding: [UInt8](repeating: 0x61, count: 100_000))
    #expect(cut.count == 6)
    #expect(cut.allSatisfy { $0.count == 16 << 10 })
    #expect(
      cut.reduce(0) { $0 + $1.count } + (lines.rest?.count ?? 0) == 100_000)
  }

  @Test func capacities() {
    #expect(
      NodeCapacity.text(["cpu": "8", "memory": "33554432Ki"])
        == "8 CPU, 32 GiB")
    #expect(NodeCapacity.text(["memory": "7Gi"]) == "7Gi")
    #expect(NodeCapacity.text(nil) == "")
  }

  @Test func pathsAreMadeAbsolute() {
    #expect(absolutePath("/a//b/./c/..") == "/a/b")
    #expect(absolutePath("/../a") == "/a")
    #expect(absolutePath("lab").hasSuffix("/lab"))
  }

  /// Neither a Secret's values nor kubectl's copy of them are shown.
  @Test func secretsAreMaskedInManifests() {
    let secret = KubernetesObject([
      "apiVersion": "v1", "kind": "Secret",
      "metadata": [
        "name": "s",
        "annotations": [
          "kubectl.kubernetes.io/last-applied-configuration": "aHVudGVyMg=="
        ],
        "managedFields": [["manager": "m"]],
      ],
      "data": ["password": "aHVudGVyMg=="],
    ])
    let text = ObjectReader.yaml(secret)
    #expect(!text.contains("aHVudGVyMg=="))
    #expect(text.contains("password"))
    #expect(!text.contains("managedFields"))
  }
}
