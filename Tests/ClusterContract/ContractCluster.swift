// What a cluster must offer to be held to the contract.

import Kubernetes
import Testing

/// A cluster under test, and how time passes in it.
public protocol ContractCluster: Sendable {
  var cluster: any Cluster { get }

  /// The same cluster for somebody who may do nothing; nil when there is none.
  var withoutRights: (any Cluster)? { get }

  /// Whether a scheduler and nodes run pods.
  var runsPods: Bool { get }

  /// Whether claims get volumes.
  var bindsClaims: Bool { get }

  /// Lets time pass: turns a clock, or sleeps.
  func pass(_ duration: Duration) async throws

  /// Makes the cluster forget the versions before now, where it would still
  /// know them.
  func forgetOldVersions() async throws
}

extension ContractCluster {
  public func forgetOldVersions() async throws {}
}

/// One clause of the contract.
public struct ContractCase: Sendable, CustomTestStringConvertible {
  public let name: String
  let needsPods: Bool
  let needsClaims: Bool
  let body: @Sendable (ContractRoom) async throws -> Void

  init(
    _ name: String, needsPods: Bool = false, needsClaims: Bool = false,
    _ body: @escaping @Sendable (ContractRoom) async throws -> Void
  ) {
    self.name = name
    self.needsPods = needsPods
    self.needsClaims = needsClaims
    self.body = body
  }

  public var testDescription: String { name }

  /// Every clause.
  public static let all: [ContractCase] =
    reading + writing + applying + deleting + refusing + rollingOut

  /// Holds a cluster to this clause, in a namespace of its own.
  public func run(on subject: any ContractCluster) async throws {
    if needsPods, !subject.runsPods { return }
    if needsClaims, !subject.bindsClaims { return }
    let namespace = try await subject.cluster.create(
      KubernetesObject([
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": ["generateName": "contract-"],
      ]))
    let room = ContractRoom(subject: subject, namespace: namespace.name)
    do {
      try await body(room)
    } catch {
      Issue.record(error)
    }
    _ = try? await subject.cluster.delete(namespace.reference)
  }
}

/// A namespace in which one clause is tried.
public struct ContractRoom: Sendable {
  let subject: any ContractCluster
  let namespace: String

  var cluster: any Cluster { subject.cluster }

  /// An object of this namespace.
  func object(_ text: String) throws -> KubernetesObject {
    var object = try KubernetesObject(parsing: text.utf8)
    object.namespace = namespace
    return object
  }

  func configMap(_ name: String, _ data: [String: String] = ["a": "1"])
    -> KubernetesObject
  {
    KubernetesObject([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "data": JSON(data),
    ])
  }

  /// A Deployment with one container `c`; `container` adds members to it.
  func deployment(
    _ name: String = "web", replicas: Int? = 1, image: String = "img:1",
    container: JSON = [:]
  ) -> KubernetesObject {
    var object = workload("Deployment", name, image, container)
    if let replicas { object.spec["replicas"] = .integer(replicas) }
    return object
  }

  func workload(
    _ kind: String, _ name: String, _ image: String = "img:1",
    _ container: JSON = [:]
  ) -> KubernetesObject {
    var main = container
    main["name"] = "c"
    main["image"] = .string(image)
    return KubernetesObject([
      "apiVersion": "apps/v1", "kind": .string(kind),
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "spec": [
        "selector": ["matchLabels": ["app": .string(name)]],
        "template": [
          "metadata": ["labels": ["app": .string(name)]],
          "spec": ["containers": [main]],
        ],
      ],
    ])
  }

  func reference(_ kind: ObjectKind, _ name: String) -> ObjectReference {
    ObjectReference(kind, namespace: namespace, name: name)
  }

  func query(_ kind: ObjectKind, labels: String? = nil) -> ListQuery {
    ListQuery(kind, namespace: namespace, labelSelector: labels)
  }

  /// Lets time pass until a condition holds; fails after three minutes of it.
  func eventually(
    _ what: String, at location: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
  ) async throws {
    for _ in 0..<360 {
      if try await condition() { return }
      try await subject.pass(.milliseconds(500))
    }
    Issue.record("never: \(what)", sourceLocation: location)
  }

  /// Expects a call to fail as a predicate says.
  func expectError(
    _ what: String, at location: SourceLocation = #_sourceLocation,
    where matches: (ClusterError) -> Bool,
    _ call: () async throws -> Void
  ) async {
    do {
      try await call()
      Issue.record("\(what) was allowed", sourceLocation: location)
    } catch let error as ClusterError {
      if !matches(error) {
        Issue.record(
          "\(what): \(error.cause), \(error)", sourceLocation: location)
      }
    } catch {
      Issue.record("\(what): \(error)", sourceLocation: location)
    }
  }
}
