// Clusters and objects for the tests against a real API server.

import ControlPlane
import Foundation
import Kubernetes
import Platform
import Testing

@testable import Kubectl

/// A cluster with a kubeconfig of its own, by which its children are known.
func makeCluster(
  _ kubeconfig: KeyPath<ControlPlane, String> = \.admin
) async throws -> Kubectl {
  let plane = try await ControlPlane.shared()
  let files = LocalFiles()
  let copy = "\(plane.folder)/\(UUID().uuidString).kubeconfig"
  try files.write(try files.read(plane[keyPath: kubeconfig]).bytes, to: copy)
  // Tests that compute for seconds share few threads with those that wait.
  return Kubectl(
    KubectlOptions(kubeconfig: copy),
    deadlines: CallDeadlines(read: .seconds(180), write: .seconds(180)))
}

/// Runs a test with a cluster and closes it afterwards.
func withCluster(
  _ kubeconfig: KeyPath<ControlPlane, String> = \.admin,
  _ body: (Kubectl) async throws -> Void
) async throws {
  let cluster = try await makeCluster(kubeconfig)
  do {
    try await body(cluster)
  } catch {
    await cluster.close()
    throw error
  }
  await cluster.close()
}

/// A new namespace, ready for pods.
func makeNamespace(_ cluster: some Cluster) async throws -> String {
  let name = "test-" + UUID().uuidString.lowercased()
  _ = try await cluster.create(
    KubernetesObject([
      "apiVersion": "v1", "kind": "Namespace",
      "metadata": ["name": .string(name)],
    ]))
  let account = ObjectReference(
    .serviceAccount, namespace: name, name: "default")
  try await eventually {
    // Pods are refused until it has its token.
    let found = (try? await cluster.find(account)).flatMap { $0 }
    return found?.json["secrets"]?.array?.isEmpty == false
  }
  return name
}

/// A ConfigMap with the label `page`.
func configMap(_ name: String, _ namespace: String) -> KubernetesObject {
  KubernetesObject([
    "apiVersion": "v1", "kind": "ConfigMap",
    "metadata": [
      "name": .string(name), "namespace": .string(namespace),
      "labels": ["page": ""],
    ],
    "data": ["key": "value"],
  ])
}

/// Creates a pod and waits until it runs.
func makePod(
  _ cluster: some Cluster, _ name: String, _ namespace: String
) async throws -> String {
  let pod = try await cluster.create(
    KubernetesObject([
      "apiVersion": "v1", "kind": "Pod",
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "spec": ["containers": [["name": "main", "image": "any"]]],
    ]))
  try await eventually {
    let now = try? await cluster.get(pod.reference)
    return now?.status["phase"]?.string == "Running"
  }
  return name
}

/// The process numbers of a cluster's proxies.
func proxies(of cluster: Kubectl) -> [Int] {
  let kubeconfig = cluster.options.kubeconfig ?? ""
  return ((try? LocalFiles().list("/proc")) ?? []).compactMap { entry in
    guard let pid = Int(entry.name),
      let bytes = try? LocalFiles().read("/proc/\(pid)/cmdline").bytes
    else { return nil }
    let words = bytes.split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
    return words.contains("proxy") && words.contains(kubeconfig) ? pid : nil
  }
}

/// Waits until something holds, for at most some seconds.
func eventually(
  _ condition: () async -> Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  for _ in 0..<600 {
    if await condition() { return }
    try await Task.sleep(for: .milliseconds(25))
  }
  Issue.record("it never became true", sourceLocation: sourceLocation)
}
