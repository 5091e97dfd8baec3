// The catalogue's roles rendered in-process.

import Ansible
import Foundation
import Jinja
import Kubernetes
import Testing

@testable import AnsibleKubernetes

@Suite("Rendering the catalogue")
struct CatalogueRenderTests {
  @Test(
    "every entry point renders",
    arguments: ["mariadb", "memcached", "keystone"],
    ["main", "remove", "check", "test"])
  func renders(_ role: String, _ entryPoint: String) async throws {
    let rendering = await RenderKit.render(role, entryPoint)
    #expect(rendering.refusals.map(\.description) == [])
    #expect(rendering.failures.map(\.description) == [])
    #expect(!rendering.writes.isEmpty || entryPoint != "main")
  }
}

/// What rendering tests share.
enum RenderKit {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let roles = root.appendingPathComponent("Sources/Catalogue/roles").path

  static let engine = RoleEngine()

  /// A project without files of its own, over the catalogue.
  static func project() -> Project {
    Project(
      directory: "/nonexistent/project",
      rolePath: RolePath(
        project: "/nonexistent/project", roots: [roles]))
  }

  /// Secrets that the roles need, of the kind that a stack would generate.
  static func secrets(_ role: String) throws -> [String: JSON] {
    let kinds = try generators(role)
    var values: [String: JSON] = [:]
    for spec in try engine.describe(role, in: project()).specs {
      for option in spec.options
      where option.isRequired && option.defaultValue == nil {
        values[option.name] = .string(
          secret(kinds[option.name] ?? "password", for: option.name))
      }
    }
    return values
  }

  private static func secret(_ kind: String, for name: String) -> String {
    let digest = Digest.sha256(name)
    switch kind {
    case "fernet":
      return Data(digest.utf8.prefix(32)).base64EncodedString()
    case "hex": return String(digest.prefix(32))
    case "uuid":
      let d = Array(digest)
      return [d[0..<8], d[8..<12], d[12..<16], d[16..<20], d[20..<32]]
        .map { String($0) }.joined(separator: "-")
    default: return "pw" + digest.prefix(30)
    }
  }

  /// The kinds of secrets by name, as the role's meta/service.yml has them.
  private static func generators(_ role: String) throws -> [String: String] {
    let path = "\(roles)/\(role)/meta/service.yml"
    let document = try ProjectReader(files: DiskSources()).document(path)
    var kinds: [String: String] = [:]
    for (key, value) in try document.member("parameters")?.dictionary?
      .entries() ?? []
    {
      if let name = key.text,
        let kind = try value.member("generate")?.member("kind")?.text
      {
        kinds[name] = kind
      }
    }
    return kinds
  }

  static func render(
    _ role: String, _ entryPoint: String,
    over cluster: any ClusterReader = FixtureCluster(nodes)
  ) async -> RoleRendering {
    var job = RoleJob(.role(role, entryPoint: entryPoint), in: project())
    job.extraVariables = (try? secrets(role)) ?? [:]
    return await engine.render(job, over: cluster)
  }
}

extension RenderKit {
  /// Three nodes and a default storage class: what the roles' checks ask for.
  static let nodes: [KubernetesObject] =
    (1...3).map { number in
      KubernetesObject([
        "apiVersion": "v1", "kind": "Node",
        "metadata": [
          "name": .string("node-\(number)"),
          "labels": ["quarterdeck.io/control-plane": "enabled"],
        ],
        "spec": [:],
        "status": ["conditions": [["type": "Ready", "status": "True"]]],
      ])
    } + [
      KubernetesObject([
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": [
          "name": "standard",
          "annotations": [
            "storageclass.kubernetes.io/is-default-class": "true"
          ],
        ],
        "provisioner": "example.org/none",
      ])
    ]
}

/// A cluster that only holds some objects.
struct FixtureCluster: ClusterReader {
  let objects: [KubernetesObject]
  let isRehearsal = true

  init(_ objects: [KubernetesObject]) { self.objects = objects }

  func version() async throws -> ClusterVersion {
    ClusterVersion(major: 1, minor: 29, gitVersion: "v1.29.0")
  }
  func resources(refresh: Bool) async throws -> Discovery { Discovery([]) }
  func get(_ reference: ObjectReference) async throws -> KubernetesObject {
    guard let object = objects.first(where: { $0.reference == reference })
    else {
      throw ClusterError(
        code: 404, reason: "NotFound", message: "\(reference) not found")
    }
    return object
  }
  func list(_ query: ListQuery) async throws -> ObjectList {
    let labels = try query.labelSelector.map(LabelSelector.init(parsing:))
    return ObjectList(
      items: objects.filter {
        $0.objectKind == query.kind
          && (query.namespace == nil || $0.namespace == query.namespace)
          && (labels?.matches($0.labels) ?? true)
      }, resourceVersion: "1")
  }
  func watch(_ query: ListQuery, from resourceVersion: String)
    -> AsyncThrowingStream<WatchEvent, any Error>
  { AsyncThrowingStream { $0.finish() } }
  func canI(_ access: AccessQuery) async throws -> AccessReview {
    AccessReview(isAllowed: true)
  }
  func serverTime() async throws -> Instant { Instant(seconds: 1_750_000_000) }
}
