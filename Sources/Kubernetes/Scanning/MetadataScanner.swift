// `metadata` straight from bytes, in the members that summaries keep.

/// What summaries keep of `metadata`.
struct ScannedMetadata {
  var name = ""
  var namespace = ""
  var uid: String?
  var resourceVersion: String?
  var labels: [String: String] = [:]
  var controller: OwnerReference?
  var created: Instant?
  var deleted: Instant?

  init() {}

  init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
    guard try scanner.enterObject() else { return }
    while let member = try scanner.nextMember() {
      switch member {
      case "name": name = try scanner.string() ?? ""
      case "namespace": namespace = try scanner.string(from: pool) ?? ""
      case "uid": uid = try scanner.string()
      case "resourceVersion": resourceVersion = try scanner.string()
      case "labels": labels = try scanner.strings(pool)
      case "ownerReferences": controller = try scanner.controller(pool)
      case "creationTimestamp": created = try scanner.instant()
      case "deletionTimestamp": deleted = try scanner.instant()
      default: try scanner.skip()
      }
    }
  }
}

extension ByteScanner {
  /// The members of an object whose values are strings.
  mutating func strings(_ pool: TextPool) throws -> [String: String] {
    var strings: [String: String] = [:]
    guard try enterObject() else { return strings }
    while let member = try nextMember() {
      strings[member.text(from: pool)] = try string(from: pool)
    }
    return pool.shared(strings)
  }

  /// The first owner that is a controller.
  fileprivate mutating func controller(_ pool: TextPool) throws
    -> OwnerReference?
  {
    var found: OwnerReference?
    guard try enterArray() else { return nil }
    while try nextElement() {
      let owner = try owner(pool)
      if found == nil, owner?.isController == true { found = owner }
    }
    return found
  }

  private mutating func owner(_ pool: TextPool) throws -> OwnerReference? {
    guard try enterObject() else { return nil }
    var apiVersion = ""
    var kind: String?
    var name: String?
    var uid: String?
    var isController = false
    var blocks = false
    while let member = try nextMember() {
      switch member {
      case "apiVersion": apiVersion = try string(from: pool) ?? ""
      case "kind": kind = try string(from: pool)
      case "name": name = try string(from: pool)
      case "uid": uid = try string(from: pool)
      case "controller": isController = try flag() ?? false
      case "blockOwnerDeletion": blocks = try flag() ?? false
      default: try skip()
      }
    }
    guard let kind, let name, let uid else { return nil }
    return OwnerReference(
      apiVersion: apiVersion, kind: kind, name: name, uid: uid,
      isController: isController, blocksOwnerDeletion: blocks)
  }
}
