// A rehearsal with a hand-turned clock, and short ways to use it.

import Kubernetes
import Rehearsal
import Testing

struct Stage: Sendable {
  let rehearsal: Rehearsal
  static let start = Instant(seconds: 1_760_000_000)

  init(
    _ configuration: RehearsalConfiguration = RehearsalConfiguration()
  ) {
    rehearsal = Rehearsal(configuration, clock: .handTurned(start: Self.start))
  }

  init(_ rehearsal: Rehearsal) { self.rehearsal = rehearsal }

  func run(for duration: Duration) async throws {
    try await rehearsal.advance(by: duration)
  }

  static func workload(
    _ kind: String, _ name: String, image: String = "img:1", replicas: Int? = 1,
    container: JSON = [:]
  ) -> KubernetesObject {
    var main = container
    main["name"] = "c"
    main["image"] = .string(image)
    var object = KubernetesObject([
      "apiVersion": "apps/v1", "kind": .string(kind),
      "metadata": ["name": .string(name), "namespace": "default"],
      "spec": [
        "selector": ["matchLabels": ["app": .string(name)]],
        "template": [
          "metadata": ["labels": ["app": .string(name)]],
          "spec": ["containers": [main]],
        ],
      ],
    ])
    object.spec["replicas"] = replicas.map(JSON.integer)
    return object
  }

  @discardableResult
  func deploy(
    _ name: String, image: String = "img:1", replicas: Int = 1,
    container: JSON = [:]
  ) async throws -> ObjectReference {
    let object = Self.workload(
      "Deployment", name, image: image, replicas: replicas,
      container: container)
    return try await rehearsal.apply(object, ApplyOptions()).reference
  }

  func circumstances() async throws -> Circumstances {
    var snapshot = ClusterSnapshot()
    for resource in try await rehearsal.resources().resources {
      for object in try await rehearsal.list(ListQuery(resource.objectKind))
        .items
      {
        snapshot.insert(object)
      }
    }
    return Circumstances(snapshot, now: try await rehearsal.serverTime())
  }

  func verdict(_ reference: ObjectReference) async throws -> Verdict {
    Verdict(of: reference, try await circumstances())
  }

  func diagnosis(_ reference: ObjectReference) async throws -> Diagnosis? {
    Diagnosis(of: reference, try await circumstances())
  }

  func pods(_ app: String) async throws -> [PodSummary] {
    try await rehearsal.list(
      ListQuery(.pod, namespace: "default", labelSelector: "app=\(app)")
    ).items.compactMap(PodSummary.init)
  }

  func log(_ pod: String, isPrevious: Bool = false) async throws -> String {
    var text = ""
    for try await piece in rehearsal.logs(
      LogQuery(namespace: "default", pod: pod, isPrevious: isPrevious))
    {
      text += String(decoding: piece, as: UTF8.self)
    }
    return text
  }
}
