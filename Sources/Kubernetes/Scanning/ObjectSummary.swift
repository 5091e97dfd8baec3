// What watching keeps of an object: pods and events in a few fields, others
// without what no verdict reads.

/// An object in the form in which snapshots keep it.
public enum ObjectSummary: Hashable, Sendable {
  case pod(PodSummary)
  /// An event, and its own name.
  case event(EventSummary, ObjectReference)
  /// Any other object, without `managedFields`, kubectl's copy of what was
  /// applied, and the data of ConfigMaps and Secrets.
  case other(KubernetesObject)

  /// The summary of an object; nil for a pod without uid and an event about
  /// nothing that has one.
  public init?(_ object: KubernetesObject) {
    switch Form(object.objectKind) {
    case .pod:
      guard let pod = PodSummary(object) else { return nil }
      self = .pod(pod)
    case .event:
      guard let event = EventSummary(object) else { return nil }
      self = .event(event, object.reference)
    case .other(let kind): self = .other(object.reduced(kind))
    }
  }

  public var reference: ObjectReference {
    switch self {
    case .pod(let pod): pod.reference
    case .event(_, let reference): reference
    case .other(let object): object.reference
    }
  }

  /// Which form the objects of a kind are kept in.
  enum Form {
    case pod, event
    case other(ObjectKind)

    init(_ kind: ObjectKind) {
      switch kind {
      case .pod: self = .pod
      case .event, ObjectKind(apiVersion: "events.k8s.io/v1", kind: "Event"):
        self = .event
      default: self = .other(kind)
      }
    }
  }
}

/// What a watch brings, in summaries.
public enum SummaryEvent: Hashable, Sendable {
  case changed(ObjectSummary)
  case deleted(ObjectReference)
  /// Nothing that is kept changed.
  case bookmark
}

/// An event of a watch, and the version from which the watch would go on.
public struct VersionedEvent: Hashable, Sendable {
  public var event: SummaryEvent
  public var resourceVersion: String?

  public init(_ event: SummaryEvent, resourceVersion: String?) {
    self.event = event
    self.resourceVersion = resourceVersion
  }

  /// A whole object's event in short.
  public init(_ event: WatchEvent) {
    resourceVersion = event.resourceVersion
    switch event {
    case .added(let object), .modified(let object):
      self.event = ObjectSummary(object).map(SummaryEvent.changed) ?? .bookmark
    case .deleted(let object): self.event = .deleted(object.reference)
    case .bookmark: self.event = .bookmark
    }
  }
}

/// Reads summaries straight from the bytes of lists and watches of one kind.
///
/// It belongs to one stream of objects.
public struct SummaryScanner {
  private let kind: ObjectKind
  private let form: ObjectSummary.Form
  private let pool = TextPool()

  public init(_ kind: ObjectKind) {
    self.kind = kind
    form = ObjectSummary.Form(kind)
  }

  /// The summary of one object of the kind, and its resourceVersion; a nil
  /// summary as `ObjectSummary.init` has it.
  ///
  /// - Throws: `JSONError` for a text that is no JSON object or ends early.
  public func summary(
    of bytes: UnsafeBufferPointer<UInt8>
  ) throws -> (summary: ObjectSummary?, resourceVersion: String?) {
    guard var scanner = ByteScanner(bytes) else {
      throw JSONError("the text ends early", offset: 0)
    }
    let found = try scan(&scanner)
    guard scanner.isAtEnd() else { throw scanner.fail("text after the value") }
    return found
  }

