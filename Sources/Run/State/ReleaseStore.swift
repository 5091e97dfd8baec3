// Releases: what runs left behind, kept in the cluster as Secrets so that every
// operator finds them.

import Ansible
import Kubernetes
import Platform

/// What one run left behind.
public struct Release: Sendable, Hashable, Codable {
  /// An object as it was written.
  public struct StoredObject: Sendable, Hashable, Codable {
    public var reference: ObjectReference
    public var uid: String?
    /// The manifest as JSON text, secrets included.
    public var manifest: String

    public init(reference: ObjectReference, uid: String?, manifest: String) {
      self.reference = reference
      self.uid = uid
      self.manifest = manifest
    }
  }

  public var number: Int
  public var stack: String
  public var operation: RunOperation
  public var time: Instant
  /// `user@host`.
  public var holder: String
  /// Whether the run went through; a failed one counts for ownership alone.
  public var isComplete: Bool
  /// The digest of the plan that it was made from.
  public var plan: String
  /// SHA-256 of the stack's files that it was made from, by path.
  public var files: [String: String]
  /// The objects by component.
  public var components: [String: [StoredObject]]

  public init(
    number: Int, stack: String, operation: RunOperation, time: Instant,
    holder: String, isComplete: Bool, plan: String, files: [String: String],
    components: [String: [StoredObject]]
  ) {
    self.number = number
    self.stack = stack
    self.operation = operation
    self.time = time
    self.holder = holder
    self.isComplete = isComplete
    self.plan = plan
    self.files = files
    self.components = components
  }

  public var inventory: Inventory {
    Inventory(
      components: components.mapValues { objects in
        objects.map { Inventory.Item($0.reference, uid: $0.uid) }
      })
  }
}

/// Keeps a stack's releases in its namespace.
public struct ReleaseStore: Sendable {
  /// The type of the Secrets.
  public static let secretType = "quarterdeck.io/release"
  /// Bytes of a Secret's content, well under the API server's 1 MiB.
  private static let partLimit = 700_000

  private let cluster: any ClusterReader & ClusterWriter
  private let stack: String
  private let namespace: String
  /// How many releases are kept.
  private let kept: Int

  public init(
    cluster: any ClusterReader & ClusterWriter, stack: String,
    namespace: String, kept: Int = 10
  ) {
    self.cluster = cluster
    self.stack = stack
    self.namespace = namespace
    self.kept = kept
  }

  /// Writes a release and drops those beyond the number that is kept.
  public func save(_ release: Release) async throws {
    let content = Gzip.compress(try RunCoding.encode(release))
    let parts = stride(from: 0, to: max(content.count, 1), by: Self.partLimit)
      .map { Array(content[$0..<min($0 + Self.partLimit, content.count)]) }
    for (index, part) in parts.enumerated() {
      let secret = self.secret(
        release, part: index, of: parts.count, content: part)
      do {
        _ = try await cluster.create(secret)
      } catch let error as ClusterError where error.isAlreadyExists {
        _ = try await cluster.replace(secret)
      }
    }
    try await dropOld()
  }

  /// The number that the next release gets.
  public func nextNumber() async throws -> Int {
    (try await numbers().last ?? 0) + 1
  }

  /// The numbers of the releases that are kept, ascending.
  public func numbers() async throws -> [Int] {
    Set(try await secrets().map(\.number)).sorted()
  }

  /// A release; nil when it is not kept or not whole.
  public func release(_ number: Int) async throws -> Release? {
    try decode(try await secrets().filter { $0.number == number })
  }

  /// The releases that are kept, ascending; those not whole are left out.
  public func all() async throws -> [Release] {
    let groups = Dictionary(grouping: try await secrets(), by: \.number)
    return try groups.keys.sorted().compactMap { try decode(groups[$0] ?? []) }
  }

  /// What belongs to the stack: the newest complete release and what later,
  /// unfinished runs wrote.
  public func inventory() async throws -> Inventory {
    Self.inventory(of: try await all())
  }

  /// The same of releases that were read, ascending.
  static func inventory(of releases: [Release]) -> Inventory {
    let start = releases.lastIndex { $0.isComplete } ?? 0
    var inventory = Inventory()
    for release in releases.dropFirst(start) {
      inventory.merge(release.inventory)
    }
    return inventory
  }

  // MARK: Secrets

  private struct Part {
    var name: String
    var number: Int
    var index: Int
    var count: Int
    var content: String
  }

  private func secrets() async throws -> [Part] {
    let list: ObjectList
    do {
      list = try await cluster.listAll(
        ListQuery(
          .secret, namespace: namespace,
          labelSelector: "quarterdeck.io/stack=\(ClusterName.slug(stack)),"
            + "quarterdeck.io/release"))
    } catch let error as ClusterError where error.isNotFound {
      return []
    }
    return list.items.compactMap { secret in
      guard secret.json["type"]?.string == Self.secretType,
        let number = secret.labels["quarterdeck.io/release"].flatMap({
          Int($0)
        }), let content = secret.json["data"]?["release"]?.string
      else { return nil }
      return Part(
        name: secret.name, number: number,
        index: secret.labels["quarterdeck.io/part"].flatMap { Int($0) } ?? 0,
        count: secret.labels["quarterdeck.io/parts"].flatMap { Int($0) } ?? 1,
        content: content)
    }
  }

  private func decode(_ parts: [Part]) throws -> Release? {
    guard let first = parts.first, parts.count == first.count else {
      return nil
    }
    var content: [UInt8] = []
    for part in parts.sorted(by: { $0.index < $1.index }) {
      guard let bytes = RunCoding.bytes(base64: part.content) else {
        return nil
      }
      content += bytes
    }
    guard let text = Gzip.decompress(content) else { return nil }
    return try RunCoding.decode(Release.self, from: text)
  }

  private func secret(
    _ release: Release, part: Int, of count: Int, content: [UInt8]
  ) -> KubernetesObject {
    var secret = KubernetesObject([
      "apiVersion": "v1", "kind": "Secret",
      "type": .string(Self.secretType),
      "data": ["release": .string(RunCoding.base64(content))],
    ])
    secret.name = ClusterName.release(
      release.number, of: stack, part: "\(part)")
    secret.namespace = namespace
    secret.labels = [
      "app.kubernetes.io/managed-by": "quarterdeck",
      "quarterdeck.io/stack": ClusterName.slug(stack),
      "quarterdeck.io/release": "\(release.number)",
      "quarterdeck.io/part": "\(part)", "quarterdeck.io/parts": "\(count)",
    ]
    return secret
  }

  private func dropOld() async throws {
    let parts = try await secrets()
    let numbers = Set(parts.map(\.number)).sorted()
    let old = Set(numbers.dropLast(kept))
    for part in parts where old.contains(part.number) {
      do {
        try await cluster.delete(
          ObjectReference(.secret, namespace: namespace, name: part.name))
      } catch let error as ClusterError where error.isNotFound {
        // Another operator dropped it at the same time.
      }
    }
  }
}
