// Reads what a verdict about one object looks at: its pods, the ReplicaSets
// between, and the events about those that are in trouble.

import Synchronization

extension ClusterReader {
  /// The object with what is around it, for verdict and diagnosis.
  ///
  /// A few calls, each for one namespace and selector. What the reader may not
  /// read is left out: a verdict then knows less, and is not wrong.
  public func surroundings(of object: KubernetesObject) async throws
    -> ClusterSnapshot
  {
    var snapshot = ClusterSnapshot([object])
    let spec = object.spec
    switch (object.objectKind.group, object.kind) {
    case ("apps", "Deployment"):
      try await take(.replicaSet, of: object, spec["selector"], &snapshot)
      try await take(.pod, of: object, spec["selector"], &snapshot)
    case ("apps", _), ("batch", "Job"):
      try await take(.pod, of: object, spec["selector"], &snapshot)
      if object.kind == "DaemonSet" {
        try await take(.node, of: object, nil, &snapshot)
      }
    case ("", "Service"):
      guard let labels = spec["selector"]?.strings, !labels.isEmpty else {
        break
      }
      try await take(
        .pod, of: object, ["matchLabels": JSON(labels)], &snapshot)
    case ("", "PersistentVolumeClaim"):
      try await take(.storageClass, of: object, nil, &snapshot)
    default: return snapshot
    }
    for claim in Self.claims(in: snapshot) {
      if let found = try await readable({ try await find(claim) }) ?? nil {
        snapshot.insert(found)
      }
    }
    for uid in Self.unhealthy(object, in: snapshot) {
      var query = ListQuery(.event, namespace: object.namespace)
      query.fieldSelector = "involvedObject.uid=\(uid)"
      for event in try await readable({ try await list(query) })?.items ?? [] {
        snapshot.insert(event)
      }
    }
    return snapshot
  }

  private func take(
    _ kind: ObjectKind, of object: KubernetesObject, _ selector: JSON?,
    _ snapshot: inout ClusterSnapshot
  ) async throws {
    var query = ListQuery(kind)
    if kind != .node, kind != .storageClass {
      query.namespace = object.namespace
      guard let text = selector.flatMap(LabelSelector.init)?.text else {
        return
      }
      query.labelSelector = text
    }
    // As summaries: a workload may have thousands of pods.
    let found = Mutex<[ObjectSummary]>([])
    _ = try await readable {
      repeat {
        let page = try await forEachSummary(query) { summary in
          found.withLock { $0.append(summary) }
        }
        query.continueToken = page.continueToken
      } while query.continueToken != nil
    }
    for summary in found.withLock({ $0 }) { snapshot.insert(summary) }
  }

  /// What a call answers; nil when it is not ours to ask.
  private func readable<Result: Sendable>(_ call: () async throws -> Result)
    async throws -> Result?
  {
    do {
      return try await call()
    } catch let error as ClusterError
      where error.isForbidden || error.isNotFound
    {
      return nil
    }
  }

  /// The claims of pods that no node has taken.
  private static func claims(in snapshot: ClusterSnapshot) -> [ObjectReference]
  {
    let references = snapshot.pods.filter(\.node.isEmpty).flatMap {
      pod in
      pod.claims.map {
        ObjectReference(
          .persistentVolumeClaim, namespace: pod.namespace, name: $0)
      }
    }
    return Set(references).sorted()
  }

  /// The few whose events are worth reading.
  private static func unhealthy(
    _ object: KubernetesObject, in snapshot: ClusterSnapshot
  ) -> [String] {
    let pods = snapshot.pods
      .filter { !$0.isReady && !$0.isTerminating && $0.phase != "Succeeded" }
      .sorted { $0.name < $1.name }.prefix(8)
    if !pods.isEmpty { return pods.map(\.uid) }
    // Without pods their would-be makers say why.
    let makers = object.uid.map(snapshot.objects(ownedBy:)) ?? []
    return ([object] + makers).compactMap(\.uid)
  }
}

extension LabelSelector {
  /// The selector as a query's text.
  public var text: String {
    requirements.map { requirement in
      switch requirement {
      case .in(let key, let values) where values.count == 1:
        "\(key)=\(values.first ?? "")"
      case .in(let key, let values):
        "\(key) in (\(values.sorted().joined(separator: ",")))"
      case .notIn(let key, let values):
        "\(key) notin (\(values.sorted().joined(separator: ",")))"
      case .exists(let key): key
      case .notExists(let key): "!\(key)"
      }
    }
    .joined(separator: ",")
  }
}