  /// What one line of a watch says.
  ///
  /// - Throws: `ClusterError` for an event that ends the watch, such as 410, and
  ///   for a line that makes no sense; `JSONError`.
  public func event(
    of line: UnsafeBufferPointer<UInt8>
  ) throws -> VersionedEvent {
    guard var scanner = ByteScanner(line), try scanner.enterObject() else {
      throw ClusterError(.invalidAnswer, "a line of a watch is no event")
    }
    var type: String?
    var object: UnsafeBufferPointer<UInt8>?
    var found: (summary: ObjectSummary?, resourceVersion: String?) = (nil, nil)
    while let member = try scanner.nextMember() {
      switch member {
      case "type": type = try scanner.string()
      case "object":
        let before = scanner
        found = try scan(&scanner)
        object = scanner.text(since: before)
      default: try scanner.skip()
      }
    }
    guard scanner.isAtEnd() else { throw scanner.fail("text after the value") }
    switch type {
    case "ADDED", "MODIFIED":
      return VersionedEvent(
        found.summary.map(SummaryEvent.changed) ?? .bookmark,
        resourceVersion: found.resourceVersion)
    case "BOOKMARK":
      return VersionedEvent(.bookmark, resourceVersion: found.resourceVersion)
    case "DELETED":
      let gone = KubernetesObject(try object.map(JSON.init(parsing:)) ?? .null)
      return VersionedEvent(
        .deleted(
          ObjectReference(kind, namespace: gone.namespace, name: gone.name)),
        resourceVersion: found.resourceVersion)
    case "ERROR":
      let status = try object.map(JSON.init(parsing:)) ?? .null
      throw ClusterError(status: status)
        ?? ClusterError(.invalidAnswer, "the watch ended with an error")
    default:
      throw ClusterError(
        .invalidAnswer, "an event of a watch has no type that we know")
    }
  }

  private func scan(
    _ scanner: inout ByteScanner
  ) throws -> (summary: ObjectSummary?, resourceVersion: String?) {
    var version: String?
    switch form {
    case .pod:
      let pod = try PodSummary(
        scanning: &scanner, pool: pool, version: &version)
      return (pod.map(ObjectSummary.pod), version)
    case .event:
      var name = ""
      let event = try EventSummary(
        scanning: &scanner, pool: pool, name: &name, version: &version)
      return (
        event.map {
          .event(
            $0,
            ObjectReference(
              kind, namespace: $0.namespace.isEmpty ? nil : $0.namespace,
              name: name))
        }, version
      )
    case .other:
      let object = KubernetesObject(try scanner.reduced(kind))
      return (.other(object), object.resourceVersion)
    }
  }
}

// MARK: Other objects

/// What is left out of objects that are neither pods nor events.
private func isKept(_ member: String, of kind: ObjectKind) -> Bool {
  guard kind == .configMap || kind == .secret else { return true }
  return !["data", "binaryData", "stringData"].contains(member)
}

private let appliedCopy = "kubectl.kubernetes.io/last-applied-configuration"

extension KubernetesObject {
  fileprivate func reduced(_ kind: ObjectKind) -> KubernetesObject {
    var json = json
    if case .object(let members) = json {
      for name in members.keys where !isKept(name, of: kind) {
        json[name] = nil
      }
    }
    json.set(nil, at: "metadata", "managedFields")
    json.set(nil, at: "metadata", "annotations", appliedCopy)
    return KubernetesObject(json)
  }
}

extension ByteScanner {
  /// An object of a kind without what is not kept.
  fileprivate mutating func reduced(_ kind: ObjectKind) throws -> JSON {
    guard try enterObject() else { return .null }
    var members: [String: JSON] = [:]
    while let member = try nextMember() {
      let name = member.text
      if name == "metadata" {
        members[name] = try reducedMetadata()
      } else if isKept(name, of: kind) {
        members[name] = try json()
      } else {
        try skip()
      }
    }
    // Inside a list, objects do not say what they are.
    members["apiVersion"] = .string(kind.apiVersion)
    members["kind"] = .string(kind.kind)
    return .object(members)
  }

  private mutating func reducedMetadata() throws -> JSON {
    var members: [String: JSON] = [:]
    guard startsObject(), try enterObject() else { return try json() }
    while let member = try nextMember() {
      switch member {
      case "managedFields": try skip()
      case "annotations":
        var annotations = try json()
        if annotations[appliedCopy] != nil { annotations[appliedCopy] = nil }
        members["annotations"] = annotations
      default: members[member.text] = try json()
      }
    }
    return .object(members)
  }
}
