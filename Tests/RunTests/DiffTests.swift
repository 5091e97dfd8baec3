// Diffs are what diff(1) prints, and secrets never stand in them.

import AnsibleKubernetes
import Foundation
import Kubernetes
import Testing

@testable import Run

@Suite struct DiffTests {
  /// Applies a diff with patch(1) and returns the outcome.
  private func patched(_ old: [String], _ diff: [DiffLine]) throws -> [String] {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: "text")
    func text(_ lines: [String]) -> String {
      lines.map { $0 + "\n" }.joined()
    }
    try text(old).write(to: file, atomically: true, encoding: .utf8)
    if !diff.isEmpty {
      let patch = directory.appending(path: "patch")
      try text(["--- a", "+++ b"] + diff.map(\.printed))
        .write(to: patch, atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        "patch", "--silent", "--fuzz=0", file.path, patch.path,
      ]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    return try String(contentsOf: file, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast().map(String.init)
  }

  @Test func patchTurnsTheOldTextIntoTheNew() throws {
    var random = Dice(state: 7)
    for _ in 0..<60 {
      let old = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        "line \(Int.random(in: 0..<8, using: &random))"
      }
      var new = old
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        if !new.isEmpty, Bool.random(using: &random) {
          new.remove(at: Int.random(in: 0..<new.count, using: &random))
        } else {
          new.insert(
            "new \(Int.random(in: 0..<3, using: &random))",
            at: Int.random(in: 0...new.count, using: &random))
        }
      }
      let diff = UnifiedDiff.lines(from: old, to: new)
      #expect(diff.isEmpty == (old == new))
      #expect(try patched(old, diff) == new)
    }
  }

  @Test func hunksNameTheirLines() {
    let old = (1...20).map { "\($0)" }
    var new = old
    new[9] = "ten"
    #expect(
      UnifiedDiff.lines(from: old, to: new).map(\.printed) == [
        "@@ -7,7 +7,7 @@", " 7", " 8", " 9", "-10", "+ten", " 11", " 12",
        " 13",
      ])
    #expect(
      UnifiedDiff.lines(from: [], to: ["a"]).map(\.printed) == [
        "@@ -0,0 +1 @@", "+a",
      ])
  }

  @Test func secretsAreMaskedAndTheirChangeIsSaid() {
    let old: JSON = ["kind": "Secret", "data": ["a": "b2xk", "b": "c2FtZQ=="]]
    let new: JSON = [
      "kind": "Secret", "data": ["a": "bmV3", "b": "c2FtZQ==", "c": "eA=="],
    ]
    let masked = SecretMask.masked(old: old, new: new, spans: [])
    #expect(
      masked.old?["data"]
        == ["a": "********", "b": "********"])
    #expect(
      masked.new?["data"]
        == [
          "a": "******** (changed)", "b": "********", "c": "********",
        ])
  }

  @Test func secretSpansAreMaskedInBothVersions() {
    let text = "[db]\nurl = mysql://u:hunter22@db\nmax = 5\n"
    let start = text.utf8.distance(
      from: text.startIndex, to: text.firstIndex(of: "h") ?? text.startIndex)
    let new: JSON = ["kind": "ConfigMap", "data": ["x.conf": .string(text)]]
    let old: JSON = [
      "kind": "ConfigMap",
      "data": ["x.conf": "[db]\nurl = mysql://u:older@db\nmax = 4\n"],
    ]
    let masked = SecretMask.masked(
      old: old, new: new,
      spans: [
        SecretSpan(pointer: "/data/x.conf", range: start..<(start + 8))
      ])
    #expect(
      masked.new?["data"]?["x.conf"]
        == "[db]\nurl = mysql://u:******** (changed)@db\nmax = 5\n")
    #expect(
      masked.old?["data"]?["x.conf"]
        == "[db]\nurl = mysql://u:********\nmax = 4\n")
  }

  @Test func theServersOwnFieldsDoNotCount() {
    let live: JSON = [
      "kind": "ConfigMap",
      "metadata": [
        "name": "a", "uid": "1", "resourceVersion": "9", "generation": 2,
        "managedFields": [["manager": "x"]],
        "annotations": ["deployment.kubernetes.io/revision": "3"],
      ],
      "data": ["k": "v"], "status": ["x": 1],
    ]
    let wanted: JSON = [
      "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["k": "v"],
    ]
    #expect(Manifest.comparable(live) == wanted)
    #expect(Manifest.digest(live) == Manifest.digest(wanted))
    #expect(
      Manifest.digest(wanted, without: ["/data/k"])
        == Manifest.digest(
          [
            "kind": "ConfigMap", "metadata": ["name": "a"],
            "data": ["k": "other"],
          ], without: ["/data/k"]))
  }

  @Test func projectionsLeaveOutTheServersDefaults() {
    let live: JSON = [
      "spec": [
        "a": 1, "b": 2,
        "ports": [["name": "x", "port": 1, "protocol": "TCP"]],
      ]
    ]
    let wanted: JSON = ["spec": ["a": 3, "ports": [["name": "x", "port": 1]]]]
    #expect(
      Manifest.projection(of: live, onto: wanted)
        == ["spec": ["a": 1, "ports": [["name": "x", "port": 1]]]])
  }

  @Test func fieldChangesAreLines() {
    let old: JSON = [
      "spec": [
        "replicas": 3, "containers": [["name": "api", "image": "a:1"]],
      ],
      "data": ["x.conf": "a = 1\nb = 2\n"],
    ]
    let new: JSON = [
      "spec": [
        "replicas": 5, "containers": [["name": "api", "image": "a:2"]],
      ],
      "data": ["x.conf": "a = 1\nb = 3\n"],
    ]
    #expect(
      FieldChanges.lines(from: old, to: new) == [
        "data[x.conf]: b = 2 → b = 3",
        "spec.containers[api].image: a:1 → a:2", "spec.replicas: 3 → 5",
      ])
  }

  /// Repeatable random numbers.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }
}
