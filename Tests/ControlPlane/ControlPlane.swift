// A real Kubernetes control plane for the tests of one process.

import Foundation
import Platform
import Testing

/// A control plane that Tests/Support/control-plane/up started for us.
///
/// It ends with this process, however that ends.
public struct ControlPlane: Sendable {
  /// The folder that holds its kubeconfigs, logs and rules.
  public var folder: String

  /// The kubeconfig of an administrator.
  public var admin: String { folder + "/admin.kubeconfig" }
  /// The same rights by a bearer token.
  public var token: String { folder + "/token.kubeconfig" }
  /// Somebody without any rights.
  public var viewer: String { folder + "/viewer.kubeconfig" }

  /// Replaces the rules of the fake kubelet: image pattern and behaviour, see
  /// Tests/Support/control-plane/kubelet/behaviour.py.
  ///
  /// They hold for pods that it has not seen yet.
  public func setRules(_ rules: [(image: String, behaviour: String)]) throws {
    let lists = rules.map { [$0.image, $0.behaviour] }
    let bytes = try JSONSerialization.data(withJSONObject: ["rules": lists])
    try LocalFiles().write(Array(bytes), to: folder + "/control.json")
  }

  /// Makes the store forget all versions before now.
  ///
  /// Only kinds that the API server does not cache notice, such as Event: what
  /// is asked of them from an older version is gone (410).
  public func forgetOldVersions(before version: String) async throws {
    let address = try LocalFiles().read(folder + "/etcd").bytes
    let url = String(decoding: address, as: UTF8.self) + "/v3/kv/compaction"
    let script = """
      import sys, urllib.error, urllib.request
      try:
          urllib.request.urlopen(sys.argv[1], sys.argv[2].encode()).read()
      except urllib.error.HTTPError as error:
          # Somebody else was faster.
          if b"has been compacted" not in error.read():
              raise
      """
    let result = try await LocalProcesses().run(
      ChildCommand(
        "python3",
        ["-c", script, url, #"{"revision":"\#(version)"}"#]),
      deadline: .seconds(30))
    guard result.status.isSuccess else {
      throw ControlPlaneError(description: "compaction: \(result.status)")
    }
  }

  /// Whether tests that need one are to run at all.
  ///
  /// `QUARTERDECK_CONTROL_PLANE=off`, which `Tests/run quick` sets, leaves them
  /// out; the test runner then lists them as skipped.
  public static var isWanted: Bool {
    ProcessInfo.processInfo.environment["QUARTERDECK_CONTROL_PLANE"] != "off"
  }

  /// The one of this process, started when it is first asked for; the first
  /// time on a machine it is built from source.
  public static func shared() async throws -> ControlPlane {
    try await Shared.one.value()
  }

  /// Starts one for the caller alone.
  public static func start(nodes: Int = 3) async throws -> ControlPlane {
    let result = try await LocalProcesses().run(
      ChildCommand(
        script("up"), ["--owner", "\(Host.processID)", "--nodes", "\(nodes)"]),
      deadline: .seconds(1200))
    guard result.status.isSuccess else {
      throw ControlPlaneError(description: result.errorText)
    }
    let start = "export CONTROL_PLANE_RUN="
    guard
      let line = result.outputText.split(separator: "\n")
        .first(where: { $0.hasPrefix(start) })
    else { throw ControlPlaneError(description: result.outputText) }
    return ControlPlane(folder: String(line.dropFirst(start.count)))
  }

  /// Stops it before the process ends.
  public func stop() async throws {
    _ = try await LocalProcesses().run(
      ChildCommand(Self.script("down"), [folder]), deadline: .seconds(60))
  }

  private static func script(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("Support/control-plane/\(name)").path
  }
}

/// A control plane did not start, with what it said.
public struct ControlPlaneError: Error, CustomStringConvertible {
  public var description: String
}

private actor Shared {
  static let one = Shared()
  private var start: Task<ControlPlane, any Error>?

  func value() async throws -> ControlPlane {
    if let start { return try await start.value }
    let task = Task { try await ControlPlane.start() }
    start = task
    return try await task.value
  }
}

extension Trait where Self == ConditionTrait {
  /// Leaves a test out, visibly, where no control plane is wanted.
  public static var needsControlPlane: Self {
    .enabled(
      if: ControlPlane.isWanted,
      "QUARTERDECK_CONTROL_PLANE=off leaves out what needs an API server")
  }
}
